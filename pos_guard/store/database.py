"""One SQLite connection, one transaction at a time; every failure is a StoreError.

Knows no table. Write-ahead logging with ``synchronous=FULL``: a commit that returned is on disk.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from pos_guard.errors import StoreError
from pos_guard.store.columns import Column, Row

# Readers of a write-ahead log block the writer only for moments (recovery, checkpoint); longer
# means that something is wrong, and the till is waiting.
BUSY_SECONDS = 5.0


class Database:
    """A store file, opened.

    :raises StoreError: here and in every method when SQLite cannot do what was asked.
    """

    def __init__(self, path: Path, *, durable: bool, readonly: bool) -> None:
        self.readonly = readonly
        self._path = path
        self._lock = threading.RLock()
        self._closed = False
        self._open = False
        self._writing = False
        self._failed = False
        with self._translated():
            self._connection = _reader(path) if readonly else _writer(path, durable=durable)

    def rows(self, sql: str, *values: Column) -> list[Row]:
        """All rows of a query."""
        with self._lock, self._translated():
            return self._cursor(sql, values).fetchall()

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

    @contextmanager
    def transaction(self) -> Generator[None, None, None]:
        """All or nothing: committed and durable at the normal end, rolled back at any exception.

        Other threads wait. Keep it short, and never wait for anything inside.

        :raises StoreError: when one is open already, when the store is read-only, and when any
            statement inside failed, even if the caller caught that error.
        """
        with self._lock:
            if self._open:
                raise StoreError("a transaction is open already")
            if self.readonly:
                raise StoreError("this store was opened for reading only")
            self._begin("BEGIN IMMEDIATE")
            self._writing = True
            try:
                yield
                self._demand_transaction()
                self._cursor("COMMIT")
            except BaseException:
                self._rollback()
                raise
            finally:
                self._open = self._writing = False

    @contextmanager
    def joined(self) -> Generator[None, None, None]:
        """Part of the open transaction, or a transaction of its own."""
        with self._lock:
            if self._open:
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

    def _cursor(self, sql: str, values: Row = ()) -> sqlite3.Cursor:
        self._demand_open_file()
        with self._translated():
            return self._connection.execute(sql, values)

    @contextmanager
    def _translated(self) -> Generator[None, None, None]:
        try:
            yield
        except (sqlite3.Error, OverflowError, UnicodeError) as error:
            self._failed = True
            raise StoreError(f"{self._path.name}: {error}") from error


def _writer(path: Path, *, durable: bool) -> sqlite3.Connection:
    connection = _connect(path, "mode=rw")
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'OFF'}")
        connection.execute("PRAGMA foreign_keys = ON")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _reader(path: Path) -> sqlite3.Connection:
    connection = _connect(path, "mode=ro")
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError:
        connection.close()
        # A reader must create files beside a write-ahead log. On a medium where it cannot, the
        # main file alone is the whole truth if no log lies beside it.
        if path.with_name(f"{path.name}-wal").exists():
            raise
        connection = _connect(path, "mode=ro&immutable=1")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?{mode}",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )
