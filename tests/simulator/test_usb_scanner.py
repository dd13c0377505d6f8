"""The USB scanner twins, seen from the bus and by real pyusb."""

from __future__ import annotations

import array
import errno
from collections.abc import Callable
from typing import Any

import pytest
import usb.core

from pos_guard.frames import honeywell
from pos_guard.frames.hid_descriptor import ReportKind, parse_descriptor
from pos_guard.frames.hid_keyboard import BOOT, find_keys
from pos_guard.frames.hid_pos import LAYOUTS, find_layout, parse_report
from pos_guard.frames.hid_pos_output import (
    HONEYWELL,
    NEWLAND,
    build_serial,
    find_serial,
    find_trigger,
)
from pos_guard.frames.registers import write
from pos_guard.ports.usb_device import Setup, Stalled, Unplugged, UsbDevice
from pos_guard_simulator.usb_bus import SimulatedBus
from pos_guard_simulator.usb_function import UsbFunction
from pos_guard_simulator.usb_scanner import HidFault, UsbHidPosScanner
from pos_guard_simulator.usb_scanner_hid import (
    BOOT as BOOT_PROTOCOL,
)
from pos_guard_simulator.usb_scanner_hid import (
    GET_IDLE,
    GET_PROTOCOL,
    GET_REPORT,
    IN,
    MAX_WAITING,
    OUT,
    REPORT_PROTOCOL,
    SET_IDLE,
    SET_PROTOCOL,
    SET_REPORT,
)
from pos_guard_simulator.usb_scanner_keyboard import UsbKeyboardScanner
from pos_guard_simulator.usb_sim_libusb1 import SimulatedBackend

WECHAT = b"134567890123456789"
LONG = b"0123456789" * 15
GET_DESCRIPTOR = 6
LAYOUT_NAMES = ["honeywell-64", "newland-64", "62"]


def reports(device: UsbDevice, size: int = 64) -> list[bytes]:
    found: list[bytes] = []
    while (report := device.in_(IN, size)) is not None:
        found.append(report)
    return found


def codes(device: UsbHidPosScanner) -> bytes:
    return b"".join(parse_report(report, device.layout).data for report in reports(device))


# -- descriptors and requests -------------------------------------------------------------------


@pytest.mark.parametrize("layout", LAYOUT_NAMES)
def test_the_descriptor_describes_the_layout_and_the_commands(layout: str) -> None:
    twin = UsbHidPosScanner(layout)
    described = parse_descriptor(twin.report_descriptor)
    found, known = find_layout(described), LAYOUTS[layout]
    assert found is not None
    assert (found.report, found.size, found.room, found.more) == (2, known.size, 56, known.more)
    assert (found.has_aim, found.has_code_id) == (known.has_aim, known.has_code_id)
    newland = layout == "newland-64"
    assert find_serial(described, NEWLAND if newland else HONEYWELL) == 64
    assert (find_trigger(described) is None) is newland


def test_the_keyboards_descriptor_is_the_boot_one() -> None:
    described = parse_descriptor(UsbKeyboardScanner().report_descriptor)
    assert find_keys(described) == BOOT
    [leds] = described.of(ReportKind.OUTPUT)
    assert leds.size == 1


@pytest.mark.parametrize("twin", [UsbHidPosScanner(), UsbKeyboardScanner()])
def test_its_descriptors_are_told_to_the_interface(twin: UsbDevice) -> None:
    hid = twin.control(Setup(0x81, GET_DESCRIPTOR, 0x2100, 0, 9), b"")
    report = twin.control(Setup(0x81, GET_DESCRIPTOR, 0x2200, 0, 4096), b"")
    assert hid[:7] == bytes.fromhex("09 21 1101 00 01 22")
    assert int.from_bytes(hid[7:], "little") == len(report)
    assert hid in twin.configuration_descriptor
    assert twin.control(Setup(0x80, GET_DESCRIPTOR, 0x0100, 0, 18), b"") == twin.device_descriptor
    with pytest.raises(Stalled):
        twin.control(Setup(0x80, GET_DESCRIPTOR, 0x2200, 0, 255), b"")


def test_a_keyboard_knows_the_six_class_requests() -> None:
    twin = UsbKeyboardScanner()
    assert twin.control(Setup(0xA1, GET_PROTOCOL, 0, 0, 1), b"") == bytes((REPORT_PROTOCOL,))
    twin.control(Setup(0x21, SET_PROTOCOL, BOOT_PROTOCOL, 0, 0), b"")
    assert twin.control(Setup(0xA1, GET_PROTOCOL, 0, 0, 1), b"") == b"\0"
    twin.control(Setup(0x21, SET_IDLE, 0x7D00, 0, 0), b"")
    assert twin.control(Setup(0xA1, GET_IDLE, 0, 0, 1), b"") == b"\x7d"
    twin.control(Setup(0x21, SET_REPORT, 0x0200, 0, 1), b"\x02")
    assert (twin.leds, list(twin.heard)) == (2, [b"\x02"])
    twin.scan("7")
    [first, *_] = reports(twin, 8)
    assert twin.control(Setup(0xA1, GET_REPORT, 0x0100, 0, 8), b"") == bytes(8)
    assert first == bytes.fromhex("0000240000000000")


@pytest.mark.parametrize(
    "setup",
    [
        Setup(0xA1, GET_PROTOCOL, 0, 0, 1),
        Setup(0x21, SET_PROTOCOL, 0, 0, 0),
        Setup(0xA1, 0x55, 0, 0, 1),
        Setup(0x21, 0x55, 0, 0, 0),
        Setup(0x41, SET_REPORT, 0, 0, 0),
    ],
)
def test_what_a_scanner_does_not_know_stalls(setup: Setup) -> None:
    with pytest.raises(Stalled):
        UsbHidPosScanner().control(setup, b"")


def test_a_plugged_scanner_begins_anew() -> None:
    twin = UsbKeyboardScanner()
    twin.control(Setup(0x21, SET_PROTOCOL, BOOT_PROTOCOL, 0, 0), b"")
    twin.scan("7")
    twin.unplug()
    with pytest.raises(Unplugged):
        twin.in_(IN, 8)
    twin.plug()
    assert (reports(twin, 8), twin.protocol) == ([], REPORT_PROTOCOL)


# -- scans and commands -------------------------------------------------------------------------


@pytest.mark.parametrize("layout", LAYOUT_NAMES)
@pytest.mark.parametrize("code", [b"7", WECHAT, LONG])
def test_a_scan_comes_as_reports_of_the_layout(layout: str, code: bytes) -> None:
    twin = UsbHidPosScanner(layout)
    twin.scan(code)
    found = reports(twin)
    assert {len(report) for report in found} == {LAYOUTS[layout].size}
    assert b"".join(parse_report(report, twin.layout).data for report in found) == code
    assert twin.scans == 1


def test_text_is_encoded_as_the_scanner_is_set() -> None:
    twin = UsbHidPosScanner(encoding="gbk")
    twin.scan("付款")
    assert codes(twin) == "付款".encode("gbk")


def test_a_held_code_is_read_once_when_triggered() -> None:
    twin = UsbHidPosScanner()
    for send in (b"\x04\x02", build_serial(HONEYWELL, honeywell.TRIGGER)[0]):
        twin.hold(WECHAT)
        assert reports(twin) == []
        twin.out(OUT, send)
        twin.out(OUT, send)
        assert codes(twin) == WECHAT
    assert twin.triggers == 4


def test_by_set_report_it_hears_the_same() -> None:
    twin = UsbHidPosScanner(out=False)
    twin.control(Setup(0x21, SET_REPORT, 0x0204, 0, 2), b"\x04\x0c")
    assert (twin.good_beeps, twin.error_beeps) == (1, 1)


@pytest.mark.parametrize(
    ("menu", "answer"),
    [
        (b"CBRENA?.", b"CBRENA\x05."),
        (b"CBRENA1!", b"CBRENA1\x06!"),
        (b"cbrena1.", b"CBRENA1\x06."),
    ],
)
def test_menu_commands_are_answered_with_their_status(menu: bytes, answer: bytes) -> None:
    twin = UsbHidPosScanner()
    twin.out(OUT, build_serial(HONEYWELL, honeywell.MENU + menu)[0])
    [final] = [parse_report(report, twin.layout) for report in reports(twin)]
    assert (final.aim, final.code_id, final.data) == ("]Z6", 0x36, answer)


def test_a_setting_can_be_asked_for_later() -> None:
    twin = UsbHidPosScanner()
    for menu in (b"BEPVOL3.", b"BEPVOL?."):
        twin.out(OUT, build_serial(HONEYWELL, honeywell.MENU + menu)[0])
    assert codes(twin) == b"BEPVOL3\x06.BEPVOL3\x06."
    assert twin.settings == {b"BEPVOL": b"3"}


def test_newlands_engine_answers_register_commands_and_nothing_else() -> None:
    twin = UsbHidPosScanner("newland-64")
    twin.hold(WECHAT)
    twin.out(OUT, build_serial(NEWLAND, write(2, b"\x01"))[0])
    assert codes(twin) == bytes.fromhex("02 00 00 01 00 33 31") + WECHAT
    for junk in (b"\x04\x02hi", b"\x04", b"\x99\x00"):
        twin.out(OUT, junk)
    assert reports(twin) == []


# -- faults -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "code", "count"),
    [
        (HidFault.NO_READ, WECHAT, 0),
        (HidFault.HALF, WECHAT, 1),
        (HidFault.HALF, LONG, 2),
        (HidFault.LOST, WECHAT, 0),
        (HidFault.LOST, LONG, 2),
        (HidFault.DOUBLE, LONG, 6),
        (HidFault.WRONG_LAYOUT, WECHAT, 1),
    ],
)
def test_faults_change_the_reports_of_a_scan(fault: HidFault, code: bytes, count: int) -> None:
    twin = UsbHidPosScanner()
    twin.faults = frozenset({fault})
    twin.scan(code)
    assert len(reports(twin)) == count


def test_the_cable_is_pulled_within_a_message() -> None:
    twin = UsbHidPosScanner()
    twin.faults = frozenset({HidFault.UNPLUG})
    twin.scan(LONG)
    assert [len(twin.in_(IN, 64) or b"") for _ in range(2)] == [64, 64]
    with pytest.raises(Unplugged):
        twin.in_(IN, 64)
    keyboard = UsbKeyboardScanner()
    keyboard.faults = frozenset({HidFault.UNPLUG})
    keyboard.scan("")
    assert not keyboard.present


def test_what_nobody_reads_is_bounded_and_counted() -> None:
    twin = UsbHidPosScanner()
    for _ in range(MAX_WAITING + 5):
        twin.scan(b"7")
    assert twin.lost == 5
    assert len(reports(twin)) == MAX_WAITING


# -- real pyusb ---------------------------------------------------------------------------------


class Shop:
    """A bus with one scanner, and pyusb's device of it."""

    def __init__(self, twin: UsbFunction) -> None:
        self.bus = SimulatedBus()
        self.bus.plug(twin, driver="usbhid")
        self.found = self.find()
        self.found.detach_kernel_driver(0)

    def find(self) -> Any:
        return usb.core.find(backend=SimulatedBackend(self.bus))


def pyusb_reads(found: Any, size: int = 64, timeout: int = 500) -> bytes:
    data: array.array[int] = found.read(IN, size, timeout)
    return data.tobytes()


def show(twin: UsbHidPosScanner) -> None:
    twin.scan(LONG)


def read_on(found: Any) -> None:
    """Until something is wrong."""
    for _ in range(MAX_WAITING):
        pyusb_reads(found)


def test_pyusb_finds_a_scanner_by_its_class_and_reads_its_reports() -> None:
    twin = UsbHidPosScanner()
    shop = Shop(twin)
    interface = shop.found[0][(0, 0)]
    assert (interface.bInterfaceClass, interface.bInterfaceProtocol) == (3, 0)
    assert [end.bEndpointAddress for end in interface] == [IN, OUT]
    descriptor = shop.found.ctrl_transfer(0x81, GET_DESCRIPTOR, 0x2200, 0, 4096).tobytes()
    assert descriptor == twin.report_descriptor
    twin.scan(LONG)
    layout = LAYOUTS["honeywell-64"]
    pieces = [parse_report(pyusb_reads(shop.found), layout) for _ in range(3)]
    assert b"".join(piece.data for piece in pieces) == LONG
    with pytest.raises(usb.core.USBTimeoutError):
        pyusb_reads(shop.found, timeout=1)


def test_pyusb_writes_commands_and_reads_the_answer() -> None:
    twin = UsbHidPosScanner()
    shop = Shop(twin)
    revision = honeywell.build_menu(["REVINF"], permanent=True)
    assert shop.found.write(OUT, build_serial(HONEYWELL, revision)[0]) == 64
    seen: list[str | None] = []
    while seen[-1:] != ["]Z6"]:
        seen.append(parse_report(pyusb_reads(shop.found), twin.layout).aim)
    assert seen == ["]X0", "]X0", "]X0", "]Z6"]


def test_pyusb_reads_a_slow_scanner_to_the_end() -> None:
    twin = UsbHidPosScanner()
    shop = Shop(twin)
    twin.faults = frozenset({HidFault.SLOW})
    twin.scan(LONG)
    data = b"".join(parse_report(pyusb_reads(shop.found), twin.layout).data for _ in range(3))
    assert data == LONG


@pytest.mark.parametrize("play", [UsbHidPosScanner.unplug, show], ids=["idle", "message"])
def test_pyusb_hears_of_the_pulled_cable_and_finds_the_scanner_again(
    play: Callable[[UsbHidPosScanner], None],
) -> None:
    twin = UsbHidPosScanner()
    shop = Shop(twin)
    twin.faults = frozenset({HidFault.UNPLUG})
    play(twin)
    with pytest.raises(usb.core.USBError) as caught:
        read_on(shop.found)
    assert caught.value.errno == errno.ENODEV
    assert shop.find() is None
    shop.bus.plug(twin, driver="usbhid")
    assert shop.find().address != shop.found.address


def test_pyusb_takes_a_keyboard_and_sets_the_boot_protocol() -> None:
    twin = UsbKeyboardScanner("fr")
    shop = Shop(twin)
    shop.found.ctrl_transfer(0x21, SET_PROTOCOL, 0, 0, None)
    shop.found.ctrl_transfer(0x21, SET_REPORT, 0x0200, 0, b"\x01")
    assert (twin.protocol, twin.leds) == (BOOT_PROTOCOL, 1)
    twin.scan("1")
    assert [pyusb_reads(shop.found, 8).hex() for _ in range(2)] == [
        "02001e0000000000",
        "0000000000000000",
    ]
