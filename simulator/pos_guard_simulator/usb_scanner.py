"""A simulated USB HID POS scanner, in the layouts of several makers, with faults."""

from __future__ import annotations

import re
from enum import StrEnum

from pos_guard.errors import FrameError
from pos_guard.frames import registers
from pos_guard.frames.hid_pos import LAYOUTS, Layout, build_reports
from pos_guard.frames.hid_pos_output import parse_serial
from pos_guard.ports.usb_descriptors import UsbIdentity
from pos_guard_simulator.usb_scanner_descriptors import SERIAL, TRIGGER, hid_pos
from pos_guard_simulator.usb_scanner_hid import UsbHid

HONEYWELL_XENON = UsbIdentity(
    0x0C2E, 0x0907, "Honeywell", "Xenon 1900", "SIM0000001", release=0x962
)
"""Vendor, product and release as in nyholku/purejavahidapi pull request 70."""

NEWLAND_ENGINE = UsbIdentity(0x1EAB, 0x8210, "Newland", "Scan engine", "SIM0000002")
"""The product number is invented."""

REVISION = (
    b"Product Name: Simulated 1900\r\nBoot Revision: 1\r\nSoftware Part Number: SIM00001\r\n"
    b"Software Revision: 1\r\nSerial Number: SIM0000001\r\n"
)
"""Three reports long."""

_PREVENT, _INITIATE, _ERROR, _GOOD = 0x01, 0x02, 0x04, 0x08
_MENU = re.compile(rb"\x16M\r([0-9A-Za-z]{6})([^.!]*)([.!])")
_PULL, _RELEASE, _BEEP = b"\x16T\r", b"\x16U\r", b"\x16\x07\r"
_SETTINGS = 64
"""Menu settings kept; a test has fewer."""


class HidFault(StrEnum):
    """What can go wrong on the way of a scan."""

    NO_READ = "no-read"
    """Nothing is read."""
    WRONG_LAYOUT = "wrong-layout"
    """The reports have another layout than the descriptor says."""
    HALF = "half"
    """The last report of the message never comes."""
    LOST = "lost"
    """A report in the middle is lost; of a short message all of it."""
    DOUBLE = "double"
    """Everything comes twice."""
    UNPLUG = "unplug"
    """The cable is pulled within the message."""
    SLOW = "slow"
    """Time passes between the reports."""


SLOW_SECONDS = 0.02


class UsbHidPosScanner(UsbHid):
    """A HID POS scanner. ``scan`` shows it a code; ``hold`` one that it reads when triggered.

    ``faults`` holds for the scans from now on. ``reading`` is False while the host forbids it;
    ``triggers``, ``good_beeps`` and ``error_beeps`` count what it was told, ``settings`` has the
    menu settings by tag.
    """

    def __init__(
        self,
        layout: str = "honeywell-64",
        identity: UsbIdentity | None = None,
        *,
        descriptor: bytes | None = None,
        encoding: str = "utf-8",
        out: bool = True,
    ) -> None:
        self.layout = LAYOUTS[layout]
        self.encoding = encoding
        self.faults: frozenset[HidFault] = frozenset()
        self.reading = True
        self.triggers = self.good_beeps = self.error_beeps = self.scans = 0
        self.settings: dict[bytes, bytes] = {}
        self._in_view: tuple[bytes, str] | None = None
        maker = NEWLAND_ENGINE if layout == "newland-64" else HONEYWELL_XENON
        chosen = hid_pos(self.layout) if descriptor is None else descriptor
        super().__init__(identity or maker, chosen, out=out)

    def scan(self, payload: str | bytes, symbology: str = "]Q1", code_id: int = 0x73) -> None:
        """Somebody shows it a code."""
        with self._lock:
            self._read(self._encode(payload), symbology, code_id)
        self.changed()

    def hold(self, payload: str | bytes, symbology: str = "]Q1") -> None:
        """Somebody holds a code before it, which it reads once it is triggered."""
        self._in_view = (self._encode(payload), symbology)

    def reported(self, report: bytes) -> None:
        """A trigger report, or a serial command."""
        number = report[0] if report else 0
        if number == TRIGGER and self.layout is not LAYOUTS["newland-64"]:
            self._trigger(report[1] if len(report) > 1 else 0)
        elif number in (SERIAL, TRIGGER):
            try:
                self._command(parse_serial(report).data)
            except FrameError:
                return  # a real one is silent, too

    def _encode(self, payload: str | bytes) -> bytes:
        return payload.encode(self.encoding) if isinstance(payload, str) else payload

    def _read(self, code: bytes, symbology: str, code_id: int = 0x73) -> None:
        if not self.reading or HidFault.NO_READ in self.faults:
            return
        self.scans += 1
        self.slow_seconds = SLOW_SECONDS if HidFault.SLOW in self.faults else 0.0
        layout = self._wrong() if HidFault.WRONG_LAYOUT in self.faults else self.layout
        aim = symbology if layout.has_aim else None
        reports = build_reports(code, layout, aim=aim, code_id=code_id)
        self._queue(self._damage(reports, layout), leave=HidFault.UNPLUG in self.faults)

    def _wrong(self) -> Layout:
        other = "honeywell-64" if self.layout is LAYOUTS["newland-64"] else "newland-64"
        return LAYOUTS[other]

    def _damage(self, reports: list[bytes], layout: Layout) -> list[bytes]:
        if self.faults & {HidFault.HALF, HidFault.UNPLUG}:
            return reports[:-1] or ([_going_on(reports[0], layout)] if layout.more else [])
        if HidFault.LOST in self.faults:
            del reports[len(reports) // 2]
        return reports * 2 if HidFault.DOUBLE in self.faults else reports

    def _trigger(self, bits: int) -> None:
        self.reading = not bits & _PREVENT
        self.error_beeps += bool(bits & _ERROR)
        self.good_beeps += bool(bits & _GOOD)
        if bits & _INITIATE:
            self._pull()

    def _pull(self) -> None:
        self.triggers += 1
        if self._in_view is not None:
            code, symbology = self._in_view
            self._in_view = None
            self._read(code, symbology)

    def _command(self, data: bytes) -> None:
        if self.layout is LAYOUTS["newland-64"]:
            self._register(data)
        elif data == _PULL:
            self._pull()
        elif data == _BEEP:
            self.error_beeps += 1
        elif data != _RELEASE and (menu := _MENU.fullmatch(data)):
            self._menu(menu[1].upper(), menu[2], menu[3])

    def _menu(self, tag: bytes, value: bytes, end: bytes) -> None:
        """REVINF tells who it is; other tags are kept, and ``?`` tells them."""
        answer = b"\x06"
        if tag == b"REVINF":
            self._queue(build_reports(REVISION, self.layout, aim="]X0", code_id=0x3F))
        elif value == b"?":
            answer = self.settings.get(tag, b"") + (b"\x06" if tag in self.settings else b"\x05")
        elif len(self.settings) < _SETTINGS:
            self.settings[tag] = value
            answer = value + answer
        final = tag + answer + end
        self._queue(build_reports(final, self.layout, aim="]Z6", code_id=0x36))

    def _register(self, data: bytes) -> None:
        try:
            frame = registers.parse_host(data)
        except FrameError:
            return
        reply = registers.reply(registers.Status.DONE)
        self._queue(build_reports(reply, self.layout))
        if frame.kind == registers.Kind.WRITE and frame.address == 2 and frame.data == b"\x01":
            self._pull()


def _going_on(report: bytes, layout: Layout) -> bytes:
    """The same report, but saying that another one follows."""
    data = bytearray(report)
    if layout.more is not None:
        data[layout.more // 8] |= 1 << layout.more % 8
    return bytes(data)
