"""The end of a run, which signals, programs and people may ask for."""

from __future__ import annotations

from contextlib import suppress
from queue import Empty, SimpleQueue
from time import monotonic

LOOK_SECONDS = 0.5
"""A signal that comes just before its thread falls asleep wakes nobody: look again so often."""


class Ending:
    """Set once, and for good: by any thread, and by a signal handler too.

    A ``threading.Event`` is not for that: its ``set`` needs the lock that ``wait`` holds for a
    moment, and a handler that runs in that very moment, in the same thread, waits for ever. A
    ``SimpleQueue`` may be put into at any time (its documentation says reentrant).
    """

    def __init__(self) -> None:
        self._asked = False
        self._bell: SimpleQueue[None] = SimpleQueue()

    def set(self) -> None:
        """The run shall end. More than once is fine."""
        self._asked = True
        self._bell.put(None)

    def is_set(self) -> bool:
        """Somebody has asked for the end."""
        return self._asked

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for it, at most so long; whether it is so. Any number of threads may wait."""
        until = None if seconds is None else monotonic() + seconds
        while not self._asked:
            left = LOOK_SECONDS if until is None else until - monotonic()
            if left <= 0:
                return False
            with suppress(Empty):
                self._bell.get(timeout=min(left, LOOK_SECONDS))
        self._bell.put(None)  # for whoever else waits
        return True
