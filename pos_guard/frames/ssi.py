"""SSI packets (Zebra, Symbol, Motorola Simple Serial Interface), and where each one ends.

Length, opcode, source, status, data, checksum; the length counts all but the checksum, which is
the two's complement of the 16-bit sum of what it counts. A lone 00 is WAKEUP and no packet.
Sources: Symbol SE-923 Integration Guide ch. 6, Zebra DS457 p.93, DS4308 p.167, DS2208 p.7-8.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, IntFlag

from construct import Byte, Bytes, ConstructError, Int16ub, Struct, Terminated, this

from pos_guard.errors import FrameError

HEADER = 4
"""Bytes before the data, the length byte included."""
CHECKSUM = 2
MAX_LENGTH = 255
"""The length is one byte."""
MAX_DATA = MAX_LENGTH - HEADER

DECODER = 0x00
"""The source of what the scanner sends."""
HOST = 0x04

WAKEUP = b"\x00"
"""Wakes a sleeping decoder; never acknowledged."""

CHARACTER_SECONDS = 0.2
"""Silence within a packet after which its rest never comes (parameter EF, by default 200 ms)."""


class Op(IntEnum):
    """The opcodes that something here acts on; ``ssi_table`` has the names of all."""

    CUSTOM_DEFAULTS = 0x12
    MULTIPACKET_SEGMENT = 0x73
    MGMT = 0x80
    REQUEST_REVISION = 0xA3
    REPLY_REVISION = 0xA4
    IMAGE_DATA = 0xB1
    VIDEO_DATA = 0xB4
    ILLUMINATION_OFF = 0xC0
    ILLUMINATION_ON = 0xC1
    AIM_OFF = 0xC4
    AIM_ON = 0xC5
    PARAM_SEND = 0xC6
    PARAM_REQUEST = 0xC7
    PARAM_DEFAULTS = 0xC8
    CHANGE_ALL_CODE_TYPES = 0xC9
    ACK = 0xD0
    NAK = 0xD1
    FLUSH_QUEUE = 0xD2
    CAPABILITIES_REQUEST = 0xD3
    CAPABILITIES_REPLY = 0xD4
    BATCH_DATA = 0xD6
    START_SESSION = 0xE4
    STOP_SESSION = 0xE5
    BEEP = 0xE6
    LED_ON = 0xE7
    LED_OFF = 0xE8
    SCAN_ENABLE = 0xE9
    SCAN_DISABLE = 0xEA
    SLEEP = 0xEB
    DECODE_DATA = 0xF3
    EVENT = 0xF6
    IMAGER_MODE = 0xF7
    RESET = 0xFA


class Status(IntFlag):
    """Bits of the status byte. Cordless devices also set 20 and 80: they are let through."""

    AGAIN = 0x01
    """A retransmission."""
    MORE = 0x02
    """An intermediate packet of a message in several packets; the last one has it clear."""
    PERMANENT = 0x08
    """PARAM_SEND: the change outlives the power."""


class Nak(IntEnum):
    """Why a packet is refused."""

    RESEND = 0x01
    """The checksum is wrong, or its end did not come."""
    BAD_CONTEXT = 0x02
    """Whole, but nothing that the receiver can use (now)."""
    DENIED = 0x06
    CANCEL = 0x0A
    """Enough of this message in several packets."""


@dataclass(frozen=True, slots=True)
class Packet:
    """A packet that arrived whole: ``data`` without header and checksum, ``raw`` the very bytes."""

    opcode: int
    source: int
    status: int
    data: bytes = field(repr=False)
    raw: bytes = field(repr=False)

    @property
    def again(self) -> bool:
        """Sent before."""
        return bool(self.status & Status.AGAIN)

    @property
    def more(self) -> bool:
        """Not the last packet of its message."""
        return bool(self.status & Status.MORE)

    def same_as(self, other: Packet | None) -> bool:
        """The same message, whichever of the two is the retransmission."""
        return (
            other is not None
            and self.data == other.data
            and (self.opcode, self.source) == (other.opcode, other.source)
            and (self.status ^ other.status) & ~Status.AGAIN == 0
        )


@dataclass(frozen=True, slots=True)
class BadPacket:
    """Bytes that are no packet. ``error.code``: ``noise``, ``checksum`` or ``truncated``."""

    error: FrameError
    raw: bytes = field(repr=False)


_PACKET = Struct(
    "length" / Byte,
    "opcode" / Byte,
    "source" / Byte,
    "status" / Byte,
    "data" / Bytes(this.length - HEADER),
    "checksum" / Int16ub,
    Terminated,
)


def checksum(covered: bytes) -> int:
    """Of everything from the length byte to the end of the data."""
    return -sum(covered) & 0xFFFF


def build(opcode: int, data: bytes = b"", *, source: int = HOST, status: int = 0) -> bytes:
    """One packet.

    :raises ValueError: for more than ``MAX_DATA`` bytes of data.
    """
    covered = bytes([HEADER + len(data), opcode, source, status]) + data
    return covered + checksum(covered).to_bytes(CHECKSUM, "big")


def again(raw: bytes) -> bytes:
    """The retransmission of a packet: bit 0 of its status is set."""
    covered = raw[:3] + bytes([raw[3] | Status.AGAIN]) + raw[HEADER:-CHECKSUM]
    return covered + checksum(covered).to_bytes(CHECKSUM, "big")


def parse(raw: bytes) -> Packet:
    """Exactly one packet.

    :raises FrameError: ``length`` (less than a header), ``truncated``, ``trailing``, ``checksum``.
    """
    size = raw[0] + CHECKSUM if raw else 0
    if size < HEADER + CHECKSUM:
        raise FrameError("length", "a packet counts at least its header of 4 bytes", 0)
    if len(raw) < size:
        raise FrameError("truncated", f"{size - len(raw)} bytes of the packet are missing", 0)
    if len(raw) > size:
        raise FrameError("trailing", "bytes after the checksum", size)
    try:
        form = _PACKET.parse(raw)
    except ConstructError as error:  # pragma: no cover - the sizes are right
        raise FrameError("length", str(error)) from error
    if form.checksum != checksum(raw[:-CHECKSUM]):
        raise FrameError("checksum", "the checksum is wrong", size - CHECKSUM)
    return Packet(form.opcode, form.source, form.status, form.data, raw)


class Framer:
    """Bytes in; packets, and bytes that are none, out, in order. Never raises, never looks back.

    A packet begins where a possible length stands two bytes before a source of ``sources``. With a
    wrong checksum its whole length is dropped: a packet that stands in the data of a damaged one
    is not this device's word (a code that a customer shows could hold one), and the sender, who
    waits for its acknowledgement, repeats. ``expire`` is the character time-out.
    """

    def __init__(self, *sources: int) -> None:
        self._sources = sources or (DECODER, HOST)
        self._buffer = bytearray()

    @property
    def pending(self) -> int:
        """How many bytes wait for the rest of their packet: never more than 257."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[Packet | BadPacket]:
        """All that became whole, or is no packet, with these bytes."""
        self._buffer += data
        events: list[Packet | BadPacket] = []
        while (start := self._start()) is not None:
            if start:
                self._noise(start, events)
            size = self._buffer[0] + CHECKSUM if self._buffer else MAX_LENGTH
            if len(self._buffer) < max(size, HEADER):
                break
            events.append(_read(self._cut(size)))
        return events

    def expire(self) -> bytes:
        """Nothing came for the character time-out: forget the cut packet, and return its bytes."""
        return self._cut(len(self._buffer))

    def _start(self) -> int | None:
        """Where a packet begins, or may still; None: the buffer is empty."""
        buffer = self._buffer
        for at, length in enumerate(buffer):
            if length < HEADER:
                continue
            if at + 2 >= len(buffer) or buffer[at + 2] in self._sources:
                return at
        return len(buffer) or None

    def _noise(self, size: int, events: list[Packet | BadPacket]) -> None:
        raw = self._cut(size)
        if raw.strip(WAKEUP):
            events.append(BadPacket(FrameError("noise", "bytes that are no packet", 0), raw))

    def _cut(self, size: int) -> bytes:
        raw = bytes(self._buffer[:size])
        del self._buffer[:size]
        return raw


def _read(raw: bytes) -> Packet | BadPacket:
    try:
        return parse(raw)
    except FrameError as error:
        # Its traceback would keep all that was parsed for as long as the event is kept.
        return BadPacket(error.with_traceback(None), raw)
