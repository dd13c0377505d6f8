"""The serial line of a device on the USB, where it has one."""

from __future__ import annotations

from collections.abc import Mapping

from pos_guard.errors import LocalError
from pos_guard.frames.decoded import Json
from pos_guard_simulator.usb_function import UsbFunction
from pos_guard_simulator.usb_serial.line import UsbSerialLine


def told(device: UsbFunction) -> Mapping[str, Json]:
    """How the host has set the line; nothing where there is none."""
    return {"line": device.told} if isinstance(device, UsbSerialLine) else {}


def drive(device: UsbFunction, wires: Mapping[str, bool]) -> None:
    """Raise and drop what the device says by wire.

    :raises LocalError: it has no serial line, or no such wire.
    """
    if not isinstance(device, UsbSerialLine):
        raise LocalError("this device has no serial line")
    device.set_lines(wires)
