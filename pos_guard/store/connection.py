"""What the store uses of an SQLite connection, and how one is opened with Python's own SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from pos_guard.store.columns import Row

# Readers of a write-ahead log block the writer only for moments (recovery, checkpoint); longer
# means that something is wrong, and the till is waiting.
BUSY_SECONDS = 5.0

# Statements that stay compiled: a verdict uses more of them than sqlite3 keeps by itself.
_STATEMENTS = 256


class Cursor(Protocol):
    """What is used of ``sqlite3.Cursor``."""

    @property
    def rowcount(self) -> int:
        """Rows that the last statement changed."""
        ...

    @property
    def lastrowid(self) -> int | None:
        """The id of the row that was added last."""
        ...

    def fetchall(self) -> list[Row]:
        """The rows that are left."""
        ...

    def fetchmany(self, size: int | None = ..., /) -> list[Row]:
        """The next rows, at most ``size``."""
        ...


class Connection(Protocol):
    """What is used of ``sqlite3.Connection``; everything raises ``sqlite3.Error``."""

    @property
    def in_transaction(self) -> bool:
        """SQLite has a transaction open; some errors end it."""
        ...

    def execute(self, sql: str, values: Row = ..., /) -> Cursor:
        """Run one statement."""
        ...

    def executemany(self, sql: str, rows: Sequence[Row], /) -> Cursor:
        """Run one statement for each row."""
        ...

    def rollback(self) -> None:
        """Drop the open transaction, if one is."""
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...


Connect = Callable[[Path, str], Connection]
"""Opens a file with the parameters of an SQLite URI (``mode=rw``), in autocommit mode."""


def connect_file(path: Path, parameters: str) -> sqlite3.Connection:
    """Open a file with Python's own SQLite.

    :raises sqlite3.Error: when it cannot be opened.
    """
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?{parameters}",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=_STATEMENTS,
    )
