"""Frames between STX and ETX with an XOR checksum (LRC), as many payment terminals speak them.

``STX [length] body ETX LRC``. One framer for all profiles; a ``StxFormat`` says how they differ.
The LRC may equal any control byte, and so may the bytes of a length field: nothing is ever
searched from the end, nothing inside a frame is taken for a beginning, and with a length field
ETX is not searched at all. Source: protocol notes, section 3, and the documents named there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal

from pos_guard.errors import FrameError, LocalError
from pos_guard.frames.bcd import from_int, is_bcd

STX = 0x02
ETX = 0x03

_MARK = re.compile(rb"[\x02\x03]")

Length = Literal["none", "bcd2", "bin2"]
"""What stands between STX and the body: nothing, or its length in two bytes."""

MAX_CUT = 512
"""What is kept of bytes that are no frame, to be shown: a stream of STX alone makes a frame that is
none of every byte."""

_ODD = 0xFF
"""Stands for a byte whose parity was wrong: no seven-bit value, so no valid frame holds it."""
_STRIPPED = bytes(value & 0x7F if value.bit_count() % 2 == 0 else _ODD for value in range(256))
_WITH_PARITY = bytes(value & 0x7F | 0x80 * ((value & 0x7F).bit_count() % 2) for value in range(256))


@dataclass(frozen=True, slots=True)
class StxFormat:
    """How the frames of one profile are made.

    ``lrc_start`` is the value that the XOR begins with; it covers the length field, the body and
    ETX, and STX too if ``lrc_from_stx``. ``max_body`` bounds what a peer can make us keep.
    ``parity7``: seven data bits and even parity travel in eight-bit bytes (a line that the port
    itself opened as 7E1 does not need it).
    """

    length: Length
    lrc_start: int
    lrc_from_stx: bool
    max_body: int
    parity7: bool = False


class Control(Enum):
    """A single byte between frames."""

    ACK = 0x06
    NAK = 0x15
    ENQ = 0x05
    EOT = 0x04

    def on_line(self, form: StxFormat) -> bytes:
        """The byte as it travels."""
        byte = bytes([self.value])
        return byte.translate(_WITH_PARITY) if form.parity7 else byte


_CONTROLS = {control.value: control for control in Control}


@dataclass(frozen=True, slots=True)
class StxFrame:
    """A frame that arrived whole: its body, and all its bytes (without parity bits)."""

    body: bytes = field(repr=False)
    raw: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class BadFrame:
    """Bytes that are no frame: what was wrong, and the beginning of what was cut away."""

    error: FrameError
    cut: bytes = field(repr=False)


StxEvent = StxFrame | BadFrame | Control


def lrc(form: StxFormat, covered: bytes) -> int:
    """The checksum over ``covered``: all bytes between STX and LRC, ETX included.

    The halves are folded onto each other as large numbers, six times faster than byte by byte.
    """
    value = int.from_bytes(covered, "big")
    size = len(covered)
    while size > 1:
        size = (size + 1) // 2
        value = value >> 8 * size ^ value & (1 << 8 * size) - 1
    return value ^ form.lrc_start ^ (STX if form.lrc_from_stx else 0)


def build(form: StxFormat, body: bytes) -> bytes:
    """One frame as it goes over the line.

    :raises LocalError: when the body is empty, too long, or holds what would end the frame.
    """
    if not 0 < len(body) <= form.max_body:
        raise LocalError(f"a body has 1 to {form.max_body} bytes, not {len(body)}")
    if form.length == "none" and ETX in body:
        raise LocalError("ETX inside a body without a length field")
    if form.parity7 and max(body) > 0x7F:
        raise LocalError("more than seven bits in a byte")
    covered = _length_field(form, len(body)) + body + bytes([ETX])
    frame = bytes([STX]) + covered + bytes([lrc(form, covered)])
    return frame.translate(_WITH_PARITY) if form.parity7 else frame


class StxFramer:
    """Bytes in; frames, control bytes and errors out, in order. Never raises for what came in.

    After bytes that leave the end of a frame in doubt the framer is ``lost``: it throws away what
    comes until ``drop`` says that the line was silent. Without a length field the next STX that is
    no LRC ends that too.
    """

    def __init__(self, form: StxFormat) -> None:
        self._form = form
        self._buffer = bytearray()
        self._noise: bytearray | None = None
        self._skip_lrc = False
        self._reported = False
        self._head = 1 if form.length == "none" else 3
        self._limit = form.max_body + self._head + 2
        # So many bytes of the buffer are known to hold no ETX: each is searched once.
        self._searched = 1

    @property
    def pending(self) -> int:
        """How many bytes wait for the rest of their frame, or were thrown away and not told."""
        return len(self._buffer) + (0 if self._reported else len(self._noise or b""))

    @property
    def lost(self) -> bool:
        """What comes is thrown away until the line was silent."""
        return self._noise is not None

    def feed(self, data: bytes) -> None:
        """Bytes came: ``take`` until it says None."""
        self._buffer += data.translate(_STRIPPED) if self._form.parity7 else data

    def take(self) -> StxEvent | None:
        """The next event, or None when more bytes are needed."""
        if self._noise is None:
            return self._next()
        found = self._throw_away()
        return found if found is not None or self.lost else self._next()

    def drop(self) -> BadFrame | None:
        """The line was silent: forget what is unfinished. The error that it was, if any."""
        noise, rest = self._noise, bytes(self._buffer)
        reported = self._reported
        self._noise, self._skip_lrc, self._reported = None, False, False
        self._buffer.clear()
        self._searched = 1
        if noise is not None:
            return None if reported else _noise(bytes(noise))
        if rest:
            return BadFrame(FrameError("truncated", "a frame without its end", len(rest)), rest)
        return None

    def _next(self) -> StxEvent | None:
        if not self._buffer:
            return None
        first = self._buffer[0]
        if first in _CONTROLS:
            del self._buffer[0]
            return _CONTROLS[first]
        if first == STX:
            return self._frame()
        self._lose(reported=False)
        return self.take()

    def _frame(self) -> StxEvent | None:
        end = self._end_of_body()
        if isinstance(end, FrameError):
            return self._lost_frame(end)
        if end is None or len(self._buffer) < end + 2:
            return None
        raw = bytes(self._buffer[: end + 2])
        if raw[end] != ETX:
            return self._lost_frame(FrameError("framing", "no ETX where the length says", end))
        del self._buffer[: end + 2]
        self._searched = 1
        body = raw[self._head : end]
        error = self._wrong(body, raw)
        return StxFrame(body, raw) if error is None else BadFrame(error, raw)

    def _end_of_body(self) -> int | FrameError | None:
        """Where ETX stands or must stand; None: too few bytes to know."""
        if self._form.length == "none":
            end = self._buffer.find(ETX, self._searched, self._limit)
            if end >= 0:
                return end
            self._searched = max(1, min(len(self._buffer), self._limit))
            if len(self._buffer) >= self._limit - 1:
                return FrameError("length", f"no ETX within {self._form.max_body} bytes", 1)
            return None
        if len(self._buffer) < self._head:
            return None
        field_ = bytes(self._buffer[1:3])
        if self._form.length == "bcd2" and not is_bcd(field_):
            return FrameError("not-bcd", f"length bytes {field_.hex()}", 1)
        length = int(field_.hex()) if self._form.length == "bcd2" else int.from_bytes(field_, "big")
        if not 0 < length <= self._form.max_body:
            return FrameError("length", f"a body of {length} bytes", 1)
        return self._head + length

    def _wrong(self, body: bytes, raw: bytes) -> FrameError | None:
        if raw[-1] != lrc(self._form, raw[1:-1]):
            return FrameError("checksum", "the LRC is wrong", len(raw) - 1)
        if not body:
            return FrameError("length", "no body", 1)
        if self._form.parity7 and _ODD in body:
            return FrameError("parity", "a byte with odd parity", raw.index(_ODD))
        return None

    def _lost_frame(self, error: FrameError) -> BadFrame:
        cut = bytes(self._buffer[: min(self._limit, MAX_CUT)])
        self._lose(reported=True)
        return BadFrame(error, cut)

    def _lose(self, *, reported: bool) -> None:
        self._noise, self._reported = bytearray(), reported
        if reported:
            del self._buffer[0]  # the STX that was no beginning
            self._searched = max(1, self._searched - 1)

    def _throw_away(self) -> BadFrame | None:
        """What comes is noise, up to an STX that begins a frame if the profile can tell."""
        stop = len(self._buffer)
        if self._form.length == "none":
            stop = self._next_start()
        self._keep(self._buffer[:stop])
        del self._buffer[:stop]
        self._searched = max(1, self._searched - stop)
        if not self._buffer:
            return None
        noise, reported = bytes(self._noise or b""), self._reported
        self._noise, self._reported = None, False
        return None if reported else _noise(noise)

    def _next_start(self) -> int:
        """Where the next STX stands that is not the LRC behind an ETX; else the length."""
        at = int(self._skip_lrc and bool(self._buffer))
        self._skip_lrc = self._skip_lrc and not self._buffer
        while (found := _MARK.search(self._buffer, at)) is not None:
            if found[0][0] == STX:
                return found.start()
            at = found.end() + 1
        # An ETX at the very end: its LRC is still to come.
        self._skip_lrc = self._skip_lrc or at > len(self._buffer)
        return len(self._buffer)

    def _keep(self, noise: bytearray) -> None:
        if self._noise is not None:
            self._noise += noise[: max(0, self._limit - len(self._noise))]


def _length_field(form: StxFormat, length: int) -> bytes:
    if form.length == "none":
        return b""
    return from_int(length, 2) if form.length == "bcd2" else length.to_bytes(2, "big")


def _noise(cut: bytes) -> BadFrame:
    return BadFrame(FrameError("noise", "bytes between frames", 0), cut)
