"""The link with simulated USB scanners on a bus: real pyusb, unplugged and plugged in again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from pos_guard.config import LinkConfig, parse_config
from pos_guard.guard import Guard
from pos_guard.links.events import LinkEvent, Side, SideChanged, Told
from pos_guard.links.scanner_descriptor import DescriptorOf
from pos_guard.links.shell import LinkShell
from pos_guard.links.sides import UnixAcceptor, connector
from pos_guard.ports.address import Address
from pos_guard.ports.aio import connect_unix
from pos_guard.ports.base import Stream
from pos_guard.scanners.settling import QUIET_SECONDS
from pos_guard.sessions import make_session
from pos_guard_simulator.scanner import Scanner
from pos_guard_simulator.usb_bus import SimulatedBus
from pos_guard_simulator.usb_function import UsbFunction
from pos_guard_simulator.usb_scanner import HidFault, UsbHidPosScanner
from pos_guard_simulator.usb_serial.cdc import UsbSerial
from pos_guard_simulator.usb_sim_libusb1 import SimulatedBackend
from tests.shop import shop

GOODS = b"6901028225168"
RECEIVE = "wxp://f2f0in9xnsA4G_eXWBRORK63ixD6bMQcP11eKGFz1V00000"
REPORT = 64


@dataclass
class Till:
    """The link, running, and a till that reads its bytes from a local socket.

    The kernel's part, a device plugged in for the till, is played by that socket.
    """

    bus: SimulatedBus
    events: list[LinkEvent] = field(default_factory=list[LinkEvent])
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    stream: Stream | None = None

    def note(self, event: LinkEvent) -> None:
        self.events.append(event)
        self.changed.set()

    async def scanner(self, *, up: bool) -> None:
        """The next time that the scanner comes or goes; it is silent when it comes."""
        await self._next(lambda event: _is(event, Side.DEVICE, up))
        if up:
            await self.quiet()

    async def quiet(self) -> None:
        """Nothing happens, for longer than the guard listens before it believes a scanner."""
        self.changed.clear()
        try:
            async with asyncio.timeout(4 * QUIET_SECONDS):
                await self.changed.wait()
        except TimeoutError:
            return

    async def ready(self) -> None:
        await self._next(lambda event: _is(event, Side.APP, True))

    async def told(self) -> str:
        found = await self._next(lambda event: isinstance(event, Told))
        assert isinstance(found, Told)
        return found.say.en

    async def read(self, count: int) -> bytes:
        assert self.stream is not None
        data = b""
        while len(data) < count:
            data += await self.stream.receive(count - len(data))
        return data

    async def _next(self, wanted: Callable[[LinkEvent], bool]) -> LinkEvent:
        while True:
            while self.events:
                event = self.events.pop(0)
                if wanted(event):
                    return event
            self.changed.clear()
            await self.changed.wait()


def _is(event: LinkEvent, side: Side, up: bool) -> bool:
    return isinstance(event, SideChanged) and event.side is side and event.up is up


def link_of(text: str) -> LinkConfig:
    head = '[[link]]\nname = "scanner"\nprotocol = "scanner"\n'
    return parse_config(head + text, Path("guard.toml")).links[0]


def serve(
    tmp_path: Path, link: LinkConfig, device: UsbFunction, test: Callable[[Till], Awaitable[None]]
) -> None:
    async def body(guard: Guard) -> None:
        till = Till(SimulatedBus())
        till.bus.plug(device)
        acceptor = UnixAcceptor(str(tmp_path / "app"))
        descriptor = DescriptorOf()
        connect = descriptor.watching(
            connector(link.device, usb_backend=SimulatedBackend(till.bus))
        )
        session = make_session(link, guard, descriptor)
        running = asyncio.create_task(LinkShell(session, acceptor, connect, till.note).run())
        try:
            async with asyncio.timeout(20):
                await till.scanner(up=True)
                till.stream = connect_unix(str(tmp_path / "app"))
                await till.ready()
                await test(till)
        finally:
            if till.stream is not None:
                await till.stream.close()
            running.cancel()
            await asyncio.wait({running})
            acceptor.close()

    made = shop(tmp_path / "shop")
    made.sign_in("anna")
    asyncio.run(body(made.guard))
    made.store.close()


def test_a_hid_scanner_is_read_by_the_layout_of_its_own_descriptor(tmp_path: Path) -> None:
    """The layout ``62`` is none that would be taken without a descriptor."""
    scanner = UsbHidPosScanner("62")

    async def scan_twice(till: Till) -> None:
        for _ in range(2):
            scanner.scan(RECEIVE)
            assert "receive code" in await till.told()
            scanner.scan(GOODS)
            report = await till.read(scanner.layout.size)
            assert report[1:18] == bytes([len(GOODS)]) + b"]Q1" + GOODS
            till.bus.unplug(scanner)
            await till.scanner(up=False)
            till.bus.plug(scanner)
            await till.scanner(up=True)

    serve(tmp_path, link_of('app = "hid:scanner"\ndevice = "hid:scanner"\n'), scanner, scan_twice)


def test_a_message_that_the_unplug_cut_is_reported_and_the_next_is_whole(tmp_path: Path) -> None:
    scanner = UsbHidPosScanner("honeywell-64")

    async def pull_it_out(till: Till) -> None:
        scanner.faults = frozenset({HidFault.UNPLUG})
        scanner.scan("ORDER-" + "0123456789" * 14)
        assert await till.told() == "The scan was cut short. Scan again."
        scanner.faults = frozenset()
        till.bus.plug(scanner)
        await till.scanner(up=True)
        scanner.scan(GOODS)
        report = await till.read(REPORT)
        assert GOODS in report

    link = link_of('app = "hid:scanner"\ndevice = "hid:scanner"\n')
    serve(tmp_path, link, scanner, pull_it_out)


def test_a_serial_usb_scanner_passes_its_bytes(tmp_path: Path) -> None:
    device = UsbSerial(Scanner())

    async def scan_and_trigger(till: Till) -> None:
        device.act(lambda scanner: scanner.scan(RECEIVE))
        assert "receive code" in await till.told()
        device.act(lambda scanner: scanner.scan(GOODS))
        assert await till.read(14) == GOODS + b"\r"

    link = link_of('app = "pty:/run/till"\ndevice = "cdc:scanner"\n')
    serve(tmp_path, link, device, scan_and_trigger)


def test_a_device_without_a_report_descriptor_has_none() -> None:
    assert DescriptorOf()() == b""
    assert str(Address.parse("hid:scanner")) == "hid:scanner"
