"""Two ports joined in memory: for drivers under test, without a kernel in between."""

from __future__ import annotations

import threading
import time

from pos_guard.errors import PortClosedError, PortTimeoutError

CAPACITY = 4096
"""Bytes that one direction holds: small, so that a writer meets back-pressure as on a line."""


class _Pipe:
    """One direction: bounded, closed from either end."""

    def __init__(self, capacity: int) -> None:
        self._buffer = bytearray()
        self._capacity = capacity
        self._changed = threading.Condition()
        self._closed = False

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def read(self, limit: int, seconds: float) -> bytes:
        with self._changed:
            if not self._changed.wait_for(lambda: self._buffer or self._closed, seconds):
                raise PortTimeoutError("nothing came before the deadline")
            data = bytes(self._buffer[:limit])
            del self._buffer[:limit]
            self._changed.notify_all()
        if not data:
            raise PortClosedError("the other side is gone")
        return data

    def take(self, data: memoryview, seconds: float) -> int:
        """Take what fits, waiting for room; 0 at the deadline, -1 once closed."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._closed or len(self._buffer) < self._capacity, seconds
            )
            if self._closed:
                return -1
            room = data[: self._capacity - len(self._buffer)]
            self._buffer += room
            self._changed.notify_all()
            return len(room)


class MemoryPort:
    """One end of a pair; see :func:`memory_pair`."""

    def __init__(self, incoming: _Pipe, outgoing: _Pipe) -> None:
        self._incoming = incoming
        self._outgoing = outgoing

    def read(self, limit: int, seconds: float) -> bytes:
        """At least one byte, at most ``limit``; see :class:`~pos_guard.ports.base.Port`."""
        return self._incoming.read(limit, seconds)

    def write(self, data: bytes, seconds: float) -> None:
        """Hand over all of ``data``; see :class:`~pos_guard.ports.base.Port`."""
        deadline = time.monotonic() + seconds
        sent = 0
        rest = memoryview(data)
        while sent < len(rest):
            taken = self._outgoing.take(rest[sent:], max(0.0, deadline - time.monotonic()))
            if taken < 0:
                raise PortClosedError("the other side is gone", sent=sent)
            if taken == 0:
                raise PortTimeoutError("no room before the deadline", sent=sent)
            sent += taken

    def close(self) -> None:
        """Close both directions at once."""
        self._incoming.close()
        self._outgoing.close()


def memory_pair(capacity: int = CAPACITY) -> tuple[MemoryPort, MemoryPort]:
    """Two joined ports; each direction holds ``capacity`` bytes."""
    one, other = _Pipe(capacity), _Pipe(capacity)
    return MemoryPort(one, other), MemoryPort(other, one)
