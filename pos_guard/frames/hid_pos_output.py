"""HID POS bar code scanners: output reports, from the host to the scanner.

Two kinds: the trigger report of the standard (HID Point of Sale Usage Tables 1.02 clause 3), whose
bits start and forbid reading and make it beep, and reports that carry a serial command: Honeywell's
FD (its menu and trigger bytes) and Newland's 04 (its register protocol; FM30, newlandaidc.com wiki
435).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from construct import Byte, ConstructError, GreedyBytes, Struct

from pos_guard.errors import FrameError, LocalError
from pos_guard.frames.hid_descriptor import Report, ReportDescriptor, ReportKind
from pos_guard.frames.hid_pos import PAGE

HONEYWELL = 0xFD
NEWLAND = 0x04
"""Ids of the reports that carry serial commands."""

SERIAL_SIZE = 64
"""Bytes of such a report where the descriptor does not say: both makers' are 64."""

_PREVENT, _INITIATE = PAGE << 16 | 0x5F, PAGE << 16 | 0x60
_ERROR_BEEP, _GOOD_BEEP = PAGE << 16 | 0x85, PAGE << 16 | 0x86

_SERIAL = Struct("report" / Byte, "length" / Byte, "rest" / GreedyBytes)


@dataclass(frozen=True, slots=True)
class TriggerReport:
    """The standard's trigger report: which bit does what, None for what this device cannot do."""

    report: int
    size: int
    prevent: int | None = None
    initiate: int | None = None
    error_beep: int | None = None
    good_beep: int | None = None

    def build(self, *bits: int | None) -> bytes:
        """The report with these bits set; None sets none."""
        data = bytearray(self.size)
        if self.report:
            data[0] = self.report
        for bit in bits:
            if bit is not None:
                data[bit // 8] |= 1 << bit % 8
        return bytes(data)


@dataclass(frozen=True, slots=True)
class SerialReport:
    """A serial command in an output report; ``length`` is what the sender wrote there."""

    report: int
    length: int
    data: bytes = field(repr=False)


def find_trigger(descriptor: ReportDescriptor) -> TriggerReport | None:
    """The trigger report, if the device has one."""
    for report in descriptor.of(ReportKind.OUTPUT):
        bits = [_bit(report, usage) for usage in (_PREVENT, _INITIATE, _ERROR_BEEP, _GOOD_BEEP)]
        if any(bit is not None for bit in bits):
            return TriggerReport(report.id, report.size, *bits)
    return None


def find_serial(descriptor: ReportDescriptor, report: int) -> int | None:
    """The size of the serial output report with this id, or None: the device has none."""
    sizes = (item.size for item in descriptor.of(ReportKind.OUTPUT) if item.id == report)
    return next((size for size in sizes if size > 2), None)


def build_serial(report: int, data: bytes, size: int = SERIAL_SIZE) -> list[bytes]:
    """The output reports that carry these bytes: id, count, bytes, filled up with zeros.

    :raises LocalError: for no bytes at all.
    """
    if not data:
        raise LocalError("a command has at least one byte")
    room = min(size - 2, 0xFF)
    pieces = (data[start : start + room] for start in range(0, len(data), room))
    return [(bytes((report, len(piece))) + piece).ljust(size, b"\0") for piece in pieces]


def parse_serial(raw: bytes) -> SerialReport:
    """Read such a report. Its count may be larger than what is there: nothing is made up.

    :raises FrameError: ``cut`` for less than an id and a count.
    """
    try:
        parsed: Any = _SERIAL.parse(raw)
    except ConstructError as error:
        raise FrameError("cut", "an output report without a count", len(raw)) from error
    return SerialReport(int(parsed.report), int(parsed.length), bytes(parsed.rest[: parsed.length]))


def _bit(report: Report, usage: int) -> int | None:
    spot = report.spot(usage)
    return spot.offset if spot is not None and spot.size == 1 else None
