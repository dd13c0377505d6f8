"""Timers by name in real time, for a twin that no bench keeps time for."""

from __future__ import annotations

import threading
from collections.abc import Callable


class NamedTimers:
    """``ring`` is called with a timer's name once it has run out, with ``lock`` held.

    A name that is set anew starts again, and an old one never rings for it. ``after`` is called
    when the lock is free again.
    """

    def __init__(
        self, lock: threading.RLock, ring: Callable[[str], None], after: Callable[[], None]
    ) -> None:
        self._lock = lock
        self._ring = ring
        self._after = after
        self._running: dict[str, threading.Timer] = {}

    def set(self, name: str, seconds: float) -> None:
        """Ring in so many seconds. Call with the lock held, as the other methods."""
        self.cancel(name)
        timer = threading.Timer(seconds, self._run_out, (name,))
        timer.daemon = True
        self._running[name] = timer
        timer.start()

    def cancel(self, name: str) -> None:
        """Do not ring."""
        running = self._running.pop(name, None)
        if running is not None:
            running.cancel()

    def cancel_all(self) -> None:
        """None rings any more."""
        for name in tuple(self._running):
            self.cancel(name)

    def runs(self, name: str) -> bool:
        """It is set, and has not run out."""
        return name in self._running

    def _run_out(self, name: str) -> None:
        with self._lock:
            if self._running.get(name) is not threading.current_thread():
                return  # it was set anew while this one waited for the lock
            del self._running[name]
            self._ring(name)
        self._after()
