"""Questions to an ESC/POS printer and their answers, over a blocking port.

Every answer is kept in order until somebody takes it. Real-time answers carry no number, so one
question is asked at a time, and an answer that is owed from before must not pass for the next.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from pos_guard.errors import FrameError, PortTimeoutError
from pos_guard.frames.escpos_build import realtime_status
from pos_guard.frames.escpos_replies import Reply, ReplyKind, ReplyScanner
from pos_guard.frames.escpos_status import PrinterStatus, parse_asb, parse_realtime
from pos_guard.ports.base import Port
from pos_guard_drivers.deadline import Deadline

READ_BYTES = 256
"""Bytes asked of the port at once: answers are short."""

DRAIN_READS = 64
"""Reads spent on old answers: a device that never falls silent is not waited for."""

MAX_KEPT = 256
"""Answers kept for somebody to take: a device that talks without end loses the oldest."""

QUIET_SECONDS = 0.3
"""Silence after which an answer that was owed is held to be lost: a printer answers DLE EOT in
about 10 ms at 9600 baud, a network printer within one or two round trips."""


class Dialogue:
    """One connection to a printer, with its replies told apart."""

    def __init__(
        self, port: Port, notice: Callable[[PrinterStatus], object] = lambda _: None
    ) -> None:
        """``notice`` is called with every status that comes in, asked for or not."""
        self._port = port
        self._notice = notice
        self.seen = PrinterStatus()
        self._scanner = ReplyScanner()
        self._kept: deque[Reply] = deque(maxlen=MAX_KEPT)
        self._asked = self._answered = self._given_up = 0

    @property
    def unanswered(self) -> int:
        """Real-time questions since ``forgive`` that have had no answer by now.

        On a line that works each is answered before whatever was asked later, and in its turn.
        """
        return self._owed + self._given_up

    @property
    def _owed(self) -> int:
        return max(self._asked - self._answered, 0)

    def forgive(self) -> None:
        """Begin to count anew."""
        self._asked = self._answered = self._given_up = 0

    def ping(self, deadline: Deadline) -> None:
        """Ask DLE EOT 1 and do not wait; ``unanswered`` tells.

        :raises PortError: with ``sent``, the bytes already taken.
        """
        self.send(realtime_status(1), deadline)
        self._asked += 1

    def send(self, data: bytes, deadline: Deadline) -> None:
        """Hand over all bytes.

        :raises PortError: with ``sent``, the bytes already taken.
        """
        self._port.write(data, deadline.left)

    def listen(self) -> None:
        """Take in what the printer has said by now.

        :raises PortClosedError: when the printer is gone.
        """
        for _ in range(DRAIN_READS):
            if not self._read(0):
                return

    def take(self, wanted: Callable[[Reply], bool]) -> list[Reply]:
        """All such replies that are there now, oldest first; the others stay."""
        found = [reply for reply in self._kept if wanted(reply)]
        rest = [reply for reply in self._kept if not wanted(reply)]
        self._kept.clear()
        self._kept.extend(rest)
        return found

    def forget(self, kind: ReplyKind) -> None:
        """Drop what is there of this kind, so that it is not taken for a later answer.

        :raises PortClosedError: when the printer is gone.
        """
        self.listen()
        self.take(lambda reply: reply.kind == kind)

    def wait(self, wanted: Callable[[Reply], bool], deadline: Deadline) -> Reply | None:
        """The next such reply; None at the deadline. Others stay for whoever wants them.

        :raises PortClosedError: when the printer is gone.
        """
        while True:
            for reply in self._kept:
                if wanted(reply):
                    self._kept.remove(reply)
                    return reply
            if not self._read(deadline.left):
                return None

    def automatic(self) -> PrinterStatus | None:
        """The newest automatic status among what was said, or None."""
        for reply in reversed(self.take(lambda reply: reply.kind == "asb")):
            try:
                return self.noticed(parse_asb(reply.raw))
            except FrameError:
                continue
        return None

    def noticed(self, status: PrinterStatus) -> PrinterStatus:
        """Take note of a status; ``seen`` is all that is known."""
        self.seen = self.seen.updated(status)
        self._notice(status)
        return status

    def status(self, deadline: Deadline) -> PrinterStatus:
        """DLE EOT 1 to 4, one by one; the first that is not answered ends it.

        :raises PortClosedError: when the printer is gone.
        """
        return self.noticed(self._status(deadline))

    def _status(self, deadline: Deadline) -> PrinterStatus:
        late = bool(self._owed) and not self._settled(deadline)
        status = PrinterStatus()
        for number in (1, 2, 3, 4):
            self.forget("realtime")
            reply = self._question(number, deadline)
            if reply is None:
                return status
            try:
                status = status.updated(parse_realtime(number, reply.raw[0]))
            except FrameError:
                return status
        # A surplus answer means that each was one question late: none of them counts.
        if late and self.wait(_realtime, deadline.at_most(QUIET_SECONDS)) is not None:
            return PrinterStatus()
        if late:  # nothing came of what was owed: it is lost
            self._given_up += self._owed
            self._asked = self._answered
        return status

    def _question(self, number: int, deadline: Deadline) -> Reply | None:
        try:
            self.send(realtime_status(number), deadline)
        except PortTimeoutError:
            return None
        self._asked += 1
        return self.wait(_realtime, deadline)

    def _settled(self, deadline: Deadline) -> bool:
        """Wait a moment for answers that are owed; False when they may still come."""
        end = deadline.at_most(QUIET_SECONDS)
        while self._owed and self.wait(_realtime, end) is not None:
            continue
        return not self._owed

    def _read(self, seconds: float) -> bool:
        """Take in one read; False when nothing came."""
        try:
            data = self._port.read(READ_BYTES, seconds)
        except PortTimeoutError:
            if seconds >= QUIET_SECONDS:
                self._scanner = ReplyScanner()  # what was half said has been cut
            return False
        replies = self._scanner.feed(data)
        self._answered += sum(reply.kind == "realtime" for reply in replies)
        self._kept.extend(replies)
        return True


def _realtime(reply: Reply) -> bool:
    return reply.kind == "realtime"
