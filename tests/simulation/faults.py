"""How the guard's process dies or its disk fails: at any effect, and around any transaction.

A real process that is killed runs nothing any more, so a dead process raises ``Killed`` at every
further point: no ``finally`` of product code can write anything after its death.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from pos_guard.clock import Clock
from pos_guard.errors import StoreError
from pos_guard.store import files
from pos_guard.store.database import Database
from pos_guard.store.store import Store


class Killed(BaseException):
    """The process is dead. No product code may catch it."""


class Mortality(Protocol):
    """What may go wrong at a transaction."""

    def point(self, name: str) -> None: ...
    def write(self) -> None: ...


class Faults:
    """What will go wrong in one life of the process."""

    def __init__(self) -> None:
        self.countdown: int | None = None
        self.dead = False
        self.died_at = ""
        self.full = False
        self.denied = 0

    def point(self, name: str) -> None:
        """One point at which the process may die."""
        if self.dead:
            raise Killed(self.died_at)
        if self.countdown is None:
            return
        self.countdown -= 1
        if self.countdown < 0:
            self.dead, self.died_at = True, name
            raise Killed(name)

    def write(self) -> None:
        """One write to the disk."""
        if self.full:
            self.denied += 1
            raise StoreError("the disk is full")


class FaultyDatabase(Database):
    """An opened database whose transactions may fail, or never return."""

    def __init__(self, opened: Database, faults: Mortality) -> None:
        self.__dict__ = opened.__dict__  # the same connection and state under other methods
        self._faults = faults

    @contextmanager
    def transaction(self) -> Generator[None, None, None]:
        """As that of ``Database``, with a point before, at the end, and after."""
        self._faults.point("before-transaction")
        with super().transaction():
            yield
            self._faults.write()
            self._faults.point("before-commit")
        self._faults.point("after-commit")


def open_store(directory: Path, clock: Clock, faults: Mortality, *, durable: bool = False) -> Store:
    """Open the store as a new process would."""

    class FaultyStore(Store):
        def __init__(
            self, directory: Path, database: Database, clock: Clock, lock: files.WriterLock | None
        ) -> None:
            super().__init__(directory, FaultyDatabase(database, faults), clock, lock)

    return FaultyStore.open(directory, clock=clock, durable=durable)
