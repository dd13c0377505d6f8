"""USB descriptors: written for twins, read for the host's side of the simulated bus.

USB 2.0 chapter 9.6; the layouts are tables 9-8, 9-10, 9-12 and 9-13.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

DEVICE, CONFIGURATION, STRING, INTERFACE, ENDPOINT = 1, 2, 3, 4, 5
"""Descriptor types (USB 2.0 table 9-5)."""

BULK = 2
"""The transfer type in an endpoint's attributes (USB 2.0 table 9-13)."""

SELF_POWERED = 0xC0
"""bmAttributes of a printer with its own power supply; bit 7 is always set."""

CONTROL_PACKET = 64
"""bMaxPacketSize0 of full and high speed devices."""

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
    """The one configuration of a device, with all of its interfaces, and what comes before them."""

    interfaces: tuple[Interface, ...]
    value: int = 1
    attributes: int = SELF_POWERED
    power: int = 1
    extra: bytes = b""

    def to_bytes(self) -> bytes:
        """All of it, as GET_DESCRIPTOR gives it."""
        body = self.extra + b"".join(interface.to_bytes() for interface in self.interfaces)
        numbers = {interface.number for interface in self.interfaces}
        head = (9, CONFIGURATION, 9 + len(body), len(numbers), self.value, 0)
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
        return cls(interfaces, first[5], first[7], first[8], extra)

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
    """What a device calls itself."""

    vendor: int
    product: int
    maker: str
    name: str
    serial: str
    usb: int = 0x0200
    release: int = 0x0100

    def to_bytes(self) -> bytes:
        """The device descriptor; the class is told by each interface."""
        head = (18, DEVICE, self.usb, 0, 0, 0, CONTROL_PACKET, self.vendor, self.product)
        return struct.pack("<BBHBBBBHHHBBBB", *head, self.release, 1, 2, 3, 1)

    def string(self, index: int) -> bytes | None:
        """String descriptor ``index``, or None: there is none."""
        texts = (self.maker, self.name, self.serial)
        if index == 0:
            return US_ENGLISH
        if index > len(texts):
            return None
        text = texts[index - 1].encode("utf-16-le")
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
