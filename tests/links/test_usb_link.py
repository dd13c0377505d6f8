"""A link between a local program and a USB printer, whose cable is pulled and put back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pos_guard.links.events import LinkEvent, Side, SideChanged
from pos_guard.links.session import Effects, QuietSession, ToApp, ToDevice
from pos_guard.links.shell import LinkShell
from pos_guard.links.sides import UnixAcceptor, connector
from pos_guard.ports.address import Address
from pos_guard.ports.aio import connect_unix
from pos_guard_simulator.printer import ReceiptPrinter
from pos_guard_simulator.usb_bus import SimulatedBus
from pos_guard_simulator.usb_printer import UsbPrinter
from pos_guard_simulator.usb_sim_libusb1 import SimulatedBackend

STATUS = b"\x10\x04\x01"


class Relay(QuietSession):
    """Passes everything on."""

    name = "printer"

    def app_data(self, data: bytes) -> Effects:
        return [ToDevice(data)]

    def device_data(self, data: bytes) -> Effects:
        return [ToApp(data)]


@dataclass
class Events:
    """What the link told, and a way to wait for more."""

    heard: list[LinkEvent] = field(default_factory=list[LinkEvent])
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def note(self, event: LinkEvent) -> None:
        self.heard.append(event)
        self.changed.set()

    async def printer(self, *, up: bool) -> SideChanged:
        """The next time that the printer comes or goes."""
        while True:
            while self.heard:
                event = self.heard.pop(0)
                if isinstance(event, SideChanged) and event.side is Side.DEVICE and event.up is up:
                    return event
            self.changed.clear()
            await self.changed.wait()


@dataclass
class Shop:
    """The link, running."""

    path: Path
    bus: SimulatedBus
    printer: UsbPrinter[ReceiptPrinter]
    events: Events

    async def ask(self) -> bytes:
        """One status request of a program of its own."""
        till = connect_unix(str(self.path))
        await till.send(STATUS)
        answer = await till.receive()
        await till.close()
        return answer


def serve(path: Path, test: Callable[[Shop], Awaitable[None]]) -> None:
    async def body() -> None:
        bus = SimulatedBus()
        shop = Shop(path, bus, bus.plug(UsbPrinter(ReceiptPrinter())), Events())
        acceptor = UnixAcceptor(str(path))
        device = connector(Address.parse("usb:printer"), usb_backend=SimulatedBackend(bus))
        shell = LinkShell(Relay(), acceptor, device, shop.events.note)
        running = asyncio.get_running_loop().create_task(shell.run())
        try:
            async with asyncio.timeout(20):
                await shop.events.printer(up=True)
                await test(shop)
        finally:
            running.cancel()
            await asyncio.wait({running})
            acceptor.close()

    asyncio.run(body())


def test_a_printer_that_was_unplugged_is_found_again(tmp_path: Path) -> None:
    async def pull_and_plug(shop: Shop) -> None:
        for _ in range(2):
            assert await shop.ask() == b"\x12"
            shop.bus.unplug(shop.printer)
            await shop.events.printer(up=False)
            missing = await shop.events.printer(up=False)
            assert missing.reason == "usb:printer is not there: plug it in, and switch it on"
            shop.bus.plug(shop.printer)
            await shop.events.printer(up=True)

    serve(tmp_path / "app", pull_and_plug)


@pytest.mark.parametrize("count", [1, 64, 1000])
def test_what_had_left_before_the_cable_was_pulled_is_not_sent_again(
    tmp_path: Path, count: int
) -> None:
    async def pull_at_byte(shop: Shop) -> None:
        shop.printer.unplug(after=count)
        till = connect_unix(str(tmp_path / "app"))
        await till.send(bytes(2000))
        await shop.events.printer(up=False)
        await till.close()
        shop.bus.plug(shop.printer)
        await shop.events.printer(up=True)
        assert await shop.ask() == b"\x12"
        assert shop.printer.taken == count + len(STATUS)

    serve(tmp_path / "app", pull_at_byte)


def test_when_the_link_ends_the_kernel_does_not_get_the_printer_back(tmp_path: Path) -> None:
    """A guard that is down must not leave a way past it: /dev/usb/lp0 of the real printer."""
    shops: list[Shop] = []

    async def remember(shop: Shop) -> None:
        assert shop.bus.seat(shop.printer).bound == {}
        shops.append(shop)

    serve(tmp_path / "app", remember)
    assert shops[0].bus.seat(shops[0].printer).bound == {}
