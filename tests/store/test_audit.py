"""The audit log in its store: what is written, how it is found, and that history cannot change."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from pos_guard.clock import ManualClock
from pos_guard.errors import StoreError, TamperError
from pos_guard.frames.decoded import Json
from pos_guard.store.audit import MAX_RECORD_BYTES, PAGE, Filters
from pos_guard.store.store import Store
from tests.store.store_help import interrupted


def append(store: Store, kind: str, body: dict[str, Json], actor: str | None = None) -> int:
    with store.transaction():
        return store.audit.append(kind, body, actor=actor)


@contextmanager
def stranger(directory: Path) -> Iterator[sqlite3.Connection]:
    """Somebody with another program, who switches our triggers off first."""
    with closing(sqlite3.connect(directory / "pos-guard.db")) as connection, connection:
        connection.execute("DROP TRIGGER IF EXISTS audit_is_not_edited")
        connection.execute("DROP TRIGGER IF EXISTS audit_is_not_cut")
        yield connection


def test_a_record_is_canonical_json_chained_to_the_one_before(
    store: Store, clock: ManualClock
) -> None:
    clock.advance(2)
    seq = append(store, "verdict", {"b": 1, "a": {"é": [None, True]}}, actor="anna")
    rows = store._database.rows("SELECT record, hash FROM audit WHERE seq >= ?", seq - 1)
    (_, before), (raw, digest) = rows
    assert isinstance(before, bytes)
    assert isinstance(raw, bytes)
    assert raw.decode() == (
        '{"actor":"anna","approver":null,"body":{"a":{"é":[null,true]},"b":1},"boot_id":"boot-1",'
        f'"boot_us":3000000,"kind":"verdict","prev":"{before.hex()}","seq":{seq},'
        f'"terminal":"T1","wall_us":{clock.wall_us()}}}'
    )
    assert digest == hashlib.sha256(before + raw).digest()
    record = store.audit.record(seq)
    assert record is not None
    assert record.as_json() == {**json.loads(raw), "hash": bytes(digest).hex()}


def test_numbers_count_from_one_without_a_gap(store: Store) -> None:
    interrupted(store.transaction(), lambda: store.audit.append("x", {}))
    assert [append(store, "x", {}) for _ in range(3)] == [3, 4, 5]
    assert [record.seq for record in store.audit.records()] == [1, 2, 3, 4, 5]
    assert store.audit.verify().count == 5


@pytest.mark.parametrize(
    "value",
    [1.5, 1.0, [1, [2.0]], {"deep": {"er": 0.1}}, 2**53 + 1, "\ud800", "x" * MAX_RECORD_BYTES],
    ids=["float", "whole-float", "in-list", "in-object", "too-large", "surrogate", "too-long"],
)
def test_what_has_no_one_way_to_be_written_is_refused(store: Store, value: Json) -> None:
    before = store.audit.verify()
    with pytest.raises(StoreError):
        append(store, "x", {"value": value})
    assert store.audit.verify() == before


def test_appending_needs_a_transaction(store: Store) -> None:
    with pytest.raises(StoreError, match="outside a transaction"):
        store.audit.append("x", {})


def test_a_record_that_is_not_there_is_none(store: Store) -> None:
    assert store.audit.record(99) is None


def test_the_last_wall_time_is_that_of_the_newest_record(store: Store, clock: ManualClock) -> None:
    clock.advance(10)
    append(store, "x", {})
    assert store.audit.highest_wall_us() == clock.wall_us()


@pytest.fixture
def filled(store: Store, clock: ManualClock) -> tuple[Store, dict[str, int]]:
    """Records with names, one second apart."""
    seqs: dict[str, int] = {}
    told: list[tuple[str, str, dict[str, Json], str | None]] = [
        ("anna-zvt", "verdict", {"link": "zvt", "entry": 1}, "anna"),
        ("ben-wechat", "verdict", {"link": "wechat", "entry": 2}, "ben"),
        ("outcome", "outcome", {"link": "zvt", "entry": 1}, None),
        ("named", "recovery", {"entry": 12, "operator": "anna"}, None),
        ("chinese", "receipt", {"text": "已支付 PAID"}, None),
        ("decoy", "note", {"inner": {"kind": "verdict", "link": "zvt", "entry": 1}}, None),
    ]
    for name, kind, body, actor in told:
        clock.advance(1)
        seqs[name] = append(store, kind, body, actor)
    return store, seqs


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"kind": "verdict"}, ["anna-zvt", "ben-wechat"]),
        ({"link": "zvt"}, ["anna-zvt", "outcome"]),
        ({"entry": 1}, ["anna-zvt", "outcome"]),
        ({"entry": 1, "kind": "outcome"}, ["outcome"]),
        ({"operator": "anna"}, ["anna-zvt", "named"]),
        ({"operator": "anna", "link": "wechat"}, []),
        ({"text": "已支付"}, ["chinese"]),
        ({"text": "paid"}, ["chinese"]),
        ({"text": "nowhere"}, []),
        ({"kind": 'ver"dict'}, []),
    ],
)
def test_records_fit_all_filters(
    filled: tuple[Store, dict[str, int]], filters: Filters, expected: list[str]
) -> None:
    store, seqs = filled
    found = [record.seq for record in store.audit.records(**filters)]
    assert found == [seqs[name] for name in expected]


def test_since_is_included_and_until_is_not(filled: tuple[Store, dict[str, int]]) -> None:
    store, seqs = filled
    middle = store.audit.record(seqs["outcome"])
    assert middle is not None
    since = [record.seq for record in store.audit.records(since=middle.wall_us)]
    until = [record.seq for record in store.audit.records(until=middle.wall_us)]
    assert since == list(range(middle.seq, seqs["decoy"] + 1))
    assert until == list(range(1, middle.seq))


def test_a_limit_takes_the_newest_in_order(filled: tuple[Store, dict[str, int]]) -> None:
    store, seqs = filled
    newest = [record.seq for record in store.audit.records(limit=2)]
    assert newest == [seqs["chinese"], seqs["decoy"]]
    one = [record.seq for record in store.audit.records(kind="verdict", limit=1)]
    assert one == [seqs["ben-wechat"]]


def test_long_logs_are_read_in_pages(store: Store) -> None:
    total = 2 * PAGE + 3
    with store.transaction():
        for number in range(total - 2):
            store.audit.append("x", {"entry": number})
    assert [record.seq for record in store.audit.records()] == list(range(1, total + 1))
    assert [record.seq for record in store.audit.records(limit=total)] == list(range(1, total + 1))
    assert [record.body["entry"] for record in store.audit.records(entry=PAGE)] == [PAGE]
    assert store.audit.verify().count == total


@pytest.mark.parametrize("sql", ["UPDATE audit SET hash = x'00'", "DELETE FROM audit"])
def test_our_own_program_cannot_change_history(store: Store, sql: str) -> None:
    before = store.audit.verify()
    with pytest.raises(StoreError, match="never"), store.transaction():
        store._database.write(sql)
    assert store.audit.verify() == before


CHANGES = {
    "edit": "UPDATE audit SET record = CAST(replace(record, 'x', 'y') AS BLOB) WHERE seq = 4",
    "edit-bytes": "UPDATE audit SET record = zeroblob(length(record)) WHERE seq = 4",
    "drop": "DELETE FROM audit WHERE seq = 4",
    "truncate": "DELETE FROM audit WHERE seq > 4",
    "cut-start": "DELETE FROM audit WHERE seq <= 2",
    "renumber": "UPDATE audit SET seq = seq + 1000 WHERE seq = 4",
    "empty": "DELETE FROM audit",
    "no-head": "DELETE FROM audit_head",
    "head-count": "UPDATE audit_head SET count = 4",
    "head-back": "UPDATE audit_head SET count = 4, hash = (SELECT hash FROM audit WHERE seq = 4)",
    "added": "INSERT INTO audit SELECT 99, record, hash FROM audit WHERE seq = 4",
    "negative": "INSERT INTO audit SELECT -1, record, hash FROM audit WHERE seq = 4",
}


@pytest.mark.parametrize("name", CHANGES)
def test_every_change_with_another_program_is_found(
    store: Store, directory: Path, name: str
) -> None:
    for number in range(6):
        append(store, "x", {"entry": number})
    store.close()
    with stranger(directory) as connection:
        assert connection.execute(CHANGES[name]).rowcount > 0
    opened = Store.open(directory, clock=ManualClock(), readonly=True)
    with opened, pytest.raises(TamperError):
        opened.audit.verify()


@pytest.mark.parametrize(
    "name", ["truncate", "empty", "no-head", "head-count", "head-back", "added"]
)
def test_a_log_whose_end_was_changed_is_not_continued(
    store: Store, directory: Path, clock: ManualClock, name: str
) -> None:
    """Else the next record would seal the cut, and nobody could see it any more."""
    for number in range(6):
        append(store, "x", {"entry": number})
    with stranger(directory) as connection:
        connection.execute(CHANGES[name])
    with pytest.raises(TamperError):
        append(store, "x", {})
    store.close()
    with pytest.raises(TamperError):
        Store.open(directory, clock=clock, durable=False)
    opened = Store.open(directory, clock=clock, readonly=True)
    with opened, pytest.raises(TamperError):
        opened.audit.verify()


def test_a_log_of_another_store_of_the_same_terminal_does_not_fit(
    store: Store, directory: Path, clock: ManualClock, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    Store.create(other, clock=clock, terminal_id="T1", durable=False, scrypt_log2n=2).close()
    store.close()
    shutil.copy(other / "pos-guard.db", directory / "pos-guard.db")
    opened = Store.open(directory, clock=clock, readonly=True)
    with opened, pytest.raises(TamperError):
        opened.audit.verify()


def test_damage_anywhere_in_the_file_is_found_or_changes_no_record(
    store: Store, directory: Path, clock: ManualClock
) -> None:
    """Bytes of the raw file, flipped: SQLite, a check or the chain objects, or nothing changed."""
    for number in range(40):
        append(store, "verdict", {"entry": number, "link": "zvt"})
    expected = [record.as_json() for record in store.audit.records()]
    store.close()
    path = directory / "pos-guard.db"
    whole = path.read_bytes()
    found = 0
    for place in range(0, len(whole), 97):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x10]) + whole[place + 1 :])
        try:
            with Store.open(directory, clock=clock, readonly=True) as opened:
                opened.audit.verify()
                assert [record.as_json() for record in opened.audit.records()] == expected
        except StoreError:
            found += 1
    assert found > 100


def test_search_says_where_a_record_is_not_readable(store: Store, directory: Path) -> None:
    seq = append(store, "x", {})
    with stranger(directory) as connection:
        connection.execute("UPDATE audit SET record = CAST('[1]' AS BLOB) WHERE seq = ?", (seq,))
    with pytest.raises(TamperError) as caught:
        list(store.audit.records())
    assert caught.value.seq == seq
