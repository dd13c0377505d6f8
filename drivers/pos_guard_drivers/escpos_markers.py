"""How an ESC/POS printer can tell that it came to a place in its data, and what each answer shows.

A marker is a command that goes through the receive buffer in its turn and is answered. In front
of a job it shows that the printer takes commands (and not, say, the rest of a picture); behind
the last byte it is the confirmation. What the answer shows, and what it does not:

``process-id`` (GS ( H 48)
    Sent once everything before it is *printed*; cleared data is never acknowledged; carries our
    own four characters, so that no earlier job's answer passes for it. Paper that ends in the
    last line holds it back. A printer whose power was cut in the middle has forgotten the first
    part and acknowledges the rest: on USB and TCP the connection breaks too and we notice; on a
    serial line without a DSR wire only a long outage shows (no answer meanwhile).
``status`` (GS r 1)
    Sent when the command is *executed*; the line before it may still be on its way to the paper,
    and it carries no number. So it counts only when nothing was owed from before, and when the
    printer, asked afterwards in real time, is online, closed, without error and has paper.
    Not executed while stopped by paper end, so silence says "not yet", not "no".
``asb`` (GS a 255)
    Answered at once *when executed*, by the printer's whole state, and again at every change; an
    answer to a change cannot be told from the answer to the marker. So it is switched off in
    front of a job that relies on it, and is no better than ``status`` then.
``none``
    Nothing in the data is answered: a job that was handed over stays unknown. Real-time status
    shows that the printer is alive and well, not that it printed.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from pos_guard.errors import FrameError
from pos_guard.frames import escpos_build as build
from pos_guard.frames.escpos_replies import Reply
from pos_guard.frames.escpos_status import PrinterStatus, parse_asb, parse_status
from pos_guard.frames.printer_models import Confirm
from pos_guard_drivers.printer_job import Proof

PAPER_STATUS = b"\x1dr\x01"
ASB_ON, ASB_OFF = b"\x1da\xff", b"\x1da\x00"

_DIGITS = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_NUMBERS = len(_DIGITS) ** 4


@dataclass(frozen=True, slots=True)
class Marker:
    """One question in the data.

    ``answer`` tells its reply; ``state`` reads what that reply says of the printer. ``certain``:
    the answer alone shows that everything before it is on paper.
    """

    proof: Proof
    question: bytes
    answer: Callable[[Reply], bool]
    state: Callable[[Reply], PrinterStatus]
    certain: bool = False


class Identities:
    """Process ids, each different.

    They start anywhere: a late answer to a program that ran before us is not taken for ours.
    """

    def __init__(self) -> None:
        self._next = secrets.randbelow(_NUMBERS)

    def __call__(self) -> bytes:
        """The next four characters."""
        rest = self._next = (self._next + 1) % _NUMBERS
        digits = bytearray()
        for _ in range(4):
            rest, digit = divmod(rest, len(_DIGITS))
            digits.append(_DIGITS[digit])
        return bytes(digits)


def _process_id(identity: bytes) -> Marker:
    wanted = b'\x37"' + identity + b"\x00"
    return Marker(
        Proof.PROCESS_ID,
        build.process_id(identity),
        # At its end: a byte too many in front of it makes the block begin there.
        lambda reply: reply.kind == "block" and reply.raw.endswith(wanted),
        lambda _: PrinterStatus(),
        certain=True,
    )


def _status(_: bytes) -> Marker:
    return Marker(Proof.STATUS, PAPER_STATUS, lambda reply: reply.kind == "status", _paper)


def _asb(_: bytes) -> Marker:
    return Marker(Proof.ASB, ASB_ON + ASB_OFF, lambda reply: reply.kind == "asb", whole_state)


def _paper(reply: Reply) -> PrinterStatus:
    try:
        return parse_status(1, reply.raw[0])
    except FrameError:
        return PrinterStatus()


def whole_state(reply: Reply) -> PrinterStatus:
    """What an automatic status says; nothing when it is none."""
    try:
        return parse_asb(reply.raw)
    except FrameError:
        return PrinterStatus()


MARKERS: Mapping[Confirm, Callable[[bytes], Marker]] = MappingProxyType(
    {"process-id": _process_id, "status": _status, "asb": _asb}
)
"""By the names of ``PrinterModel.confirm``; a name that is not here confirms nothing."""


def markers(confirm: tuple[Confirm, ...], identities: Identities) -> list[Marker]:
    """Fresh markers of the kinds that a model has, best first."""
    return [MARKERS[kind](identities()) for kind in confirm if kind in MARKERS]
