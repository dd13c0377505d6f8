"""The tables, once for each database; both are read statement by statement."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from importlib import resources


def statements(name: str) -> Iterator[str]:
    """The statements of ``sqlite`` or ``postgres``, each harmless where its table is there."""
    text = resources.files(__name__).joinpath(f"{name}.sql").read_text(encoding="utf-8")
    statement = ""
    for line in text.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
