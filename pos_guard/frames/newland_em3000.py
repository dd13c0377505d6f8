"""The EM3000 engine of Newland: frames with a length and an LRC.

``7E 00``, a length of two bytes, so many bytes of type and data, an LRC; answers begin with
``02 00``. The LRC is FF and every byte from the third on, each xored. Source: Newland EM3000
specification p. 29-30.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from construct import Byte, Bytes, ConstructError, Int16ub, Struct, Terminated

from pos_guard.errors import FrameError, LocalError
from pos_guard.frames.reply_search import Finding, Found, Perhaps, Scan

HOST: Final = b"\x7e\x00"
SCANNER: Final = b"\x02\x00"

MAX_DATA: Final = 512
"""Bytes of type and data: the longest answer that the specification shows has 18."""

QUERY: Final = b"3"
"""The type of a question; its answer has the type ``4``."""
ANSWER: Final = b"4"

_OVERHEAD = 5
_FRAME = Struct(
    "head" / Bytes(2),
    "length" / Int16ub,
    "body" / Bytes(lambda this: this.length),
    "lrc" / Byte,
    Terminated,
)


@dataclass(frozen=True, slots=True)
class Em3000Frame:
    """One message; ``type`` is its first byte (``3`` asks, ``4`` answers)."""

    from_host: bool
    type: bytes
    data: bytes = field(repr=False)


def lrc(data: bytes) -> int:
    """The check byte over length, type and data."""
    check = 0xFF
    for byte in data:
        check ^= byte
    return check


def build_frame(frame: Em3000Frame) -> bytes:
    """The bytes of a message.

    :raises LocalError: for a type that is not one byte, or too much data.
    """
    body = frame.type + frame.data
    if len(frame.type) != 1 or len(body) > MAX_DATA:
        raise LocalError("an EM3000 message has a type of one byte and at most 511 of data")
    checked = len(body).to_bytes(2, "big") + body
    return (HOST if frame.from_host else SCANNER) + checked + bytes((lrc(checked),))


def frame_length(data: bytes) -> int | None:
    """The length of the message that begins ``data``; None while its head is not whole.

    :raises FrameError: ``length`` for one that no message has.
    """
    if len(data) < 4:
        return None
    size = int.from_bytes(data[2:4], "big")
    if not 1 <= size <= MAX_DATA:
        raise FrameError("length", f"{size} bytes of type and data", 2)
    return size + _OVERHEAD


def parse_frame(raw: bytes) -> Em3000Frame:
    """Read one whole message.

    :raises FrameError: ``head``, ``length``, ``cut`` or ``lrc``, as what is wrong with it.
    """
    if raw[:2] not in (HOST, SCANNER):
        raise FrameError("head", "neither 7E 00 nor 02 00", 0)
    size = frame_length(raw)
    if size is None or len(raw) < size:
        raise FrameError("cut", "the message is not whole", len(raw))
    try:
        parsed: Any = _FRAME.parse(raw)
    except ConstructError as error:
        raise FrameError("trailing", "bytes after the message", size) from error
    if parsed.lrc != lrc(raw[2:-1]):
        raise FrameError("lrc", f"LRC {parsed.lrc:02X}, {lrc(raw[2:-1]):02X} is right", size - 1)
    body = bytes(parsed.body)
    return Em3000Frame(raw[:2] == HOST, body[:1], body[1:])


def find_frames(data: bytes) -> tuple[list[Em3000Frame], bytes]:
    """The whole messages in what a host sends, and the start of one at its end."""
    frames, at = list[Em3000Frame](), 0
    while (at := data.find(HOST, at)) >= 0:
        stop = _stop(data, at)
        if stop is None:
            return frames, data[at:]
        if stop < 0:
            at += 1
            continue
        frames.append(parse_frame(data[at:stop]))
        at = stop
    return frames, data[-1:] if data.endswith(HOST[:1]) else b""


def find_reply(data: bytes, fresh: bool) -> Finding:
    """The search for an answer: only one whose length and LRC fit, wherever it stands."""
    del fresh
    start = data.find(SCANNER)
    if start < 0:
        return Perhaps(len(data) - 1) if data.endswith(SCANNER[:1]) else Scan(len(data))
    stop = _stop(data, start)
    if stop is None:
        return Perhaps(start)
    if stop < 0:
        return Scan(start + 1)
    return Found(start, stop, None, parse_frame(data[start:stop]).data)


def _stop(data: bytes, at: int) -> int | None:
    """Where the message at ``at`` ends; None: not yet; -1: there is none."""
    try:
        size = frame_length(data[at : at + 4])
        if size is None or len(data) < at + size:
            return None
        parse_frame(data[at : at + size])
    except FrameError:
        return -1
    return at + size
