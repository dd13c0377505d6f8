"""Which nodes a machine makes; ``tests/contract`` has what programs find in them."""

from __future__ import annotations

import pytest

from pos_guard.errors import LocalError
from pos_guard_simulator.preload.bed import find_library
from pos_guard_simulator.preload.machine import Machine
from pos_guard_simulator.printer import ReceiptPrinter
from pos_guard_simulator.scanner import Scanner
from pos_guard_simulator.usb_printer import UsbPrinter
from pos_guard_simulator.usb_scanner import UsbHidPosScanner
from pos_guard_simulator.usb_scanner_keyboard import UsbKeyboardScanner
from pos_guard_simulator.usb_serial.cdc import UsbSerial


def test_every_device_has_the_nodes_of_its_driver(machine: Machine) -> None:
    devices = (
        machine.plug(UsbPrinter(ReceiptPrinter())),
        machine.plug(UsbSerial(Scanner())),
        machine.plug(UsbHidPosScanner()),
        machine.plug(UsbKeyboardScanner()),
    )
    assert [machine.nodes(device) for device in devices] == [
        ("/dev/usb/lp0", "/dev/bus/usb/001/002"),
        ("/dev/ttyACM0", "/dev/bus/usb/001/003"),
        ("/dev/hidraw0", "/dev/bus/usb/001/004"),
        ("/dev/hidraw1", "/dev/input/event5", "/dev/bus/usb/001/005"),
    ]


def test_without_the_library_it_says_what_to_install() -> None:
    with pytest.raises(LocalError, match="apt-get install umockdev"):
        find_library(("/nowhere",))
