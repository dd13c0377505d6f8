"""Any scanner by its model as a USB device, opened by real pyusb on the simulated bus."""

from __future__ import annotations

import array
import errno
from typing import Any

import pytest
import usb.core

from pos_guard.errors import LocalError
from pos_guard.frames import honeywell
from pos_guard.frames.hid_pos import LAYOUTS, parse_report
from pos_guard.frames.hid_pos_output import HONEYWELL, build_serial
from pos_guard_simulator.scanner_faults import HID_POS_FAULTS, KEYBOARD_FAULTS, SERIAL_FAULTS
from pos_guard_simulator.scanner_make import ScannerOptions, usb_scanner
from pos_guard_simulator.scanner_shown import Seen
from pos_guard_simulator.scanner_usb import UsbScanner
from pos_guard_simulator.usb_bus import SimulatedBus
from pos_guard_simulator.usb_scanner_hid import IN, OUT
from pos_guard_simulator.usb_sim_libusb1 import SimulatedBackend

WECHAT = "134567890123456789"
LONG = "0123456789" * 15
BULK_IN = 0x82
XENON = LAYOUTS["honeywell-64"]
ENTER = bytes.fromhex("0000280000000000")


class Desk:
    """One scanner on a bus, and pyusb's device of it."""

    def __init__(self, model: str, *faults: str, **options: Any) -> None:
        self.scanner = usb_scanner(ScannerOptions(model, faults=faults, **options))
        self.bus = SimulatedBus()
        self.bus.plug(self.scanner.device, driver="usbhid")
        self.found: Any = usb.core.find(backend=SimulatedBackend(self.bus))
        self.ends = [end for interface in self.found[0] for end in interface]
        for interface in self.found[0]:
            self.found.detach_kernel_driver(interface.bInterfaceNumber)

    def show(self, code: str | bytes, symbology: str = "]Q1") -> str:
        """Show a code; why it was not read."""
        return show(self.scanner, code, symbology).why

    def open(self) -> None:
        """Raise DTR, as whoever opens a serial device does."""
        self.found.ctrl_transfer(0x21, 0x22, 3, 0, None)

    def packet(self, endpoint: int = IN, timeout: int = 2000) -> bytes:
        size = next(end.wMaxPacketSize for end in self.ends if end.bEndpointAddress == endpoint)
        data: array.array[int] = self.found.read(endpoint, size, timeout)
        return data.tobytes()

    def packets(self) -> list[bytes]:
        """All that comes without waiting."""
        found: list[bytes] = []
        while True:
            try:
                found.append(self.packet(timeout=1))
            except usb.core.USBTimeoutError:
                return found

    def code(self) -> bytes:
        return b"".join(parse_report(one, XENON).data for one in self.packets())

    def keys(self) -> list[int]:
        """The usage of each key that goes down."""
        return [packet[2] for packet in self.packets() if packet[2]]


def show(scanner: UsbScanner, code: str | bytes, symbology: str = "]Q1") -> Seen:
    seen = Seen()

    def act() -> Any:
        nonlocal seen
        seen = scanner.shown.show(code, symbology)
        return seen.effects

    scanner.do(act)
    return seen


@pytest.mark.parametrize(
    ("model", "ids"),
    [
        ("honeywell-hidpos", (0x0C2E, 0x0907)),
        ("newland-hidpos", (0x1EAB, 0x8210)),
        ("generic-hidpos", (0x05E0, 0x0907)),
        ("generic-wedge", (0x05E0, 0x1200)),
        ("generic-evdev", (0x0C2E, 0x0200)),
        ("gm65", (0x6666, 0x7777)),
        ("zebra-serial", (0x05E0, 0x1701)),
        ("honeywell-serial", (0x1EAB, 0x1A06)),
    ],
)
def test_each_model_has_its_own_ids(model: str, ids: tuple[int, int]) -> None:
    found = Desk(model).found
    assert (found.idVendor, found.idProduct) == ids


def test_a_serial_number_tells_two_apart() -> None:
    for model in ("gm65", "honeywell-hidpos", "generic-wedge"):
        assert usb_scanner(ScannerOptions(model), serial="S-7").device.identity.serial == "S-7"


# -- CDC-ACM ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "wire"),
    [
        ("split", b"134567890123456789\r"),
        ("slow", b"134567890123456789\r"),
        ("double", b"134567890123456789\r" * 2),
        ("cut", b"134567890"),
        ("modem-manager", b"AT\r\r\nERROR\r\n134567890123456789\r"),
    ],
)
def test_a_serial_scanner_as_cdc_acm(fault: str, wire: bytes) -> None:
    desk = Desk("generic-serial", fault)
    desk.open()
    assert desk.show(WECHAT) == ""
    got = b""
    while len(got) < len(wire):
        got += desk.packet(BULK_IN)
    assert got == wire


def test_a_cdc_scanner_answers_its_commands() -> None:
    desk = Desk("de2120", host_trigger=True)
    desk.open()
    assert desk.show(WECHAT) == "not triggered"
    desk.found.write(1, b"^_^SCAN.")
    assert desk.packet(BULK_IN) == b"\x06"
    assert desk.show(WECHAT) == ""
    assert desk.packet(BULK_IN) == b"134567890123456789\r"


def test_a_cdc_scanner_goes_in_the_midst_of_a_scan_and_comes_again() -> None:
    desk = Desk("generic-serial", "unplug")
    desk.open()
    desk.show(WECHAT)
    assert desk.packet(BULK_IN) == b"134567890"
    with pytest.raises(usb.core.USBError) as caught:
        desk.packet(BULK_IN)
    assert caught.value.errno == errno.ENODEV
    desk.scanner.device.plug()
    assert desk.scanner.device.present


# -- HID POS ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "data"),
    [
        ("no-read", b""),
        ("double", LONG.encode() * 2),
        ("cut", LONG[:112].encode()),
        ("half-hid", LONG[:112].encode()),
    ],
)
def test_faults_of_a_hid_pos_scanner(fault: str, data: bytes) -> None:
    desk = Desk("honeywell-hidpos", fault)
    assert desk.show(LONG) == (fault if fault == "no-read" else "")
    assert desk.code() == data
    desk.scanner.shown.clear(fault)
    desk.show(LONG)
    assert desk.code() == LONG.encode()


def test_reports_of_another_layout() -> None:
    desk = Desk("honeywell-hidpos", "wrong-layout")
    desk.show(WECHAT)
    [report] = desk.packets()
    assert parse_report(report, LAYOUTS["newland-64"], strict=False).data == WECHAT.encode()


@pytest.mark.parametrize(
    ("symbology", "code", "code_id"),
    [
        ("]Q1", WECHAT, "s"),
        ("]C0", WECHAT, "j"),
        ("]E0", "6901234567892", "d"),
        ("]E4", "96385074", "D"),
        ("]Z0", "1", "s"),
    ],
)
def test_aim_and_code_identifier_name_the_symbology(
    symbology: str, code: str, code_id: str
) -> None:
    desk = Desk("honeywell-hidpos")
    desk.show(code, symbology)
    [piece] = [parse_report(one, XENON) for one in desk.packets()]
    assert (piece.aim, piece.code_id) == (symbology, ord(code_id))


def test_text_is_in_the_code_page_that_is_set_or_a_wrong_one() -> None:
    desk = Desk("honeywell-hidpos", encoding="gbk")
    desk.show("付款")
    assert desk.code() == "付款".encode("gbk")
    desk.scanner.shown.arm("wrong-code-page")
    desk.show("付款")
    assert desk.code() == "付款".encode()


@pytest.mark.parametrize(
    "trigger", [b"\x04\x02", build_serial(HONEYWELL, honeywell.TRIGGER)[0], None]
)
def test_untriggered_it_sees_nothing(trigger: bytes | None) -> None:
    desk = Desk("honeywell-hidpos", host_trigger=True)

    def pull() -> None:
        desk.found.write(OUT, trigger) if trigger else desk.scanner.do(desk.scanner.shown.pull)

    assert desk.show(WECHAT) == "not triggered"
    pull()
    assert (desk.show(WECHAT), desk.code()) == ("", WECHAT.encode())
    assert desk.show(WECHAT) == "not triggered"
    desk.scanner.do(lambda: desk.scanner.shown.lay(LONG))
    assert desk.code() == b""
    pull()
    assert desk.code() == LONG.encode()
    assert desk.show(WECHAT) == "not triggered"
    pull()
    desk.found.write(OUT, build_serial(HONEYWELL, honeywell.UNTRIGGER)[0])
    assert desk.show(WECHAT) == "not triggered"
    state = desk.scanner.shown.state()
    assert (state["scans"], state["missed"], state["triggers"]) == (2, 4, 3)


def test_the_host_forbids_it_to_read_and_makes_it_beep() -> None:
    desk = Desk("honeywell-hidpos")
    desk.found.write(OUT, b"\x04\x0d")
    assert desk.show(WECHAT) == "disabled"
    state = desk.scanner.shown.state()
    assert (state["beeps"], state["good_beeps"], state["enabled"], state["heard"]) == (
        1,
        1,
        False,
        2,
    )
    desk.scanner.shown.arm("no-answer")
    desk.found.write(OUT, b"\x04\x00")
    assert desk.show(WECHAT) == "disabled"
    desk.scanner.shown.clear("no-answer")
    desk.found.write(OUT, b"\x04\x00")
    assert desk.show(WECHAT) == ""


def test_a_scanner_that_was_pulled_out_sees_nothing_until_it_is_back() -> None:
    desk = Desk("honeywell-hidpos", "unplug")
    desk.show(LONG)
    assert [len(desk.packet()), len(desk.packet())] == [64, 64]
    with pytest.raises(usb.core.USBError) as caught:
        desk.packet()
    assert caught.value.errno == errno.ENODEV
    assert desk.show(WECHAT) == "not plugged in"
    assert desk.scanner.shown.state()["plugged"] is False
    desk.scanner.shown.clear("unplug")
    desk.scanner.device.plug()
    assert desk.show(WECHAT) == ""


# -- keyboard -----------------------------------------------------------------------------------


def test_a_keyboard_types_the_code_and_enter() -> None:
    desk = Desk("generic-wedge")
    desk.show("10\t")
    assert desk.keys() == [0x1E, 0x27, 0x2B, 0x28]
    desk.show(b"7")
    assert [packet for packet in desk.packets() if packet[2]][-1] == ENTER
    desk.show(b"\xe9")
    assert desk.packets()
    desk.scanner.do(lambda: desk.scanner.shown.lay("1"))
    assert desk.keys() == [0x1E, 0x28]
    assert (desk.scanner.shown.pull(), desk.scanner.shown.state()["scans"]) == ([], 4)


@pytest.mark.parametrize(
    ("fault", "keys"),
    [
        ("no-read", []),
        ("double", [0x1E, 0x28, 0x1E, 0x28]),
        ("half-hid", [0x1E]),
        ("set-up-code", [0x1E]),
    ],
)
def test_faults_of_a_keyboard(fault: str, keys: list[int]) -> None:
    desk = Desk("generic-wedge", fault)
    desk.show("1")
    assert desk.keys() == keys
    desk.scanner.shown.clear(fault)
    desk.show("1")
    assert desk.keys() == [0x1E, 0x28]


def test_a_french_host_and_a_chinese_code_page() -> None:
    desk = Desk("generic-wedge", "wrong-layout")
    desk.show("a")
    assert desk.keys() == [0x14, 0x28]  # q of an American keyboard
    desk.scanner.shown.clear("wrong-layout")
    desk.show("中")
    unicode = desk.keys()
    desk.scanner.shown.arm("wrong-code-page")
    desk.show("中")
    keypad = [0x62, 0x59, 0x5A, 0x5B, 0x5C, 0x5D, 0x5E, 0x5F, 0x60, 0x61]
    # The number of U+4E2D, and the value of D6 D0 (scanners.md names both; odoo types the latter).
    assert unicode == [keypad[int(digit)] for digit in "20013"] + [0x28]
    assert desk.keys() == [keypad[int(digit)] for digit in "54992"] + [0x28]


@pytest.mark.parametrize(
    ("profile", "enter"), [(b"\r\n", [0x28]), (b"\n", [0x28]), (b"\t", [0x2B]), (b"", [])]
)
def test_line_ends_are_keys(profile: bytes, enter: list[int]) -> None:
    desk = Desk("generic-wedge", terminator=profile)
    desk.show("1")
    assert desk.keys() == [0x1E, *enter]


# -- every fault, and what there is not ---------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "fault"),
    [
        *(("honeywell-hidpos", fault) for fault in sorted(HID_POS_FAULTS)),
        *(("newland-hidpos", fault) for fault in sorted(HID_POS_FAULTS)),
        *(("generic-wedge", fault) for fault in sorted(KEYBOARD_FAULTS)),
        *(("zebra-serial", fault) for fault in sorted(SERIAL_FAULTS)),
    ],
)
def test_every_fault_that_a_scanner_names_can_be_had_and_ended(model: str, fault: str) -> None:
    scanner = usb_scanner(ScannerOptions(model, faults=(fault,)))
    assert fault in scanner.shown.fault_names
    show(scanner, "1")
    assert scanner.shown.state()["faults"] == [fault]
    scanner.do(lambda: scanner.shown.clear(fault))
    scanner.device.plug()
    assert show(scanner, "1").why == ""
    with pytest.raises(LocalError, match="no fault 'lost-ack', only: battery, cut, "):
        scanner.shown.arm("lost-ack")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (ScannerOptions("no-such"), "no scanner model 'no-such'"),
        (ScannerOptions("generic-wedge", host_trigger=True), "no trigger for its host"),
        (ScannerOptions("generic-serial", host_trigger=True), "no trigger for its host"),
        (ScannerOptions("generic-serial", layout="us"), "has no layout"),
        (ScannerOptions("generic-serial", encoding="klingon"), "no encoding 'klingon'"),
        (ScannerOptions("generic-hidpos", encoding="klingon"), "no encoding 'klingon'"),
        (ScannerOptions("generic-hidpos", terminator=b"\r"), "have no line end"),
        (ScannerOptions("generic-hidpos", aim=True), "in its reports, or not at all"),
        (ScannerOptions("generic-hidpos", layout="us"), "no layout 'us', only: honeywell-64"),
        (ScannerOptions("generic-wedge", layout="qq"), "qq"),
        (ScannerOptions("zebra-ssi", aim=True), "in its packets"),
        (ScannerOptions("zebra-ssi", faults=("half-hid",)), "no fault 'half-hid'"),
    ],
)
def test_what_a_scanner_cannot_be_is_refused(options: ScannerOptions, words: str) -> None:
    with pytest.raises(LocalError, match=words):
        usb_scanner(options)
