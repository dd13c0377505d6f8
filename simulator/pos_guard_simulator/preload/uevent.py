"""What udev tells programs of a device that came or went.

The packet of libudev's monitor (systemd, src/libsystemd/sd-device/device-monitor.c): a header
with the hashes by which programs filter, then ``NAME=value`` strings that end with a zero byte.
"""

from __future__ import annotations

import contextlib
import socket
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_MAGIC: Final = 0xFEEDCAFE
_NATIVE = struct.Struct("=3I")
_NETWORK = struct.Struct(">2I")
_HEADER_BYTES = 40
_MULTIPLIER = 0x5BD1E995
_WORD = 0xFFFFFFFF


def packet(properties: Mapping[str, str]) -> bytes:
    """The whole packet; ``SUBSYSTEM`` and, if there is any, ``DEVTYPE`` are hashed."""
    body = b"".join(f"{name}={value}".encode() + b"\0" for name, value in properties.items())
    head = b"libudev\0" + struct.pack(">I", _MAGIC)
    head += _NATIVE.pack(_HEADER_BYTES, _HEADER_BYTES, len(body))
    kind = properties.get("DEVTYPE")
    head += _NETWORK.pack(murmur2(properties["SUBSYSTEM"]), murmur2(kind) if kind else 0)
    return head.ljust(_HEADER_BYTES, b"\0") + body


def murmur2(text: str) -> int:
    """MurmurHash2 with seed 0 (Austin Appleby, public domain), as libudev filters by it."""
    data = text.encode()
    value = len(data)
    whole = len(data) & ~3
    for (word,) in struct.iter_unpack("<I", data[:whole]):
        mixed = word * _MULTIPLIER & _WORD
        mixed = (mixed ^ mixed >> 24) * _MULTIPLIER & _WORD
        value = value * _MULTIPLIER & _WORD ^ mixed
    if rest := data[whole:]:
        value = (value ^ int.from_bytes(rest, "little")) * _MULTIPLIER & _WORD
    value = (value ^ value >> 13) * _MULTIPLIER & _WORD
    return value ^ value >> 15


def tell(root: Path, data: bytes) -> None:
    """Give the packet to every program that listens; the library made a socket for each."""
    for path in root.glob("event*"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_RAW) as sender, contextlib.suppress(OSError):
            sender.connect(str(path))
            sender.send(data)
