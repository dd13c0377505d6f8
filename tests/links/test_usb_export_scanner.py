"""Scanners shown to a till: real pyusb on both sides, the scanner's bus and the till's."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import usb.core
import usb.util

from pos_guard.errors import PortClosedError, PortError
from pos_guard.links.shell import Connect
from pos_guard.links.sides import connector
from pos_guard.links.usb_export import Ended, ExportAcceptor
from pos_guard.links.usb_export_scanner import CdcAcceptor, HidAcceptor
from pos_guard.ports.address import Address
from pos_guard.ports.aio import DescriptorStream
from pos_guard.ports.base import Stream
from pos_guard.ports.hid_facts import is_keyboard
from pos_guard.ports.usb_device import UsbDevice
from pos_guard.ports.usb_standard import StandardDevice
from pos_guard_simulator.scanner import Scanner
from pos_guard_simulator.usb_bus import SimulatedBus
from pos_guard_simulator.usb_function import UsbFunction
from pos_guard_simulator.usb_scanner import HONEYWELL_XENON, UsbHidPosScanner
from pos_guard_simulator.usb_scanner_keyboard import METROLOGIC, UsbKeyboardScanner
from pos_guard_simulator.usb_serial.cdc import SCANNER, UsbSerial
from pos_guard_simulator.usb_sim_libusb1 import SimulatedBackend

SECONDS = 60.0
IDS = (0x1234, 0x5678, "")


@dataclass
class Cable:
    """A device in the till's machine."""

    bus: SimulatedBus
    device: StandardDevice
    ended: Ended

    @property
    def alive(self) -> bool:
        with suppress(LookupError):
            return self.bus.seat(self.device).present
        return False

    def close(self) -> None:
        if self.alive:
            self.bus.unplug(self.device)


@dataclass
class Counter:
    """The bus of the real scanner, and that of the till."""

    real: SimulatedBus = field(default_factory=SimulatedBus)
    till: SimulatedBus = field(default_factory=SimulatedBus)
    plugged: list[StandardDevice] = field(default_factory=list[StandardDevice])

    def plug(self, device: UsbDevice, ended: Ended) -> Cable:
        assert isinstance(device, StandardDevice)
        self.plugged.append(device)
        self.till.plug(device, driver=None)
        return Cable(self.till, device, ended)

    def connect(self, acceptor: ExportAcceptor[Any, Any], address: str) -> Connect:
        backend = SimulatedBackend(self.real)
        return acceptor.watching(connector(Address.parse(address), usb_backend=backend))

    def client(self) -> Any:
        """What an unmodified program finds in the till's machine, as pyusb's Device."""
        return usb.core.find(backend=SimulatedBackend(self.till))


@pytest.fixture
def counter() -> Counter:
    return Counter()


def run(test: Callable[[], Awaitable[None]]) -> None:
    async def limited() -> None:
        async with asyncio.timeout(SECONDS):
            await test()

    asyncio.run(limited())


async def read(client: Any, end: int = 0x81, size: int = 64) -> bytes:
    return bytes(await asyncio.to_thread(client.read, end, size, 5000))


async def end(*streams: Stream) -> None:
    for stream in streams:
        await stream.close()


# -- HID POS ----------------------------------------------------------------------------------


def test_reports_go_both_ways_whole(counter: Counter) -> None:
    real = counter.real.plug(UsbHidPosScanner())

    async def test() -> None:
        acceptor = HidAcceptor(None, counter.plug)
        device = await counter.connect(acceptor, "hid:scanner")()
        till = await acceptor.accept()
        client = counter.client()
        assert (client.idVendor, client.idProduct, client.bcdDevice) == (0x0C2E, 0x0907, 0x962)
        assert client.serial_number == real.identity.serial
        real.scan("6901234567892" * 5)
        reports = [await device.receive() for _ in range(2)]
        for report in reports:
            await till.send(report)
        assert [await read(client), await read(client)] == reports
        for command in (b"\x04\x02", b"\xfd\x03\x16T\r" + bytes(59)):
            await asyncio.to_thread(client.write, 0x02, command)
            assert await till.receive() == command
        client.ctrl_transfer(0x21, 9, 0x0204, 0, b"\x04\x01")
        assert await till.receive() == b"\x04\x01"
        await end(device, till)
        usb.util.dispose_resources(client)
        acceptor.close()

    run(test)


def test_the_report_descriptor_is_the_real_one(counter: Counter) -> None:
    real = counter.real.plug(UsbHidPosScanner("newland-64"))

    async def test() -> None:
        acceptor = HidAcceptor(None, counter.plug)
        device = await counter.connect(acceptor, "hid:scanner")()
        till = await acceptor.accept()
        client = counter.client()
        assert bytes(client.ctrl_transfer(0x81, 6, 0x2200, 0, 4096)) == real.report_descriptor
        await end(device, till)
        usb.util.dispose_resources(client)
        acceptor.close()

    run(test)


def test_a_keyboard_is_shown_with_the_reports_that_the_guard_reads(counter: Counter) -> None:
    real = counter.real.plug(UsbKeyboardScanner())

    async def test() -> None:
        acceptor = HidAcceptor(None, counter.plug)
        device = await counter.connect(acceptor, "hid:0c2e:0200")()
        till = await acceptor.accept()
        client = counter.client()
        assert is_keyboard(bytes(client.ctrl_transfer(0x81, 6, 0x2200, 0, 4096)))
        real.scan("1")
        reports = [await device.receive() for _ in range(4)]
        for report in reports:
            await till.send(report)
        assert [await read(client, size=8) for _ in range(4)] == reports
        assert reports[0] == bytes((0, 0, 0x1E, 0, 0, 0, 0, 0))
        await end(device, till)
        usb.util.dispose_resources(client)
        acceptor.close()

    run(test)


@pytest.mark.parametrize(("serial", "count"), [("S1", 1), ("S2", 2)])
def test_a_till_notices_only_another_scanner(counter: Counter, serial: str, count: int) -> None:
    real = counter.real.plug(UsbHidPosScanner(identity=replace(HONEYWELL_XENON, serial="S1")))

    async def test() -> None:
        acceptor = HidAcceptor(None, counter.plug)
        connect = counter.connect(acceptor, "hid:scanner")
        device = await connect()
        till = await acceptor.accept()
        counter.real.unplug(real)
        assert await device.receive() == b""
        await device.close()
        with pytest.raises(PortClosedError):
            await connect()
        assert counter.plugged[0].present
        counter.real.plug(UsbHidPosScanner(identity=replace(HONEYWELL_XENON, serial=serial)))
        device = await connect()
        if count == 2:
            assert await till.receive() == b""
            with pytest.raises(PortClosedError):
                await till.send(bytes(64))
        await till.close()
        till = await acceptor.accept()
        assert len(counter.plugged) == count
        assert counter.client().serial_number == serial
        await end(device, till)
        acceptor.close()
        assert not counter.plugged[-1].present

    run(test)


@pytest.mark.parametrize(
    ("kind", "address", "driver", "real"),
    [
        (HidAcceptor, "hid:scanner", "usbhid", UsbHidPosScanner()),
        (CdcAcceptor, "cdc:scanner", "cdc_acm", UsbSerial(Scanner())),
    ],
    ids=["hid", "cdc"],
)
@pytest.mark.parametrize("serial", ["", "G1"])
def test_chosen_ids_are_shown(
    counter: Counter,
    kind: type[HidAcceptor | CdcAcceptor],
    address: str,
    driver: str,
    real: UsbFunction,
    serial: str,
) -> None:
    counter.real.plug(real, driver=driver)

    async def test() -> None:
        acceptor = kind((*IDS[:2], serial), counter.plug)
        device = await counter.connect(acceptor, address)()
        till = await acceptor.accept()
        client = counter.client()
        assert (client.idVendor, client.idProduct) == IDS[:2]
        assert client.serial_number == (serial or real.identity.serial)
        assert client.product == real.identity.name
        await end(device, till)
        acceptor.close()

    run(test)


async def other_device() -> Stream:
    """A scanner that is not on USB."""
    near, far = socket.socketpair()
    far.close()
    near.setblocking(False)
    return DescriptorStream(near.fileno(), near.close)


@pytest.mark.parametrize(("kind", "ids"), [(HidAcceptor, None), (HidAcceptor, IDS)])
def test_what_is_no_hid_scanner_cannot_be_shown_as_one(
    counter: Counter, kind: type[HidAcceptor], ids: tuple[int, int, str] | None
) -> None:
    async def test() -> None:
        acceptor = kind(ids, counter.plug)
        with pytest.raises(PortError, match="only a HID scanner"):
            await acceptor.watching(other_device)()
        assert counter.plugged == []
        acceptor.close()

    run(test)


def test_a_scanner_without_a_report_descriptor_cannot_be_shown(counter: Counter) -> None:
    counter.real.plug(UsbHidPosScanner(descriptor=b""))

    async def test() -> None:
        acceptor = HidAcceptor(None, counter.plug)
        with pytest.raises(PortError, match="no report descriptor"):
            await counter.connect(acceptor, "hid:0c2e:0907")()
        acceptor.close()

    run(test)


# -- CDC-ACM ----------------------------------------------------------------------------------


def test_a_serial_scanner_is_shown_with_both_interfaces(counter: Counter) -> None:
    scanner = Scanner()
    real = counter.real.plug(UsbSerial(scanner), driver="cdc_acm")

    async def test() -> None:
        acceptor = CdcAcceptor(None, counter.plug)
        device = await counter.connect(acceptor, "cdc:scanner")()
        till = await acceptor.accept()
        client = counter.client()
        assert (client.idVendor, client.idProduct) == (SCANNER.vendor, SCANNER.product)
        assert [(item.bInterfaceNumber, item.bInterfaceClass) for item in client[0]] == [
            (0, 2),
            (1, 0x0A),
        ]
        real.act(lambda twin: twin.scan("x" * 64))
        code = b""
        while not code.endswith(b"\r"):
            code += await device.receive()
        await till.send(code)
        assert await read(client, 0x82) + await read(client, 0x82) == b"x" * 64 + b"\r"
        await asyncio.to_thread(client.write, 0x01, b"\x16T\r")
        assert await till.receive() == b"\x16T\r"
        await end(device, till)
        usb.util.dispose_resources(client)
        acceptor.close()

    run(test)


def test_a_scanner_that_is_not_on_usb_is_shown_under_chosen_ids(counter: Counter) -> None:
    async def test() -> None:
        acceptor = CdcAcceptor((0x1234, 0x5678, "G1"), counter.plug)
        till = await acceptor.accept()
        device = await acceptor.watching(other_device)()
        client = counter.client()
        assert client.serial_number == "G1"
        await till.send(b"6901234567892\r")
        assert await read(client, 0x82) == b"6901234567892\r"
        await end(device, till)
        usb.util.dispose_resources(client)
        acceptor.close()

    run(test)


def test_a_scanner_that_is_not_on_usb_cannot_be_copied(counter: Counter) -> None:
    async def test() -> None:
        acceptor = CdcAcceptor(None, counter.plug)
        with pytest.raises(PortError, match="USB serial scanner"):
            await acceptor.watching(other_device)()
        acceptor.close()

    run(test)


def test_the_same_keyboard_has_the_same_ids(counter: Counter) -> None:
    """Those of the list usb.ids: a till finds it by them."""
    counter.real.plug(UsbKeyboardScanner())

    async def test() -> None:
        acceptor = HidAcceptor(None, counter.plug)
        device = await counter.connect(acceptor, "hid:0c2e:0200")()
        till = await acceptor.accept()
        assert counter.plugged[0].device_descriptor[8:12] == bytes.fromhex("2e0c0002")
        assert counter.client().product == METROLOGIC.name
        await end(device, till)
        acceptor.close()

    run(test)
