"""A stream on asyncio over a blocking port: for USB printers, which no event loop can wait for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from pos_guard.errors import LocalError, PortClosedError, PortError, PortTimeoutError
from pos_guard.ports.base import Port, Stream
from pos_guard.ports.descriptor import CLOSE_SECONDS

READ_SECONDS = 30.0
"""One wait for data; closing the port ends it sooner."""

WRITE_SECONDS = 2.0
"""One try to write; a printer that takes nothing is tried again. Ends a close that waits for it,
and what a USB transfer under way holds."""

THREADS = 3
"""One reads, one writes, one closes."""

Result = TypeVar("Result")


class PortStream:
    """A :class:`~pos_guard.ports.base.Stream` over a port, which it takes over.

    Only what ``receive`` asks for is read: a link that does not keep up leaves the rest with the
    device. What was read for a ``receive`` that was cancelled goes to the next one. ``port`` is
    for what a stream has not: class requests.
    """

    def __init__(self, port: Port) -> None:
        self.port = port
        self._loop = asyncio.get_running_loop()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="port")
        self._reading: asyncio.Future[bytes] | None = None
        self._closing: asyncio.Future[None] = self._loop.create_future()

    async def receive(self, limit: int = 65536) -> bytes:
        """Some bytes; ``b""`` when the device is gone or this side was closed."""
        while not self._closing.done():
            if self._reading is None:
                self._reading = self._run(partial(self.port.read, limit, READ_SECONDS))
            reading = self._reading
            await self._finished(reading)
            if not reading.done():
                break
            self._reading = None
            try:
                return reading.result()
            except PortTimeoutError:
                continue
            except PortClosedError:
                break
        return b""

    async def send(self, data: bytes) -> None:
        """Hand over all of ``data``; see :class:`~pos_guard.ports.base.Stream`."""
        sent = 0
        while sent < len(data):
            if self._closing.done():
                raise PortClosedError("this port was closed", sent=sent)
            writing = self._run(partial(self.port.write, data[sent:], WRITE_SECONDS))
            await self._finished(writing)
            if not writing.done():
                raise PortClosedError("this port was closed", sent=sent)
            try:
                writing.result()
            except PortTimeoutError as error:
                sent += error.sent
            except PortError as error:
                error.sent += sent
                raise
            else:
                return

    async def close(self) -> None:
        """Close at once; whoever waits here is woken."""
        if self._closing.done():
            return
        self._closing.set_result(None)
        closed = self._run(self.port.close)
        self._threads.shutdown(wait=False)
        await asyncio.wait({closed}, timeout=CLOSE_SECONDS)

    def _run(self, call: Callable[[], Result]) -> asyncio.Future[Result]:
        running = self._loop.run_in_executor(self._threads, call)
        running.add_done_callback(_seen)  # also when nobody waits for it any more
        return running

    async def _finished(self, running: asyncio.Future[Result]) -> None:
        """Wait until it has finished, or this stream is closed."""
        either: list[asyncio.Future[Result] | asyncio.Future[None]] = [running, self._closing]
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)


async def stream_over_port(open_port: Callable[[], Port]) -> Stream:
    """Open a port in a thread; one that is opened for nobody any more is closed again.

    :raises PortError: as ``open_port`` does, and when a library is missing.
    """
    loop = asyncio.get_running_loop()
    opening = loop.run_in_executor(None, open_port)
    try:
        return PortStream(await asyncio.shield(opening))
    except asyncio.CancelledError:
        opening.add_done_callback(_abandon)
        raise
    except LocalError as error:
        raise PortError(str(error)) from error


def _abandon(opening: asyncio.Future[Port]) -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.get_loop().run_in_executor(None, opening.result().close)


def _seen(running: asyncio.Future[Result]) -> None:
    if not running.cancelled():
        running.exception()
