"""What the operations need of a database: transactions of plain statements, run again if need be.

Statements are written once, for SQLite and PostgreSQL alike, with ``?`` for each value.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from pos_guard.store.columns import Column, Row

T = TypeVar("T")


class Session(Protocol):
    """One open transaction."""

    @property
    def for_update(self) -> str:
        """What a SELECT ends with so that its rows are locked until the commit."""
        ...

    def rows(self, sql: str, *values: Column) -> list[Row]:
        """All rows of a query."""
        ...

    def write(self, sql: str, *values: Column) -> int:
        """Change rows; returns how many."""
        ...


class Engine(Protocol):
    """A database."""

    def run(self, work: Callable[[Session], T]) -> T:
        """Do ``work`` in one transaction, durable at the return. It may be run more than once.

        :raises UnreachableError: when it cannot be told whether it was done.
        """
        ...

    def close(self) -> None:
        """Let go of the database. Again is harmless."""
        ...


def one(rows: list[Row]) -> Row | None:
    """The first row, or None."""
    return rows[0] if rows else None
