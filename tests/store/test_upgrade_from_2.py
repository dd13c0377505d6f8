"""A store of version 2, with money under way, is brought up to date and loses nothing."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from importlib import resources
from pathlib import Path

import pytest

from pos_guard.clock import ManualClock
from pos_guard.errors import SchemaError
from pos_guard.policy.request import Person, Tier
from pos_guard.store import chain, pin_hash, schema
from pos_guard.store.backup import make
from pos_guard.store.canonical import canonical
from pos_guard.store.keys import Keys, keyed
from pos_guard.store.ledger import Phase
from pos_guard.store.restore import restore
from pos_guard.store.store import Store

PIN = "482915"
KEYS = Keys(b"p" * 32, b"m" * 32)

ENTRY = """
    INSERT INTO entries (link, kind, tender, phase, amount, currency, sale_id, operator,
        request_hash, frame_hash, boot_id, boot_us, wall_us, sources)
    VALUES ('zvt', ?, 'card', ?, 1250, 'EUR', ?, 'anna', ?, 'f', 'boot-0', 1, 2, '{}')"""


def record(connection: sqlite3.Connection, seq: int, previous: bytes) -> bytes:
    """One record as the program of version 2 wrote it, and the head as it sealed it."""
    raw = canonical(
        {
            "seq": seq, "boot_id": "boot-0", "boot_us": seq, "wall_us": seq, "kind": "old",
            "terminal": "T1", "actor": None, "approver": None, "body": {}, "prev": previous.hex(),
        }
    )  # fmt: skip
    digest = chain.link(previous, raw)
    connection.execute("INSERT INTO audit VALUES (?, ?, ?)", (seq, raw, digest))
    head = chain.sealed(seq, digest, KEYS.mac, None)
    put = "INSERT OR REPLACE INTO audit_head VALUES (1, ?, ?, ?)"
    connection.execute(put, (seq, digest, head.mac))
    return digest


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """Files as version 2 left them: its own SQL, an unknown refund, one reserved, one waiting."""
    directory = tmp_path / "old"
    directory.mkdir(mode=0o700)
    KEYS.save(directory / "keys")
    with closing(sqlite3.connect(directory / "pos-guard.db")) as connection, connection:
        for number in (1, 2):
            path = resources.files(schema) / f"{number:03d}.sql"
            connection.executescript(path.read_text(encoding="utf-8"))
        connection.execute("PRAGMA user_version = 2")
        connection.executemany(
            "INSERT INTO meta VALUES (?, ?)", [("terminal_id", "T1"), ("scrypt_log2n", "2")]
        )
        stored = pin_hash.hash_pin(keyed(KEYS.pepper, "pin", f"maya|{PIN}"), 2)
        connection.execute("INSERT INTO people VALUES ('maya', 'Maya', 'manager', ?, 0)", (stored,))
        refunds = (("refund", phase) for phase in ("unknown", "reserved", "waiting"))
        for kind, phase in (("sale", "posted"), *refunds):
            connection.execute(ENTRY, (kind, phase, "T1-000001", phase))
        previous = chain.GENESIS
        for seq in (1, 2, 3):
            previous = record(connection, seq, previous)
    return directory


def test_nothing_is_lost_and_what_was_open_is_unknown(old: Path, clock: ManualClock) -> None:
    with Store.open(old, clock=clock, durable=False) as store:
        assert store.schema == schema.LATEST
        phases = [store.ledger.entry(number).phase for number in (1, 2, 3, 4)]
        assert phases == [Phase.POSTED, Phase.UNKNOWN, Phase.UNKNOWN, Phase.ABANDONED]
        assert len(store.ledger.unresolved()) == 2
        whole = store.audit.verify()
        assert whole.count == 3 + 1 + 2
        kinds = [one.kind for one in store.audit.records()]
        assert kinds == ["old"] * 3 + ["start"] + ["recovery"] * 2


def test_its_people_sign_in_as_before_and_move_on(old: Path, clock: ManualClock) -> None:
    with Store.open(old, clock=clock, durable=False) as store:
        before = store.people.all()[0]
        assert (before.scheme, before.pepper, before.tier) == ("scrypt", 0, Tier.REGULAR)
        assert not before.second
        assert store.people.verify("maya", PIN) == Person("maya", "manager")
        assert store.people.all()[0].scheme == pin_hash.best_scheme()
        assert store.shifts.current("maya") is None
        assert store.overrides.active() == ()
        assert store.keys.sign is None


def test_its_keys_rotate_and_its_backup_comes_back(
    old: Path, tmp_path: Path, clock: ManualClock
) -> None:
    with Store.open(old, clock=clock, durable=False) as store:
        store.rotation.mac()
    with Store.open(old, clock=clock, durable=False) as store:
        assert store.rotation.pins() == 1
    made = make(old, tmp_path / "file", clock=clock)
    assert restore(tmp_path / "file", tmp_path / "again", clock=clock) == made


def test_an_older_program_refuses_what_this_one_wrote(old: Path, clock: ManualClock) -> None:
    Store.open(old, clock=clock, durable=False).close()
    with closing(sqlite3.connect(old / "pos-guard.db")) as connection, connection:
        connection.execute(f"PRAGMA user_version = {schema.LATEST + 1}")
    for readonly in (False, True):
        with pytest.raises(SchemaError, match="use the newer program"):
            Store.open(old, clock=clock, readonly=readonly)
