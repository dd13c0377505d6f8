"""A serial twin as a USB device that ``pos-guard simulate`` puts at a place."""

from __future__ import annotations

from collections.abc import Callable

from pos_guard.links.session import Effects
from pos_guard.ports.usb_descriptors import UsbIdentity
from pos_guard_simulator.bench import Twin
from pos_guard_simulator.simulate_device import OnUsb
from pos_guard_simulator.usb_serial.cdc import UsbSerial
from pos_guard_simulator.usb_serial.ftdi import UsbFtdi
from pos_guard_simulator.usb_serial.line import UsbSerialLine

TERMINAL = UsbIdentity(0x6666, 0x7778, "pos-guard", "Serial device (CDC)", "SIM0000004")
"""A vendor id that is not given to anybody (usb.ids: prototype product), and an invented number."""


def serial_on_usb(twin: Twin, identity: UsbIdentity = TERMINAL) -> OnUsb:
    """As a device of the communications class."""
    return _served(UsbSerial(twin, identity))


def adapter_on_usb(twin: Twin, ready: Callable[[], bool]) -> OnUsb:
    """Behind a USB serial adapter; ``ready``: see UsbFtdi."""
    return _served(UsbFtdi(twin, ready=ready))


def _served(line: UsbSerialLine[Twin]) -> OnUsb:
    def do(act: Callable[[], Effects]) -> None:
        line.act(lambda _: act())

    return OnUsb(line, do)
