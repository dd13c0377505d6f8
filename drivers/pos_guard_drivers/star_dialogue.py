"""Questions to a Star printer and its automatic status, over a blocking port."""

from __future__ import annotations

from collections.abc import Callable

from pos_guard.errors import FrameError, PortTimeoutError
from pos_guard.frames.escpos_status import PrinterStatus
from pos_guard.frames.star_replies import StarReplyScanner
from pos_guard.frames.star_status import StarStatus, parse_asb
from pos_guard.ports.base import Port
from pos_guard_drivers.deadline import Deadline

ASK = b"\x1b\x06\x01"
"""ESC ACK SOH: the present status, in real time."""

READ_BYTES = 256
DRAIN_READS = 64
"""Reads spent on what was said before: a device that never falls silent is not waited for."""


class StarDialogue:
    """One connection to a printer. ``notice`` is called with every status that comes in."""

    def __init__(self, port: Port, notice: Callable[[PrinterStatus], object]) -> None:
        self._port = port
        self._notice = notice
        self._scanner = StarReplyScanner()
        self.count: int | None = None
        """The ETB counter as last heard of."""

    def send(self, data: bytes, deadline: Deadline) -> None:
        """Hand over all bytes.

        :raises PortError: with ``sent``, the bytes already taken.
        """
        self._port.write(data, deadline.left)

    def listen(self) -> StarStatus | None:
        """The newest status among what was said by now.

        :raises PortClosedError: when the printer is gone.
        """
        newest = None
        for _ in range(DRAIN_READS):
            found = self._read(0)
            if found is None:
                break
            newest = found[-1] if found else newest
        return newest

    def next(self, deadline: Deadline) -> StarStatus | None:
        """The next status, or the newest of several at once; None at the deadline.

        :raises PortClosedError: when the printer is gone.
        """
        while True:
            found = self._read(deadline.left)
            if found is None:
                return None
            if found:
                return found[-1]

    def ask(self, deadline: Deadline) -> StarStatus | None:
        """The status now.

        :raises PortClosedError: when the printer is gone.
        """
        self.listen()
        try:
            self.send(ASK, deadline)
        except PortTimeoutError:
            return None
        return self.next(deadline)

    def status(self, deadline: Deadline) -> PrinterStatus:
        """The same, as every printer's state; all unknown where it does not answer."""
        found = self.ask(deadline)
        if found is not None:
            return found.state
        self._notice(PrinterStatus())
        return PrinterStatus()

    def _read(self, seconds: float) -> list[StarStatus] | None:
        """The statuses of one read; None when nothing came."""
        try:
            data = self._port.read(READ_BYTES, seconds)
        except PortTimeoutError:
            return None
        return [self._heard(found) for found in self._statuses(data)]

    def _statuses(self, data: bytes) -> list[StarStatus]:
        found: list[StarStatus] = []
        for reply in self._scanner.feed(data):
            if reply.kind == "asb":
                try:
                    found.append(parse_asb(reply.raw))
                except FrameError:
                    continue  # garbled: the next one tells
        return found

    def _heard(self, status: StarStatus) -> StarStatus:
        if status.count is not None:
            self.count = status.count
        self._notice(status.state)
        return status
