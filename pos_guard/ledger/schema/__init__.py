"""The tables of the shared ledger: written once, as SQLite reads them, read by both databases."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from importlib import resources
from typing import Literal


def statements(database: Literal["sqlite", "postgres"]) -> Iterator[str]:
    """The statements for that database, each harmless where its table is there."""
    text = resources.files(__name__).joinpath("tables.sql").read_text(encoding="utf-8")
    statement = ""
    for line in text.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement if database == "sqlite" else _for_postgres(statement)
            statement = ""


def _for_postgres(statement: str) -> str:
    """An INTEGER of PostgreSQL has 32 bits, of SQLite 64; and every table has row numbers there."""
    return statement.replace("INTEGER", "BIGINT").replace(") STRICT, WITHOUT ROWID;", ");")
