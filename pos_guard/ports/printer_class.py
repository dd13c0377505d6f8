"""The class requests of USB printers, as values. Pure.

Source: USB Device Class Definition for Printing Devices 1.1, 4.2.
"""

from __future__ import annotations

from dataclasses import dataclass

MAX_DEVICE_ID = 1024
"""Bytes asked for at most: usblp has no more room either, and real ids have 60 to 200."""

_PAPER_EMPTY, _SELECT, _NOT_ERROR = 0x20, 0x10, 0x08


@dataclass(frozen=True, slots=True)
class PortStatus:
    """GET_PORT_STATUS (4.2.2). Many printers answer 0x18 whatever happens: a yes is no proof."""

    paper_empty: bool
    selected: bool
    error: bool

    @classmethod
    def from_byte(cls, value: int) -> PortStatus:
        """Read the one byte."""
        return cls(bool(value & _PAPER_EMPTY), bool(value & _SELECT), error=not value & _NOT_ERROR)


def device_id_text(answer: bytes) -> str:
    """The IEEE 1284 id out of a GET_DEVICE_ID answer (4.2.1): its length, then text.

    Some printers give the length in the wrong byte order, or none that fits: then all of the
    text is taken. Zeros and what is no ASCII are left out.
    """
    length = int.from_bytes(answer[:2], "big")
    end = length if 2 <= length <= len(answer) else len(answer)
    text = answer[2:end].split(b"\0")[0]
    return "".join(chr(byte) for byte in text if 0x20 <= byte < 0x7F)
