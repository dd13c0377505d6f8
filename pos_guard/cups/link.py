"""The app side of a printer link, as a till has it: a job goes in, the printer answers."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

from pos_guard.cups.events import Events
from pos_guard.cups.target import Target
from pos_guard.errors import FrameError, PortBusyError, PortError, PortTimeoutError
from pos_guard.frames import escpos_build as build
from pos_guard.frames.escpos_replies import ReplyScanner
from pos_guard.frames.escpos_status import PrinterStatus, parse_realtime
from pos_guard.ports.address import Kind
from pos_guard.ports.aio import connect_tcp, connect_unix
from pos_guard.ports.base import Stream

CONNECT_SECONDS = 4.0
"""The guard is on this machine, or in this shop."""

ANSWER_SECONDS = 1.0
"""A printer that is switched on answers DLE EOT at once, also when it is stopped; on a slow serial
line within 10 ms."""

QUESTIONS = (1, 2, 4)
"""DLE EOT: online; cover and error; paper."""

_PAPER_STATUS = b"\x1dr\x01"

BackChannel = Callable[[bytes], None]


class LinkConnection:
    """One connection. ``status`` is what the printer has said last."""

    def __init__(self, target: Target, back_channel: BackChannel) -> None:
        self.status = PrinterStatus()
        self.closed = False
        self._changed = asyncio.Event()
        self.events = Events(target.link, self._changed.set)
        self._target = target
        self._back_channel = back_channel
        self._stream: Stream | None = None
        self._reading: asyncio.Task[None] | None = None
        self._replies = ReplyScanner()
        self._realtime: asyncio.Future[int] | None = None
        self._proof = b""
        self._missing = 0

    async def open(self) -> None:
        """Connect, as the till of this link, and to the guard's words about it.

        :raises PortBusyError: when another till is connected.
        :raises PortError: when the guard is not there.
        """
        target = self._target
        await self.events.open(target.socket)
        if target.app.kind is Kind.UNIX:
            self._stream = connect_unix(target.app.path)
        else:
            self._stream = await connect_tcp(target.app.host, target.app.port, CONNECT_SECONDS)
        self._reading = asyncio.get_running_loop().create_task(self._read(self._stream))
        while not self.events.accepted:
            if self.closed:
                raise PortBusyError(f"{target.link}: another till prints there")
            if not await self.change(CONNECT_SECONDS):
                raise PortTimeoutError(f"{target.link}: the guard does not take the connection")

    async def close(self) -> None:
        """Hang up: the link takes what it has for a whole job."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait([self._reading])
        if self._stream is not None:
            await self._stream.close()
            self._stream = None
        self.closed = True

    async def change(self, seconds: float) -> bool:
        """Wait for anything new; False when nothing came."""
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            return False
        self._changed.clear()
        return True

    async def send(self, data: bytes) -> None:
        """Hand over bytes of the job.

        :raises PortError: when the link is gone.
        """
        if self._stream is None:
            raise PortBusyError(f"{self._target.link}: not connected")
        await self._stream.send(data)

    # -- the printer's state -----------------------------------------------------------------

    async def ask_status(self) -> PrinterStatus:
        """What the printer says now; nothing known at all when it is silent.

        :raises PortError: when the link is gone.
        """
        status = PrinterStatus()
        for number in QUESTIONS:
            reply = await self._ask(number)
            if reply is None:
                status = PrinterStatus()
                break
            status = status.updated(_read(number, reply))
        self.status = status
        return status

    async def _ask(self, number: int) -> int | None:
        self._realtime = asyncio.get_running_loop().create_future()
        await self.send(build.realtime_status(number))
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await self._realtime
        except TimeoutError:
            return None
        finally:
            self._realtime = None

    # -- the proof ---------------------------------------------------------------------------

    async def ask_proof(self, others: int) -> None:
        """Ask in the printer's buffer, behind the job; ``others`` such answers come before.

        :raises PortError: when the link is gone.
        """
        if self._target.proof == "process-id":
            identity = os.urandom(2).hex().encode()
            self._proof, self._missing = b'7"' + identity + b"\x00", 1
            await self.send(build.process_id(identity))
        else:
            self._proof, self._missing = b"", others + 1
            await self.send(_PAPER_STATUS)

    @property
    def proved(self) -> bool:
        """The printer has come to the end of the job."""
        return self._missing <= 0

    async def _read(self, stream: Stream) -> None:
        try:
            while data := await stream.receive():
                self._take(data)
                self._changed.set()
        except PortError:
            pass  # what it was does not matter: the connection is over
        self.closed = True
        self._changed.set()

    def _take(self, data: bytes) -> None:
        others: list[bytes] = []
        for reply in self._replies.feed(data):
            if reply.kind == "realtime" and self._realtime is not None:
                if not self._realtime.done():
                    self._realtime.set_result(reply.raw[0])
                continue
            if self._is_proof(reply.kind, reply.raw):
                self._missing -= 1
                if self.proved:
                    continue
            others.append(reply.raw)
        if others:
            self._back_channel(b"".join(others))

    def _is_proof(self, kind: str, raw: bytes) -> bool:
        if self._proof:
            return kind == "block" and raw == self._proof
        return kind == "status" and self._missing > 0


def _read(number: int, reply: int) -> PrinterStatus:
    try:
        return parse_realtime(number, reply)
    except FrameError:
        return PrinterStatus()
