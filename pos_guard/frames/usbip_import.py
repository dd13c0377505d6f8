"""USB/IP before the transfers: what a machine asks for to see and to import exported devices.

Source: Linux Documentation/usb/usbip_protocol.rst (protocol version 1.1.1).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from construct import Array, Byte, Bytes, Const, ConstructError, Int16ub, Int32ub, Struct, this

from pos_guard.errors import FrameError

HEAD = 8
"""Bytes of every request's head: version, code, status."""

BUS_ID = 32
"""Bytes of a bus id such as ``1-1``, filled with zeros."""

_VERSION = 0x0111
_LIST, _IMPORT = 0x8005, 0x8003
_NOT_HERE = 1
_PATH = 256
_ONE_BUS = 1

_REQUEST = Struct("version" / Int16ub, "code" / Int16ub, "status" / Int32ub)
_REPLY = Struct(Const(_VERSION, Int16ub), "code" / Int16ub, "status" / Int32ub)
_DEVICE = Struct(
    "path" / Bytes(_PATH),
    "bus_id" / Bytes(BUS_ID),
    "bus" / Const(_ONE_BUS, Int32ub),
    "number" / Int32ub,
    "speed" / Int32ub,
    "vendor" / Int16ub,
    "product" / Int16ub,
    "release" / Int16ub,
    "triple" / Array(3, Byte),
    "configuration" / Byte,
    "configurations" / Const(1, Byte),
    "interfaces" / Byte,
)
_INTERFACE = Struct("triple" / Array(3, Byte), Const(0, Byte))
_LISTED = Struct("device" / _DEVICE, "triples" / Array(this.device.interfaces, _INTERFACE))


@dataclass(frozen=True, slots=True)
class ExportedDevice:
    """One device as others see it in the list; triples are class, subclass, protocol."""

    bus_id: str
    number: int
    speed: int
    vendor: int
    product: int
    release: int
    triple: tuple[int, int, int]
    configuration: int
    interfaces: tuple[tuple[int, int, int], ...]

    @classmethod
    def of(
        cls, bus_id: str, number: int, speed: int, device: bytes, configuration: bytes
    ) -> ExportedDevice:
        """From its descriptors (USB 2.0 tables 9-8, 9-10 and 9-12)."""
        vendor, product, release = struct.unpack_from("<HHH", device, 8)
        found: dict[int, tuple[int, int, int]] = {}
        at = 0
        while at + 9 <= len(configuration) and configuration[at] >= 2:
            if configuration[at + 1] == 4:
                first, second, third = configuration[at + 5 : at + 8]
                found.setdefault(configuration[at + 2], (first, second, third))
            at += configuration[at]
        return cls(
            bus_id,
            number,
            speed,
            vendor,
            product,
            release,
            (device[4], device[5], device[6]),
            configuration[5],
            tuple(found.values()),
        )


def parse_request(head: bytes) -> bool:
    """True: OP_REQ_IMPORT, ``BUS_ID`` more bytes follow. False: OP_REQ_DEVLIST.

    :raises FrameError: for any other code or another version.
    """
    try:
        parsed: Any = _REQUEST.parse(head)
    except ConstructError as error:
        raise FrameError("truncated", "no USB/IP request", 0) from error
    if len(head) != HEAD or parsed.code not in (_LIST, _IMPORT):
        raise FrameError("command", f"USB/IP request {parsed.code:04X}", 2)
    if parsed.version != _VERSION:
        raise FrameError("version", f"USB/IP version {parsed.version:04X}", 0)
    return bool(parsed.code == _IMPORT)


def build_list(devices: Sequence[ExportedDevice]) -> bytes:
    """OP_REP_DEVLIST."""
    listed = (
        _LISTED.build(
            {
                "device": _values(device),
                "triples": [{"triple": triple} for triple in device.interfaces],
            }
        )
        for device in devices
    )
    return _reply(_LIST, 0) + len(devices).to_bytes(4, "big") + b"".join(listed)


def build_import(device: ExportedDevice | None) -> bytes:
    """OP_REP_IMPORT; None: there is no such device, or another machine has it."""
    if device is None:
        return _reply(_IMPORT, _NOT_HERE)
    shown: bytes = _DEVICE.build(_values(device))
    return _reply(_IMPORT, 0) + shown


def _reply(code: int, status: int) -> bytes:
    head: bytes = _REPLY.build({"code": code & 0x7FFF, "status": status})
    return head


def _values(device: ExportedDevice) -> dict[str, object]:
    path = f"/sys/devices/pos-guard/{device.bus_id}"
    return {
        "path": path.encode("ascii").ljust(_PATH, b"\0"),
        "bus_id": device.bus_id.encode("ascii").ljust(BUS_ID, b"\0"),
        "number": device.number,
        "speed": device.speed,
        "vendor": device.vendor,
        "product": device.product,
        "release": device.release,
        "triple": device.triple,
        "configuration": device.configuration,
        "interfaces": len(device.interfaces),
    }
