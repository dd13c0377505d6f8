"""The port to USB printers: who is found, what each failure becomes, and that counts are right."""

from __future__ import annotations

import errno
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from usb.core import USBError

from pos_guard.errors import (
    LocalError,
    PortBusyError,
    PortClosedError,
    PortError,
    PortTimeoutError,
)
from pos_guard.ports.printer_class import PortStatus, device_id_text
from pos_guard.ports.usb import UsbPort
from pos_guard.ports.usb_descriptors import Endpoint, Interface, UsbIdentity
from pos_guard.ports.usb_device import Setup, Stalled
from pos_guard.ports.usb_errors import milliseconds
from pos_guard.ports.usb_facts import MARK
from pos_guard.ports.usb_find import UsbPlace, load_backend
from pos_guard.ports.usb_stream import CHUNK
from pos_guard_simulator.printer import Fault, ReceiptPrinter
from pos_guard_simulator.usb_bus import Seat, SimulatedBus
from pos_guard_simulator.usb_function import UsbFunction
from pos_guard_simulator.usb_printer import BULK_IN, BULK_OUT, UsbPrinter
from pos_guard_simulator.usb_sim_libusb1 import SimulatedBackend
from tests.ports.usb_bench import PipeDevice

EPSON = UsbPlace(0x04B8, 0x0E15)
ENDS = (Endpoint(0x01, 64), Endpoint(0x82, 64))


class Shop:
    """A bus with printers, and the port to one of them."""

    def __init__(self, *devices: UsbFunction, driver: str | None = "usblp") -> None:
        self.bus = SimulatedBus()
        self.backend = SimulatedBackend(self.bus)
        for device in devices:
            self.bus.plug(device, driver=driver)

    def open(self, place: UsbPlace = EPSON) -> UsbPort:
        return UsbPort.open(place, backend=self.backend)


def printer(serial: str = "SIM0000001") -> UsbPrinter[ReceiptPrinter]:
    return UsbPrinter(ReceiptPrinter(), UsbIdentity(0x04B8, 0x0E15, "EPSON", "TM", serial))


# -- finding and claiming -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "place", [EPSON, UsbPlace(), UsbPlace(0x04B8, 0x0E15, "B2")], ids=["ids", "class", "serial"]
)
def test_a_printer_is_found_and_taken_from_the_kernels_driver(place: UsbPlace) -> None:
    device = printer("B2")
    others = [printer("A1")] if place.serial else []
    shop = Shop(*others, device)
    port = shop.open(place)
    assert shop.bus.seat(device).bound == {}
    port.write(b"Total 1.00\n", 1)
    port.close()
    assert device.taken == 11
    assert shop.bus.seat(device).bound == {0: "usblp"}
    assert shop.bus.seat(device).claims == {}


def test_where_the_kernel_has_no_driver_none_is_attached() -> None:
    device = printer()
    shop = Shop(device, driver=None)
    shop.open().close()
    assert shop.bus.seat(device).bound == {}


@pytest.mark.parametrize(
    ("devices", "place", "error", "words"),
    [
        ([], EPSON, PortClosedError, "usb:04b8:0e15 is not there"),
        ([], UsbPlace(), PortClosedError, "usb:printer is not there"),
        ([printer()], UsbPlace(0x04B8, 0x0202), PortClosedError, "usb:04b8:0202 is not there"),
        ([printer()], UsbPlace(0x04B8, 0x0E15, "X9"), PortClosedError, "X9 is not there"),
        ([printer("A"), printer("B")], EPSON, PortError, "2 printers fit"),
        ([printer("A"), printer("B")], UsbPlace(), PortError, "write usb:VENDOR:PRODUCT:SERIAL"),
    ],
)
def test_which_printer_is_never_guessed(
    devices: list[UsbFunction], place: UsbPlace, error: type[PortError], words: str
) -> None:
    with pytest.raises(error, match=words):
        Shop(*devices).open(place)


def test_a_printer_in_use_is_busy_and_the_message_says_what_to_do() -> None:
    shop = Shop(printer())
    first = shop.open()
    with pytest.raises(PortBusyError, match="in use by another program: stop it"):
        shop.open()
    first.close()
    shop.open().close()


@pytest.mark.parametrize("place", [EPSON, UsbPlace(0x04B8, 0x0E15, "SIM0000001")])
def test_without_permission_the_message_is_the_udev_rule(place: UsbPlace) -> None:
    device = printer()
    shop = Shop(device)
    shop.bus.permit(device, False)
    with pytest.raises(PortError, match=r'idVendor}=="04b8", ATTR{idProduct}=="0e15"'):
        shop.open(place)


class Stubborn(PipeDevice):
    """Offers an alternate setting, and refuses to switch to it."""

    def control(self, setup: Setup, data: bytes) -> bytes:
        if setup.request_type == 0x01:
            raise Stalled
        return super().control(setup, data)


def test_a_claim_that_fails_half_way_gives_the_printer_back_to_the_kernel() -> None:
    device = Stubborn(Interface(0, (7, 1, 1), ENDS[:1]), Interface(0, (7, 1, 2), ENDS, 1))
    shop = Shop(device)
    with pytest.raises(PortError, match="Entity not found"):
        shop.open()
    assert shop.bus.seat(device).bound == {0: "usblp"}
    assert shop.bus.seat(device).claims == {}


def test_the_best_of_several_alternate_settings_is_chosen() -> None:
    """1284.4, unidirectional, IPP over USB, and the bidirectional one, on other endpoints."""
    ends = (Endpoint(0x03, 64), Endpoint(0x84, 64))
    device = PipeDevice(
        Interface(0, (3, 1, 1), (Endpoint(0x85, 8, 3, 10),)),
        Interface(1, (7, 1, 3), ENDS),
        Interface(1, (7, 1, 1), ENDS[:1], 1),
        Interface(1, (7, 1, 4), ENDS, 2),
        Interface(1, (7, 1, 2), ends, 3),
    )
    shop = Shop(device, driver=None)
    port = shop.open()
    facts = port.facts()
    assert (facts.interface, facts.out_endpoint, facts.in_endpoint) == (1, 0x03, 0x84)
    port.close()


@pytest.mark.parametrize(
    ("interfaces", "named", "anonymous"),
    [
        ((Interface(0, (0xFF, 0, 0), ENDS),), True, False),  # as Epson's M129C, 04b8:0202
        ((Interface(0, (7, 1, 4), ENDS),), False, False),
        ((Interface(0, (7, 1, 2), ENDS[1:]),), False, False),
        ((Interface(0, (3, 1, 1), ENDS),), False, False),
        ((Interface(0, (7, 1, 1), ENDS[:1]),), True, True),
    ],
)
def test_which_interfaces_are_printers(
    interfaces: tuple[Interface, ...], named: bool, anonymous: bool
) -> None:
    shop = Shop(PipeDevice(*interfaces), driver=None)
    for place, found in ((EPSON, named), (UsbPlace(), anonymous)):
        if found:
            shop.open(place).close()
            continue
        with pytest.raises(PortClosedError):
            shop.open(place)


class BadNeighbour(SimulatedBackend):
    """libusb cannot read the configuration of the device at address 2."""

    def get_configuration_descriptor(self, dev: Seat, config: int) -> SimpleNamespace:
        if dev.address == 2:
            raise USBError("Input/Output Error", -1, errno.EIO)
        return super().get_configuration_descriptor(dev, config)


def test_a_device_with_bad_descriptors_does_not_hide_the_printer() -> None:
    device = printer()
    shop = Shop(PipeDevice(), device)
    shop.backend = BadNeighbour(shop.bus)
    port = shop.open(UsbPlace())
    port.write(b"x", 1)
    port.close()
    assert device.taken == 1


def test_the_guards_own_export_of_a_printer_is_never_taken_for_the_printer() -> None:
    real, export = printer(), printer()
    export.configuration = replace(export.configuration, extra=MARK)
    shop = Shop(export)
    with pytest.raises(PortClosedError, match="not there"):
        shop.open()
    shop.bus.plug(real)
    port = shop.open()
    port.write(b"x", 1)
    port.close()
    assert (real.taken, export.taken) == (1, 0)


def test_a_missing_library_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "usb.backend", None)
    with pytest.raises(LocalError, match="pip install pyusb"):
        load_backend()


def test_libusb_that_is_not_at_its_path_is_named() -> None:
    code = (
        "from pos_guard.ports.usb_find import load_backend\n"
        "from pos_guard.errors import LocalError\n"
        "try: load_backend('/nowhere/libusb-1.0.so')\n"
        "except LocalError as error: print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=False, capture_output=True, text=True, timeout=60
    )
    assert done.stdout == "libusb 1.0 is missing: no '/nowhere/libusb-1.0.so'\n"


# -- reading and writing ------------------------------------------------------------------------


def test_answers_longer_than_asked_for_are_kept() -> None:
    device = printer()
    port = Shop(device).open()
    device.act(lambda _: bytes(range(200)))
    assert port.read(1, 1) == b"\x00"
    assert port.read(10, 1) == bytes(range(1, 11))
    got = b""
    while len(got) < 189:
        got += port.read(1000, 1)
    assert got == bytes(range(11, 200))
    port.close()


def test_a_printer_without_a_way_back_is_silent() -> None:
    shop = Shop(PipeDevice(Interface(0, (7, 1, 1), ENDS[:1])))
    port = shop.open()
    with pytest.raises(PortTimeoutError):
        port.read(1, 0.01)
    assert port.facts().in_endpoint == 0
    port.close()


def test_a_printer_that_takes_nothing_times_out_with_the_exact_count() -> None:
    device = printer()
    port = Shop(device).open()
    device.act(lambda twin: twin.fail(Fault.PAPER_OUT))
    with pytest.raises(PortTimeoutError) as caught:
        port.write(bytes(100_000), 0.05)
    assert 0 < caught.value.sent < 100_000
    assert caught.value.sent == device.taken
    with pytest.raises(PortTimeoutError) as caught:
        port.write(b"x" * 64, 0)
    assert caught.value.sent == 0
    port.close()


@pytest.mark.parametrize("count", [1, CHUNK, CHUNK + 100])
def test_unplugged_at_byte_n_the_count_is_right_to_a_chunk(count: int) -> None:
    device = printer()
    port = Shop(device).open()
    device.unplug(after=count)
    with pytest.raises(PortClosedError, match="unplugged") as caught:
        port.write(bytes(3 * CHUNK), 5)
    assert device.taken == count
    assert count - CHUNK < caught.value.sent <= count
    for call in (lambda: port.read(1, 1), port.port_status, port.device_id, port.facts):
        with pytest.raises(PortClosedError):
            call()
    port.close()


def test_a_stalled_write_is_an_error_and_is_not_repeated() -> None:
    device = printer()
    port = Shop(device).open()
    device.halt(BULK_OUT)
    with pytest.raises(PortError, match="STALL"):
        port.write(b"x", 1)
    assert device.taken == 0
    port.write(b"y", 1)
    assert device.taken == 1
    port.close()


def test_a_stalled_read_is_cleared_once() -> None:
    device = printer()
    port = Shop(device).open()
    device.act(lambda _: b"x")
    device.halt(BULK_IN)
    assert port.read(1, 1) == b"x"
    port.close()


def test_after_replugging_it_is_found_again_with_the_driver_bound() -> None:
    device = printer()
    shop = Shop(device)
    port = shop.open()
    shop.bus.unplug(device)
    with pytest.raises(PortClosedError):
        port.read(1, 5)
    port.close()
    shop.bus.plug(device)
    again = shop.open()
    again.write(b"\x10\x04\x01", 1)
    assert again.read(9, 1) == b"\x12"
    again.close()


def test_unplugging_ends_a_write_that_waits() -> None:
    device = printer()
    shop = Shop(device)
    port = shop.open()
    device.mute(BULK_OUT)
    threading.Timer(0.05, lambda: shop.bus.unplug(device)).start()
    with pytest.raises(PortClosedError):
        port.write(b"x", 30)
    port.close()


def test_close_does_not_wait_for_a_printer_that_takes_nothing() -> None:
    """The writer leaves at its own deadline, and the printer is given back then."""
    device = printer()
    shop = Shop(device)
    port = shop.open()
    device.mute(BULK_OUT)
    caught: list[type[Exception]] = []

    def write() -> None:
        try:
            port.write(b"x", 1.5)
        except PortError as error:
            caught.append(type(error))

    writer = threading.Thread(target=write)
    writer.start()
    started = time.monotonic()
    port.close()
    assert time.monotonic() - started < 1.4
    writer.join(5)
    assert caught in ([PortTimeoutError], [PortClosedError])
    assert eventually(lambda: shop.bus.seat(device).bound == {0: "usblp"})


def eventually(true: Callable[[], bool]) -> bool:
    pause = threading.Event()
    return any(true() or pause.wait(0.01) for _ in range(500))


@settings(max_examples=30, deadline=None)
@given(st.binary(min_size=1, max_size=3000), st.integers(1, 64), st.integers(1, 700))
def test_no_answer_is_lost_however_it_is_cut(data: bytes, packet: int, limit: int) -> None:
    device = PipeDevice()
    port = Shop(device).open()
    device.packet_limit = packet
    device.answers += data
    got = b""
    while len(got) < len(data):
        piece = port.read(limit, 1)
        assert 0 < len(piece) <= limit
        got += piece
    port.close()
    assert got == data


# -- class requests -----------------------------------------------------------------------------


def test_what_the_printer_says_of_itself() -> None:
    device = printer()
    port = Shop(device).open()
    assert port.device_id() == "MFG:EPSON;CMD:ESC/POS;MDL:TM;CLS:PRINTER;SN:SIM0000001;"
    assert port.port_status() == PortStatus(paper_empty=False, selected=True, error=False)
    device.act(lambda twin: twin.fail(Fault.PAPER_OUT))
    assert port.port_status().paper_empty
    facts = port.facts()
    assert (facts.vendor, facts.product, facts.serial) == (0x04B8, 0x0E15, "SIM0000001")
    assert facts.device_id == port.device_id().encode()
    port.close()
    with pytest.raises(PortClosedError):
        port.port_status()


def test_soft_reset_also_forgets_answers_that_were_read() -> None:
    device = printer()
    port = Shop(device).open()
    device.act(lambda _: b"ab")
    assert port.read(1, 1) == b"a"
    port.soft_reset()
    assert device.resets == 1
    with pytest.raises(PortTimeoutError):
        port.read(1, 0.01)
    port.close()


def test_a_printer_without_class_requests_still_prints() -> None:
    device = PipeDevice()
    port = Shop(device).open()
    for call in (port.device_id, port.port_status, port.soft_reset):
        with pytest.raises(PortError, match="STALL"):
            call()
    assert port.facts().device_id == b""
    port.write(b"x", 1)
    assert device.written == b"x"
    port.close()


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (b"\x00\x0bMFG:Acme;", "MFG:Acme;"),
        (b"\x00\x0bMFG:Acme;junk", "MFG:Acme;"),
        (b"\x0b\x00MFG:Acme;", "MFG:Acme;"),  # the wrong byte order
        (b"\x00\x00MFG:Acme;", "MFG:Acme;"),
        (b"\x00\x0cMFG:\xff\x1bA;\x00\x00", "MFG:A;"),
        (b"\x00\x02", ""),
        (b"\x00", ""),
        (b"", ""),
    ],
)
def test_device_ids_are_read_as_printers_give_them(answer: bytes, text: str) -> None:
    assert device_id_text(answer) == text


@pytest.mark.parametrize(
    ("byte", "status"),
    [
        (0x18, PortStatus(paper_empty=False, selected=True, error=False)),
        (0x38, PortStatus(paper_empty=True, selected=True, error=False)),
        (0x00, PortStatus(paper_empty=False, selected=False, error=True)),
    ],
)
def test_the_status_byte(byte: int, status: PortStatus) -> None:
    assert PortStatus.from_byte(byte) == status


@pytest.mark.parametrize(("seconds", "whole"), [(0, 1), (0.0001, 1), (0.5, 500), (1.0001, 1001)])
def test_no_time_out_is_ever_for_ever(seconds: float, whole: int) -> None:
    assert milliseconds(seconds) == whole
