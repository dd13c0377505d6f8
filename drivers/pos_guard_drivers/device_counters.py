"""What a device has done since it was made: UnifiedPOS statistics, as plain counters."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Generic, TypeVar

Name = TypeVar("Name", bound=str)


class Counters(Generic[Name]):
    """Counters from zero; retrieve, reset, count. Thread-safe."""

    def __init__(self, names: Iterable[Name]) -> None:
        self._lock = threading.Lock()
        self._counts: dict[Name, int] = dict.fromkeys(names, 0)

    def retrieve(self) -> dict[Name, int]:
        """All counters now."""
        with self._lock:
            return dict(self._counts)

    def reset(self) -> None:
        """All to zero."""
        with self._lock:
            self._counts = dict.fromkeys(self._counts, 0)

    def count(self, counter: Name, more: int = 1) -> None:
        """Add to one."""
        with self._lock:
            self._counts[counter] += more
