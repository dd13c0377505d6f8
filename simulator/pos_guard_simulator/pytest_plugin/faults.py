"""A fault that a test lets happen: ``with pos.fault("cover_open"):`` ends it again."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType


class FaultInPlace:
    """What ``fault`` gives: to be ended by ``clear``, or by the ``with`` block that it begins."""

    def __init__(self, name: str, clear: Callable[[], None]) -> None:
        self.name = name
        self._clear = clear

    def clear(self) -> None:
        """Somebody puts it right."""
        self._clear()

    def __enter__(self) -> FaultInPlace:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._clear()
