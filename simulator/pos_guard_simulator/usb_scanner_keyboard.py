"""A simulated keyboard-wedge scanner: a USB boot keyboard that types what it scans."""

from __future__ import annotations

from enum import StrEnum

from pos_guard.frames.hid_keyboard import build_boot
from pos_guard.frames.keymap import Stroke, alt_strokes, keymap, text_strokes
from pos_guard.ports.usb_descriptors import UsbIdentity
from pos_guard_simulator.usb_scanner import SLOW_SECONDS, HidFault
from pos_guard_simulator.usb_scanner_descriptors import KEYBOARD
from pos_guard_simulator.usb_scanner_hid import UsbHid

METROLOGIC = UsbIdentity(0x0C2E, 0x0200, "Metrologic", "MS7120 Barcode Scanner", "SIM0000003")
"""Vendor and product as in the usb.ids list."""

BOOT_KEYBOARD = (1, 1)
"""Subclass and protocol of a boot keyboard (HID 1.11, 4.2 and 4.3)."""

NOTHING_DOWN = bytes(8)


class AltCode(StrEnum):
    """How characters are typed that no key has: Alt and a number on the keypad."""

    UNICODE = "unicode"
    """The number of the code point."""
    GBK = "gbk"
    """The value of the two bytes in GBK."""


class UsbKeyboardScanner(UsbHid):
    """A wedge scanner. ``scan`` types a code and the terminator, ``aim`` its identifier before.

    ``leds`` is the last LED report; bytes are text in ``encoding``. Of the faults ``wrong-layout``
    types for a French host.
    """

    def __init__(
        self,
        layout: str = "us",
        identity: UsbIdentity = METROLOGIC,
        *,
        terminator: str = "\r",
        alt: AltCode = AltCode.UNICODE,
        aim: bool = False,
    ) -> None:
        super().__init__(identity, KEYBOARD, boot=BOOT_KEYBOARD, packet=8, out=False)
        self.layout = keymap(layout)
        self.terminator = terminator
        self.alt = alt
        self.aim = aim
        self.encoding = "utf-8"
        self.faults: frozenset[HidFault] = frozenset()
        self.leds = 0
        self.scans = 0

    def scan(self, payload: str | bytes, symbology: str = "]Q1") -> None:
        """Somebody shows it a code.

        :raises ValueError: for bytes that are no text in ``encoding``.
        """
        code = payload if isinstance(payload, str) else payload.decode(self.encoding)
        if HidFault.NO_READ in self.faults:
            return
        self.scans += 1
        self.slow_seconds = SLOW_SECONDS if HidFault.SLOW in self.faults else 0.0
        text = (symbology if self.aim else "") + code + self.terminator
        reports = self._damage(build_boot(self._strokes(text)))
        self.send(reports, leave=HidFault.UNPLUG in self.faults)

    def reported(self, report: bytes) -> None:
        """The LEDs."""
        self.leds = report[0] if report else 0

    def _strokes(self, text: str) -> list[Stroke]:
        layout = keymap("fr") if HidFault.WRONG_LAYOUT in self.faults else self.layout
        strokes: list[Stroke] = []
        for char in text:
            if layout.strokes(char) is not None:
                strokes += text_strokes(char, layout)
            elif self.alt is AltCode.GBK and ord(char) >= 0x80:
                strokes += alt_strokes(str(int.from_bytes(char.encode("gbk"), "big")))
            else:
                strokes += alt_strokes(f"{ord(char):03d}")
        return strokes

    def _damage(self, reports: list[bytes]) -> list[bytes]:
        """Of a lost report the key goes missing, of a half message the end."""
        middle = len(reports) // 4 * 2
        if self.faults & {HidFault.HALF, HidFault.UNPLUG}:
            return reports[:middle]
        if HidFault.LOST in self.faults:
            return reports[:middle] + reports[middle + 2 :]
        return reports * 2 if HidFault.DOUBLE in self.faults else reports
