"""What a USB device shows of itself before it is used: ids, names, endpoints. Pure.

Sources: USB 2.0 chapter 9; USB Device Class Definition for Printing Devices 1.1.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Protocol

from pos_guard.ports.usb_device import Speed

MARK = b"\x08\xffPGUARD"
"""A descriptor that no driver knows, and so skips: this device is an export of the guard's. Its
ids, names and serial number are those of the real one, which the guard must be able to tell."""

MARK_TEXT = "pos-guard"
"""The same for udev rules: the text of the configuration, which sysfs shows."""

MAX_DEVICE_ID = 1021
"""Bytes of an IEEE 1284 device id: usblp's buffer of 1024 holds no more after its length."""


class Shown(Protocol):
    """What every device shows; the facts of each kind have it."""

    @property
    def vendor(self) -> int:
        """Who made it."""
        ...

    @property
    def product(self) -> int:
        """What it is."""
        ...

    @property
    def release(self) -> int:
        """Its version, as binary-coded decimal."""
        ...

    @property
    def manufacturer(self) -> str:
        """Who made it, in words."""
        ...

    @property
    def name(self) -> str:
        """What it is, in words."""
        ...

    @property
    def serial(self) -> str:
        """Its serial number."""
        ...

    @property
    def speed(self) -> Speed:
        """On the bus."""
        ...


@dataclass(frozen=True, slots=True)
class UsbPrinterFacts:
    """One printer as its host sees it.

    ``device_id`` is the IEEE 1284 text without its length. ``in_endpoint`` is 0 for a printer that
    never answers (protocol 1 of its class).
    """

    vendor: int
    product: int
    release: int = 0x0100
    manufacturer: str = ""
    name: str = ""
    serial: str = ""
    device_id: bytes = b""
    interface: int = 0
    out_endpoint: int = 0x01
    in_endpoint: int = 0x82
    speed: Speed = Speed.FULL

    def device_id_answer(self) -> bytes:
        """What GET_DEVICE_ID gives: the text after its length, which counts itself."""
        text = self.device_id[:MAX_DEVICE_ID]
        return struct.pack(">H", len(text) + 2) + text


@dataclass(frozen=True, slots=True)
class UsbSerialFacts:
    """One serial line (CDC-ACM) as its host sees it; ``notify`` is 0 where it has no endpoint."""

    vendor: int
    product: int
    release: int = 0x0100
    manufacturer: str = ""
    name: str = ""
    serial: str = ""
    control: int = 0
    data: int = 1
    notify: int = 0x83
    out_endpoint: int = 0x01
    in_endpoint: int = 0x82
    speed: Speed = Speed.FULL
