"""The connection to a device: made when needed, made again after a loss, given up in time.

Attempts that fail are spaced by a growing, bounded pause, over all calls: an application that
polls a device that is off does not hammer the network. Nothing that was sent is sent again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from pos_guard.errors import (
    DeviceError,
    PortBusyError,
    PortClosedError,
    PortError,
    PortTimeoutError,
)
from pos_guard.ports.base import Port
from pos_guard_drivers.deadline import Deadline, bounded

Connect = Callable[[float], Port]
"""Opens the port within so many seconds; raises PortError when it cannot."""

FIRST_PAUSE = 0.25
"""Seconds after the first failed attempt; each further one doubles it."""
MAX_PAUSE = 30.0
"""Longest pause: a printer that was switched on is found within half a minute."""
CONNECT_SECONDS = 5.0
"""Longest single attempt: a live host answers a TCP SYN, or its first repeat, well within it."""
LOST_SECONDS = 0.2
"""Longest wait for a failed port to close; the rest of it happens unwatched (cdc_acm: 30 s)."""


def unreachable(error: PortError, name: str) -> DeviceError:
    """Why no connection came about.

    ``E_CLAIMED``: another program has it; ``E_NOHARDWARE``: nothing is there; else ``E_OFFLINE``.
    """
    if isinstance(error, PortBusyError):
        return DeviceError("E_CLAIMED", f"{name}: {error}")
    if isinstance(error, PortClosedError):
        return DeviceError("E_NOHARDWARE", f"{name}: {error}")
    return DeviceError("E_OFFLINE", f"{name}: {error}")


class Line:
    """One device's connection, present or not.

    Its user holds a lock around all calls but ``stop``, which any thread may call.
    """

    def __init__(self, connect: Connect, name: str, max_pause: float = MAX_PAUSE) -> None:
        self._connect = connect
        self._name = name
        self._max_pause = max_pause
        self._port: Port | None = None
        self._stop = threading.Event()
        self._failures = 0
        self._retry_at = 0.0
        self._why = DeviceError("E_OFFLINE", f"{name} is not connected")
        self.generation = 0
        """Counts connections: what was asked on an earlier one is never answered."""

    @property
    def connected(self) -> bool:
        """Whether there is a port, as far as is known."""
        return self._port is not None

    def start(self) -> None:
        """Allow connections (again)."""
        self._stop.clear()
        self._failures, self._retry_at = 0, 0.0

    def port(self, deadline: Deadline) -> Port:
        """The port, connected first where needed.

        :raises DeviceError: ``E_NOHARDWARE``, ``E_CLAIMED`` or ``E_OFFLINE`` when there is no
            connection by the deadline, or the pause before the next attempt goes beyond it;
            ``E_CLOSED`` after ``stop``.
        """
        while self._port is None:
            pause = max(self._retry_at - time.monotonic(), 0.0)
            if pause > deadline.left:
                raise DeviceError(self._why.code, f"{self._why}; next attempt in {pause:.1f} s")
            if self._stop.wait(pause):
                raise DeviceError("E_CLOSED", f"{self._name} was closed")
            self._attempt(deadline)
        return self._port

    def _attempt(self, deadline: Deadline) -> None:
        seconds = min(deadline.left, CONNECT_SECONDS)
        try:
            # The port's own deadline ends first; the thread is for those that have none.
            port = bounded(lambda: self._connect(seconds), seconds + 0.5, lambda late: late.close())
        except PortError as error:
            self._failed(unreachable(error, self._name), deadline)
            return
        self._port = port
        self._failures = 0
        self.generation += 1

    def _failed(self, problem: DeviceError, deadline: Deadline) -> None:
        """Note it; raise when no further attempt fits before the deadline."""
        pause = min(FIRST_PAUSE * 2**self._failures, self._max_pause)
        self._failures = min(self._failures + 1, 10)
        self._retry_at = time.monotonic() + pause
        self._why = problem
        if pause > deadline.left:
            raise problem

    def lose(self) -> None:
        """The port failed: forget it. The next call connects anew."""
        if self._port is not None:
            self.drop(LOST_SECONDS)

    def drop(self, seconds: float) -> None:
        """Close the port, waiting no longer than ``seconds`` for it."""
        port, self._port = self._port, None
        if port is not None:
            _close(port, seconds)

    def stop(self, seconds: float) -> None:
        """Close for good, also under a call in another thread, which then ends at once."""
        self._stop.set()
        port = self._port
        if port is not None:
            _close(port, seconds)


def _close(port: Port, seconds: float) -> None:
    try:
        bounded(port.close, seconds, lambda _: None)
    except PortTimeoutError:
        return  # it goes on closing in its thread
    except OSError:
        return  # gone already: nothing is left to close
