"""Transactions: all or nothing, whatever fails; nothing outside one."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_guard.errors import StoreError
from pos_guard.store.database import Database
from pos_guard.store.files import make_private
from tests.store.store_help import done_in, interrupted


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "test.db"
    make_private(made)
    return made


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    opened = Database(path, durable=True, readonly=False)
    with opened.transaction():
        opened.write("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT")
    yield opened
    opened.close()


def note(database: Database, text: str) -> int:
    return database.insert("INSERT INTO notes (text) VALUES (?)", text)


def notes(database: Database) -> list[str]:
    return [str(row[0]) for row in database.rows("SELECT text FROM notes ORDER BY id")]


def test_a_normal_end_keeps_and_an_exception_drops(database: Database) -> None:
    with database.transaction():
        assert note(database, "kept") == 1
    for error in (KeyError, KeyboardInterrupt):
        interrupted(database.transaction(), lambda: note(database, "dropped"), error=error)
    assert notes(database) == ["kept"]


def test_a_transaction_inside_another_is_refused_and_drops_both(database: Database) -> None:
    def inner() -> None:
        done_in(database.transaction(), lambda: note(database, "inner"))

    with pytest.raises(StoreError, match="open already"):
        done_in(database.transaction(), lambda: note(database, "outer"), inner)
    assert notes(database) == []


def test_joined_is_part_of_the_open_transaction(database: Database) -> None:
    with database.joined():
        note(database, "alone")
    interrupted(
        database.transaction(),
        lambda: done_in(database.joined(), lambda: note(database, "joined")),
    )
    assert notes(database) == ["alone"]


def test_nothing_is_written_outside_a_transaction(database: Database) -> None:
    for write in (database.write, database.insert):
        with pytest.raises(StoreError, match="outside a transaction"):
            write("INSERT INTO notes (text) VALUES ('x')")
    with database.snapshot(), pytest.raises(StoreError):
        note(database, "x")
    assert notes(database) == []


def test_a_failed_statement_dooms_its_transaction_even_when_caught(database: Database) -> None:
    def swallowed() -> None:
        with pytest.raises(StoreError, match="NOT NULL"):
            database.insert("INSERT INTO notes (text) VALUES (NULL)")

    with pytest.raises(StoreError, match="after an error"):
        done_in(database.transaction(), lambda: note(database, "before"), swallowed)
    assert notes(database) == []


def test_nothing_follows_a_failed_statement(database: Database) -> None:
    def swallowed() -> None:
        with pytest.raises(StoreError, match="no such table"):
            database.rows("SELECT text FROM nowhere")

    with pytest.raises(StoreError, match="after an error"):
        done_in(database.transaction(), swallowed, lambda: note(database, "after"))
    with database.transaction():
        note(database, "next time")
    assert notes(database) == ["next time"]


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1, "\ud800"])
def test_values_that_sqlite_cannot_hold_are_store_errors(
    database: Database, value: int | str
) -> None:
    with pytest.raises(StoreError), database.transaction():
        database.insert("INSERT INTO notes (text) VALUES (?)", value)


def test_a_full_disk_leaves_nothing_half_written(database: Database) -> None:
    pages = database.row("PRAGMA page_count")
    assert pages is not None
    database.rows(f"PRAGMA max_page_count = {int(str(pages[0])) + 2}")
    with database.transaction():
        note(database, "fits")
    with pytest.raises(StoreError, match="full"):
        done_in(
            database.transaction(),
            lambda: note(database, "small, but together with"),
            lambda: note(database, "x" * 100_000),
        )
    assert notes(database) == ["fits"]
    with database.transaction():
        note(database, "fits again")
    assert notes(database) == ["fits", "fits again"]


def test_after_a_full_disk_was_caught_nothing_is_committed_piecemeal(database: Database) -> None:
    database.rows("PRAGMA max_page_count = 3")

    def swallowed() -> None:
        with pytest.raises(StoreError, match="full"):
            note(database, "x" * 100_000)
        with pytest.raises(StoreError, match="after an error"):
            note(database, "second")

    with pytest.raises(StoreError, match="after an error"):
        done_in(database.transaction(), lambda: note(database, "first"), swallowed)
    assert notes(database) == []


def test_a_commit_that_fails_keeps_nothing(database: Database, path: Path) -> None:
    with database.transaction():
        database.write("CREATE TABLE parents (id INTEGER PRIMARY KEY)")
        database.write(
            "CREATE TABLE children (parent REFERENCES parents DEFERRABLE INITIALLY DEFERRED)"
        )
    with pytest.raises(StoreError, match="FOREIGN KEY"):
        done_in(
            database.transaction(),
            lambda: note(database, "checked only at the end"),
            lambda: database.write("INSERT INTO children VALUES (1)"),
        )
    assert notes(database) == []
    with database.transaction():
        note(database, "works again")
    assert notes(database) == ["works again"]
    assert path.exists()


def test_closing_in_the_middle_drops_and_later_use_is_an_error(
    database: Database, path: Path
) -> None:
    with pytest.raises(StoreError, match="closed"):
        done_in(database.transaction(), lambda: note(database, "half"), database.close)
    database.close()
    with pytest.raises(StoreError, match="closed"):
        notes(database)
    again = Database(path, durable=True, readonly=False)
    assert notes(again) == []
    again.close()


def test_other_threads_wait_for_the_transaction_and_never_see_half(database: Database) -> None:
    inside, seen = threading.Event(), list[list[str]]()

    def read() -> None:
        inside.wait(10)
        seen.append(notes(database))

    reader = threading.Thread(target=read)
    reader.start()
    with database.transaction():
        note(database, "one")
        inside.set()
        note(database, "two")
    reader.join(10)
    assert seen == [["one", "two"]]


def test_a_reader_sees_committed_rows_and_writes_nothing(database: Database, path: Path) -> None:
    reader = Database(path, durable=True, readonly=True)
    with database.transaction():
        note(database, "one")
        assert notes(reader) == []
    assert notes(reader) == ["one"]
    with pytest.raises(StoreError, match="reading only"), reader.transaction():
        pass
    reader.close()


def test_a_snapshot_sees_one_state(database: Database, path: Path) -> None:
    reader = Database(path, durable=True, readonly=True)
    with reader.snapshot():
        assert notes(reader) == []
        with database.transaction():
            note(database, "one")
        assert notes(reader) == []
    assert notes(reader) == ["one"]
    reader.close()


@pytest.mark.parametrize(("durable", "level"), [(True, 2), (False, 0)])
def test_durable_means_synced_at_every_commit(path: Path, durable: bool, level: int) -> None:
    opened = Database(path, durable=durable, readonly=False)
    settings = [opened.row(f"PRAGMA {name}") for name in ("journal_mode", "synchronous")]
    assert settings == [("wal",), (level,)]
    opened.close()


def test_a_file_that_is_no_database_is_a_store_error(path: Path) -> None:
    path.write_bytes(b"not a database, but long enough to be looked at" * 100)
    for readonly in (True, False):
        with pytest.raises(StoreError, match="not a database"):
            Database(path, durable=True, readonly=readonly)


def test_a_database_locked_by_a_stranger_is_a_store_error(database: Database, path: Path) -> None:
    database.rows("PRAGMA busy_timeout = 1")
    stranger = sqlite3.connect(path, isolation_level=None)
    stranger.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="locked"), database.transaction():
        note(database, "x")
    stranger.close()
    with database.transaction():
        note(database, "y")
    assert notes(database) == ["y"]
