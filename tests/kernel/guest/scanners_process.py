"""The scanners of the guest, plugged in by vhci_hcd; see ``device_process``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pos_guard.links.session import ToApp
from pos_guard.ports.vhci import Attachment, attach
from pos_guard_simulator.scanner import Scanner
from pos_guard_simulator.usb_cdc import SCANNER, UsbSerial
from pos_guard_simulator.usb_function import UsbFunction
from pos_guard_simulator.usb_scanner import HONEYWELL_XENON, HidFault, UsbHidPosScanner
from pos_guard_simulator.usb_scanner_hid import UsbHid
from pos_guard_simulator.usb_scanner_keyboard import METROLOGIC, UsbKeyboardScanner
from tests.kernel.guest.device_process import serve

MAKE: dict[str, Callable[[str], UsbFunction]] = {
    "pos": lambda name: UsbHidPosScanner(identity=replace(HONEYWELL_XENON, serial=name)),
    "keyboard": lambda name: UsbKeyboardScanner(identity=replace(METROLOGIC, serial=name)),
}


class Scanners:
    """The twins by name, which is their serial number, and where they are plugged in."""

    def __init__(self) -> None:
        self._twins: dict[str, UsbFunction] = {}
        self._serial: dict[str, Scanner] = {}
        self._attached: dict[str, Attachment] = {}

    def plug(self, name: str, kind: str) -> None:
        """A new scanner."""
        if kind == "serial":
            self._serial[name] = Scanner()
            self._twins[name] = UsbSerial(self._serial[name], replace(SCANNER, serial=name))
        else:
            self._twins[name] = MAKE[kind](name)
        self._attached[name] = attach(self._twins[name])

    def unplug(self, name: str) -> None:
        """Off the bus."""
        self._twins[name].unplug()
        self._attached[name].close()

    def scan(self, name: str, payload: str) -> None:
        """Somebody shows it a code."""
        twin = self._twins[name]
        if isinstance(twin, UsbSerial):
            twin.act(lambda scanner: scanner.scan(payload))
        elif isinstance(twin, UsbHidPosScanner | UsbKeyboardScanner):
            twin.scan(payload)

    def hold(self, name: str, payload: str) -> None:
        """Somebody holds a code before the HID POS one, which it reads once it is triggered."""
        twin = self._twins[name]
        assert isinstance(twin, UsbHidPosScanner)
        twin.hold(payload)

    def say(self, name: str, data: str) -> None:
        """The serial one sends these bytes, in hex."""
        twin = self._twins[name]
        assert isinstance(twin, UsbSerial)
        twin.act(lambda _: [ToApp(bytes.fromhex(data))])

    def report(self, name: str, data: str) -> None:
        """The HID one gives this report, in hex."""
        twin = self._twins[name]
        assert isinstance(twin, UsbHid)
        twin.send([bytes.fromhex(data)])

    def fault(self, name: str, fault: str) -> None:
        """From now on its scans have this fault; empty: none."""
        twin = self._twins[name]
        assert isinstance(twin, UsbHidPosScanner | UsbKeyboardScanner)
        twin.faults = frozenset({HidFault(fault)} if fault else ())

    def heard(self, name: str) -> list[str]:
        """What it was sent, in hex: reports, or all bytes of a line."""
        twin = self._twins[name]
        if isinstance(twin, UsbHid):
            return [report.hex() for report in twin.heard]
        return [self._serial[name].heard.hex()]

    def protocol(self, name: str) -> int:
        """0: boot protocol; 1: report protocol."""
        twin = self._twins[name]
        assert isinstance(twin, UsbHid)
        return twin.protocol

    def dtr(self, name: str) -> bool:
        """Somebody has opened the serial one."""
        twin = self._twins[name]
        assert isinstance(twin, UsbSerial)
        return twin.dtr


if __name__ == "__main__":
    serve(Scanners())
