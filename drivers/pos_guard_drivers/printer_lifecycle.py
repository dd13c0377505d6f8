"""The UnifiedPOS life cycle of an exclusive device, for every printer language.

open, claim, enable, work, disable, release, close. Thread-safe: a call waits for the one before
it, but never beyond its own deadline, and events are told when the call is over.
"""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager
from enum import IntEnum

from pos_guard.errors import DeviceError
from pos_guard.frames.escpos_status import PrinterStatus
from pos_guard_drivers.deadline import Deadline
from pos_guard_drivers.device_claim import ExclusiveDevice
from pos_guard_drivers.device_line import Connect, Line
from pos_guard_drivers.device_power import PowerState
from pos_guard_drivers.printer_events import Event, Listener, StatusUpdate, changes, deliver
from pos_guard_drivers.printer_statistics import Statistics


class State(IntEnum):
    """``ERROR``: a job's fate is open; ``resume`` or ``clear`` ends it, or the printer itself."""

    CLOSED = 1
    IDLE = 2
    BUSY = 3
    ERROR = 4


class PrinterDevice(ExclusiveDevice):
    """One printer's life cycle, connection, present state and events.

    ``device`` names it for everybody on this machine (its address); two objects with the same
    name exclude each other.
    """

    def __init__(
        self,
        connect: Connect,
        *,
        name: str = "printer",
        device: str | None = None,
        listener: Listener | None = None,
    ) -> None:
        super().__init__(name, device)
        self.listener = listener
        self.power = PowerState.UNKNOWN
        self.statistics = Statistics()
        self._line = Line(connect, name)
        self._lock = threading.RLock()
        self._enabled = self._busy = self._unresolved = False
        self._seen = PrinterStatus()
        self._events: list[Event] = []

    @property
    def state(self) -> State:
        """What it is doing; does not wait for a call in another thread."""
        if not self._opened:
            return State.CLOSED
        if self._busy:
            return State.BUSY
        return State.ERROR if self._unresolved else State.IDLE

    @property
    def seen(self) -> PrinterStatus:
        """The state as last heard of, without asking; all unknown after the connection broke."""
        return self._seen

    def open(self) -> None:
        """Begin; opening twice is fine. Nothing is sent and nothing connected yet."""
        self._line.start()
        super().open()

    def enable(self) -> None:
        """Let calls through from now on.

        The first one that needs it connects, so a printer may be switched on after the till.

        :raises DeviceError: ``E_CLOSED``, ``E_NOTCLAIMED``.
        """
        self._check_claimed()
        self._enabled = True

    def disable(self, seconds: float = 2.0) -> None:
        """Let no more calls through, and end the connection: others may use the printer then.

        :raises DeviceError: ``E_BUSY`` when a call in another thread does not end in time.
        """
        with self._held(Deadline(seconds)) as deadline:
            self._enabled = False
            self._line.drop(deadline.left)
            self._forget_state()

    def release(self, seconds: float = 2.0) -> None:
        """Disable, and give the printer back; twice is fine.

        :raises DeviceError: ``E_BUSY`` as ``disable``.
        """
        self.disable(seconds)
        self._claim.give()

    def close(self, seconds: float = 2.0) -> None:
        """Release and close, within about ``seconds`` whatever happens; twice is fine.

        A call that is under way in another thread ends at once; its job is then unknown.
        """
        deadline = Deadline(seconds)
        self._enabled = self._opened = False
        self._line.stop(deadline.left)
        if self._lock.acquire(timeout=max(deadline.left, 0.1)):
            self._line.drop(0.1)
            self._lock.release()
        self._forget_state()
        self._claim.give()

    @contextmanager
    def _using(self, seconds: float) -> Generator[Deadline]:
        """One call on an enabled printer, alone, and the events that it gave rise to."""
        try:
            with self._held(Deadline(seconds)) as deadline:
                if not self._enabled:
                    raise DeviceError("E_DISABLED", f"enable {self.name} first")
                self._busy = True
                try:
                    yield deadline
                finally:
                    self._busy = False
        finally:
            self._deliver()

    @contextmanager
    def _held(self, deadline: Deadline) -> Generator[Deadline]:
        if not self._lock.acquire(timeout=deadline.left):
            raise DeviceError("E_BUSY", f"{self.name} is busy in another thread")
        try:
            yield deadline
        finally:
            self._lock.release()

    def _deliver(self) -> None:
        events, self._events = self._events, []
        deliver(self.listener, events)

    def _saw(self, status: PrinterStatus) -> None:
        """The printer said something about itself, or nothing at all when it was asked."""
        if status == PrinterStatus():
            self._forget_state()
            self._power(PowerState.UNKNOWN)
            return
        after = self._seen.updated(status)
        self._events += changes(self._seen, after)
        self._seen = after
        if status.online is not None:
            self._power(PowerState.ONLINE if status.online else PowerState.OFFLINE)

    def _power(self, power: PowerState) -> None:
        if power != self.power:
            self.power = power
            if power is not PowerState.UNKNOWN:
                self._events.append(StatusUpdate(power))

    def _lost(self) -> None:
        """The connection broke: nothing is known any more."""
        self._line.lose()
        self.statistics.count("communication_errors")
        self._forget_state()
        self._power(PowerState.OFF_OFFLINE)

    def _forget_state(self) -> None:
        self._seen = PrinterStatus()
