"""Requests and notifications of USB serial devices (CDC-ACM), as values. Pure.

Source: USB Communications Class Subclass Specification for PSTN Devices 1.2, clauses 6.3 and 6.5.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

SET_LINE_CODING, SET_CONTROL_LINE_STATE = (0x21, 0x20), (0x21, 0x22)
"""Class requests (table 13)."""

DTR, RTS = 1, 2
"""Bits of the control line state (table 18)."""

SERIAL_STATE_SIZE = 10
"""Bytes of a SERIAL_STATE notification: a header of eight, and sixteen bits."""

_STATE = struct.Struct("<BBHHHH")
_NOTIFICATION, _SERIAL_STATE = 0xA1, 0x20
_STOP_BITS = {1: 0, 2: 2}
_PARITIES = "NOEMS"


@dataclass(frozen=True, slots=True)
class LineCoding:
    """How the line is to be set (table 17); most scanners take any."""

    baudrate: int = 9600
    bytesize: int = 8
    parity: str = "N"
    stopbits: int = 1

    def to_bytes(self) -> bytes:
        """Seven bytes."""
        return struct.pack(
            "<IBBB",
            self.baudrate,
            _STOP_BITS[self.stopbits],
            _PARITIES.index(self.parity),
            self.bytesize,
        )


@dataclass(frozen=True, slots=True)
class LineState:
    """SERIAL_STATE (table 31): what the device says of its line."""

    cd: bool = False
    dsr: bool = False
    broken: bool = False
    ring: bool = False
    framing: bool = False
    parity: bool = False
    overrun: bool = False

    @classmethod
    def read(cls, notification: bytes) -> LineState | None:
        """Read a notification; None: it is another one, or cut."""
        if len(notification) < SERIAL_STATE_SIZE:
            return None
        kind, number, _, _, size, bits = _STATE.unpack_from(notification)
        if (kind, number) != (_NOTIFICATION, _SERIAL_STATE) or size < 2:
            return None
        return cls(*(bool(bits >> bit & 1) for bit in range(7)))
