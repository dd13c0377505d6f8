"""Questions to an ESC/POS printer and their answers, over a blocking port.

Answers carry no request number, so one question is asked at a time, and whatever was still
under way is thrown away first: a late answer must not pass for the next one.
"""

from __future__ import annotations

import time

from pos_guard.errors import FrameError, PortTimeoutError
from pos_guard.frames.escpos_build import realtime_status
from pos_guard.frames.escpos_replies import Reply, ReplyKind, ReplyScanner
from pos_guard.frames.escpos_status import PrinterStatus, parse_realtime
from pos_guard.ports.base import Port

READ_BYTES = 256
"""Bytes asked of the port at once: answers are short."""

DRAIN_READS = 64
"""Reads spent on old answers: a device that never falls silent is not waited for."""


class Deadline:
    """A moment from now; ``left`` is never negative."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds until then."""
        return max(self._end - time.monotonic(), 0.0)

    def at_most(self, seconds: float) -> Deadline:
        """The earlier of this deadline and one so many seconds from now."""
        return Deadline(min(seconds, self.left))

    def less(self, seconds: float) -> Deadline:
        """The moment so much earlier, but no sooner than half of what is left."""
        return Deadline(max(self.left - seconds, self.left / 2))


class Dialogue:
    """One printer's port, with its replies told apart."""

    def __init__(self, port: Port) -> None:
        self._port = port
        self._scanner = ReplyScanner()
        self._waiting: list[Reply] = []

    def close(self) -> None:
        """Close the port."""
        self._port.close()

    def send(self, data: bytes, deadline: Deadline) -> None:
        """Hand over all bytes.

        :raises PortError: with ``sent``, the bytes already taken.
        """
        self._port.write(data, deadline.left)

    def drain(self) -> None:
        """Forget what the printer said before now."""
        self._waiting.clear()
        self._scanner = ReplyScanner()
        for _ in range(DRAIN_READS):
            try:
                self._port.read(READ_BYTES, 0)
            except PortTimeoutError:
                return

    def wait(self, kind: ReplyKind, deadline: Deadline, raw: bytes | None = None) -> Reply | None:
        """The next reply of this kind (and of exactly these bytes); None at the deadline.

        :raises PortClosedError: when the printer is gone.
        """
        while True:
            while self._waiting:
                reply = self._waiting.pop(0)
                if reply.kind == kind and raw in (None, reply.raw):
                    return reply
            try:
                self._waiting = self._scanner.feed(self._port.read(READ_BYTES, deadline.left))
            except PortTimeoutError:
                return None

    def status(self, deadline: Deadline) -> PrinterStatus:
        """DLE EOT 1 to 4, one by one; the first that is not answered ends it.

        :raises PortClosedError: when the printer is gone.
        """
        status = PrinterStatus()
        for number in (1, 2, 3, 4):
            self.drain()
            try:
                self.send(realtime_status(number), deadline)
            except PortTimeoutError:
                return status
            reply = self.wait("realtime", deadline)
            if reply is None:
                return status
            try:
                status = status.updated(parse_realtime(number, reply.raw[0]))
            except FrameError:
                return status
        return status
