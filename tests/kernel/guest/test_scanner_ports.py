"""Our scanner ports against the kernel: claimed through usbfs, and through its own drivers."""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import pytest
import usb.core

from pos_guard.errors import PortBusyError, PortClosedError, PortError
from pos_guard.frames.keys import DOWN, EV_KEY, SYN, KeyEvent, build_events, parse_events
from pos_guard.ports.base import Port
from pos_guard.ports.cdc_acm import CdcPort
from pos_guard.ports.evdev import EvdevPort
from pos_guard.ports.hid import HidPort
from pos_guard.ports.hid_find import shown_by_kernel
from pos_guard.ports.hidraw import HidrawPort
from pos_guard.ports.input_events import KERNEL_BYTES
from pos_guard.ports.serial import SerialPort, SerialSettings
from pos_guard.ports.uinput import UinputPort
from pos_guard.ports.usb_find import UsbPlace
from tests.contract.site import Value
from tests.contract.waiting import SECONDS
from tests.kernel.guest.kernel_events import KernelEvents
from tests.kernel.guest.kernel_eyes import node_of
from tests.kernel.guest.processes import Devices

POS = UsbPlace(0x0C2E, 0x0907, scheme="hid")
KEYBOARD = UsbPlace(0x0C2E, 0x0200, scheme="hid")
SERIAL = UsbPlace(0x1EAB, 0x1A06, scheme="cdc")

DIGITS = {2: "1", 3: "2", 4: "3", 28: "\n"}
"""Key codes of these tests (linux/input-event-codes.h)."""


@dataclass
class Scanner:
    """One that is plugged in; ``node`` is what its kernel driver made."""

    name: str
    node: str
    devices: Devices

    def do(self, call: str, *arguments: str | int) -> Value:
        return self.devices.call(call, self.name, *arguments)


@contextmanager
def plugged(devices: Devices, kind: str, name: str = "one") -> Generator[Scanner]:
    """Plug one in, and out again; both times until udevd and libusb know."""
    events = KernelEvents()
    devices.call("plug", name, kind)
    node = node_of(events, kind)
    try:
        yield Scanner(name, node, devices)
    finally:
        devices.call("unplug", name)
        events.wait(ACTION="remove", SUBSYSTEM="usb", DEVTYPE="usb_device")
        events.close()


@pytest.fixture
def pos(devices: Devices) -> Iterator[Scanner]:
    with plugged(devices, "pos") as scanner:
        yield scanner


@pytest.fixture
def keyboard(devices: Devices) -> Iterator[Scanner]:
    with plugged(devices, "keyboard") as scanner:
        yield scanner


@pytest.fixture
def serial(devices: Devices) -> Iterator[Scanner]:
    with plugged(devices, "serial") as scanner:
        yield scanner


# -- udev ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("pos", {}),
        ("keyboard", {"LIBINPUT_IGNORE_DEVICE": "1"}),
        ("serial", {"ID_MM_DEVICE_IGNORE": "1", "ID_MM_PORT_IGNORE": "1"}),
    ],
)
def test_our_rules_keep_a_real_scanner_for_the_guard(
    devices: Devices, kind: str, told: dict[str, str]
) -> None:
    events = KernelEvents()
    with plugged(devices, kind) as scanner:
        event = events.wait(ACTION="add", DEVNAME=scanner.node)
        assert {key: event.get(key) for key in told} == told
        node = Path(scanner.node).stat()
        assert (node.st_mode & 0o777, node.st_uid, node.st_gid) == (0o600, 0, 0)
    events.close()


# -- HID POS ------------------------------------------------------------------------------------


@pytest.fixture(params=["usbfs", "hidraw"])
def pos_port(pos: Scanner, request: pytest.FixtureRequest) -> Iterator[HidPort | HidrawPort]:
    opened: HidPort | HidrawPort
    opened = HidPort.open(POS) if request.param == "usbfs" else HidrawPort.open(pos.node)
    yield opened
    opened.close()


def test_facts_are_the_same_both_ways(pos: Scanner) -> None:
    raw = HidrawPort.open(pos.node)
    raw.close()
    claimed = HidPort.open(POS)
    claimed.close()
    for facts in (raw.facts, claimed.facts):
        assert (facts.vendor, facts.product, facts.serial) == (0x0C2E, 0x0907, "one")
        assert not facts.keyboard
    assert raw.facts.descriptor == claimed.facts.descriptor
    assert len(raw.facts.descriptor) > 40


def test_the_kernel_shows_a_descriptor_without_being_disturbed(pos: Scanner) -> None:
    raw = HidrawPort.open(pos.node)
    device: Any = usb.core.find(idVendor=POS.vendor)
    assert shown_by_kernel(device, 0) == raw.facts.descriptor
    assert shown_by_kernel(device, 1) == b""
    pos.do("scan", "1")
    assert raw.read(64, SECONDS)[5:6] == b"1"  # its node has lived on
    raw.close()


def test_the_only_pos_scanner_is_found_and_no_keyboard_is_touched(
    pos: Scanner, keyboard_beside: Scanner
) -> None:
    grabbed = EvdevPort.open(keyboard_beside.node)
    port = HidPort.open(UsbPlace(scheme="hid"))
    assert port.facts.product == POS.product
    keyboard_beside.do("scan", "1")
    assert typed(grabbed, "\n") == "1\n"
    port.close()
    grabbed.close()
    assert pos.name == "one"


@pytest.fixture
def keyboard_beside(devices: Devices) -> Iterator[Scanner]:
    with plugged(devices, "keyboard", "beside") as scanner:
        yield scanner


def test_a_claimed_scanner_is_nobody_elses_and_is_given_back(pos: Scanner) -> None:
    events = KernelEvents()
    port = HidPort.open(POS)
    events.wait(ACTION="remove", SUBSYSTEM="hidraw")
    with pytest.raises(PortClosedError):
        HidrawPort.open(pos.node)
    with pytest.raises(PortBusyError):
        HidPort.open(POS)
    port.close()
    node = node_of(events, "pos")
    again = HidrawPort.open(node)
    pos.do("scan", "1")
    assert again.read(64, SECONDS)[5:6] == b"1"
    again.close()
    events.close()


def test_unplugged_in_the_midst_of_a_message(pos: Scanner, pos_port: Port) -> None:
    pos.do("fault", "half")
    pos.do("scan", "7" * 100)
    assert pos_port.read(4096, SECONDS)[63] == 1  # more was to follow
    pull = threading.Timer(0.2, pos.do, ("unplug",))
    pull.start()
    with pytest.raises(PortClosedError):
        pos_port.read(4096, SECONDS)
    pull.join()
    with pytest.raises(PortError):
        pos_port.write(b"\xfd" + bytes(63), SECONDS)


def open_again(scanner: Scanner, kind: str) -> Port:
    """By what stays the same when it is plugged in again."""
    if kind == "pos":
        return HidPort.open(UsbPlace(0x0C2E, 0x0907, scanner.name, "hid"))
    if kind == "serial":
        return CdcPort.open(UsbPlace(0x1EAB, 0x1A06, scanner.name, "cdc"))
    return EvdevPort.open(next(str(link) for link in Path("/dev/input/by-id").glob("*-event-kbd")))


def read_to_the_end(port: Port) -> NoReturn:
    while True:
        port.read(4096, SECONDS)


@pytest.mark.parametrize("kind", ["pos", "keyboard", "serial"])
def test_a_scanner_that_is_plugged_in_again_is_found_again(devices: Devices, kind: str) -> None:
    for _ in range(2):
        with plugged(devices, kind) as scanner:
            port = open_again(scanner, kind)
            scanner.do("scan", "1")
            assert port.read(4096, SECONDS)
            scanner.do("unplug")
            with pytest.raises(PortClosedError):
                read_to_the_end(port)
            port.close()


# -- keyboards ----------------------------------------------------------------------------------


def typed(port: Port, end: str) -> str:
    """What was typed up to ``end``."""
    text = ""
    while not text.endswith(end):
        for event in parse_events(port.read(65536, SECONDS)):
            if event.type == EV_KEY and event.value == DOWN:
                text += DIGITS[event.code]
    return text


def is_readable(fd: int, seconds: float) -> bool:
    return bool(select.select([fd], [], [], seconds)[0])


@contextmanager
def another_reader(node: str) -> Generator[int]:
    """A program that knows nothing of us."""
    fd = os.open(node, os.O_RDONLY | os.O_NONBLOCK)
    try:
        yield fd
    finally:
        os.close(fd)


def test_a_grabbed_keyboard_types_for_us_alone(keyboard: Scanner) -> None:
    with another_reader(keyboard.node) as other:
        port = EvdevPort.open(keyboard.node)
        keyboard.do("scan", "123")
        assert typed(port, "\n") == "123\n"
        assert not is_readable(other, 0.3)
        port.close()
        keyboard.do("scan", "1")
        assert is_readable(other, SECONDS)


def test_what_is_no_keyboard_cannot_be_grabbed() -> None:
    with pytest.raises(PortError, match="no input device"):
        EvdevPort.open("/dev/null")
    with pytest.raises(PortError, match="no HID device"):
        HidrawPort.open("/dev/null")
    with pytest.raises(PortClosedError, match="is not there"):
        EvdevPort.open("/dev/input/event99")


def test_keys_that_nobody_read_in_time_make_the_scan_void(keyboard: Scanner) -> None:
    port = EvdevPort.open(keyboard.node)
    reports = HidrawPort.open(next(str(node) for node in Path("/dev").glob("hidraw*")))
    keyboard.do("scan", "123" * 60)
    for _ in range(2 * 181):  # until all is typed: the kernel keeps 64 events for a reader
        reports.read(64, SECONDS)
    reports.close()
    events = parse_events(port.read(65536, SECONDS))
    while KeyEvent(0, 3, 0) not in events:
        events += parse_events(port.read(65536, SECONDS))
    keyboard.do("scan", "321")
    text = ""
    while not text.endswith("321\n"):
        text += typed(port, "\n")
    port.close()


def test_a_scan_that_is_being_typed_is_not_cut_in_two_by_the_grab(keyboard: Scanner) -> None:
    keyboard.do("fault", "slow")
    keyboard.do("scan", "123")
    port = EvdevPort.open(keyboard.node)
    keyboard.do("fault", "")
    keyboard.do("scan", "321")
    assert typed(port, "\n") == "321\n"
    port.close()


def test_a_keyboard_with_a_key_down_is_not_grabbed(keyboard: Scanner) -> None:
    keyboard.do("report", "00001e0000000000")
    with another_reader(keyboard.node) as other:
        is_readable(other, 0.5)
        with pytest.raises(PortBusyError, match="a key is held down"):
            EvdevPort.open(keyboard.node)
    keyboard.do("report", "0000000000000000")
    EvdevPort.open(keyboard.node).close()


def test_a_claimed_keyboard_gives_boot_reports(keyboard: Scanner) -> None:
    events = KernelEvents()
    port = HidPort.open(KEYBOARD)
    assert port.facts.keyboard
    assert keyboard.do("protocol") == 0
    events.wait(ACTION="remove", SUBSYSTEM="input", DEVNAME=keyboard.node)
    keyboard.do("scan", "1")
    reports = [port.read(4096, SECONDS) for _ in range(4)]
    assert reports == [bytes((0, 0, key, 0, 0, 0, 0, 0)) for key in (0x1E, 0, 0x28, 0)]
    port.write(b"\x02", SECONDS)
    assert "02" in str(keyboard.do("heard"))
    port.close()
    node_of(events, "keyboard")
    assert keyboard.do("protocol") == 1
    events.close()


# -- what we type -------------------------------------------------------------------------------


def test_a_virtual_keyboard_is_one_for_every_program() -> None:
    events = KernelEvents()
    port = UinputPort.create("till")
    node = node_of(events, "keyboard")
    assert port.node() == node
    with another_reader(node) as reader:
        scan = [KeyEvent(EV_KEY, key, value) for key in (30, 31, 28) for value in (1, 0)]
        port.write(build_events(part for event in scan for part in (event, SYN)), SECONDS)
        assert is_readable(reader, SECONDS)
        assert len(os.read(reader, 64 * KERNEL_BYTES)) == 12 * KERNEL_BYTES
    with pytest.raises(PortError, match="the guard's own"):
        EvdevPort.open(node)
    port.close()
    events.wait(ACTION="remove", SUBSYSTEM="input")
    events.close()


def test_a_long_scan_is_typed_no_faster_than_it_can_be_read() -> None:
    events = KernelEvents()
    port = UinputPort.create("till")
    node = node_of(events, "keyboard")
    keys = [KeyEvent(EV_KEY, 30, value) for _ in range(300) for value in (1, 0)]
    data = build_events(part for event in keys for part in (event, SYN))
    writer = threading.Thread(target=port.write, args=(data, SECONDS))
    got = 0
    with another_reader(node) as reader:
        writer.start()
        while got < 1200 and is_readable(reader, SECONDS):
            got += len(os.read(reader, 64 * KERNEL_BYTES)) // KERNEL_BYTES
    writer.join()
    port.close()
    assert got == 1200
    events.close()


# -- serial lines -------------------------------------------------------------------------------


def read_until(port: Port, end: bytes) -> bytes:
    data = b""
    while not data.endswith(end):
        data += port.read(4096, SECONDS)
    return data


def test_a_claimed_line_is_given_back_to_its_driver(serial: Scanner) -> None:
    events = KernelEvents()
    port = CdcPort.open(SERIAL)
    events.wait(ACTION="remove", SUBSYSTEM="tty")
    with pytest.raises(PortBusyError):
        CdcPort.open(SERIAL)
    port.close()
    again = SerialPort(SerialSettings(node_of(events, "serial")))
    serial.do("scan", "1")
    assert read_until(again, b"\r") == b"1\r"
    again.close()
    events.close()
