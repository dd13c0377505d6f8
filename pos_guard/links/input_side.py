"""The till of a keyboard scanner: the guard types allowed scans on a virtual keyboard."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from pos_guard.errors import PortClosedError
from pos_guard.ports.aio_port import PortStream
from pos_guard.ports.base import Port, Stream
from pos_guard.ports.uinput import UinputPort

CreatePort = Callable[[str], Port]
"""Plugs a keyboard of this name in; raises PortError."""


class TypingStream:
    """One conversation over a keyboard that stays plugged in when it ends.

    ``ended`` is called once; True: the keyboard is gone.
    """

    def __init__(self, keyboard: PortStream, ended: Callable[[bool], None]) -> None:
        self._keyboard = keyboard
        self._ended = ended
        self._gone = False
        self._over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def receive(self, limit: int = 65536) -> bytes:
        """The lights that the till's system switches, as events; ``b""`` once it is over."""
        hearing = asyncio.ensure_future(self._keyboard.receive(limit))
        try:
            await asyncio.wait((hearing, self._over), return_when=asyncio.FIRST_COMPLETED)
            if not hearing.done():
                return b""
            self._gone = not hearing.result()
            return hearing.result()
        finally:
            hearing.cancel()

    async def send(self, data: bytes) -> None:
        """Type key events; see :class:`~pos_guard.ports.uinput.UinputPort`.

        :raises PortClosedError: when this conversation is over.
        """
        if self._over.done():
            raise PortClosedError("the virtual keyboard serves another conversation")
        await self._keyboard.send(data)

    async def close(self) -> None:
        """End it."""
        if not self._over.done():
            self._over.set_result(None)
            self._ended(self._gone)


class UinputAcceptor:
    """Plugs a virtual keyboard in, and keeps it there: a desktop needs a moment for a new one."""

    def __init__(self, name: str, create: CreatePort = UinputPort.create) -> None:
        """Plug it in at once; the system calls it ``pos-guard NAME``.

        :raises PortError: without permission, or when the kernel has no uinput; says what to do.
        """
        self._name = name
        self._create = create
        self._free = asyncio.Event()
        self._free.set()
        self._plug_in()

    async def accept(self) -> Stream:
        """The keyboard; again once the former conversation is closed.

        :raises PortError: when it was lost, and no other can be plugged in.
        """
        await self._free.wait()
        if self._gone:
            self._plug_in()
        self._free.clear()
        return TypingStream(self._keyboard, self._end)

    def close(self) -> None:
        """Unplug it."""
        self._port.close()

    def _plug_in(self) -> None:
        self._port = self._create(self._name)
        self._keyboard = PortStream(self._port)
        self._gone = False

    def _end(self, gone: bool) -> None:
        self._gone = gone
        if gone:
            self._port.close()
        self._free.set()
