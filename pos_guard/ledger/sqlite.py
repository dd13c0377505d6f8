"""The shared ledger in one SQLite file: a shop's hub, or a ledger for one terminal.

Processes on one machine may share the file; a network file system may not carry it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from pos_guard.errors import StoreError
from pos_guard.ledger.engine import Session
from pos_guard.ledger.operations import LedgerOperations
from pos_guard.ledger.port import LedgerError, UnreachableError
from pos_guard.ledger.schema import statements
from pos_guard.store.columns import Column, Row
from pos_guard.store.database import Database

T = TypeVar("T")


class SqliteEngine:
    """Transactions that begin with the write lock of the whole file: one at a time."""

    for_update = ""

    def __init__(self, database: Database) -> None:
        self._database = database

    def run(self, work: Callable[[Session], T]) -> T:
        """See ``Engine.run``."""
        try:
            with self._database.transaction():
                return work(self)
        except StoreError as error:
            raise UnreachableError(f"the shared ledger's file: {error}") from error

    def rows(self, sql: str, *values: Column) -> list[Row]:
        """See ``Session.rows``."""
        return self._database.rows(sql, *values)

    def write(self, sql: str, *values: Column) -> int:
        """See ``Session.write``."""
        return self._database.write(sql, *values)

    def close(self) -> None:
        """See ``Engine.close``."""
        self._database.close()


class SqliteLedger(LedgerOperations):
    """A ``SharedLedger`` in a file, which is made where there is none.

    ``durable=False`` is for simulations: a power cut may lose what was committed.

    :raises LedgerError: when the file can be neither opened nor made.
    """

    def __init__(self, path: Path, merchant: str, *, durable: bool = True) -> None:
        try:
            # Without O_EXCL: another terminal of the shop may be making it at this moment.
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            database = Database(path, durable=durable, readonly=False)
        except (OSError, StoreError) as error:
            raise LedgerError(f"{path}: the shared ledger cannot be opened: {error}") from error
        try:
            with database.transaction():
                for statement in statements("sqlite"):
                    database.write(statement)
        except StoreError as error:
            database.close()
            raise LedgerError(f"{path} is no shared ledger: {error}") from error
        super().__init__(SqliteEngine(database), merchant)
