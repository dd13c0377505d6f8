"""A store that tells when something has been recorded."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from pos_guard.clock import Clock
from pos_guard.store.database import Database
from pos_guard.store.files import WriterLock
from pos_guard.store.store import Store


class HeardStore(Store):
    """``on_kept`` is called after each transaction, in its thread, before that goes on.

    What it wrote is durable then, and nobody has acted upon it. Not for ``batch``.
    """

    def __init__(
        self, directory: Path, database: Database, clock: Clock, lock: WriterLock | None
    ) -> None:
        super().__init__(directory, database, clock, lock)
        self.on_kept: Callable[[], None] = _nothing

    @contextmanager
    def transaction(self) -> Generator[None, None, None]:
        """As that of any store."""
        with super().transaction():
            yield
        self.on_kept()


def _nothing() -> None:
    """Nobody listens."""
