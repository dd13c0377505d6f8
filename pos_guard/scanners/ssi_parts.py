"""Codes in SSI packets: DECODE_DATA of one packet or several, put together."""

from __future__ import annotations

from dataclasses import dataclass, field

from pos_guard.frames.lines import MAX_SCAN
from pos_guard.frames.ssi import DECODER, Framer, Op, Packet
from pos_guard.scanners.language import Problem

MAX_PARTS = 128
"""Packets of one message: the largest code needs 29 full ones; they may be a quarter full."""


@dataclass(frozen=True, slots=True)
class Message:
    """A whole code: its type, its bytes (with what prefix and suffix the scanner adds)."""

    code_type: int
    data: bytes = field(repr=False)


class Parts:
    """The packets of a message until its last one."""

    def __init__(self) -> None:
        self._packets: list[Packet] = []
        self._size = 0

    def __len__(self) -> int:
        return len(self._packets)

    @property
    def raw(self) -> bytes:
        """The very bytes of what came so far."""
        return b"".join(packet.raw for packet in self._packets)

    @property
    def first(self) -> bytes:
        """The first packet; empty without one."""
        return self._packets[0].raw if self._packets else b""

    @property
    def again(self) -> bool:
        """Every packet of it was sent before."""
        return all(packet.again for packet in self._packets)

    @property
    def message(self) -> Message:
        """What the packets say together."""
        data = b"".join(packet.data[1:] for packet in self._packets)
        return Message(self._packets[0].data[0], data)

    def clear(self) -> None:
        """Forget them."""
        self._packets.clear()
        self._size = 0

    def add(self, packet: Packet) -> Problem | None:
        """One more; a problem says why it cannot belong to the message."""
        if not packet.data or (self._packets and packet.data[0] != self._packets[0].data[0]):
            return Problem.DAMAGED
        self._size += len(packet.data) - 1
        if self._size > MAX_SCAN or len(self._packets) >= MAX_PARTS:
            return Problem.OVERLONG
        self._packets.append(packet)
        return None


def message_of(raw: bytes) -> Message | None:
    """The message in the ``raw`` of a scan, for whoever hands it on; None: it is not SSI's."""
    parts = Parts()
    for packet in Framer(DECODER).feed(raw):
        if not isinstance(packet, Packet) or packet.opcode != Op.DECODE_DATA:
            return None
        if parts.add(packet) is not None:
            return None
    return parts.message if parts else None
