"""Tells a test that something happened at a device, so that it waits for that and not for time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial


class News:
    """Counts what happens. ``tell`` from any thread, ``wait`` in the test's."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._count = 0

    def tell(self) -> None:
        """Something happened."""
        with self._changed:
            self._count += 1
            self._changed.notify_all()

    def wait(self, done: Callable[[], bool], seconds: float) -> bool:
        """Whether ``done`` became true in that time; it is asked after each thing that happens."""
        deadline = time.monotonic() + seconds
        while True:
            seen = self._count
            if done():
                return True
            with self._changed:
                left = deadline - time.monotonic()
                if not self._changed.wait_for(partial(self._since, seen), max(left, 0)):
                    return False

    def _since(self, seen: int) -> bool:
        return self._count != seen
