"""From an address to an open device, for drivers and for links."""

from __future__ import annotations

import asyncio

import pytest

from pos_guard.errors import LocalError, PortClosedError, PortError
from pos_guard.links.sides import connector
from pos_guard.ports.address import Address
from pos_guard.ports.aio_port import PortStream
from pos_guard.ports.base import Port
from pos_guard.ports.cdc_acm import CdcPort
from pos_guard.ports.devices import open_device, report_descriptor
from pos_guard.ports.hid import HidPort
from pos_guard.ports.memory import memory_pair
from pos_guard.ports.usb import UsbPort
from pos_guard_drivers.connect import connector as driver_connector
from pos_guard_simulator.printer import ReceiptPrinter
from pos_guard_simulator.scanner import Scanner
from pos_guard_simulator.usb_bus import SimulatedBus
from pos_guard_simulator.usb_printer import UsbPrinter
from pos_guard_simulator.usb_scanner import UsbHidPosScanner
from pos_guard_simulator.usb_serial.cdc import UsbSerial
from pos_guard_simulator.usb_sim_libusb1 import SimulatedBackend


class Counter:
    """A bus with one device of each kind."""

    def __init__(self) -> None:
        self.bus = SimulatedBus()
        self.pos = self.bus.plug(UsbHidPosScanner(), driver="usbhid")
        self.serial = self.bus.plug(UsbSerial(Scanner()), driver="cdc_acm")
        self.printer = self.bus.plug(UsbPrinter(ReceiptPrinter()))
        self.backend = SimulatedBackend(self.bus)


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("usb:printer", UsbPort),
        ("hid:scanner", HidPort),
        ("hid:0c2e:0907", HidPort),
        ("cdc:scanner", CdcPort),
        ("cdc:1eab:1a06:SIM0000003", CdcPort),
    ],
)
def test_an_address_opens_its_device(address: str, kind: type[Port]) -> None:
    counter = Counter()
    port = open_device(Address.parse(address), backend=counter.backend)
    assert isinstance(port, kind)
    assert bool(report_descriptor(port)) is (kind is HidPort)
    port.close()


@pytest.mark.parametrize(
    "address", ["lp:/nowhere/lp0", "hidraw:/nowhere/hidraw0", "evdev:/nowhere/event0"]
)
def test_a_node_that_is_not_there(address: str) -> None:
    with pytest.raises(PortClosedError, match="is not there"):
        open_device(Address.parse(address))


@pytest.mark.parametrize("address", ["tcp:127.0.0.1:1", "uinput:till", "https://host"])
def test_what_is_no_device_is_not_opened(address: str) -> None:
    with pytest.raises(LocalError, match="no device is behind"):
        open_device(Address.parse(address))


def test_other_ports_have_no_report_descriptor() -> None:
    near, far = memory_pair()
    assert report_descriptor(near) == b""
    near.close()
    far.close()


async def talk(counter: Counter) -> tuple[bytes, bytes, bytes]:
    """A scan through a link's stream, the descriptor, and what is left bound."""
    connect = connector(Address.parse("hid:scanner"), usb_backend=counter.backend)
    stream = await connect()
    assert isinstance(stream, PortStream)
    counter.pos.scan("1")
    report = await stream.receive()
    counter.bus.unplug(counter.pos)
    gone = await stream.receive()
    descriptor = report_descriptor(stream.port)
    await stream.close()
    return report, gone, descriptor


def test_a_link_reads_reports_and_hears_of_the_unplugging() -> None:
    counter = Counter()
    report, gone, descriptor = asyncio.run(talk(counter))
    assert (report[:2], report[5:6], gone) == (b"\x02\x01", b"1", b"")
    assert descriptor == counter.pos.report_descriptor


def test_a_link_that_stops_does_not_give_the_scanner_to_the_till() -> None:
    counter = Counter()

    async def come_and_go() -> None:
        connect = connector(Address.parse("cdc:scanner"), usb_backend=counter.backend)
        await (await connect()).close()

    asyncio.run(come_and_go())
    assert counter.bus.seat(counter.serial).bound == {}


def test_a_link_to_what_is_no_device_fails_as_a_port_does() -> None:
    async def connect() -> None:
        await connector(Address.parse("uinput:till"))()

    with pytest.raises(PortError, match="no device is behind"):
        asyncio.run(connect())


def test_a_drivers_connector_takes_scanners_too() -> None:
    open_it = driver_connector("hidraw:/nowhere/hidraw0")
    with pytest.raises(PortClosedError):
        open_it(1.0)
    with pytest.raises(LocalError, match="no device is behind"):
        driver_connector("uinput:till")
