"""The HID scanner that the guard shows to a till: whole reports both ways, the class requests."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pos_guard.frames.hid_descriptor import parse_descriptor
from pos_guard.frames.hid_pos import LAYOUTS
from pos_guard.ports.hid_facts import HidFacts, is_keyboard
from pos_guard.ports.usb_device import Setup, Stalled, Unplugged
from pos_guard.ports.usb_export import HIGH_WATER, MAX_TRANSFERS
from pos_guard.ports.usb_export_hid import BOOT_DESCRIPTOR, ExportedHid
from pos_guard.ports.usb_facts import MARK
from pos_guard.ports.usb_unread import KEPT_SECONDS
from pos_guard_simulator.usb_scanner_descriptors import hid_pos

POS = HidFacts(
    0x0C2E,
    0x0907,
    hid_pos(LAYOUTS["honeywell-64"]),
    release=0x0962,
    manufacturer="Honeywell",
    name="Xenon 1900",
    serial="S1",
    interface=1,
    in_endpoint=0x84,
    out_endpoint=0x05,
)
KEYBOARD = replace(POS, keyboard=True, interface=0, in_endpoint=0x81, out_endpoint=0, packet=8)


class Bus:
    """Counts what the device said, and has its clock."""

    def __init__(self) -> None:
        self.heard = 0
        self.now = 0.0

    def hear(self) -> None:
        self.heard += 1

    def clock(self) -> float:
        return self.now

    def shown(self, facts: HidFacts) -> ExportedHid:
        return ExportedHid(facts, self.hear, self.clock)


@pytest.fixture
def bus() -> Bus:
    return Bus()


@pytest.fixture
def pos(bus: Bus) -> ExportedHid:
    return bus.shown(POS)


def descriptor(shown: ExportedHid, kind: int, request_type: int = 0x81) -> bytes:
    return shown.control(Setup(request_type, 6, kind << 8, 0, 4096), b"")


# -- descriptors (HID 1.11 clause 6.2, USB 2.0 chapter 9) ------------------------------------


def test_the_configuration_is_the_real_scanners_one_interface_and_our_mark(
    pos: ExportedHid,
) -> None:
    size = len(POS.descriptor).to_bytes(2, "little").hex()
    whole = pos.configuration_descriptor
    assert whole[9:17] == MARK
    assert whole[17:] == bytes.fromhex(
        "09 04 01 00 02 03 00 00 00"  # interface 1: HID, no boot, two endpoints
        f"09 21 1101 00 01 22 {size}"
        "07 05 84 03 4000 01  07 05 05 03 4000 01"
    )
    assert pos.device_descriptor[8:14] == bytes.fromhex("2e0c 0709 6209")


def test_a_boot_keyboard_is_shown_with_boot_reports(bus: Bus) -> None:
    shown = bus.shown(KEYBOARD)
    assert shown.configuration_descriptor[17:] == bytes.fromhex(
        "09 04 00 00 01 03 01 01 00  09 21 1101 00 01 22 4000  07 05 81 03 0800 01"
    )
    assert is_keyboard(BOOT_DESCRIPTOR)
    reports = parse_descriptor(BOOT_DESCRIPTOR).reports
    assert [(report.id, report.size) for report in reports] == [(0, 8), (0, 1)]


def test_the_report_descriptor_is_the_real_one_and_asked_of_the_interface(
    pos: ExportedHid,
) -> None:
    assert descriptor(pos, 0x22) == POS.descriptor
    assert descriptor(pos, 0x21) == pos.configuration_descriptor[26:35]
    with pytest.raises(Stalled):
        descriptor(pos, 0x22, request_type=0x80)
    with pytest.raises(Stalled):
        descriptor(pos, 0x23)
    assert descriptor(pos, 1, request_type=0x80) == pos.device_descriptor


def test_a_scanner_behind_hidraw_gets_an_endpoint(bus: Bus) -> None:
    shown = bus.shown(replace(POS, in_endpoint=0, out_endpoint=0))
    assert shown.configuration_descriptor[-7:] == bytes.fromhex("07 05 81 03 4000 01")


# -- reports ----------------------------------------------------------------------------------


def test_each_report_is_read_by_itself(pos: ExportedHid) -> None:
    first, second = b"\x02" + bytes(63), b"\x02\x01" + bytes(62)
    assert pos.in_(0x84, 64) is None
    pos.answer(first)
    pos.answer(second)
    assert [pos.in_(0x84, 64), pos.in_(0x84, 64), pos.in_(0x84, 64)] == [first, second, None]


def test_a_long_report_comes_in_packets(pos: ExportedHid) -> None:
    pos.answer(bytes(range(100)))
    pos.answer(b"next")
    packets = [pos.in_(0x84, 512) for _ in range(3)]
    assert packets == [bytes(range(64)), bytes(range(64, 100)), b"next"]


def test_a_report_that_nobody_reads_in_time_is_gone(bus: Bus, pos: ExportedHid) -> None:
    pos.answer(b"\x02old")
    bus.now += KEPT_SECONDS + 1
    assert pos.in_(0x84, 64) is None
    pos.answer(b"\x02new")
    assert pos.in_(0x84, 64) == b"\x02new"
    pos.answer(b"\x02forgotten")
    pos.forget()
    assert pos.in_(0x84, 64) is None


@pytest.mark.parametrize("by_endpoint", [True, False])
def test_output_reports_come_whole_with_their_id_by_either_way(
    bus: Bus, pos: ExportedHid, by_endpoint: bool
) -> None:
    for report in (b"\x04\x02", b"\xfd\x03\x16T\r" + bytes(59)):
        if by_endpoint:
            assert pos.out(0x05, report) == len(report)
        else:
            pos.control(Setup(0x21, 9, 0x0200 | report[0], 1, len(report)), report)
    assert bus.heard == 2
    assert pos.read(4096) == b"\x04\x02"
    assert pos.read(4096) == b"\xfd\x03\x16T\r" + bytes(59)
    assert pos.read(4096) == b""


def test_a_till_that_commands_without_end_meets_nak(pos: ExportedHid) -> None:
    report = b"\xfd" + bytes(63)
    taken = 0
    while pos.out(0x05, report):
        taken += 1
    assert taken == min(MAX_TRANSFERS, HIGH_WATER // 64)
    with pytest.raises(Stalled):
        pos.control(Setup(0x21, 9, 0x02FD, 1, 64), report)


# -- class requests (HID 1.11 clause 7.2) -----------------------------------------------------


def test_get_report_never_gives_a_scan(bus: Bus, pos: ExportedHid) -> None:
    pos.answer(b"\x02\x05]Q1hello" + bytes(54))
    size = len(pos.control(Setup(0xA1, 1, 0x0102, 1, 64), b""))
    assert pos.control(Setup(0xA1, 1, 0x0102, 1, 64), b"") == b"\x02" + bytes(size - 1)
    keyboard = bus.shown(KEYBOARD)
    assert keyboard.control(Setup(0xA1, 1, 0x0100, 0, 8), b"") == bytes(8)
    for value in (0x0109, 0x0302):  # no such report; a feature report
        with pytest.raises(Stalled):
            pos.control(Setup(0xA1, 1, value, 1, 64), b"")


def test_idle_and_protocol_are_kept(bus: Bus, pos: ExportedHid) -> None:
    pos.control(Setup(0x21, 10, 0x7D00, 1, 0), b"")
    assert pos.control(Setup(0xA1, 2, 0, 1, 1), b"") == b"\x7d"
    for setup in (Setup(0xA1, 3, 0, 1, 1), Setup(0x21, 11, 0, 1, 0)):
        with pytest.raises(Stalled):
            pos.control(setup, b"")
    keyboard = bus.shown(KEYBOARD)
    assert keyboard.control(Setup(0xA1, 3, 0, 0, 1), b"") == b"\x01"
    keyboard.control(Setup(0x21, 11, 0, 0, 0), b"")
    assert keyboard.control(Setup(0xA1, 3, 0, 0, 1), b"") == b"\x00"


@pytest.mark.parametrize(
    "setup",
    [
        Setup(0x21, 9, 0x0302, 1, 2),  # a feature report
        Setup(0x21, 9, 0x0204, 1, 0),  # nothing in it
        Setup(0x21, 1, 0, 1, 0),
        Setup(0xA1, 9, 0, 1, 1),
        Setup(0xC0, 1, 0, 0, 1),
    ],
)
def test_everything_else_stalls(pos: ExportedHid, setup: Setup) -> None:
    with pytest.raises(Stalled):
        pos.control(setup, b"xx" if setup.length and not setup.request_type & 0x80 else b"")


def test_unplugged(bus: Bus, pos: ExportedHid) -> None:
    pos.unplug()
    assert bus.heard == 1
    for call in (lambda: pos.in_(0x84, 64), lambda: pos.out(0x05, b"x")):
        with pytest.raises(Unplugged):
            call()
