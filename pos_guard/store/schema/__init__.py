"""Numbered SQL files, applied in order; the number of the last one is the store's version."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from importlib import resources

from pos_guard.errors import SchemaError, StoreError
from pos_guard.store.columns import as_int
from pos_guard.store.database import Database

LATEST = 7


def version(database: Database) -> int:
    """The version of an opened file; 0 for an empty one."""
    row = database.row("PRAGMA user_version")
    return 0 if row is None else as_int(row[0])


def check(database: Database) -> None:
    """Refuse files that this program cannot read.

    :raises SchemaError: when a newer program wrote the file.
    :raises StoreError: when it is no store of ours.
    """
    found = version(database)
    if found > LATEST:
        raise SchemaError(
            f"the store has version {found}, this program knows up to {LATEST}: "
            "use the newer program"
        )
    if found == 0:
        raise StoreError("this file is no pos-guard store")


def migrate(database: Database) -> None:
    """Bring the file to the latest version, each step in the open transaction or its own.

    :raises SchemaError: when a newer program wrote the file.
    """
    found = version(database)
    if found > LATEST:
        check(database)
    for number in range(found + 1, LATEST + 1):
        with database.joined():
            for statement in _statements(number):
                database.write(statement)
            database.write(f"PRAGMA user_version = {number}")


def _statements(number: int) -> Iterator[str]:
    text = resources.files(__name__).joinpath(f"{number:03d}.sql").read_text(encoding="utf-8")
    statement = ""
    for line in text.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
