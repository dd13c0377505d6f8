"""Asks a printer how it is from time to time, so that its events come without anybody calling."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Protocol, Self

from pos_guard.errors import DeviceError
from pos_guard.frames.escpos_status import PrinterStatus

MIN_SECONDS = 0.2
"""Shortest interval: four questions and answers take 50 ms at 9600 baud."""


class Watchable(Protocol):
    """A printer that can be asked."""

    def status(self, seconds: float) -> PrinterStatus:
        """Its state now; raises DeviceError while it is busy or disabled."""
        ...


class PrinterWatch:
    """A thread that polls one printer; its listener is called in that thread.

    While a job is under way the job itself looks; a printer that is disabled is left alone.
    """

    def __init__(self, printer: Watchable, every: float = 1.0) -> None:
        self._printer = printer
        self._every = max(every, MIN_SECONDS)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="printer-watch", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End it; waits at most as long as one question takes."""
        self._stop.set()
        self._thread.join(2 * self._every)

    def _run(self) -> None:
        while not self._stop.wait(self._every):
            try:
                self._printer.status(self._every)
            except DeviceError:
                continue  # busy, disabled or closed: nothing to ask now
