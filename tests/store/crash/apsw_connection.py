"""apsw with the face of Python's sqlite3, as far as the store uses it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import cast

import apsw

from pos_guard.store.columns import Row
from tests.store.crash.tape import NAME, Tape, TapeVfs

CHECKPOINT_PAGES = 60
"""Far fewer than SQLite's 1000: a short scenario meets checkpoints at many places."""


@contextmanager
def translated() -> Generator[None, None, None]:
    """Errors as sqlite3 has them."""
    try:
        yield
    except apsw.Error as error:
        wrong = isinstance(error, apsw.ConstraintError)
        kind = sqlite3.IntegrityError if wrong else sqlite3.OperationalError
        theirs = kind(str(error))
        theirs.sqlite_errorcode = getattr(error, "extendedresult", apsw.SQLITE_ERROR)
        raise theirs from error


class ApswCursor:
    """The rows of one statement."""

    def __init__(self, cursor: apsw.Cursor, rowcount: int, lastrowid: int) -> None:
        self._cursor = cursor
        self.rowcount = rowcount
        self.lastrowid: int | None = lastrowid

    def fetchall(self) -> list[Row]:
        with translated():
            return cast("list[Row]", self._cursor.fetchall())

    def fetchmany(self, size: int | None = None, /) -> list[Row]:
        rows: list[Row] = []
        with translated():
            for row in self._cursor:
                rows.append(cast("Row", row))
                if len(rows) == (size or 1):
                    break
        return rows


class ApswConnection:
    """One connection. ``on_commit`` is called before each commit, and after one that held."""

    def __init__(self, opened: apsw.Connection, on_commit: OnCommit) -> None:
        self._opened = opened
        self._on_commit = on_commit
        opened.set_busy_timeout(5000)
        opened.set_wal_hook(_checkpoint)

    @property
    def in_transaction(self) -> bool:
        return self._opened.in_transaction

    def execute(self, sql: str, values: Row = (), /) -> ApswCursor:
        commit = sql == "COMMIT"
        if commit:
            self._on_commit(self, False)
        with translated():
            cursor = self._opened.execute(sql, values)
        if commit:
            self._on_commit(self, True)
        return ApswCursor(cursor, self._opened.changes(), self._opened.last_insert_rowid())

    def executemany(self, sql: str, rows: Sequence[Row], /) -> ApswCursor:
        with translated():
            cursor = self._opened.executemany(sql, rows)
        return ApswCursor(cursor, self._opened.changes(), self._opened.last_insert_rowid())

    def ask(self, sql: str) -> list[Row]:
        """All rows of a query."""
        return self.execute(sql).fetchall()

    def rollback(self) -> None:
        if self._opened.in_transaction:
            with translated():
                self._opened.execute("ROLLBACK")

    def close(self) -> None:
        # SQLite itself says nothing of a last checkpoint that failed: the log stays for the next.
        with suppress(apsw.Error):
            self._opened.close()


OnCommit = Callable[[ApswConnection, bool], None]


def nothing(_connection: ApswConnection, _held: bool) -> None:
    """Nobody listens to commits."""


def _checkpoint(connection: apsw.Connection, name: str, pages: int) -> int:
    """What SQLite's own hook does: the commit holds, whatever becomes of the checkpoint."""
    if pages >= CHECKPOINT_PAGES:
        try:
            connection.wal_checkpoint(name)
        except apsw.Error:
            return apsw.SQLITE_OK
    return apsw.SQLITE_OK


class TapeRecorder:
    """Opens connections whose writes go onto one tape, and tells of their commits."""

    def __init__(self) -> None:
        self.tape = Tape()
        self.on_commit: OnCommit = nothing
        self._vfs = TapeVfs(self.tape)

    def connect(self, path: Path, parameters: str) -> ApswConnection:
        """See ``pos_guard.store.connection.Connect``."""
        flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_URI
        with translated():
            opened = apsw.Connection(
                f"{path.absolute().as_uri()}?{parameters}", flags=flags, vfs=NAME
            )
        return ApswConnection(opened, self.on_commit)

    def end(self) -> None:
        """Take the VFS out of SQLite again."""
        self._vfs.unregister()
