"""The register protocol ``7E 00`` of scan engines: commands to a scanner, and its replies.

Spoken by Newland EM and FM engines, Grow GM60 to GM812, Waveshare, Hamlet and other clones; what a
register means differs by model (scanner_models). Replies stand between scans on the same line.
Sources: newlandaidc.com wiki 426; NLS-EM3095 manual p. 19; NLS-FM30 manual p. 25; Grow GM65 manual
p. 31 to 33. Knows no line and no clock.
"""

from __future__ import annotations

from binascii import crc_hqx
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from construct import Byte, Bytes, Const, Int16ub, Struct, Terminated

from pos_guard.errors import FrameError, LocalError

HOST = b"\x7e\x00"
REPLY = b"\x02\x00"
ALIVE = b"\x03\x00"
"""What a frame begins with: a command, its reply, the reply to a heartbeat."""

UNCHECKED = b"\xab\xcd"
"""In the place of a command's CRC: do not check."""

MAX_DATA = 256
"""Bytes of one frame: its length is one byte, and 00 stands for 256."""

HOST_REST = 8
REPLY_REST = 6
"""Bytes of a frame beside its data."""

OK = b"\x00"
"""The data of a reply that carries none."""


class Kind(IntEnum):
    """What a command asks for."""

    READ = 0x07
    WRITE = 0x08
    SAVE = 0x09
    """Registers to flash; data 02 in place of 00: back to the factory's (specter-diy)."""
    HEARTBEAT = 0x0A


class Status(IntEnum):
    """What a reply says of the command."""

    DONE = 0x00
    BAD_CRC = 0x01
    UNKNOWN = 0x03


_HOST = Struct(
    Const(HOST),
    "kind" / Byte,
    "length" / Byte,
    "address" / Int16ub,
    "data" / Bytes(lambda here: here.length or MAX_DATA),
    "crc" / Bytes(2),
    Terminated,
)
_REPLY = Struct(
    "mark" / Byte,
    Const(0, Byte),
    "status" / Byte,
    "length" / Byte,
    "data" / Bytes(lambda here: here.length or MAX_DATA),
    "crc" / Bytes(2),
    Terminated,
)


@dataclass(frozen=True, slots=True)
class HostFrame:
    """One command. ``kind`` is one of Kind, or a number that no manual names.

    ``checked``: it carries a CRC, which fits; else it says that none is to be checked.
    """

    kind: int
    address: int
    data: bytes
    checked: bool = True
    raw: bytes = field(default=b"", repr=False)

    @property
    def count(self) -> int:
        """How many registers a READ asks for."""
        return self.data[0] or MAX_DATA


@dataclass(frozen=True, slots=True)
class ReplyFrame:
    """One reply. ``alive``: to a heartbeat."""

    status: int
    data: bytes
    alive: bool = False
    raw: bytes = field(default=b"", repr=False)


def crc(body: bytes) -> bytes:
    """CRC-16/XMODEM from the type (or status) to the end of the data, high byte first."""
    return crc_hqx(body, 0).to_bytes(2, "big")


def command(kind: int, address: int, data: bytes) -> bytes:
    """The bytes of one command.

    :raises LocalError: for an address beyond 16 bits, or not 1 to 256 bytes of data.
    """
    if not 0 <= address <= 0xFFFF:
        raise LocalError(f"a register address of {address:#x} cannot be sent")
    if not 1 <= len(data) <= MAX_DATA:
        raise LocalError(f"{len(data)} bytes of register data cannot be sent: 1 to {MAX_DATA} can")
    body = bytes([kind, len(data) & 0xFF]) + address.to_bytes(2, "big") + data
    return HOST + body + crc(body)


def read(address: int, count: int = 1) -> bytes:
    """The command that reads ``count`` registers.

    :raises LocalError: when that is not 1 to 256.
    """
    if not 1 <= count <= MAX_DATA:
        raise LocalError(f"{count} registers cannot be read at once: 1 to {MAX_DATA} can")
    return command(Kind.READ, address, bytes([count & 0xFF]))


def write(address: int, data: bytes) -> bytes:
    """The command that writes registers, one a byte.

    :raises LocalError: as ``command``.
    """
    return command(Kind.WRITE, address, data)


def save() -> bytes:
    """The command that keeps what was written, over a loss of power."""
    return command(Kind.SAVE, 0, OK)


def heartbeat() -> bytes:
    """The command that only asks whether the scanner is there."""
    return command(Kind.HEARTBEAT, 0, OK)


def reply(status: int, data: bytes = OK, *, alive: bool = False) -> bytes:
    """The bytes of one reply, as a scanner sends it.

    :raises LocalError: when there are not 1 to 256 bytes of data.
    """
    if not 1 <= len(data) <= MAX_DATA:
        raise LocalError(f"a reply of {len(data)} bytes cannot be sent")
    body = bytes([status, len(data) & 0xFF]) + data
    return (ALIVE if alive else REPLY) + body + crc(body)


def host_size(data: bytes | bytearray, start: int = 0) -> int | None:
    """How long the command is that begins at ``start``; None while its length is not there."""
    if len(data) < start + 4:
        return None
    return HOST_REST + (data[start + 3] or MAX_DATA)


def reply_size(data: bytes | bytearray, start: int = 0) -> int | None:
    """How long the reply is that begins at ``start``; None while its length is not there."""
    if len(data) < start + 4:
        return None
    return REPLY_REST + (data[start + 3] or MAX_DATA)


def parse_host(raw: bytes) -> HostFrame:
    """One whole command.

    :raises FrameError: ``framing`` when it does not begin as one, ``truncated``, ``trailing``,
        ``checksum``, or ``length`` when a READ has not the one byte that counts registers.
    """
    _framed(raw, host_size(raw), begins=raw.startswith(HOST))
    frame: Any = _HOST.parse(raw)
    data: bytes = frame.data
    checked: bool = frame.crc != UNCHECKED or crc(raw[2:-2]) == UNCHECKED
    if checked:
        _check(raw)
    if frame.kind == Kind.READ and len(data) != 1:
        raise FrameError("length", f"a read command with {len(data)} bytes of data", 3)
    return HostFrame(int(frame.kind), int(frame.address), data, checked, raw)


def parse_reply(raw: bytes) -> ReplyFrame:
    """One whole reply.

    :raises FrameError: ``framing`` when it does not begin as one, ``truncated``, ``trailing``, or
        ``checksum``.
    """
    _framed(raw, reply_size(raw), begins=raw[:2] in (REPLY, ALIVE))
    _check(raw)
    frame: Any = _REPLY.parse(raw)
    return ReplyFrame(int(frame.status), frame.data, frame.mark == ALIVE[0], raw)


def _framed(raw: bytes, size: int | None, *, begins: bool) -> None:
    """After this the length fits, and with it every field."""
    if not begins:
        raise FrameError("framing", "the frame does not begin as one", 0)
    if size is None or len(raw) < size:
        raise FrameError("truncated", "the frame is shorter than its length says", len(raw))
    if len(raw) > size:
        raise FrameError("trailing", "bytes after the end of the frame", size)


def _check(raw: bytes) -> None:
    body, given = raw[2:-2], raw[-2:]
    if crc(body) != given:
        text = f"the CRC is {crc(body).hex().upper()}, the frame says {given.hex().upper()}"
        raise FrameError("checksum", text, len(raw) - 2)


class HostFramer:
    """Bytes that go to a scanner in; the commands among them out, in order. Never raises.

    Bytes that are no command are passed over: a till may say other things too.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()

    @property
    def pending(self) -> bool:
        """A command has begun and not ended."""
        return bool(self._buffer)

    @property
    def rest(self) -> bytes:
        """The command that has begun."""
        return bytes(self._buffer)

    def drop(self) -> None:
        """Forget the unfinished one: the GM65 does so 400 ms after its beginning (manual p. 31)."""
        self._buffer.clear()

    def feed(self, data: bytes) -> list[HostFrame | FrameError]:
        """The commands that became whole, and what was wrong with those that were not right."""
        self._buffer += data
        found: list[HostFrame | FrameError] = []
        while self._begun() and (size := host_size(self._buffer)) is not None:
            if len(self._buffer) < size:
                break
            raw = bytes(self._buffer[:size])
            del self._buffer[:size]
            try:
                found.append(parse_host(raw))
            except FrameError as error:
                # Its traceback would keep all that was parsed for as long as the event is kept.
                found.append(error.with_traceback(None))
        return found

    def _begun(self) -> bool:
        """Drop what stands before a command; whether one begins."""
        start = self._buffer.find(HOST)
        if start < 0:
            start = len(self._buffer) - self._buffer.endswith(HOST[:1])
        del self._buffer[:start]
        return len(self._buffer) >= len(HOST)
