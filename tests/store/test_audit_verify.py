"""Every single change of a stored log is found, on the rows and on the bytes of the file."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pos_guard.clock import ManualClock
from pos_guard.errors import StoreError, TamperError
from pos_guard.frames.decoded import Json
from pos_guard.store.chain import sealed
from pos_guard.store.checkpoint import short_code
from pos_guard.store.store import Store
from pos_guard.store.verify import ClockStep, StepKind


def filled(store: Store, clock: ManualClock, count: int, actor: str = "anna") -> None:
    for number in range(count):
        clock.advance(1)
        with store.transaction():
            body: dict[str, Json] = {"entry": number, "link": "zvt"}
            store.audit.append("verdict", body, actor=actor)


def reopened(directory: Path, clock: ManualClock) -> Store:
    return Store.open(directory, clock=clock, readonly=True)


def dropped_triggers(connection: sqlite3.Connection) -> None:
    for name in ("audit_is_not_edited", "audit_is_not_cut"):
        connection.execute(f"DROP TRIGGER {name}")


def single_changes(count: int) -> Iterator[tuple[int, str]]:
    """One change of the rows each, and the record at which it must be found."""
    for seq in range(1, count + 1):
        yield seq, f"DELETE FROM audit WHERE seq = {seq}"
        yield seq, f"UPDATE audit SET hash = zeroblob(32) WHERE seq = {seq}"
        yield seq, f"UPDATE audit SET record = x'7b7d' WHERE seq = {seq}"
        yield seq, f"UPDATE audit SET seq = {count + seq + 5} WHERE seq = {seq}"
        yield seq, f"DELETE FROM audit WHERE seq >= {seq}"
        if seq < count:
            yield (
                seq,
                "UPDATE audit SET record = (SELECT record FROM audit AS b WHERE b.seq ="
                f" {2 * seq + 1} - audit.seq) WHERE seq IN ({seq}, {seq + 1})",
            )
    yield (
        count + 1,
        f"INSERT INTO audit SELECT {count + 1}, record, hash FROM audit WHERE seq = {count}",
    )


def test_every_single_change_of_the_rows_is_found_at_its_record(
    store: Store, directory: Path, clock: ManualClock, tmp_path: Path
) -> None:
    filled(store, clock, 12)
    count = store.audit.verify().count
    store.close()
    tried = 0
    for seq, sql in single_changes(count):
        copy = tmp_path / f"copy-{tried}"
        shutil.copytree(directory, copy)
        with closing(sqlite3.connect(copy / "pos-guard.db")) as connection, connection:
            dropped_triggers(connection)
            assert connection.execute(sql).rowcount > 0
        with reopened(copy, clock) as opened, pytest.raises(TamperError) as caught:
            opened.audit.verify()
        assert caught.value.seq == seq, sql
        tried += 1
        shutil.rmtree(copy)
    assert tried > 75


def test_every_changed_byte_of_the_log_in_the_raw_file_is_found(
    store: Store, directory: Path, clock: ManualClock
) -> None:
    """Each byte of the records' own text, flipped in the file itself."""
    filled(store, clock, 6)
    texts = [row[0] for row in store._database.rows("SELECT record FROM audit ORDER BY seq")]
    store.close()
    path = directory / "pos-guard.db"
    whole = path.read_bytes()
    tried = 0
    for text in texts:
        assert isinstance(text, bytes)
        begin = whole.find(text)
        assert begin > 0
        for place in range(begin, begin + len(text), 3):
            path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
            with reopened(directory, clock) as opened, pytest.raises(StoreError):
                opened.audit.verify()
            tried += 1
    assert tried > 500


def test_records_of_another_terminal_with_the_same_key_do_not_fit(
    store: Store, directory: Path, clock: ManualClock
) -> None:
    """Somebody with the key splices: the terminal stands in every record."""
    filled(store, clock, 3)
    store.close()
    with closing(sqlite3.connect(directory / "pos-guard.db")) as connection, connection:
        connection.execute("UPDATE meta SET value = 'T2' WHERE name = 'terminal_id'")
    with reopened(directory, clock) as opened, pytest.raises(TamperError, match="terminal"):
        opened.audit.verify()


@pytest.mark.parametrize(
    "change", ["x''", "zeroblob(32)", "NULL", "CAST(peaks || zeroblob(32) AS BLOB)"]
)
def test_a_wrong_tree_is_found_also_under_a_good_seal(
    store: Store, directory: Path, clock: ManualClock, change: str
) -> None:
    filled(store, clock, 5)
    head = store.audit.head()
    assert head is not None
    mac_key = store.keys.mac
    with closing(sqlite3.connect(directory / "pos-guard.db")) as connection, connection:
        connection.execute(f"UPDATE audit_head SET peaks = {change}")
        (peaks,) = connection.execute("SELECT peaks FROM audit_head").fetchone()
    with pytest.raises(TamperError, match="head"):
        store.audit.verify()
    if peaks is None:
        return
    forged = sealed(head.count, head.hash, mac_key, peaks)
    with closing(sqlite3.connect(directory / "pos-guard.db")) as connection, connection:
        connection.execute("UPDATE audit_head SET mac = ?", (forged.mac,))
    with pytest.raises(TamperError, match="tree"):
        store.audit.verify()


def test_a_wall_clock_that_goes_back_is_found_until_somebody_confirms_it(
    store: Store, clock: ManualClock
) -> None:
    filled(store, clock, 3)
    clock.step_wall(-3)
    filled(store, clock, 1)
    assert store.audit.verify().steps == ()  # within the slack of NTP: -3 s, +1 s, against 2 s
    clock.step_wall(-600)
    filled(store, clock, 2)
    at = store.audit.verify().count - 1
    assert store.audit.verify().steps == (ClockStep(at, StepKind.WALL),)
    with store.transaction():
        store.audit.append("clock", {"trusted": True}, actor="maya")
    filled(store, clock, 2)
    assert store.audit.verify().steps == ()


def test_a_clock_that_came_right_by_itself_is_still_told(store: Store, clock: ManualClock) -> None:
    filled(store, clock, 1)
    clock.step_wall(-600)
    filled(store, clock, 1)
    at = store.audit.verify().count
    clock.step_wall(900)
    filled(store, clock, 1)
    assert store.audit.verify().steps == (ClockStep(at, StepKind.WALL),)


def test_a_clock_without_a_battery_is_told_apart(store: Store, clock: ManualClock) -> None:
    filled(store, clock, 1)
    clock.reboot()
    clock.step_wall(-86_400)
    filled(store, clock, 1)
    at = store.audit.verify().count
    assert store.audit.verify().steps == (ClockStep(at, StepKind.WALL),)  # not right yet
    clock.step_wall(86_500)
    filled(store, clock, 1)
    assert store.audit.verify().steps == (ClockStep(at, StepKind.START),)


def test_boot_time_never_goes_back_within_one_boot(
    store: Store, directory: Path, clock: ManualClock
) -> None:
    clock.advance(100)
    filled(store, clock, 2)
    store.close()
    earlier = ManualClock(wall_us=clock.wall_us(), boot_id=clock.boot_id)
    with Store.open(directory, clock=earlier, durable=False) as again:
        at = again.audit.verify().count
        assert again.audit.verify().steps == (ClockStep(at, StepKind.BOOT),)


def test_a_checkpoint_kept_elsewhere_finds_a_store_that_was_put_back(
    store: Store, directory: Path, clock: ManualClock, tmp_path: Path
) -> None:
    filled(store, clock, 5)
    store.close()
    shutil.copytree(directory, tmp_path / "old")
    with Store.open(directory, clock=clock, durable=False) as now:
        filled(now, clock, 5)
        witness = now.checkpoints.now()
    with reopened(directory, clock) as opened:
        checkpoint = opened.checkpoints.read(witness.note)
        assert opened.checkpoints.verify(checkpoint).count == checkpoint.size
        assert opened.checkpoints.verify_code(witness.code).count == checkpoint.size
    with reopened(tmp_path / "old", clock) as older:
        checkpoint = older.checkpoints.read(witness.note)
        with pytest.raises(TamperError, match="put back"):
            older.checkpoints.verify(checkpoint)
        with pytest.raises(TamperError, match="put back"):
            older.checkpoints.verify_code(witness.code)
    with Store.open(tmp_path / "old", clock=clock, durable=False) as other:
        filled(other, clock, 9, actor="ben")
        with pytest.raises(TamperError, match="checkpoint"):
            other.checkpoints.verify(checkpoint)
        with pytest.raises(TamperError, match="code"):
            other.checkpoints.verify_code(witness.code)


def test_kept_checkpoints_are_part_of_the_check(
    store: Store, directory: Path, clock: ManualClock
) -> None:
    filled(store, clock, 3)
    with store.transaction():
        kept = store.checkpoints.keep()
    filled(store, clock, 3)
    assert [one.size for one in store.checkpoints.kept()] == [kept.checkpoint.size]
    assert store.checkpoints.verify().count == kept.checkpoint.size + 3
    assert kept.code == short_code(kept.checkpoint.size, kept.checkpoint.root)
    for sql in (
        "UPDATE audit_checkpoints SET size = size + 1",
        "UPDATE audit_checkpoints SET note = replace(note, 'pos', 'pod')",
    ):
        with closing(sqlite3.connect(directory / "pos-guard.db")) as connection:
            connection.execute(sql)
            connection.commit()
        with pytest.raises(TamperError):
            store.checkpoints.verify()


def test_a_checkpoint_is_kept_every_so_many_records(store: Store) -> None:
    with store.transaction():
        for number in range(2050):
            store.audit.append("x", {"entry": number})
    assert [one.size for one in store.checkpoints.kept()] == [1024, 2048]
    assert store.checkpoints.verify().count > 2050


def test_checkpoints_outlive_a_new_key(store: Store, directory: Path, clock: ManualClock) -> None:
    witness = store.checkpoints.now()
    store.rotation.mac()
    store.close()
    with Store.open(directory, clock=clock, durable=False) as again:
        assert again.checkpoints.read(witness.note) == witness.checkpoint
        assert again.checkpoints.verify(witness.checkpoint).count > witness.checkpoint.size
