"""One SQLite connection, one transaction at a time; every failure is a StoreError.

Knows no table. Write-ahead logging with ``synchronous=FULL``: a commit that returned is on disk.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

from pos_guard.errors import StoreError
from pos_guard.store.columns import Column, Row, as_int
from pos_guard.store.connection import Connect, Connection, Cursor, connect_file
from pos_guard.store.disk_errors import store_error

# Rows fetched at once where a whole table is read.
_MANY = 1000

_ERRORS = (sqlite3.Error, OverflowError, UnicodeError)


class Late(Protocol):
    """What is written once at the end of a transaction, however often it changed inside."""

    def flush(self) -> None:
        """Write it now: the transaction is about to be committed."""
        ...

    def mark(self) -> object:
        """What it is now, for ``back_to``."""
        ...

    def back_to(self, mark: object) -> None:
        """Part of a batch was rolled back, or with None the whole transaction."""
        ...

    def kept(self) -> None:
        """The transaction was committed."""
        ...


class Database:
    """A store file, opened. ``connect``: by another SQLite, which records or fails its writes.

    :raises DiskError: here and in every method when the disk is full, read-only or failing.
    :raises StoreError: here and in every method when SQLite cannot do what was asked.
    """

    def __init__(
        self, path: Path, *, durable: bool, readonly: bool, connect: Connect = connect_file
    ) -> None:
        self.readonly = readonly
        self._path = path
        self._lock = threading.RLock()
        self._closed = False
        self._open = False
        self._writing = False
        self._failed = False
        self._batch = False
        self._part = False
        self._late: Late | None = None
        with self._translated():
            self._connection = (
                _reader(path, connect) if readonly else _writer(path, connect, durable=durable)
            )

    def rows(self, sql: str, *values: Column) -> list[Row]:
        """All rows of a query."""
        with self._lock:
            self._demand_open_file()
            try:
                # Each verdict asks dozens of times: no more calls than this.
                return self._connection.execute(sql, values).fetchall()
            except _ERRORS as error:
                raise self._failure(error) from error

    def each(self, sql: str, *values: Column) -> Iterator[Row]:
        """The rows of a query, a thousand at a time: for whole tables, inside ``snapshot``."""
        with self._lock, self._translated():
            cursor = self._cursor(sql, values)
        while True:
            with self._lock, self._translated():
                rows = cursor.fetchmany(_MANY)
            if not rows:
                return
            yield from rows

    def row(self, sql: str, *values: Column) -> Row | None:
        """The first row of a query, or None."""
        rows = self.rows(sql, *values)
        return rows[0] if rows else None

    def write(self, sql: str, *values: Column) -> int:
        """Change rows inside the open transaction; returns how many.

        :raises StoreError: also when no transaction is open.
        """
        with self._lock:
            self._demand_transaction()
            return self._cursor(sql, values).rowcount

    def insert(self, sql: str, *values: Column) -> int:
        """Add one row inside the open transaction; returns its id.

        :raises StoreError: also when no transaction is open.
        """
        with self._lock:
            self._demand_transaction()
            return self._cursor(sql, values).lastrowid or 0

    def write_many(self, sql: str, rows: Sequence[Row]) -> None:
        """The same change for each of these rows, inside the open transaction.

        :raises StoreError: also when no transaction is open.
        """
        with self._lock:
            self._demand_transaction()
            with self._translated():
                self._connection.executemany(sql, rows)

    def state(self) -> int:
        """A number that changes when another connection changed the file; not by our own writes."""
        row = self.row("PRAGMA data_version")
        return 0 if row is None else as_int(row[0])

    def write_late(self, late: Late) -> None:
        """Have this written before every commit from now on; the last one that was given counts."""
        self._late = late

    @contextmanager
    def transaction(self) -> Generator[None, None, None]:
        """All or nothing: committed and durable at the normal end, rolled back at any exception.

        Other threads wait. Keep it short, and never wait for anything inside.

        Inside ``batch`` it is durable only when that ends.

        :raises StoreError: when one is open already, when the store is read-only, and when any
            statement inside failed, even if the caller caught that error.
        """
        with self._lock:
            if self._batch and not self._part:
                with self._part_of_batch():
                    yield
                return
            if self._open:
                raise StoreError("a transaction is open already")
            if self.readonly:
                raise StoreError("this store was opened for reading only")
            self._begin("BEGIN IMMEDIATE")
            self._writing = True
            try:
                yield
                self._demand_transaction()
                if self._late is not None:
                    self._late.flush()
                self._cursor("COMMIT")
            except BaseException:
                self._rollback()
                self._take_back(None)
                raise
            else:
                if self._late is not None:
                    self._late.kept()
            finally:
                self._open = self._writing = False

    @contextmanager
    def batch(self) -> Generator[None, None, None]:
        """Several transactions that become durable together, by one write to the disk.

        Nothing that was decided inside may be acted upon before this ended well; when it did not,
        none of it happened. A transaction inside that fails takes back only itself, unless SQLite
        gave up the whole. For imports and replays: a till that waits for others waits too long.

        :raises StoreError: as ``transaction``.
        """
        with self.transaction():
            self._batch = True
            try:
                yield
            finally:
                self._batch = False

    @contextmanager
    def joined(self) -> Generator[None, None, None]:
        """Part of the open transaction, or a transaction of its own."""
        with self._lock:
            if self._open and (self._part or not self._batch):
                yield
            else:
                with self.transaction():
                    yield

    @contextmanager
    def snapshot(self) -> Generator[None, None, None]:
        """Several queries that see one state, also while another process writes."""
        with self._lock:
            if self._open:
                yield
                return
            self._begin("BEGIN")
            try:
                yield
            finally:
                self._rollback()
                self._open = False

    def close(self) -> None:
        """Roll back what is open and let go of the file. Again is harmless."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._rollback()
                self._connection.close()

    @contextmanager
    def _part_of_batch(self) -> Generator[None, None, None]:
        self._demand_transaction()
        self._cursor("SAVEPOINT part")
        self._part = True
        mark = None if self._late is None else self._late.mark()
        try:
            yield
            self._demand_transaction()
        except BaseException:
            if self._connection.in_transaction:
                self._failed = False
                self._cursor("ROLLBACK TO part")
                self._take_back(mark)
            raise
        finally:
            self._part = False
            if self._connection.in_transaction:
                self._cursor("RELEASE part")

    def _take_back(self, mark: object) -> None:
        if self._late is not None:
            self._late.back_to(mark)

    def _begin(self, sql: str) -> None:
        self._failed = False
        self._cursor(sql)
        self._open = True

    def _rollback(self) -> None:
        # A full disk makes SQLite roll back by itself, and a closed store has: both are fine.
        with suppress(sqlite3.Error):
            self._connection.rollback()

    def _demand_transaction(self) -> None:
        # Some errors (disk full, I/O) end SQLite's transaction behind our back; what came after
        # them would be committed one by one.
        self._demand_open_file()
        if not self._writing or self._failed or not self._connection.in_transaction:
            raise StoreError("nothing is written outside a transaction, or after an error in it")

    def _demand_open_file(self) -> None:
        if self._closed:
            raise StoreError("the store is closed")

    def _cursor(self, sql: str, values: Row = ()) -> Cursor:
        self._demand_open_file()
        try:
            return self._connection.execute(sql, values)
        except _ERRORS as error:
            raise self._failure(error) from error

    @contextmanager
    def _translated(self) -> Generator[None, None, None]:
        try:
            yield
        except _ERRORS as error:
            raise self._failure(error) from error

    def _failure(self, error: Exception) -> StoreError:
        self._failed = True
        return store_error(self._path, error)


def _writer(path: Path, connect: Connect, *, durable: bool) -> Connection:
    connection = connect(path, "mode=rw")
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'OFF'}")
        connection.execute("PRAGMA foreign_keys = ON")
        # What a part of a batch would take back: pages of one transaction, not worth a file.
        connection.execute("PRAGMA temp_store = MEMORY")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _reader(path: Path, connect: Connect) -> Connection:
    connection = connect(path, "mode=ro")
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
    except sqlite3.OperationalError:
        connection.close()
        # A reader must create files beside a write-ahead log. On a medium where it cannot, the
        # main file alone is the whole truth if no log lies beside it, or an empty one.
        if _size(path.with_name(f"{path.name}-wal")) != 0:
            raise
        connection = connect(path, "mode=ro&immutable=1")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
