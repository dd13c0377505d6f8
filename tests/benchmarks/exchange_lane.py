"""A till, a simulated terminal and what stands between, for the protocols of one session.

The terminal is the same twin behind guard and bare relay; everything runs in one event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import Protocol

from pos_guard.links.dialect import Parts
from pos_guard.links.events import LinkEvent, Side, SideChanged
from pos_guard.links.exchange import ExchangeSession
from pos_guard.links.session import CancelTimer, Effects, SetTimer, ToApp
from pos_guard.links.shell import LinkShell
from pos_guard.links.sides import TcpAcceptor
from pos_guard.ports.aio import connect_tcp
from tests.benchmarks.lane import TURNS, Address, Commits, Talk, listening, turn
from tests.shop import Shop


class Twin(Protocol):
    """What is used of a simulated terminal or host."""

    def connected(self) -> Effects: ...
    def data(self, data: bytes) -> Effects: ...
    def timer(self, name: str) -> Effects: ...


@dataclass(frozen=True, slots=True)
class Spoken:
    """One protocol: its twin, its link, and when the till has its answer.

    ``answered`` gets all that came since the request; what it returns is sent back (an ACK), None
    while the answer is not whole.
    """

    name: str
    twin: Callable[[], Twin]
    parts: Callable[[], Parts]
    answered: Callable[[bytes], bytes | None]


class Device(Talk):
    """A twin behind a socket, its timers on the loop."""

    def __init__(self, twin: Twin) -> None:
        super().__init__()
        self._twin = twin
        self._timers: dict[str, asyncio.TimerHandle] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._do(self._twin.connected())

    def data_received(self, data: bytes) -> None:
        self._do(self._twin.data(data))

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        for name in list(self._timers):
            self._timers.pop(name).cancel()

    def _do(self, effects: Effects) -> None:
        for effect in effects:
            match effect:
                case ToApp(data):
                    self.send(data)
                case SetTimer(name, seconds):
                    self._cancel(name)
                    loop = asyncio.get_running_loop()
                    self._timers[name] = loop.call_later(seconds, self._due, name)
                case CancelTimer(name):
                    self._cancel(name)
                case _:
                    raise AssertionError(effect)

    def _due(self, name: str) -> None:
        self._timers.pop(name, None)
        self._do(self._twin.timer(name))

    def _cancel(self, name: str) -> None:
        if (handle := self._timers.pop(name, None)) is not None:
            handle.cancel()


class Till(Talk):
    """Sends one request and waits for its answer.

    It acknowledges the answer in ``rest``: what the guard writes down about that keeps nobody
    waiting, but would be done in the same turn of the one loop.
    """

    def __init__(self, answered: Callable[[bytes], bytes | None]) -> None:
        super().__init__()
        self._answered = answered
        self._owed = b""
        self._heard = b""
        self._over: asyncio.Future[bytes] | None = None

    async def ask(self, request: bytes) -> bytes:
        """All that came."""
        await self.rest()
        self._heard = b""
        self._over = asyncio.get_running_loop().create_future()
        self.send(request)
        async with asyncio.timeout(10):
            return await self._over

    async def rest(self) -> None:
        """Acknowledge the last answer, and let everybody hear it."""
        if self._owed:
            self.send(self._owed)
            self._owed = b""
            for _ in range(TURNS):
                await turn()

    def data_received(self, data: bytes) -> None:
        self._heard += data
        back = self._answered(self._heard)
        if back is None or self._over is None or self._over.done():
            return
        self._owed = back
        self._over.set_result(self._heard)


class Half(Talk):
    """Half of the bare relay. While ``commits`` is set, a commit before what is no control byte."""

    def __init__(self) -> None:
        super().__init__()
        self.commits: Commits | None = None
        self.other: Talk | None = None

    def data_received(self, data: bytes) -> None:
        if self.commits is not None and len(data) > 1:
            self.commits.one()
        assert self.other is not None
        self.other.send(data)


class Relay:
    """Both halves: bytes in, bytes out."""

    def __init__(self) -> None:
        self.halves = (Half(), Half())

    def commit(self, commits: Commits | None) -> None:
        """One durable commit before each request and each answer from now on; None: no more."""
        for half in self.halves:
            half.commits = commits

    @contextlib.asynccontextmanager
    async def open(self, device: Address) -> AsyncGenerator[Address, None]:
        to_device, to_app = self.halves
        await asyncio.get_running_loop().create_connection(lambda: to_device, *device)
        to_device.other, to_app.other = to_app, to_device
        async with listening(to_app) as address:
            try:
                yield address
            finally:
                to_device.hang_up()


@contextlib.asynccontextmanager
async def guarded(device: Address, shop: Shop, spoken: Spoken) -> AsyncGenerator[Address, None]:
    """The real link: shell, session, guard, store."""
    acceptor = TcpAcceptor("127.0.0.1", 0)
    there = asyncio.Event()

    def note(event: LinkEvent) -> None:
        if isinstance(event, SideChanged) and event.side is Side.DEVICE and event.up:
            there.set()

    session = ExchangeSession(spoken.name, shop.guard, spoken.parts())
    shell = LinkShell(session, acceptor, lambda: connect_tcp(*device, 5), note)
    running = asyncio.get_running_loop().create_task(shell.run())
    await there.wait()
    try:
        yield acceptor.address
    finally:
        running.cancel()
        await asyncio.wait({running})
        acceptor.close()


@contextlib.asynccontextmanager
async def till(address: Address, spoken: Spoken) -> AsyncGenerator[Till, None]:
    """The till, connected."""
    made = Till(spoken.answered)
    await asyncio.get_running_loop().create_connection(lambda: made, *address)
    try:
        yield made
    finally:
        made.hang_up()
