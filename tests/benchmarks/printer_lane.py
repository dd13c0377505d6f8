"""A till and a printer on loopback TCP, and what stands between them: the link, or a bare relay."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from pos_guard.links.events import LinkEvent, Side, SideChanged
from pos_guard.links.printer import PrinterSession
from pos_guard.links.printer_settings import PrinterSettings
from pos_guard.links.session import Effects, QuietSession, Session, ToApp, ToDevice
from pos_guard.links.shell import LinkShell
from pos_guard.links.sides import TcpAcceptor
from pos_guard.ports.aio import connect_tcp
from tests.benchmarks.lane import Address, Talk, listening
from tests.shop import Shop

STATUS = b"\x10\x04\x01"
ONLINE = b"\x16"
LAST = b"\x1dr\x01"
PAPER = b"\x00"
CUT = b"\x1dVB\x00"

ROWS, COLUMNS, BANDS = 2303, 72, 6


def receipt_in_dots() -> bytes:
    """The longest picture that a till sends: 1 MB, and the question whether it was printed."""
    head = b"\x1dv0\x00" + COLUMNS.to_bytes(2, "little") + ROWS.to_bytes(2, "little")
    dots = bytes(index * 37 & 0xFF for index in range(ROWS * COLUMNS)).replace(b"\x10", b"\x11")
    return b"\x1b@" + (head + dots) * BANDS + CUT + LAST


class Printer(Talk):
    """Answers a status request, and the question that ends a job; keeps nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def data_received(self, data: bytes) -> None:
        self.count += len(data)
        if data == STATUS:
            self.send(ONLINE)
        elif data.endswith(LAST):
            self.send(PAPER)


class Till(Talk):
    """Sends, and waits for one byte."""

    def __init__(self) -> None:
        super().__init__()
        self._over: asyncio.Future[bytes] | None = None

    async def ask(self, data: bytes) -> bytes:
        self._over = asyncio.get_running_loop().create_future()
        self.send(data)
        async with asyncio.timeout(10):
            return await self._over

    def data_received(self, data: bytes) -> None:
        assert self._over is not None
        self._over.set_result(data)


@contextlib.asynccontextmanager
async def printer() -> AsyncIterator[tuple[Printer, Address]]:
    """The printer, listening."""
    made = Printer()
    async with listening(made) as address:
        yield made, address


@contextlib.asynccontextmanager
async def till(address: Address) -> AsyncIterator[Till]:
    """The till, connected."""
    made = Till()
    await asyncio.get_running_loop().create_connection(lambda: made, *address)
    try:
        yield made
    finally:
        made.hang_up()


class Passing(QuietSession):
    """Understands nothing: what the link's own transport costs without the link."""

    name = "relay"

    def app_data(self, data: bytes) -> Effects:
        return [ToDevice(data)]

    def device_data(self, data: bytes) -> Effects:
        return [ToApp(data)]


def printer_session(shop: Shop) -> Session:
    """The real session."""
    return PrinterSession("printer", shop.guard, PrinterSettings())


@contextlib.asynccontextmanager
async def linked(device: Address, session: Session) -> AsyncIterator[Address]:
    """The real shell, with a session in it."""
    acceptor = TcpAcceptor("127.0.0.1", 0)
    there = asyncio.Event()

    def note(event: LinkEvent) -> None:
        if isinstance(event, SideChanged) and event.side is Side.DEVICE and event.up:
            there.set()

    shell = LinkShell(session, acceptor, lambda: connect_tcp(*device, 5), note)
    running = asyncio.get_running_loop().create_task(shell.run())
    await there.wait()
    try:
        yield acceptor.address
    finally:
        running.cancel()
        await asyncio.wait({running})
        acceptor.close()
