"""Backup and restore: whole or refused, and a restored store is as strict as it may be."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from pos_guard.clock import ManualClock
from pos_guard.errors import LocalError, SchemaError, StoreError
from pos_guard.store import backup, ed25519, sealed_file, totp
from pos_guard.store.ledger import Phase
from pos_guard.store.lockout import DELAY_AFTER
from pos_guard.store.overrides import Wanted
from pos_guard.store.restore import restore
from pos_guard.store.signin import PinRefusedError
from pos_guard.store.store import Store
from tests.store.store_help import add_in

PIN, SECRET = "482915", b"maya-second-factor-1"
PHRASE = "correct horse battery"
needs_cipher = pytest.mark.skipif(
    not ed25519.available(), reason="cryptography (extra sign) is not installed"
)


@pytest.fixture(autouse=True)
def shop(store: Store) -> None:
    for person in ("anna", "maya"):
        store.people.add(person, person, "manager", PIN)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "shop.backup"


@pytest.fixture
def back(tmp_path: Path) -> Path:
    return tmp_path / "restored"


def code(clock: ManualClock, off: int = 0) -> str:
    return totp.code_at(SECRET, totp.step_of(clock.wall_us()) + off)


def test_a_backup_of_the_running_store_comes_back_whole(
    store: Store, directory: Path, file: Path, back: Path, clock: ManualClock
) -> None:
    made = backup.make(directory, file, clock=clock)
    store.audit.verify()
    assert made.count == store.audit.verify().count
    assert file.stat().st_mode & 0o777 == 0o600
    assert restore(file, back, clock=clock) == made
    assert {path.stat().st_mode & 0o777 for path in (back / "keys").iterdir()} == {0o600}
    assert back.stat().st_mode & 0o777 == 0o700
    clock.advance(5)
    with Store.open(back, clock=clock, durable=False) as again:
        assert again.people.verify("maya", PIN).id == "maya"
        assert again.keys == store.keys
        last = list(again.audit.records(kind="restore"))
        assert [(r.body["count"], r.body["head"]) for r in last] == [(made.count, made.head)]
        again.audit.verify()
    assert sorted(path.name for path in file.parent.iterdir()) == [
        "restored",
        "shop.backup",
        "state",
    ]


def test_what_was_open_is_settled_and_never_lost(
    store: Store, directory: Path, file: Path, back: Path, clock: ManualClock
) -> None:
    number = {phase: add_in(store, phase) for phase in Phase}
    backup.make(directory, file, clock=clock)
    restore(file, back, clock=clock)
    with Store.open(back, clock=clock, durable=False) as again:
        found = {phase: again.ledger.entry(n).phase for phase, n in number.items()}
    assert found == {
        **{phase: phase for phase in Phase},
        Phase.WAITING: Phase.ABANDONED,
        Phase.RESERVED: Phase.UNKNOWN,
    }


def test_nothing_that_was_granted_comes_back_on_the_same_boot(
    store: Store, directory: Path, file: Path, back: Path, clock: ManualClock
) -> None:
    """Revoked after the backup: a restore must not bring it back."""
    made = store.overrides.add("maya", Wanted(rules=frozenset({"hours"}), reason="fair"))
    store.glass.start("maya", "fire", 600)
    waiting = add_in(store, Phase.WAITING)
    with store.transaction():
        store.approvals.add(waiting, "r" * 64, "maya", clock.boot_us() + 60_000_000, clock.boot_id)
    backup.make(directory, file, clock=clock)
    store.overrides.revoke(made.id, "maya")
    restore(file, back, clock=clock)
    with Store.open(back, clock=clock, durable=False) as again:
        assert again.overrides.active() == ()
        assert again.glass.active() is None
        with again.transaction():
            assert again.approvals.take("r" * 64) is None


def test_lock_outs_are_at_least_as_strict_as_in_the_backup(
    store: Store, directory: Path, file: Path, back: Path, clock: ManualClock
) -> None:
    for wait in (0, 0, 0, 5):
        clock.advance(wait)
        with pytest.raises(PinRefusedError):
            store.people.verify("maya", "730264")
    backup.make(directory, file, clock=clock)
    clock.advance(3600)
    restore(file, back, clock=clock)
    with Store.open(back, clock=clock, durable=False) as again:
        assert [(one.failures, one.locked) for one in again.people.all()] == [
            (DELAY_AFTER, True),
            (4, True),
        ]
        clock.advance(10)
        assert again.people.verify("maya", PIN).id == "maya"


def test_no_code_that_may_have_been_used_counts_again(
    store: Store, directory: Path, file: Path, back: Path, clock: ManualClock
) -> None:
    store.people.set_second("maya", SECRET, code(clock))
    backup.make(directory, file, clock=clock)
    clock.advance(60)
    used = code(clock)
    store.people.prove("maya", PIN, used)
    restore(file, back, clock=clock)
    clock.advance(6)
    with Store.open(back, clock=clock, durable=False) as again:
        with pytest.raises(PinRefusedError):
            again.people.prove("maya", PIN, used)
        clock.advance(60)
        assert again.people.prove("maya", PIN, code(clock)).second


def test_nothing_is_overwritten(
    directory: Path, file: Path, back: Path, clock: ManualClock
) -> None:
    backup.make(directory, file, clock=clock)
    before = file.read_bytes()
    with pytest.raises(LocalError, match="there already"):
        backup.make(directory, file, clock=clock)
    assert file.read_bytes() == before
    for taken in (directory, back):
        (back / "keys").mkdir(parents=True, exist_ok=True)
        with pytest.raises(StoreError, match="already"):
            restore(file, taken, clock=clock)
    assert list(back.iterdir()) == [back / "keys"]
    with pytest.raises(StoreError, match="no store"):
        backup.make(back, file.with_name("other"), clock=clock)


def members(file: Path) -> dict[str, bytes]:
    with tarfile.open(file) as tar:
        return {m.name: (f.read() if (f := tar.extractfile(m)) else b"") for m in tar}


def rewrite(file: Path, content: dict[str, bytes], kind: bytes = tarfile.REGTYPE) -> None:
    with tarfile.open(file, "w") as tar:
        for name, data in content.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            if name != backup.MANIFEST:
                member.type = kind
            tar.addfile(member, io.BytesIO(data))


def manifest(content: dict[str, bytes], **changes: object) -> dict[str, bytes]:
    found = json.loads(content[backup.MANIFEST])
    return {**content, backup.MANIFEST: json.dumps({**found, **changes}).encode()}


def renamed(content: dict[str, bytes], name: str) -> dict[str, bytes]:
    """The first key under another name, in the manifest, too."""
    found = json.loads(content[backup.MANIFEST])
    listed = {name if old == "keys/mac" else old: v for old, v in found["files"].items()}
    body = {name if old == "keys/mac" else old: data for old, data in content.items()}
    return {**body, backup.MANIFEST: json.dumps({**found, "files": listed}).encode()}


SPOILERS: list[tuple[str, Callable[[dict[str, bytes]], dict[str, bytes]]]] = [
    ("changed", lambda c: {**c, "keys/mac": b"x" * 32}),
    ("another size", lambda c: {**c, "keys/mac": b"x"}),
    ("in its place", lambda c: {name: c[name] for name in c if name != "keys/mac"}),
    ("more than it lists", lambda c: {**c, "keys/extra": b"x"}),
    ("does not know", lambda c: manifest(c, format=2)),
    ("lists no files", lambda c: manifest(c, files={})),
    ("lists no files", lambda c: manifest(c, files=[])),
    ("what it holds", lambda c: manifest(c, head=None)),
    ("not the one", lambda c: manifest(c, head="00" * 32)),
    ("not the one", lambda c: manifest(c, count=1)),
    ("no file", lambda c: renamed(c, "keys/../../evil")),
    ("no file", lambda c: renamed(c, "/keys/mac")),
    ("no file", lambda c: renamed(c, "evil")),
    ("no backup", lambda c: {**c, backup.MANIFEST: b"{"}),
    ("does not know", lambda c: {**c, backup.MANIFEST: b"[]"}),
    ("no backup", lambda _: {"other": b"x"}),
]


@pytest.mark.parametrize(("words", "spoil"), SPOILERS)
def test_a_backup_that_was_changed_makes_no_store(
    directory: Path,
    file: Path,
    back: Path,
    clock: ManualClock,
    words: str,
    spoil: Callable[[dict[str, bytes]], dict[str, bytes]],
) -> None:
    backup.make(directory, file, clock=clock)
    rewrite(file, spoil(members(file)))
    with pytest.raises(StoreError, match=words):
        restore(file, back, clock=clock)
    assert not back.exists()


def test_links_and_cut_files_make_no_store(
    directory: Path, file: Path, back: Path, clock: ManualClock
) -> None:
    backup.make(directory, file, clock=clock)
    content, whole = members(file), file.read_bytes()
    for size in (0, 100, 600, 5000, len(whole) // 2):
        file.write_bytes(whole[:size])
        with pytest.raises(StoreError):
            restore(file, back, clock=clock)
    rewrite(file, content, tarfile.SYMTYPE)
    with pytest.raises(StoreError):
        restore(file, back, clock=clock)
    assert not back.exists()


def test_a_damaged_database_makes_no_store_though_its_hash_fits(
    directory: Path, file: Path, back: Path, clock: ManualClock
) -> None:
    backup.make(directory, file, clock=clock)
    content = members(file)
    data = bytearray(content["pos-guard.db"])
    data[4096:8192] = bytes(4096)
    listed = json.loads(content[backup.MANIFEST])["files"]
    listed["pos-guard.db"]["sha256"] = __import__("hashlib").sha256(data).hexdigest()
    rewrite(file, manifest({**content, "pos-guard.db": bytes(data)}, files=listed))
    with pytest.raises(StoreError):
        restore(file, back, clock=clock)
    assert not back.exists()


def test_the_backup_of_a_newer_program_is_refused(
    directory: Path, file: Path, back: Path, clock: ManualClock
) -> None:
    backup.make(directory, file, clock=clock)
    rewrite(file, manifest(members(file), schema=999))
    with pytest.raises(SchemaError, match="newer program"):
        restore(file, back, clock=clock)
    assert not back.exists()


@needs_cipher
def test_a_passphrase_hides_everything_and_is_needed(
    store: Store, directory: Path, file: Path, back: Path, clock: ManualClock
) -> None:
    made = backup.make(directory, file, clock=clock, passphrase=PHRASE)
    raw = file.read_bytes()
    for secret in (store.keys.pepper, store.keys.mac, b"maya", b"SQLite"):
        assert secret not in raw
    for wrong in (None, PHRASE + "!"):
        with pytest.raises(StoreError, match="passphrase"):
            restore(file, back, clock=clock, passphrase=wrong)
    assert restore(file, back, clock=clock, passphrase=PHRASE) == made


@needs_cipher
def test_a_short_passphrase_is_none(directory: Path, file: Path, clock: ManualClock) -> None:
    with pytest.raises(LocalError, match="at least 12"):
        backup.make(directory, file, clock=clock, passphrase="short")
    assert not file.exists()


@needs_cipher
@pytest.mark.parametrize("size", [0, 1, 99, 100, 101, 250, 300])
def test_sealed_chunks_come_back_and_any_change_is_found(
    monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(sealed_file, "CHUNK", 100)
    monkeypatch.setattr(sealed_file, "_LOG2N", 2)
    data = bytes(number % 251 for number in range(size))
    target = io.BytesIO()
    sealed_file.seal(io.BytesIO(data), target, PHRASE)
    raw = target.getvalue()
    opened = io.BytesIO()
    sealed_file.unseal(io.BytesIO(raw), opened, PHRASE)
    assert opened.getvalue() == data
    start, step = len(sealed_file.MAGIC) + 23, 116
    spoiled = [raw[:end] for end in range(0, len(raw), 7)]
    spoiled += [raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :] for at in range(0, len(raw), 5)]
    spoiled += [raw + b"x", raw + raw[start:]]
    if size > 200:
        one, two = raw[start : start + step], raw[start + step : start + 2 * step]
        spoiled += [
            raw[:start] + two + one + raw[start + 2 * step :],
            raw[:start] + raw[start + step :],
        ]
    for other in spoiled:
        with pytest.raises(StoreError):
            sealed_file.unseal(io.BytesIO(other), io.BytesIO(), PHRASE)


def test_without_the_library_a_passphrase_says_what_to_install(
    directory: Path, file: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "cryptography.hazmat.primitives.ciphers"
    monkeypatch.setitem(__import__("sys").modules, name, None)
    with pytest.raises(LocalError, match=r"pip install .pos-guard\[sign\]"):
        backup.make(directory, file, clock=clock, passphrase=PHRASE)
    assert not file.exists()
