"""The port to USB serial scanners (CDC-ACM): found, claimed as a whole, and given back."""

from __future__ import annotations

import struct
import threading
from dataclasses import replace
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.errors import PortBusyError, PortClosedError, PortError, PortTimeoutError
from pos_guard.links.session import ToApp
from pos_guard.ports.cdc_acm import CdcPort
from pos_guard.ports.cdc_class import LineCoding, LineState
from pos_guard.ports.usb_descriptors import Configuration, Endpoint, Interface
from pos_guard.ports.usb_device import Setup
from pos_guard.ports.usb_find import UsbPlace
from pos_guard_simulator.scanner import Scanner
from pos_guard_simulator.usb_bus import SimulatedBus
from pos_guard_simulator.usb_function import UsbFunction
from pos_guard_simulator.usb_serial.cdc import (
    BULK_OUT,
    CD,
    DSR,
    NOTIFY,
    OVERRUN,
    SCANNER,
    UsbSerial,
)
from pos_guard_simulator.usb_sim_libusb1 import SimulatedBackend

NEWLAND = UsbPlace(0x1EAB, 0x1A06, scheme="cdc")
ANY = UsbPlace(scheme="cdc")
DATA = (Endpoint(0x01, 64), Endpoint(0x82, 64))


class Shop:
    """A bus with devices that the kernel's driver holds, and the port to one of them."""

    def __init__(self, *devices: UsbFunction, driver: str | None = "cdc_acm") -> None:
        self.bus = SimulatedBus()
        self.backend = SimulatedBackend(self.bus)
        for device in devices:
            self.bus.plug(device, driver=driver)

    def open(self, place: UsbPlace = NEWLAND, coding: LineCoding | None = None) -> CdcPort:
        return CdcPort.open(place, coding=coding, backend=self.backend)


def scanner(serial: str = "S1", vendor: int = 0x1EAB) -> UsbSerial[Scanner]:
    return UsbSerial(Scanner(), replace(SCANNER, serial=serial, vendor=vendor))


def read_until(port: CdcPort, end: bytes) -> bytes:
    data = b""
    while not data.endswith(end):
        data += port.read(4096, 2)
    return data


# -- values -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("coding", "expected"),
    [
        (LineCoding(), "80250000 00 00 08"),  # as Linux' cdc_acm sends 9600 8N1
        (LineCoding(115200, 7, "E", 2), "00c20100 02 02 07"),
    ],
)
def test_line_coding(coding: LineCoding, expected: str) -> None:
    assert coding.to_bytes() == bytes.fromhex(expected)


@pytest.mark.parametrize(
    ("notification", "state"),
    [
        ("a120 0000 0000 0200 0300", LineState(cd=True, dsr=True)),
        ("a120 0000 0000 0200 4000", LineState(overrun=True)),
        ("a120 0000 0000 0200 7c00 ff", LineState(False, False, True, True, True, True, True)),
        ("a100 0100 0000 0000 0000", None),  # NETWORK_CONNECTION
        ("a120 0000 0000 0200 03", None),
        ("a120 0000 0000 0000 0300", None),
        ("", None),
    ],
)
def test_serial_state(notification: str, state: LineState | None) -> None:
    assert LineState.read(bytes.fromhex(notification)) == state


# -- finding and claiming -----------------------------------------------------------------------


@pytest.mark.parametrize("place", [NEWLAND, ANY, replace(NEWLAND, serial="S1")])
def test_both_interfaces_are_claimed_and_given_back(place: UsbPlace) -> None:
    device = scanner()
    shop = Shop(device)
    port = shop.open(place, LineCoding(115200))
    assert shop.bus.seat(device).bound == {}
    assert set(shop.bus.seat(device).claims) == {0, 1}
    assert device.coding == LineCoding(115200).to_bytes()
    assert (device.lines, device.dtr) == (3, True)
    assert (port.facts.vendor, port.facts.serial) == (0x1EAB, "S1")
    port.set_lines(dtr=True, rts=False)
    assert device.lines == 1
    port.close()
    assert device.lines == 0
    assert shop.bus.seat(device).bound == {0: "cdc_acm", 1: "cdc_acm"}
    assert shop.bus.seat(device).claims == {}


def test_a_model_of_a_chip_makers_ids_is_a_scanner_and_its_neighbours_are_none() -> None:
    def engine(product: int) -> UsbFunction:
        return UsbSerial(Scanner(), replace(SCANNER, vendor=0x6666, product=product))

    port = Shop(engine(0x7777), engine(0x7778)).open(ANY)
    assert (port.facts.vendor, port.facts.product) == (0x6666, 0x7777)
    port.close()
    with pytest.raises(PortClosedError, match="cdc:scanner is not there"):
        Shop(engine(0x7778)).open(ANY)


@pytest.mark.parametrize(
    ("devices", "place", "error", "words"),
    [
        ([], NEWLAND, PortClosedError, "cdc:1eab:1a06 is not there"),
        ([scanner(vendor=0x1234)], ANY, PortClosedError, "cdc:scanner is not there"),
        ([scanner("A"), scanner("B")], ANY, PortError, "write cdc:VENDOR:PRODUCT:SERIAL"),
    ],
)
def test_which_scanner_is_never_guessed(
    devices: list[UsbFunction], place: UsbPlace, error: type[PortError], words: str
) -> None:
    with pytest.raises(error, match=words):
        Shop(*devices).open(place)


def test_a_terminal_that_looks_the_same_is_found_by_its_own_ids_only() -> None:
    port = Shop(scanner(vendor=0x1234)).open(UsbPlace(0x1234, 0x1A06, scheme="cdc"))
    port.close()


def test_a_scanner_in_use_is_busy() -> None:
    shop = Shop(scanner())
    first = shop.open()
    with pytest.raises(PortBusyError):
        shop.open()
    first.close()
    shop.open().close()


class Plain(UsbFunction):
    """Only descriptors: every class request is refused."""

    def __init__(self, *interfaces: Interface) -> None:
        super().__init__(SCANNER, Configuration(interfaces))

    def give(self, endpoint: int, size: int) -> bytes | None:
        return None if endpoint != 0x82 else b"x"[:size]


@pytest.mark.parametrize(
    ("interfaces", "found"),
    [
        # No union descriptor, no notifications, no requests: the next interface has the data.
        ((Interface(0, (2, 2, 0)), Interface(1, (10, 0, 0), DATA)), True),
        (
            (
                Interface(2, (2, 2, 1), extra=b"\x05\x24\x06\x02\x00"),
                Interface(0, (10, 0, 0), DATA),
            ),
            True,
        ),
        ((Interface(0, (2, 2, 1)), Interface(2, (10, 0, 0), DATA)), False),
        ((Interface(0, (2, 2, 1)), Interface(1, (10, 0, 0), DATA[:1])), False),
        ((Interface(0, (2, 6, 0)), Interface(1, (10, 0, 0), DATA)), False),  # Ethernet
        ((Interface(0, (3, 1, 1), DATA),), False),
        ((Interface(0, (2, 2, 1), extra=b"\x00\x24\x06\x02\x05"), Interface(1, (3, 0, 0))), False),
    ],
)
def test_which_interfaces_are_a_serial_line(interfaces: tuple[Interface, ...], found: bool) -> None:
    shop = Shop(Plain(*interfaces))
    if not found:
        with pytest.raises(PortClosedError):
            shop.open()
        return
    port = shop.open()
    assert port.read(1, 1) == b"x"
    assert port.state() == LineState()
    with pytest.raises(PortError, match="STALL"):
        port.set_lines(dtr=True, rts=True)
    port.close()


class Leaves(UsbSerial[Scanner]):
    """Is pulled out while it is opened."""

    def control(self, setup: Setup, data: bytes) -> bytes:
        if setup.request_type == 0x21:
            self.unplug()
        return super().control(setup, data)


def test_unplugged_while_it_is_opened() -> None:
    with pytest.raises(PortClosedError, match="is gone"):
        Shop(Leaves(Scanner())).open()


# -- bytes --------------------------------------------------------------------------------------


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(1, 300), min_size=1, max_size=4), st.integers(1, 700))
def test_no_scan_is_lost_however_long_it_is(sizes: list[int], limit: int) -> None:
    device = scanner()
    port = Shop(device).open()
    sent = b""
    for number, size in enumerate(sizes):
        code = bytes((65 + number,)) * size
        device.act(partial(Scanner.scan, payload=code))
        sent += code + b"\r"
    got = b""
    while len(got) < len(sent):
        got += port.read(limit, 2)
    assert got == sent
    with pytest.raises(PortTimeoutError):
        port.read(1, 0)
    port.close()


def test_commands_reach_the_twin() -> None:
    twin = Scanner()
    device = UsbSerial(twin)
    port = Shop(device).open()
    port.write(b"\x16\x07\r", 1)
    assert (twin.beeps, twin.host_there) == (1, True)
    device.mute(BULK_OUT)
    with pytest.raises(PortTimeoutError, match="the scanner takes nothing"):
        port.write(b"x", 0.02)
    port.close()


def test_what_the_device_says_of_its_line() -> None:
    device = scanner()
    port = Shop(device).open()
    assert port.state() == LineState()
    device.notify(CD)
    device.notify(CD | DSR | OVERRUN)
    assert port.state() == LineState(cd=True, dsr=True, overrun=True)
    assert port.state() == LineState(cd=True, dsr=True, overrun=True)
    device.unplug()
    with pytest.raises(PortClosedError):
        port.state()
    port.close()


def test_unplugged_in_the_midst_of_a_scan_and_plugged_in_again() -> None:
    device = scanner()
    shop = Shop(device)
    port = shop.open()
    device.act(lambda _: [ToApp(b"69012")])
    assert read_until(port, b"2") == b"69012"
    threading.Timer(0.05, shop.bus.unplug, (device,)).start()
    with pytest.raises(PortClosedError, match="cdc:1eab:1a06 is gone"):
        port.read(1, 30)
    port.close()
    shop.bus.plug(device, driver="cdc_acm")
    again = shop.open()
    device.act(lambda twin: twin.scan("1"))
    assert read_until(again, b"\r") == b"1\r"
    again.close()


def test_the_notification_endpoint_is_not_the_data() -> None:
    device = scanner()
    port = Shop(device).open()
    device.notify(DSR)
    with pytest.raises(PortTimeoutError):
        port.read(64, 0.01)
    assert device.in_(NOTIFY, 16) == struct.pack("<BBHHHH", 0xA1, 0x20, 0, 0, 2, DSR)
    port.close()
