"""What a HID device shows of itself, and what its report descriptor says of its reports. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from pos_guard.errors import FrameError
from pos_guard.frames.hid_descriptor import ReportDescriptor, ReportKind, parse_descriptor
from pos_guard.ports.usb_device import Speed

SCANNER_PAGE = 0x8C
"""The usage page of barcode scanners (HID Point of Sale Usage Tables)."""

KEYBOARD = 0x0001_0006
"""Usage page 1, usage 6 (HID Usage Tables 1.5, chapter 4)."""

MAX_REPORT = 4096
"""Bytes of one report that are read: scanners have 64, and hidraw's own buffer ends here."""


@dataclass(frozen=True, slots=True)
class HidFacts:
    """One HID interface. Of a device behind hidraw the endpoints and texts may be unknown.

    ``keyboard``: it types as a keyboard does. ``out_endpoint`` 0: output reports go by SET_REPORT.
    """

    vendor: int
    product: int
    descriptor: bytes
    keyboard: bool = False
    release: int = 0x0100
    manufacturer: str = ""
    name: str = ""
    serial: str = ""
    interface: int = 0
    in_endpoint: int = 0
    out_endpoint: int = 0
    packet: int = 64
    speed: Speed = Speed.FULL


@dataclass(frozen=True, slots=True)
class ReportSizes:
    """``ids``: every report begins with its id. ``inputs``: bytes by id, the id included."""

    ids: bool = False
    inputs: dict[int, int] = field(default_factory=dict[int, int])

    @property
    def longest(self) -> int:
        """Bytes of the longest input report; 0: unknown."""
        return min(max(self.inputs.values(), default=0), MAX_REPORT)

    def whole(self, report: bytes) -> bool:
        """So many bytes are all of this report."""
        size = self.inputs.get(report[0] if self.ids else 0) if report else None
        return size is not None and len(report) >= size


BOOT_KEYBOARD = ReportSizes(inputs={0: 8})
"""In the boot protocol, whatever the descriptor says (HID 1.11 appendix B.1)."""


def report_sizes(descriptor: bytes) -> ReportSizes:
    """What a port must know of the reports; nothing where the descriptor is broken."""
    parsed = _parsed(descriptor)
    inputs = {report.id: report.size for report in parsed.of(ReportKind.INPUT)}
    return ReportSizes(parsed.has_ids, inputs)


def is_scanner(descriptor: bytes) -> bool:
    """Whether a report descriptor is that of a HID POS barcode scanner."""
    return any(usage >> 16 == SCANNER_PAGE for usage in _parsed(descriptor).applications)


def is_keyboard(descriptor: bytes) -> bool:
    """Whether a report descriptor is that of a keyboard."""
    return KEYBOARD in _parsed(descriptor).applications


def _parsed(descriptor: bytes) -> ReportDescriptor:
    try:
        return parse_descriptor(descriptor)
    except FrameError:
        return ReportDescriptor((), ())
