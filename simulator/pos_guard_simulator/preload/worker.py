"""A thread that does one thing again whenever somebody says that it may help."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Worker:
    """Calls ``work`` after each ``poke``. A device's listeners poke, so that none ever waits."""

    def __init__(self, work: Callable[[], None]) -> None:
        self._work = work
        self._event = threading.Event()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def poke(self) -> None:
        """Something has changed."""
        self._event.set()

    def close(self) -> None:
        """Work no more."""
        self._stopped = True
        self._event.set()
        if self._thread is not threading.current_thread():
            self._thread.join(5)

    def _run(self) -> None:
        while not self._stopped:
            self._event.wait()
            self._event.clear()
            if not self._stopped:
                self._work()
