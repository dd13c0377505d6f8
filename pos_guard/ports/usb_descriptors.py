"""USB descriptors, written for devices of ours, and read. Pure.

USB 2.0 chapter 9.6; the layouts are tables 9-8, 9-10, 9-12 and 9-13.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from pos_guard.ports.usb_device import Speed

DEVICE, CONFIGURATION, STRING, INTERFACE, ENDPOINT, QUALIFIER = 1, 2, 3, 4, 5, 6
"""Descriptor types (USB 2.0 table 9-5)."""

BULK, INTERRUPT = 2, 3
"""Transfer types in an endpoint's attributes (USB 2.0 table 9-13)."""

BULK_PACKETS = {Speed.LOW: 8, Speed.FULL: 64, Speed.HIGH: 512}
"""Largest packet of a bulk endpoint (USB 2.0 clause 5.8.3)."""

SELF_POWERED = 0xC0
"""bmAttributes of a printer with its own power supply; bit 7 is always set."""

CONTROL_PACKET = 64
"""bMaxPacketSize0 of full and high speed devices."""

MAX_STRING = 126
"""UTF-16 units of a string: its descriptor ends at 255 bytes."""

US_ENGLISH = b"\x04\x03\x09\x04"
"""String descriptor 0: the only language, US English."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint; bit 7 of ``address`` says IN."""

    address: int
    packet: int
    attributes: int = BULK
    interval: int = 0

    def to_bytes(self) -> bytes:
        """Seven bytes."""
        return struct.pack(
            "<BBBBHB", 7, ENDPOINT, self.address, self.attributes, self.packet, self.interval
        )


@dataclass(frozen=True, slots=True)
class Interface:
    """One alternate setting of an interface; ``triple`` is class, subclass, protocol."""

    number: int
    triple: tuple[int, int, int]
    endpoints: tuple[Endpoint, ...] = ()
    alternate: int = 0
    text: int = 0
    extra: bytes = b""

    def to_bytes(self) -> bytes:
        """Nine bytes, what the class adds, and the endpoints."""
        head = (9, INTERFACE, self.number, self.alternate, len(self.endpoints))
        endpoints = b"".join(endpoint.to_bytes() for endpoint in self.endpoints)
        return bytes((*head, *self.triple, self.text)) + self.extra + endpoints


@dataclass(frozen=True, slots=True)
class Configuration:
    """The one configuration of a device: its interfaces, what comes before them, and its text."""

    interfaces: tuple[Interface, ...]
    value: int = 1
    attributes: int = SELF_POWERED
    power: int = 1
    extra: bytes = b""
    text: int = 0

    def to_bytes(self) -> bytes:
        """All of it, as GET_DESCRIPTOR gives it."""
        body = self.extra + b"".join(interface.to_bytes() for interface in self.interfaces)
        numbers = {interface.number for interface in self.interfaces}
        head = (9, CONFIGURATION, 9 + len(body), len(numbers), self.value, self.text)
        return struct.pack("<BBHBBBBB", *head, self.attributes, self.power) + body

    @classmethod
    def read(cls, data: bytes) -> Configuration:
        """Read a whole configuration; descriptors of unknown types go to their interface.

        :raises ValueError: when it is cut, or does not begin as a configuration does.
        """
        first, *rest = _split(data)
        if first[1] != CONFIGURATION or len(first) < 9:
            raise ValueError("that is no configuration descriptor")
        found: list[_Draft] = []
        extra = b""
        for item in rest:
            if item[1] == INTERFACE:
                found.append(_Draft(item))
            elif found and item[1] == ENDPOINT:
                found[-1].endpoints.append(_endpoint(item))
            elif found:
                found[-1].extra += item
            else:
                extra += item
        interfaces = tuple(draft.interface() for draft in found)
        return cls(interfaces, first[5], first[7], first[8], extra, first[6])

    def alternates(self, index: int) -> tuple[Interface, ...]:
        """The alternate settings of the interface at this place; none past the last."""
        numbers = sorted({interface.number for interface in self.interfaces})
        wanted = numbers[index] if index < len(numbers) else None
        return tuple(item for item in self.interfaces if item.number == wanted)

    def owner(self, endpoint: int) -> int | None:
        """The number of the interface that has this endpoint."""
        for interface in self.interfaces:
            if any(item.address == endpoint for item in interface.endpoints):
                return interface.number
        return None


@dataclass(frozen=True, slots=True)
class UsbIdentity:
    """What a device calls itself. ``more`` are its texts from index 4 on."""

    vendor: int
    product: int
    maker: str
    name: str
    serial: str
    usb: int = 0x0200
    release: int = 0x0100
    more: tuple[str, ...] = ()

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts from index 1 on."""
        return (self.maker, self.name, self.serial, *self.more)

    def to_bytes(self) -> bytes:
        """The device descriptor: each interface tells its class; an empty text has no index."""
        head = (18, DEVICE, self.usb, 0, 0, 0, CONTROL_PACKET, self.vendor, self.product)
        indexes = [index if text else 0 for index, text in enumerate(self.texts[:3], 1)]
        return struct.pack("<BBHBBBBHHHBBBB", *head, self.release, *indexes, 1)

    def qualifier(self) -> bytes:
        """What a high speed device is at full speed (USB 2.0 table 9-9): the same."""
        return struct.pack("<BBHBBBBBB", 10, QUALIFIER, self.usb, 0, 0, 0, CONTROL_PACKET, 1, 0)

    def string(self, index: int) -> bytes | None:
        """String descriptor ``index``, or None: there is none. Index 0 lists the one language."""
        if index == 0:
            return US_ENGLISH
        if index > len(self.texts) or not self.texts[index - 1]:
            return None
        text = self.texts[index - 1].encode("utf-16-le", "replace")[: 2 * MAX_STRING]
        return bytes((2 + len(text), STRING)) + text


@dataclass(slots=True)
class _Draft:
    """An interface while its descriptors are read."""

    head: bytes
    endpoints: list[Endpoint] = field(default_factory=list[Endpoint])
    extra: bytes = b""

    def interface(self) -> Interface:
        number, alternate, _, *triple, text = self.head[2:9]
        first, second, third = triple
        ends = tuple(self.endpoints)
        return Interface(number, (first, second, third), ends, alternate, text, self.extra)


def _split(data: bytes) -> list[bytes]:
    items: list[bytes] = []
    at = 0
    while at < len(data):
        length = data[at]
        if length < 2 or at + length > len(data):
            raise ValueError(f"the descriptor at {at} is cut")
        items.append(data[at : at + length])
        at += length
    if not items:
        raise ValueError("there is no descriptor")
    return items


def _endpoint(item: bytes) -> Endpoint:
    address, attributes, packet, interval = struct.unpack_from("<BBHB", item, 2)
    return Endpoint(address, packet, attributes, interval)
