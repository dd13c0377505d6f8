"""A till and a terminal on loopback TCP, and what stands between them: the guard, or the least.

Till and terminal are the same code for both, and as small as they can be; everything runs in one
event loop, so that the machine does the same switching for both.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncGenerator
from pathlib import Path

from pos_guard.frames import bcd, zvt_build
from pos_guard.frames.zvt_apdu import ApduFramer
from pos_guard.frames.zvt_table import AUTHORISATION, COMPLETION, STATUS_ENQUIRY
from pos_guard.links.events import LinkEvent, Side, SideChanged
from pos_guard.links.shell import LinkShell
from pos_guard.links.sides import TcpAcceptor
from pos_guard.links.zvt import ZvtSession
from pos_guard.ports.aio import connect_tcp
from tests.shop import TERMINAL_ID, Shop

Address = tuple[str, int]

AMOUNT = 1250
PAY = zvt_build.authorisation(AMOUNT, "EUR")
ENQUIRY = zvt_build.status_enquiry("000000")
ACK = zvt_build.ack
RESULT = zvt_build.status_information(
    (
        (0x27, b"\x00"),
        (0x04, bcd.from_int(AMOUNT, 6)),
        (0x49, b"\x09\x78"),
        (0x29, bytes.fromhex(TERMINAL_ID)),
        (0x87, b"\x00\x07"),
    )
)
DONE = zvt_build.completion()

RECORD_BYTES = 1800
"""What one verdict with its trace takes in the audit log, so that the peer writes as much."""

TURNS = 3
"""So many times everybody has a turn until a byte has gone from the till to the device."""

_ANSWERS = {
    AUTHORISATION: [ACK + RESULT, DONE],
    STATUS_ENQUIRY: [ACK + DONE],
}


class Talk(asyncio.Protocol):
    """One end of a connection, framed; ``data`` is called for each read."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def send(self, data: bytes) -> None:
        assert self.transport is not None
        self.transport.write(data)

    def hang_up(self) -> None:
        if self.transport is not None:
            self.transport.close()


async def turn() -> None:
    """Let everything have its turn that is ready now."""
    turned = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(turned.set_result, None)
    await turned


class Terminal(Talk):
    """Approves at once. Says each thing after the till acknowledged the one before."""

    def __init__(self) -> None:
        super().__init__()
        self._framer = ApduFramer()
        self._to_say: list[bytes] = []

    def data_received(self, data: bytes) -> None:
        self._framer.feed(data)
        while (apdu := self._framer.take()) is not None:
            self._to_say = list(_ANSWERS.get(apdu.code, self._to_say))
            if self._to_say:
                self.send(self._to_say.pop(0))


class Till(Talk):
    """Sends one command and acknowledges until it is over.

    It acknowledges the end in ``rest``: what the guard writes down about that keeps nobody
    waiting, but would be done in the same turn of the one loop.
    """

    def __init__(self) -> None:
        super().__init__()
        self._framer = ApduFramer()
        self._owed = b""
        self._over: asyncio.Future[int] | None = None

    async def ask(self, command: bytes) -> int:
        """The code of the unit that ended it: completion or abort."""
        await self.rest()
        self._over = asyncio.get_running_loop().create_future()
        self.send(command)
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
        self._framer.feed(data)
        while (apdu := self._framer.take()) is not None:
            if apdu.raw == ACK:
                continue
            if apdu.code >> 8 == COMPLETION >> 8 and self._over is not None:
                self._owed = ACK
                self._over.set_result(apdu.code)
            else:
                self.send(ACK)


class Commits:
    """Durable commits of SQLite, as many bytes each as a verdict has."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = FULL")
        self._database.execute("CREATE TABLE record (seq INTEGER PRIMARY KEY, body BLOB)")
        self.count = 0

    def one(self) -> None:
        self._database.execute("INSERT INTO record (body) VALUES (?)", (bytes(RECORD_BYTES),))
        self.count += 1

    def close(self) -> None:
        self._database.close()


class Pump(Talk):
    """Half of the bare relay: passes bytes to its other half, after a commit where told to."""

    def __init__(self, commits: Commits | None, before: bytes) -> None:
        super().__init__()
        self._commits = commits
        self._before = before
        self.other: Talk | None = None

    def data_received(self, data: bytes) -> None:
        if self._commits is not None and self._before in data:
            self._commits.one()
        assert self.other is not None
        self.other.send(data)


@contextlib.asynccontextmanager
async def terminal() -> AsyncGenerator[Address, None]:
    """The terminal, listening."""
    async with listening(Terminal()) as address:
        yield address


@contextlib.asynccontextmanager
async def till(address: Address) -> AsyncGenerator[Till, None]:
    """The till, connected."""
    made = Till()
    await asyncio.get_running_loop().create_connection(lambda: made, *address)
    try:
        yield made
    finally:
        made.hang_up()


@contextlib.asynccontextmanager
async def bare_relay(device: Address, commits: Commits | None) -> AsyncGenerator[Address, None]:
    """Bytes in, bytes out; one commit before a payment goes on, one before its result does."""
    to_device = Pump(commits, b"\x04\x0f")
    to_app = Pump(commits, b"\x06\x01")
    await asyncio.get_running_loop().create_connection(lambda: to_device, *device)
    to_device.other, to_app.other = to_app, to_device
    async with listening(to_app) as address:
        try:
            yield address
        finally:
            to_device.hang_up()


@contextlib.asynccontextmanager
async def guarded(device: Address, shop: Shop) -> AsyncGenerator[Address, None]:
    """The real link: shell, session, guard, store."""
    acceptor = TcpAcceptor("127.0.0.1", 0)
    there = asyncio.Event()

    def note(event: LinkEvent) -> None:
        if isinstance(event, SideChanged) and event.side is Side.DEVICE and event.up:
            there.set()

    shell = LinkShell(
        ZvtSession("zvt", shop.guard), acceptor, lambda: connect_tcp(*device, 5), note
    )
    running = asyncio.get_running_loop().create_task(shell.run())
    await there.wait()
    try:
        yield acceptor.address
    finally:
        running.cancel()
        await asyncio.wait({running})
        acceptor.close()


@contextlib.asynccontextmanager
async def listening(end: Talk) -> AsyncGenerator[Address, None]:
    """One server for one connection."""
    server = await asyncio.get_running_loop().create_server(lambda: end, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()[:2]
    try:
        yield str(host), int(port)
    finally:
        end.hang_up()
        server.close()
        await server.wait_closed()
