"""A scanner, how it is connected, and what goes wrong while it sends a code."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from pos_guard_simulator.scanner_ssi import SsiFault
from pos_guard_simulator.usb_scanner import HidFault

Transport = Literal["pty", "tcp", "cdc", "usb"]

SERIAL = {
    "lines": "generic-serial",
    "honeywell": "honeywell-serial",
    "datalogic": "datalogic-magellan",
    "de2120": "de2120",
    "newland": "newland-hr52",
    "em3000": "newland-em3000",
    "register": "gm65",
    "ssi": "zebra-ssi",
}
"""Each language of a serial line, and the model that stands for it."""

REPORTS = {
    "hid-pos": "honeywell-hidpos",
    "hid-pos (Newland)": "newland-hidpos",
    "hid-keyboard": "generic-wedge",
}
"""Each language of reports on USB."""

FIRST, STRUCK, NEXT = (f"{name}{'0123456789' * 12}" for name in ("first", "struck", "next"))
"""Codes of three HID POS reports; the second one meets the fault."""

IDLE_SECONDS, REPLY_SECONDS = 0.3, 0.5
SHORT_MS, LONG_MS, AWAY_MS = 100, 700, 300
WINDOW_SECONDS = 1.0
"""Within it a scan is there, or reported, or nothing of it will come: but for SSI, which says
everything three times."""
SSI_WINDOW_SECONDS = 2.5
EXTRA_SECONDS = 0.15
"""After an answer: would there be another one?"""
TRIES = 6
PATIENCE_SECONDS = 10.0

NEVER = threading.Event()


class LineTrouble(StrEnum):
    """What can happen to a code on its way over a line."""

    SPLIT = "split"
    """Every byte on its own."""
    MERGED = "merged"
    """In one piece with the next code."""
    SHORT_PAUSE = "short pause"
    LONG_PAUSE = "long pause"
    STALL = "stall"
    """Nothing more comes until it is mended; then the rest does."""
    HALF_OPEN = "half open"
    """Nothing more comes over this connection, which does not break by itself."""
    UNPLUG = "unplug"
    POWER_CYCLE = "power cycle"
    """It is off for a moment, and what it was about to say is gone."""
    DROP = "drop"
    DUPLICATE = "duplicate"
    GARBLE = "garble"


class Moment(StrEnum):
    """Where in the code it happens."""

    START = "before its first byte"
    INSIDE = "in the middle"
    LAST = "before its last byte"
    END = "after its last byte"


ALTERS = frozenset({LineTrouble.DROP, LineTrouble.DUPLICATE, LineTrouble.GARBLE})
"""What alters bytes. USB and TCP have checksums; the line behind a network adapter has none."""

WHOLE = frozenset({LineTrouble.SPLIT, LineTrouble.MERGED})
"""What happens to the code as a whole."""

CUTS = frozenset(
    {LineTrouble.STALL, LineTrouble.HALF_OPEN, LineTrouble.UNPLUG, LineTrouble.POWER_CYCLE}
)

Trouble = LineTrouble | SsiFault | HidFault


@dataclass(frozen=True)
class Case:
    """One run. ``moment``: None where the scanner's own fault has its own place."""

    language: str
    transport: Transport
    trouble: Trouble
    moment: Moment | None = None

    @property
    def model(self) -> str:
        """The scanner model that speaks the language."""
        return {**SERIAL, **REPORTS}[self.language]

    @property
    def window(self) -> float:
        """How long an answer may take."""
        return SSI_WINDOW_SECONDS if self.language == "ssi" else WINDOW_SECONDS


def _moments(trouble: LineTrouble) -> list[Moment]:
    if trouble in WHOLE:
        return [Moment.START]
    return [moment for moment in Moment if moment is not Moment.END or trouble in CUTS]


def _happens(trouble: LineTrouble, transport: Transport) -> bool:
    return transport != "cdc" or trouble not in ALTERS


def line_cases(language: str) -> list[Case]:
    """All of them for one language of a serial line."""
    transports: tuple[Transport, ...] = ("pty", "tcp", "cdc")
    found = [
        Case(language, transport, trouble, moment)
        for trouble in LineTrouble
        for moment in _moments(trouble)
        for transport in transports
        if _happens(trouble, transport)
    ]
    if language == "ssi":
        found += [Case(language, where, fault) for fault in SsiFault for where in transports]
    return found


def report_cases(language: str) -> list[Case]:
    """All of them for one language of reports."""
    faults = [fault for fault in HidFault if fault is not HidFault.NO_READ]
    return [Case(language, "usb", fault) for fault in faults]
