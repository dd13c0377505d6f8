"""The shape of every scanner language: bytes or reports in; scans, replies and bytes to send out.

This is the host's side of one scanner, without I/O and without a clock. Its user (a link, a
driver) carries the items out in the order in which they stand: a scan is durable before the
acknowledgement that follows it leaves.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class Command(StrEnum):
    """What a scanner may be told, whatever its language."""

    TRIGGER = "trigger"
    """Begin one reading session, as the trigger button does."""
    STOP = "stop"
    """End it without a code."""
    ENABLE = "enable"
    DISABLE = "disable"
    YES = "yes"
    """Show the cashier at the device that the code was taken: good-read beep, green light."""
    NO = "no"
    """Show that it was not: error beep, red light."""
    IDENTIFY = "identify"
    LOCK = "lock"
    """Read no set-up codes from now on: a customer could change the scanner by showing one."""


class Problem(StrEnum):
    """Why bytes that came from the scanner are no scan."""

    CUT = "cut"
    """Its end never came."""
    OVERLONG = "overlong"
    """Longer than any code; its bytes were dropped."""
    DAMAGED = "damaged"
    """A checksum, a length or an order of packets is wrong, and it was not sent again."""


@dataclass(frozen=True, slots=True)
class Scanned:
    """One scan. ``raw``: the very bytes (or reports) of it, to be handed on unchanged.

    ``data`` is the code, without prefix, identifier and line end. ``symbology`` is one of
    :class:`~pos_guard.frames.symbology.Symbology`, or None: the scanner does not say. ``aim`` is
    the AIM identifier (``]Q1``) if one came. With a ``problem`` nobody may act on ``data``.
    ``late``: only the LF of the scan before, which came after it and goes where that one went.
    ``typed``: its keys came as slowly as a person's; no scanner read it.
    """

    raw: bytes = field(repr=False)
    data: bytes = field(repr=False)
    symbology: str | None = None
    aim: str | None = None
    problem: Problem | None = None
    late: bool = False
    typed: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """The scanner's answer to a command: never a scan.

    ``to`` is the command, or None for one that somebody else sent. ``ok`` is None where the
    scanner only tells something. ``text`` is what it told.
    """

    raw: bytes = field(repr=False)
    to: Command | None = None
    ok: bool | None = None
    text: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Send:
    """Bytes for the scanner, or one report: now, in its place among the other items."""

    data: bytes = field(repr=False)


Item = Scanned | Reply | Send
Items = list[Item]


class ScannerLanguage(Protocol):
    """The host's side of one scanner. Never raises for what a scanner sent."""

    @property
    def can(self) -> frozenset[Command]:
        """The commands that this scanner understands."""
        ...

    @property
    def wait(self) -> float | None:
        """Seconds of silence after which ``silence`` has something to do; None: it has not."""
        ...

    def connected(self, descriptor: bytes = b"") -> Items:
        """The scanner is there (again): what began before is gone.

        ``descriptor`` is the report descriptor of a HID device. The items put the scanner into
        the state that this language needs (packets on, set-up codes off).
        """
        ...

    def feed(self, data: bytes) -> Items:
        """The scanner sent bytes; of a HID device exactly one input report."""
        ...

    def silence(self) -> Items:
        """Nothing came, and nothing was told, for ``wait`` seconds."""
        ...

    def command(self, command: Command) -> Items:
        """Tell the scanner something; the answer comes as a ``Reply`` if there is one.

        :raises DeviceError: ``E_ILLEGAL`` for a command that is not in ``can``, ``E_BUSY`` while
            the answer to another one is due.
        """
        ...

    def passing(self, data: bytes) -> Items:
        """Bytes of somebody else's (an unchanged till's) commands, on their way to the scanner.

        The items are what is to be sent, usually the same bytes; from now on an answer that fits
        is a ``Reply`` and not a scan.
        """
        ...
