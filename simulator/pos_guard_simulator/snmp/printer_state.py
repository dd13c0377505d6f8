"""What is wrong with a printer, in the words of the Host Resources and Printer MIBs.

Bits: RFC 2790 hrPrinterDetectedErrorState. States: the table of RFC 3805 2.2.13.2. Alerts: RFC 3805
prtAlertTable, with the numbers of IANA-PRINTER-MIB.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from pos_guard.frames.escpos_status import Condition


class Alert(IntEnum):
    """Bits of hrPrinterDetectedErrorState; bit 0 is the first byte's highest."""

    LOW_PAPER = 0x80
    NO_PAPER = 0x40
    DOOR_OPEN = 0x08
    JAMMED = 0x04
    OFFLINE = 0x02
    SERVICE_REQUESTED = 0x01


WARNING, CRITICAL = 4, 3
"""prtAlertSeverityLevel."""

_GENERAL, _COVER, _INPUT, _MARKER, _PATH = 5, 6, 8, 10, 13
"""prtAlertGroup."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """One row of prtAlertTable, and the bit that it sets. ``number`` is the row's own."""

    number: int
    bit: Alert
    group: int
    code: int
    words: str
    severity: int = CRITICAL


_NEAR_END = Trouble(1, Alert.LOW_PAPER, _INPUT, 807, "Paper near end", WARNING)
_NO_PAPER = Trouble(2, Alert.NO_PAPER, _INPUT, 808, "Paper out")
_OPEN = Trouble(3, Alert.DOOR_OPEN, _COVER, 3, "Cover open")
_CUTTER = Trouble(4, Alert.JAMMED, _PATH, 8, "Cutter jammed")
_RECOVERABLE = Trouble(5, Alert.SERVICE_REQUESTED, _GENERAL, 29, "Recoverable error")
_UNRECOVERABLE = Trouble(6, Alert.SERVICE_REQUESTED, _GENERAL, 30, "Unrecoverable error")
_HOT = Trouble(7, Alert.SERVICE_REQUESTED, _MARKER, 36, "Print head too hot")
_OFFLINE = Trouble(8, Alert.OFFLINE, _GENERAL, 22, "Offline")


def troubles(state: Condition) -> list[Trouble]:
    """All that is wrong now. Offline is one only where nothing else has stopped the printer."""
    there = (
        (state.near_end and state.paper, _NEAR_END),
        (not state.paper, _NO_PAPER),
        (state.cover_open, _OPEN),
        (state.cutter_error, _CUTTER),
        (state.recoverable, _RECOVERABLE),
        (state.unrecoverable, _UNRECOVERABLE),
        (state.auto_recoverable and not state.cover_open, _HOT),
    )
    found = [trouble for wrong, trouble in there if wrong]
    if not state.online and all(one.severity == WARNING for one in found):
        found.append(_OFFLINE)
    return found


def error_bits(found: list[Trouble]) -> bytes:
    """hrPrinterDetectedErrorState: one byte, for none of the others is ever set."""
    bits = 0
    for trouble in found:
        bits |= trouble.bit
    return bytes((bits,))


def statuses(found: list[Trouble], *, printing: bool) -> tuple[int, int]:
    """The device's (running 2, warning 3, down 5) and the printer's (other, idle, printing)."""
    if any(trouble.severity == CRITICAL for trouble in found):
        return 5, 1
    return (3 if found else 2), (4 if printing else 3)
