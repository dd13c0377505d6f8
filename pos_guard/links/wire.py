"""One connected side of a link: a bounded queue of bytes, and the task that writes them."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Protocol, runtime_checkable

from pos_guard.errors import PortError
from pos_guard.ports.base import Stream

HIGH_WATER = 64 * 1024
"""Queued bytes at which the sender is read no further: a printed logo has 40 kB."""

MAX_READ = 256 * 1024
"""Bytes that are read at once: a picture comes in one or two pieces."""

EAGER = 256 * 1024
"""Bytes that are handed over at once: a read's worth, which the system takes in 50 microseconds.
More would keep the loop from the other links."""

MAX_QUEUED = 5 * 1024 * 1024
"""Queued bytes at which a side that takes nothing is hung up on: a print job of 2 MiB that was
held comes in one piece, and as much again may have waited behind it. What exceeds that is a
program that stopped reading."""

FLUSH_SECONDS = 2.0
"""How long a closing side may take for what was queued before the close."""


@runtime_checkable
class Eager(Protocol):
    """A stream that takes bytes at once where the system does: no task has to wake up for them."""

    def send_now(self, data: bytes) -> int:
        """Hand over what the system takes now; returns how many bytes that was, 0 for none."""
        ...


@runtime_checkable
class Prompt(Protocol):
    """A stream that hands over what arrives at once: no task has to wake up for it."""

    async def receive_each(self, limit: int, take: Callable[[bytes], bool]) -> bool:
        """Give all that comes to ``take`` until it says False; False: the other side is gone.

        :raises PortError: when the line broke.
        """
        ...


class Wire:
    """Writes what is put, in order, without ever blocking who puts."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.closing = False
        self._eager = stream if isinstance(stream, Eager) else None
        self._queue: deque[bytes] = deque()
        self._queued = 0
        self._more = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._pump = asyncio.get_running_loop().create_task(self._write())

    def put(self, data: bytes) -> bool:
        """Queue bytes. False: the other side takes nothing any more, nothing was queued."""
        if self.closing or self._queued + len(data) > MAX_QUEUED:
            return False
        if self._eager is not None and not self._queue and len(data) <= EAGER:
            sent = self._eager.send_now(data)
            if sent == len(data):
                return True
            data = data[sent:]
        self._queue.append(data)
        self._queued += len(data)
        if self._queued > HIGH_WATER:
            self._room.clear()
        self._more.set()
        return True

    @property
    def full(self) -> bool:
        """More than ``HIGH_WATER`` bytes are queued."""
        return self._queued > HIGH_WATER

    async def room(self) -> None:
        """Wait while it is ``full``."""
        await self._room.wait()

    async def read(self, take: Callable[[bytes], bool]) -> bool:
        """Give what comes to ``take``, at least until it says False; False: the peer is gone.

        :raises PortError: when the line broke.
        """
        if isinstance(self.stream, Prompt):
            return await self.stream.receive_each(MAX_READ, take)
        data = await self.stream.receive(MAX_READ)
        if data:
            take(data)
        return bool(data)

    def finish(self) -> None:
        """Hang up once all queued bytes are written, or after ``FLUSH_SECONDS``."""
        if not self.closing:
            self.closing = True
            self._more.set()
            asyncio.get_running_loop().call_later(FLUSH_SECONDS, self._pump.cancel)

    def abort(self) -> None:
        """Hang up now."""
        self.closing = True
        self._pump.cancel()

    async def closed(self) -> None:
        """Wait until the stream is closed."""
        try:
            await asyncio.wait({self._pump})
        finally:
            await self.stream.close()  # a task that was cancelled before it ran has no finally

    async def _write(self) -> None:
        try:
            while True:
                await self._more.wait()
                self._more.clear()
                await self._drain()
                if self.closing:
                    return
        except PortError:
            self.closing = True  # the reader of this side notices, and says so
        finally:
            self._room.set()
            await self.stream.close()

    async def _drain(self) -> None:
        while self._queue:
            data = self._queue[0]
            await self.stream.send(data)
            self._queue.popleft()
            self._queued -= len(data)
            if self._queued <= HIGH_WATER:
                self._room.set()
