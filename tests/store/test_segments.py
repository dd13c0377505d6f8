"""Sealed segments: old records leave the database, their root stays, every change is found."""

from __future__ import annotations

import gzip
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from pos_guard.clock import ManualClock
from pos_guard.errors import LocalError, StoreError, TamperError
from pos_guard.frames.decoded import Json
from pos_guard.store.audit_index import BLOCK
from pos_guard.store.segments import HOT_DAYS, KEPT_DAYS
from pos_guard.store.store import Store

DAY = 24 * 3600


def filled(store: Store, clock: ManualClock, count: int) -> None:
    for number in range(count):
        clock.advance(1)
        with store.transaction():
            body: dict[str, Json] = {"entry": number, "link": "zvt"}
            store.audit.append("verdict", body, actor="anna")


@pytest.fixture
def sealed(store: Store, clock: ManualClock) -> Store:
    """A log of which 128 records are sealed and about 130 are not."""
    filled(store, clock, 2 * BLOCK)
    clock.advance((HOT_DAYS + 1) * DAY)
    filled(store, clock, BLOCK)
    found = store.segments.seal()
    assert found is not None
    assert (found.first, found.last) == (1, 2 * BLOCK)
    return store


def test_verification_goes_on_across_the_gap(sealed: Store, clock: ManualClock) -> None:
    verified = sealed.checkpoints.verify()
    assert verified.first == 2 * BLOCK + 1
    assert verified.count > 3 * BLOCK
    filled(sealed, clock, 10)
    assert sealed.checkpoints.verify().count == verified.count + 10
    sealed.audit.verify_index()
    assert sealed.segments.verify() == ()
    assert sealed.audit.record(5) is None
    assert sealed.segments.holding(5) == sealed.segments.all()[0]
    assert sealed.segments.holding(2 * BLOCK + 1) is None


def test_the_file_holds_the_very_records(store: Store, clock: ManualClock) -> None:
    filled(store, clock, 2 * BLOCK)
    rows = store._database.rows("SELECT record FROM audit ORDER BY seq")
    clock.advance((HOT_DAYS + 1) * DAY)
    found = store.segments.seal()
    assert found is not None
    lines = gzip.decompress((store.segments.directory / found.file).read_bytes()).split(b"\n")
    assert lines[1 : found.last + 1] == [row[0] for row in rows[: found.last]]
    assert lines[found.last + 1] == b""
    assert lines[found.last + 2].decode() == store.audit.name
    assert (store.segments.directory / found.file).stat().st_mode & 0o077 == 0


def test_a_second_segment_follows_the_first(sealed: Store, clock: ManualClock) -> None:
    clock.advance((HOT_DAYS + 1) * DAY)
    filled(sealed, clock, BLOCK)
    second = sealed.segments.seal()
    assert second is not None
    assert second.first == 2 * BLOCK + 1
    assert sealed.segments.verify() == ()
    assert sealed.checkpoints.verify().first == second.last + 1
    assert sealed.segments.seal() is None
    told = [one.body["last"] for one in sealed.audit.records(kind="segment")]
    assert told == [2 * BLOCK, second.last]


def test_nothing_recent_is_sealed(store: Store, clock: ManualClock) -> None:
    filled(store, clock, 3 * BLOCK)
    clock.advance((HOT_DAYS - 1) * DAY)
    before = store.audit.verify()
    assert store.segments.seal() is None
    assert store.audit.verify() == before


def test_a_store_is_opened_and_continued_after_sealing(
    sealed: Store, directory: Path, clock: ManualClock
) -> None:
    count = sealed.audit.verify().count
    sealed.close()
    with Store.open(directory, clock=clock, durable=False) as again:
        filled(again, clock, BLOCK)
        assert again.checkpoints.verify().count > count + BLOCK
        again.audit.verify_index()


def test_everything_may_be_sealed(store: Store, clock: ManualClock) -> None:
    filled(store, clock, BLOCK - store.audit.verify().count)
    clock.advance(200 * DAY)
    found = store.segments.seal()
    assert found is not None
    assert found.last == BLOCK
    assert store.checkpoints.verify().first == BLOCK + 1
    filled(store, clock, 1)
    assert store.checkpoints.verify().count == BLOCK + 2


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def flip(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(bytes(raw))


def edit(path: Path) -> None:
    text = gzip.decompress(path.read_bytes())
    path.write_bytes(gzip.compress(text.replace(b'"entry":7', b'"entry":8', 1), mtime=0))


@pytest.mark.parametrize("change", [cut, flip, edit, Path.unlink])
def test_a_changed_or_missing_file_is_found(sealed: Store, change: Callable[[Path], None]) -> None:
    change(sealed.segments.directory / sealed.segments.all()[0].file)
    with pytest.raises(TamperError):
        sealed.segments.verify()
    assert sealed.checkpoints.verify().first > 1


def test_after_its_time_a_file_may_be_gone(sealed: Store, clock: ManualClock) -> None:
    (sealed.segments.directory / sealed.segments.all()[0].file).unlink()
    clock.advance((KEPT_DAYS - HOT_DAYS + 1) * DAY)
    assert sealed.segments.verify() == sealed.segments.all()


def test_our_own_program_deletes_nothing_else(sealed: Store) -> None:
    for sql in (
        "DELETE FROM audit",
        "DELETE FROM audit_segments",
        "UPDATE audit_segments SET hash = zeroblob(32)",
        "UPDATE audit_segments SET dropped = 0",
    ):
        with pytest.raises(StoreError, match="never"), sealed.transaction():
            sealed._database.write(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE audit_segments SET hash = zeroblob(32)",
        "UPDATE audit_segments SET peaks = zeroblob(32)",
        "UPDATE audit_segments SET last = last - 1",
        "DELETE FROM audit_segments",
        "UPDATE audit_segments SET dropped = 0",
    ],
)
def test_a_changed_list_of_segments_is_found(sealed: Store, directory: Path, sql: str) -> None:
    with closing(sqlite3.connect(directory / "pos-guard.db")) as other, other:
        other.execute("DROP TRIGGER segments_stay")
        other.execute("DROP TRIGGER segments_are_not_edited")
        assert other.execute(sql).rowcount == 1
    with pytest.raises(TamperError):
        sealed.checkpoints.verify()


def test_a_changed_log_is_not_sealed(store: Store, directory: Path, clock: ManualClock) -> None:
    filled(store, clock, 2 * BLOCK)
    clock.advance((HOT_DAYS + 1) * DAY)
    with closing(sqlite3.connect(directory / "pos-guard.db")) as other, other:
        other.execute("DROP TRIGGER audit_is_not_edited")
        other.execute("UPDATE audit SET record = x'7b7d' WHERE seq = 9")
    with pytest.raises(TamperError):
        store.segments.seal()
    assert store.segments.all() == ()


def test_a_checkpoint_at_the_seal_is_still_proved(sealed: Store) -> None:
    found = sealed.segments.all()[0]
    assert sealed.segments.tree(found.last).root == sealed.audit.tree(found.last).root
    with pytest.raises(LocalError, match="sealed segments"):
        sealed.audit.tree(found.last - 1)


@pytest.fixture
def twice(sealed: Store, clock: ManualClock) -> Store:
    """The same with a second segment."""
    clock.advance((HOT_DAYS + 1) * DAY)
    filled(sealed, clock, 3)
    assert sealed.segments.seal() is not None
    assert len(sealed.segments.all()) == 2
    return sealed


def test_every_size_of_the_log_has_its_tree_also_inside_segments(
    store: Store, clock: ManualClock
) -> None:
    filled(store, clock, 3 * BLOCK)
    trees = [store.audit.tree(size).root for size in range(3 * BLOCK)]
    clock.advance((HOT_DAYS + 1) * DAY)
    assert store.segments.seal() is not None
    filled(store, clock, BLOCK)
    assert [store.segments.tree(size).root for size in range(3 * BLOCK)] == trees


def test_rows_go_on_from_segment_to_segment_and_into_the_database(twice: Store) -> None:
    count = twice.checkpoints.verify().count
    for seq in (1, 2 * BLOCK, 2 * BLOCK + 1, 3 * BLOCK + 1, count):
        tree, rows = twice.segments.rows_from(seq, count)
        numbers = [row[0] for row in rows]
        assert numbers == list(range(tree.size + 1, count + 1))
        assert tree.size < seq


@pytest.mark.parametrize("wrong", ["gone", "changed", "cut"])
def test_no_tree_is_made_of_a_file_that_is_wrong(sealed: Store, wrong: str) -> None:
    path = sealed.segments.directory / sealed.segments.all()[0].file
    raw = path.read_bytes()
    path.unlink()
    if wrong != "gone":
        path.write_bytes(raw[:-9] if wrong == "cut" else raw[:90] + b"x" + raw[91:])
    with pytest.raises(LocalError if wrong == "gone" else TamperError):
        sealed.segments.tree(7)
