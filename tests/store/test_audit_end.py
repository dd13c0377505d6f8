"""The end of the log: read once, then known until somebody else writes; few pages a commit."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from statistics import median
from typing import cast

import pytest

from pos_guard.clock import SECOND, ManualClock
from pos_guard.errors import StoreError, TamperError
from pos_guard.store import schema
from pos_guard.store.store import Store
from tests.store.store_help import entry, interrupted

PAGE_AND_FRAME = 4096 + 24


def append(store: Store, number: int = 0) -> int:
    with store.transaction():
        return store.audit.append("verdict", {"entry": number})


@contextmanager
def other_program(directory: Path) -> Generator[sqlite3.Connection, None, None]:
    with closing(sqlite3.connect(directory / "pos-guard.db")) as connection, connection:
        yield connection


def statements_of_one_append(store: Store) -> list[str]:
    said: list[str] = []
    connection = cast("sqlite3.Connection", store._database._connection)
    connection.set_trace_callback(said.append)
    append(store)
    connection.set_trace_callback(None)
    return [statement for statement in said if not statement.startswith("--")]


def reads_the_end(store: Store) -> bool:
    return any("FROM audit" in statement for statement in statements_of_one_append(store))


def test_a_second_record_does_not_read_the_end_again(store: Store) -> None:
    append(store)
    assert not reads_the_end(store)
    with store.batch():
        assert [append(store) for _ in range(3)] == [5, 6, 7]
    assert not reads_the_end(store)
    assert store.audit.verify().count == 8


def test_whatever_another_connection_writes_the_end_is_read_again(
    store: Store, directory: Path
) -> None:
    append(store)
    with other_program(directory) as connection:
        connection.execute("INSERT INTO meta VALUES ('note', 'harmless')")
    assert reads_the_end(store)
    assert not reads_the_end(store)
    assert store.audit.verify().count == 5


@pytest.mark.parametrize("by", ["an error", "a statement that SQLite refused"])
def test_after_a_rollback_the_log_goes_on_where_it_was(store: Store, by: str) -> None:
    append(store)

    def refused() -> None:
        store._database.write("DELETE FROM audit")

    acts = [lambda: store.audit.append("lost", {}), refused][: 1 if by == "an error" else 2]
    error = Exception if by == "an error" else StoreError
    interrupted(store.transaction(), *acts, error=error)
    assert append(store) == 4
    assert [record.kind for record in store.audit.records()][2:] == ["verdict", "verdict"]
    assert store.audit.verify().count == 4


def test_a_head_changed_between_two_batches_is_not_sealed_over(
    store: Store, directory: Path
) -> None:
    with store.batch():
        append(store)
    with other_program(directory) as connection:
        connection.execute("UPDATE audit_head SET mac = zeroblob(32)")
    with pytest.raises(TamperError), store.batch():
        append(store)


def test_a_verdict_writes_ten_pages(tmp_path: Path, clock: ManualClock) -> None:
    """Each page more is written in every commit; now and then one is split, which takes two more.

    First page, counter of ids, entry and three of its indexes, sums, record and its parent, head.
    """
    directory = tmp_path / "durable"
    with Store.create(directory, clock=clock, terminal_id="T1", scrypt_log2n=2) as store:
        pages = [pages_of_a_verdict(store, number) for number in range(21)]
    assert median(pages) <= 10


def pages_of_a_verdict(store: Store, number: int) -> float:
    store._database.rows("PRAGMA wal_checkpoint(TRUNCATE)")
    verdict(store, number)
    log = store.directory / "pos-guard.db-wal"
    return (log.stat().st_size - 32) / PAGE_AND_FRAME


def verdict(store: Store, number: int) -> None:
    with store.transaction():
        store.approvals.take("r" * 64)
        store.ledger.add(entry(sale_id=f"T1-{number:06d}"))
        store.audit.append("verdict", {"entry": number, "trace": ["x" * 2500]})


def test_a_store_of_version_6_keeps_its_latest_time(
    store: Store, directory: Path, clock: ManualClock
) -> None:
    append(store)
    latest = clock.wall_us() + 3600 * SECOND
    store.close()
    with other_program(directory) as connection:
        connection.execute("ALTER TABLE audit_head DROP COLUMN wall_us")
        connection.execute("INSERT INTO counters VALUES ('wall', ?)", (latest,))
        connection.execute("PRAGMA user_version = 6")
    with Store.open(directory, clock=clock, durable=False) as again:
        assert again.schema == schema.LATEST
        assert again.audit.highest_wall_us() == latest
        append(again)
        assert again.audit.highest_wall_us() == latest
        with again.transaction():
            again.audit.forget_highest_wall()
        append(again)
        assert again.audit.highest_wall_us() == clock.wall_us() < latest
        again.audit.verify()
        assert again._database.rows("SELECT name FROM counters WHERE name = 'wall'") == []
