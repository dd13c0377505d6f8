"""What a USB printer shows of itself before it prints: ids, names, endpoints, descriptors. Pure.

Sources: USB 2.0 chapter 9; USB Device Class Definition for Printing Devices 1.1.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from pos_guard.ports.usb_device import Speed

DEVICE, CONFIGURATION, STRING, INTERFACE, ENDPOINT, QUALIFIER = 1, 2, 3, 4, 5, 6
"""Descriptor types (USB 2.0 table 9-5)."""

MARK = b"\x08\xffPGUARD"
"""A descriptor that no driver knows, and so skips: this device is an export of the guard's. Its
ids, names and serial number are those of the real one, which the guard must be able to tell."""

MARK_TEXT = "pos-guard"
"""The same for udev rules: the text of the configuration, which sysfs shows."""

MAX_STRING = 126
"""UTF-16 units of a string: its descriptor ends at 255 bytes."""

MAX_DEVICE_ID = 1021
"""Bytes of an IEEE 1284 device id: usblp's buffer of 1024 holds no more after its length."""

_ENGLISH = 0x0409
_BULK = 2
_PRINTER = 7
_SELF_POWERED = 0xC0
_PACKET = {Speed.LOW: 8, Speed.FULL: 64, Speed.HIGH: 512}


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

    @property
    def packet(self) -> int:
        """Largest packet of a bulk endpoint at this speed."""
        return _PACKET[self.speed]

    @property
    def strings(self) -> tuple[str, str, str]:
        """The texts behind string indexes 1 to 3."""
        return self.manufacturer, self.name, self.serial

    def device_descriptor(self) -> bytes:
        """USB 2.0 table 9-8; a text that is empty has no index."""
        indexes = [index if text else 0 for index, text in enumerate(self.strings, 1)]
        control = 8 if self.speed is Speed.LOW else 64
        ids = (self.vendor, self.product, self.release)
        return struct.pack(
            "<BBHBBBBHHHBBBB", 18, DEVICE, 0x0200, 0, 0, 0, control, *ids, *indexes, 1
        )

    def configuration_descriptor(self, extra: bytes = b"", text: int = 0) -> bytes:
        """USB 2.0 tables 9-10 to 9-13: with descriptors after the first, and its text's index."""
        ends = [end for end in (self.out_endpoint, self.in_endpoint) if end]
        protocol = 2 if self.in_endpoint else 1
        interface = struct.pack(
            "<9B", 9, INTERFACE, self.interface, 0, len(ends), _PRINTER, 1, protocol, 0
        )
        endpoints = (struct.pack("<4BHB", 7, ENDPOINT, end, _BULK, self.packet, 0) for end in ends)
        body = extra + interface + b"".join(endpoints)
        head = struct.pack(
            "<BBHBBBBB", 9, CONFIGURATION, 9 + len(body), 1, 1, text, _SELF_POWERED, 1
        )
        return head + body

    def device_id_answer(self) -> bytes:
        """What GET_DEVICE_ID gives: the text after its length, which counts itself."""
        text = self.device_id[:MAX_DEVICE_ID]
        return struct.pack(">H", len(text) + 2) + text


def string_descriptor(strings: tuple[str, ...], index: int) -> bytes | None:
    """The string of this index; index 0 lists the one language. None: there is none."""
    if index == 0:
        return struct.pack("<BBH", 4, STRING, _ENGLISH)
    if not 1 <= index <= len(strings) or not strings[index - 1]:
        return None
    text = strings[index - 1].encode("utf-16-le", "replace")[: 2 * MAX_STRING]
    return struct.pack("BB", 2 + len(text), STRING) + text


def qualifier_descriptor() -> bytes:
    """What a high speed device is at full speed (USB 2.0 table 9-9): the same printer."""
    return struct.pack("<BBHBBBBBB", 10, QUALIFIER, 0x0200, 0, 0, 0, 64, 1, 0)
