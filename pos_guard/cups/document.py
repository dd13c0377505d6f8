"""The document of a job: a file whose copies the backend makes, or what filters send by a pipe."""

from __future__ import annotations

import asyncio
import os
import select
import stat
from collections.abc import AsyncIterator
from typing import Protocol

from pos_guard.errors import LocalError
from pos_guard.ports.aio import DescriptorStream

MAX_FILE = 64 << 20
"""Bytes of a file: thirty of the longest jobs that a link holds; receipts have a few kB."""

MAX_PIECE = 4 << 20
"""Bytes that are gathered from a pipe before they are sent: more than a link holds of one job."""

PAUSE_SECONDS = 2.0
"""So long may a filter calculate within a receipt. A link takes half a second of silence for the
end of one, so what comes is gathered, and sent in one go; a filter that waits for an answer of
the printer gets it after this."""


class Document(Protocol):
    """``copies`` times the same pieces."""

    copies: int

    def pieces(self) -> AsyncIterator[bytes]:
        """One copy, in pieces that are sent as they are."""
        ...

    async def drained(self) -> None:
        """Until all that filters have sent is taken."""
        ...


class FileDocument:
    """A file, read at once.

    :raises LocalError: when it is too large.
    :raises OSError: when it cannot be read.
    """

    def __init__(self, path: str | int, copies: int) -> None:
        self.copies = copies
        with open(path, "rb", closefd=not isinstance(path, int)) as file:
            self._data = file.read(MAX_FILE + 1)
        if len(self._data) > MAX_FILE:
            raise LocalError(f"the job has more than {MAX_FILE >> 20} MiB: that is no receipt")

    async def pieces(self) -> AsyncIterator[bytes]:
        """All of it."""
        if self._data:
            yield self._data

    async def drained(self) -> None:
        """No filter sends any."""


class PipeDocument:
    """What filters send; they have made the copies themselves (filter(7))."""

    copies = 1

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._stream = DescriptorStream(descriptor, lambda: None)
        self._held = bytearray()
        self._over = False
        self._taken = asyncio.Event()

    async def pieces(self) -> AsyncIterator[bytes]:
        """As much as comes without a pause."""
        while not self._over:
            data = await self._next()
            self._over = data == b""
            self._held += data or b""
            if self._held and (not data or len(self._held) >= MAX_PIECE):
                yield bytes(self._held)
                self._held.clear()  # the caller has sent it
            self._taken.set()

    async def drained(self) -> None:
        """Until nothing is gathered here, or on its way here."""
        while self._held or (not self._over and _readable(self._descriptor)):
            self._taken.clear()
            await self._taken.wait()

    async def _next(self) -> bytes | None:
        """What comes next; nothing for a pause."""
        try:
            async with asyncio.timeout(PAUSE_SECONDS if self._held else None):
                return await self._stream.receive()
        except TimeoutError:
            return None


def _readable(descriptor: int) -> bool:
    return bool(select.select([descriptor], [], [], 0)[0])


def open_document(arguments: list[str], descriptor: int) -> Document:
    """The document that the command line names; without a file name it is on the descriptor.

    Needs a running event loop.

    :raises LocalError: when the arguments are no job's, or the file is too large.
    :raises OSError: when the file cannot be read.
    """
    if not (arguments[3].isascii() and arguments[3].isdigit() and len(arguments[3]) <= 4):
        raise LocalError(f"{arguments[3]} is no number of copies")
    if len(arguments) == 6:
        return FileDocument(arguments[5], max(1, int(arguments[3])))
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return FileDocument(descriptor, 1)
    return PipeDocument(descriptor)
