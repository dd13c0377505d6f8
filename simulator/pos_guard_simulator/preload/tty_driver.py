"""What a kernel's driver does with a serial device: lines, settings and bytes, over USB."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from pos_guard.ports.usb_device import Setup, Stalled, Unplugged
from pos_guard.ports.usb_standard import StandardDevice
from pos_guard_simulator.usb_serial.line import Coding

DTR, RTS = 0x002, 0x004
CTS, CAR, RNG, DSR = 0x020, 0x040, 0x080, 0x100
"""Modem lines as TIOCMGET tells them (asm-generic/termios.h)."""

FRAME, OVERRUN, PARITY, BREAK = 1, 2, 4, 8
"""What went wrong on the line."""

Hear = Callable[[int, int], None]
"""Takes the device's modem lines, and what went wrong since."""


class SerialDriver(Protocol):
    """One driver at one device. A device that refuses or has left is not told of to programs."""

    def bind(self, hear: Hear, changed: Callable[[], None]) -> Callable[[], None]:
        """Tell ``hear`` of the lines, and ``changed`` that it may help to ask again.

        Gives what ends that.
        """
        ...

    def open(self) -> None:
        """The first program opens the port."""
        ...

    def modem(self) -> int:
        """The lines that the device drives, of ``CTS``, ``CAR``, ``RNG``, ``DSR``."""
        ...

    def set_lines(self, lines: int) -> None:
        """DTR and RTS."""
        ...

    def set_break(self, on: bool) -> None:
        """Begin or end a break."""
        ...

    def set_coding(self, coding: Coding) -> None:
        """Speed, bits, parity, stop bits."""
        ...

    def take(self, data: bytes) -> int:
        """Bytes for the device; how many it took."""
        ...

    def give(self) -> bytes | None:
        """Bytes of the device, or None for now."""
        ...


def ask(device: StandardDevice, setup: Setup, data: bytes = b"") -> bytes:
    """A request; empty where the device refuses it or has left."""
    try:
        return device.control(setup, data)
    except (Stalled, Unplugged):
        return b""


def send(device: StandardDevice, endpoint: int, data: bytes) -> int:
    """Bytes that the device took."""
    try:
        return device.out(endpoint, data)
    except Stalled:
        return len(data)  # as the drivers do: lost
    except Unplugged:
        return 0
