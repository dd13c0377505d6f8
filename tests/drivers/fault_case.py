"""A fault and where it strikes, and what went over the wire of the job that it struck."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from pos_guard.frames.escpos_replies import ReplyScanner
from pos_guard.frames.star_replies import StarReplyScanner
from pos_guard.frames.star_status import parse_asb
from pos_guard_simulator.line_faults import LineFault
from pos_guard_simulator.printer import Fault

Transport = Literal["pty", "tcp", "usb"]
TRANSPORTS: tuple[Transport, ...] = ("pty", "tcp", "usb")

STRATEGIES = {
    "process-id": "epson-80",
    "status": "clone-80",
    "asb": "hprt-tp80k",
    "etb": "star-line",
    "none": "clone-58",
}
"""Each way of confirming a job, and the model that stands for it."""

LINES = [f"line {number:02} {'.' * 12}" for number in range(1, 33)]
TEXT = "\n".join(LINES).encode() + b"\n"
"""More than a piece of the driver's (512 bytes): it looks after the printer in between."""
NEXT = "the next receipt"

JOB_SECONDS, NEXT_SECONDS = 3.0, 4.0
GRACE_SECONDS = 2.0
"""For a machine that is busy with other tests; a driver that hangs is later by far."""
PATIENCE = 0.2
PAUSE_MS = 300
"""How long a delay or an outage lasts."""
QUIET_SECONDS = 0.3
TRIES = 12
"""Attempts to print the next receipt: a lost connection is made anew after growing pauses."""

NEVER = threading.Event()
"""Looked at between two looks at the other side."""


class Moment(StrEnum):
    """Where in what the host sends the fault strikes."""

    BEFORE = "before the job"
    HELLO = "in the greeting"
    FIRST = "at its first byte"
    EARLY = "in an early line"
    INSIDE = "in a late line"
    CUT = "at the cut"
    LAST = "after its last byte"


def place(moment: Moment, cut: bytes) -> tuple[bytes, int] | None:
    """Bytes of the job, and how many of them go by first; None: it strikes before all."""
    return {
        Moment.HELLO: (b"\x1b@", 1),
        Moment.FIRST: (LINES[0].encode(), 0),
        Moment.EARLY: (LINES[9].encode(), 4),
        Moment.INSIDE: (LINES[27].encode(), 4),
        Moment.CUT: (cut, 0),
        Moment.LAST: (cut, len(cut)),
    }.get(moment)


class Blink(StrEnum):
    """Trouble that neither catalogue of the simulator names."""

    POWER_BLINK = "power_blink"
    """Off and on again faster than anybody can look."""
    HALT = "halt"
    """USB: the endpoint is halted until the host clears it."""


Trouble = Fault | LineFault | Blink


@dataclass(frozen=True)
class Case:
    """One cell of the table. ``outward``: what the printer says is concerned."""

    strategy: str
    transport: Transport
    trouble: Trouble
    moment: Moment
    outward: bool = False

    @property
    def cut(self) -> bytes:
        """The command that ends the job."""
        return b"\x1bd\x02" if self.strategy == "etb" else b"\x1dV\x00"


class Wire:
    """What the host sent, what reached it, and the place where the fault strikes."""

    def __init__(self, case: Case) -> None:
        self._cut = case.cut
        self._place = place(case.moment, case.cut)
        self.asked = bytearray()
        self.told = bytearray()
        self._told_before_end: int | None = None
        self.struck = self._place is None

    def split(self, data: bytes) -> int | None:
        """How many of these bytes go by before the fault; None: it does not come now."""
        if self._place is None or self.struck:
            return None
        pattern, into = self._place
        found = (self.asked + data).find(pattern)
        if found < 0 or found + into > len(self.asked) + len(data):
            return None
        return max(found + into - len(self.asked), 0)

    def host_sent(self, data: bytes) -> None:
        """These bytes went into the line, or were taken by the device."""
        self.asked += data
        if self._told_before_end is None and self._cut in self.asked:
            self._told_before_end = len(self.told)

    @property
    def ended(self) -> bool:
        """Whether the job's last byte went by."""
        return self._told_before_end is not None

    def confirmed(self, strategy: str) -> bool:
        """Whether an answer to the question behind the job reached the host."""
        if strategy == "process-id":
            at = self.asked.find(b"\x1d(H\x06\x0000", max(self.asked.find(self._cut), 0))
            return (
                self.ended
                and at >= 0
                and b'7"' + self.asked[at + 7 : at + 11] + b"\x00" in self.told
            )
        if self._told_before_end is None:
            return False
        if strategy == "etb":
            before = bytes(self.told[: self._told_before_end])
            return etb_count(bytes(self.told)) != etb_count(before)
        replies = ReplyScanner().feed(bytes(self.told[self._told_before_end :]))
        return any(reply.kind == strategy for reply in replies)


def etb_count(told: bytes) -> int | None:
    """The last count of ETB that a Star printer told."""
    statuses = [reply.raw for reply in StarReplyScanner().feed(told) if reply.kind == "asb"]
    return parse_asb(statuses[-1]).count if statuses else None
