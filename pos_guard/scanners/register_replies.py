"""Which bytes between the scans of a register scanner are the reply that is due. Pure.

Replies stand in the stream with nothing but ``02 00`` before them, and a code may hold these bytes
too. So a reply is taken only while one is due, and only if status, length and CRC fit the command;
what stands before it is scan data.
"""

from __future__ import annotations

from dataclasses import dataclass

from pos_guard.errors import FrameError
from pos_guard.frames.registers import (
    MAX_DATA,
    REPLY,
    REPLY_REST,
    HostFrame,
    Kind,
    Status,
    parse_reply,
    reply,
    reply_size,
)
from pos_guard.frames.reply_search import Finding, Found, Perhaps, Scan, Search

_FAILED = (reply(Status.BAD_CRC), reply(Status.UNKNOWN))
_DONE = reply(Status.DONE)
_ALIVE = reply(Status.DONE, alive=True)
_MARKS = (REPLY[0], _ALIVE[0])

_MOST = MAX_DATA + REPLY_REST
"""Bytes of the longest reply: no more is ever held back."""


@dataclass(frozen=True, slots=True)
class Due:
    """What the next reply must look like.

    ``length`` is that of its data where it carries some, None where any may: the answer to a type
    of command that no manual names.
    """

    kind: int
    length: int | None = 1

    @classmethod
    def of(cls, frame: HostFrame) -> Due:
        """The reply that belongs to this command."""
        if frame.kind == Kind.READ:
            return cls(frame.kind, frame.count)
        return cls(frame.kind, 1 if frame.kind in tuple(Kind) else None)

    def size(self, data: bytes) -> int | None:
        """How many bytes at the start of ``data`` are this reply: 0 none, None perhaps it begins.

        ``data`` begins with the mark of a reply.
        """
        fixed = self._fixed
        if any(data.startswith(one) for one in fixed):
            return len(_DONE)
        begins = any(one.startswith(data) for one in fixed)
        return self._size_with_data(data, begins=begins) if self._carries else _perhaps(begins)

    @property
    def _fixed(self) -> tuple[bytes, ...]:
        """The replies whose every byte is known."""
        if self._carries:
            return _FAILED
        return (*_FAILED, _DONE, _ALIVE) if self.kind == Kind.HEARTBEAT else (*_FAILED, _DONE)

    @property
    def _carries(self) -> bool:
        return self.kind == Kind.READ or self.length is None

    def _size_with_data(self, data: bytes, *, begins: bool) -> int | None:
        head = REPLY + bytes([Status.DONE])
        if self.length is not None:
            head += bytes([self.length & 0xFF])
        if not data.startswith(head):
            return _perhaps(begins or head.startswith(data))
        size = reply_size(data)
        if size is None or len(data) < size:
            return None
        try:
            parse_reply(data[:size])
        except FrameError:
            return _perhaps(begins)
        return size


def _perhaps(begins: bool) -> int | None:
    return None if begins else 0


def find_reply(due: Due) -> Search:
    """A search for the reply that is due.

    A whole one counts for more than the beginning of one before it.
    """

    def search(data: bytes, fresh: bool) -> Finding:
        del fresh  # a reply may stand within a line: the CRC tells it
        perhaps = len(data)
        for at in range(len(data)):
            if data[at] not in _MARKS:
                continue
            size = due.size(data[at : at + _MOST])
            if size is None:
                perhaps = min(perhaps, at)
            elif size:
                frame = parse_reply(data[at : at + size])
                return Found(at, at + size, frame.status == Status.DONE, frame.data)
        return Perhaps(perhaps) if perhaps < len(data) else Scan(len(data))

    return search
