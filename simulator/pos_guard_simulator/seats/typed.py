"""Puts a scanner on a desktop."""

from __future__ import annotations

import click

from pos_guard_simulator.desktop.keyboard_seat import KeyboardSeat
from pos_guard_simulator.desktop.line_seat import LineSeat
from pos_guard_simulator.desktop.typist import Typist
from pos_guard_simulator.seats.seat import Seat
from pos_guard_simulator.simulate_device import Device, OnUsb
from pos_guard_simulator.usb_scanner_keyboard import UsbKeyboardScanner


def typed_seat(device: Device, typist: Typist) -> Seat:
    """The device, typing what it scans.

    :raises click.UsageError: it sends packets or reports, which are no text.
    """
    twin = device.twin
    if isinstance(twin, OnUsb) and isinstance(twin.function, UsbKeyboardScanner):
        return KeyboardSeat(twin, typist)
    if isinstance(twin, OnUsb) or not device.encoding:
        raise click.UsageError(
            f"This {device.kind} sends no text that could be typed: choose another --model."
        )
    return LineSeat(twin, device.encoding, typist)
