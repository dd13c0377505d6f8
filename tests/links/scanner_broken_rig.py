"""A scanner on a real port, whose codes break off, and its link to a till that reads."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pos_guard.config import parse_config
from pos_guard.frames.scanner_models import scanner_model
from pos_guard.links.events import LinkEvent, Side, SideChanged, Told
from pos_guard.links.scanner_descriptor import DescriptorOf
from pos_guard.links.session import Effects, ToApp
from pos_guard.links.shell import LinkShell
from pos_guard.links.sides import TcpAcceptor, connector
from pos_guard.ports.aio import connect_tcp
from pos_guard.ports.base import Stream
from pos_guard.sessions import make_session
from pos_guard_simulator.bench import Bench
from pos_guard_simulator.scanner import Scanner
from pos_guard_simulator.scanner_menu_make import serial_twin
from tests.shop import Shop

MODELS = {
    "lines": "generic-serial",
    "honeywell": "honeywell-serial",
    "datalogic": "datalogic-magellan",
    "de2120": "de2120",
    "newland": "newland-hr52",
    "em3000": "newland-em3000",
    "register": "gm65",
}
"""Each language of lines, and the model that stands for it."""

Transport = Literal["pty", "tcp"]

IDLE_MS = 150
SECONDS = 6.0
NOTHING_SECONDS = 0.4
"""Within it a code would have been handed on, or reported."""


class Late:
    """A scanner that goes on with a code as soon as somebody dials it."""

    def __init__(self, twin: Scanner) -> None:
        self.twin = twin
        self.tail = b""
        self.data = twin.data
        self.closed = twin.closed
        self.timer = twin.timer

    def connected(self) -> Effects:
        """Over TCP this is when the link connects."""
        tail, self.tail = self.tail, b""
        return [*self.twin.connected(), *([ToApp(tail)] if tail else [])]


class Broken:
    """A scanner on its port; what it sends breaks off where the test says."""

    def __init__(self, bench: Bench, model: str, transport: Transport, folder: Path) -> None:
        self._bench = bench
        self._twin = Late(serial_twin(scanner_model(model)))
        self._tail = b""
        self._link = str(folder / "scanner") if transport == "pty" else ""
        self.address = f"serial:{self._link}:9600" if self._link else ""
        self.plug()

    def line(self, code: str) -> bytes:
        """The bytes of a whole scan."""
        return self._twin.twin.line(code)

    def say(self, data: bytes) -> None:
        """These bytes leave now."""

        def sent() -> Effects:
            return [ToApp(data)]

        self._bench.call("scanner", sent)

    def begin(self, tail: bytes) -> None:
        """The first part of a code is over when it is connected; this is the rest."""
        self._tail = tail
        if not self._link:
            self._twin.tail = tail

    def connected(self) -> None:
        """What is in a pty when it is opened is thrown away by the one who opens it."""
        if self._link:
            self.say(self._tail)

    def unplug(self) -> None:
        """Its cable is pulled."""
        self._bench.unplug("scanner")

    def plug(self) -> None:
        """It is put in (again), under its old name."""
        if self._link:
            self._bench.pty("scanner", self._twin, self._link)
        elif not self.address:
            self.address = "tcp:" + self._bench.tcp("scanner", self._twin)


@dataclass
class Counter:
    """The till, and what was said to its cashier."""

    stream: Stream
    events: asyncio.Queue[LinkEvent]
    got: bytearray = field(default_factory=bytearray)
    told: list[str] = field(default_factory=list[str])

    async def scanner(self, *, up: bool) -> None:
        """The scanner came, or went."""
        await self._next(
            lambda event: (
                isinstance(event, SideChanged) and event.side is Side.DEVICE and event.up is up
            )
        )

    async def says(self) -> str:
        """What the cashier is told next."""
        had = len(self.told)
        await self._next(lambda _: len(self.told) > had)
        return self.told[-1]

    async def reads(self, wanted: bytes) -> None:
        """The till gets these bytes, and none before."""
        while len(self.got) < len(wanted):
            self.got += await self.stream.receive(4096)
        assert bytes(self.got) == wanted
        self.got.clear()

    async def nothing(self, seconds: float = NOTHING_SECONDS) -> None:
        """Nothing more comes to the till."""
        try:
            async with asyncio.timeout(seconds):
                data = await self.stream.receive(4096)
        except TimeoutError:
            return
        raise AssertionError(f"the till got {data!r}")

    async def _next(self, wanted: Callable[[LinkEvent], bool]) -> None:
        while True:
            event = await self.events.get()
            if isinstance(event, Told):
                self.told.append(event.say.en)
            if wanted(event):
                return


@asynccontextmanager
async def served(corner: Shop, model: str, device: str) -> AsyncGenerator[Counter]:
    """The link runs, its till is there, and its scanner is about to be connected."""
    text = (
        f'[[link]]\nname = "scanner"\nprotocol = "scanner"\napp = "tcp:127.0.0.1:1"\n'
        f'device = "{device}"\n[link.scanner]\nmodel = "{model}"\nidle_ms = {IDLE_MS}\n'
    )
    link = parse_config(text, Path("guard.toml")).links[0]
    acceptor = TcpAcceptor("127.0.0.1", 0)
    events: asyncio.Queue[LinkEvent] = asyncio.Queue()
    session = make_session(link, corner.guard, DescriptorOf())
    shell = LinkShell(session, acceptor, connector(link.device), events.put_nowait)
    running = asyncio.create_task(shell.run())
    counter = Counter(await connect_tcp(*acceptor.address, SECONDS), events)
    try:
        yield counter
    finally:
        await counter.stream.close()
        running.cancel()
        await asyncio.wait({running})
        acceptor.close()


def play(
    corner: Shop, scanner: Broken, model: str, scene: Callable[[Counter], Awaitable[None]]
) -> None:
    """One scene, within a bounded time."""

    async def body() -> None:
        async with asyncio.timeout(SECONDS), served(corner, model, scanner.address) as counter:
            await scene(counter)

    asyncio.run(body())
