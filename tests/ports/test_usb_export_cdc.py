"""The serial scanner that the guard shows to a till: its descriptors, its line, its codes."""

from __future__ import annotations

import pytest

from pos_guard.ports.usb_device import Setup, Stalled
from pos_guard.ports.usb_export_cdc import ExportedSerial
from pos_guard.ports.usb_facts import MARK, UsbSerialFacts
from pos_guard.ports.usb_unread import KEPT_SECONDS

FACTS = UsbSerialFacts(
    0x1EAB,
    0x1A06,
    manufacturer="Newland",
    name="Scanner",
    serial="S1",
    control=2,
    data=3,
    notify=0x85,
    out_endpoint=0x02,
    in_endpoint=0x81,
)
DTR = Setup(0x21, 0x22, 3, 2, 0)
NO_DTR = Setup(0x21, 0x22, 0, 2, 0)


class Bus:
    """Counts what the device said, and has its clock."""

    def __init__(self) -> None:
        self.heard = 0
        self.now = 0.0

    def hear(self) -> None:
        self.heard += 1

    def clock(self) -> float:
        return self.now


@pytest.fixture
def bus() -> Bus:
    return Bus()


@pytest.fixture
def line(bus: Bus) -> ExportedSerial:
    return ExportedSerial(FACTS, bus.hear, bus.clock)


def test_the_configuration_is_the_real_scanners_two_interfaces_and_our_mark(
    line: ExportedSerial,
) -> None:
    whole = line.configuration_descriptor
    assert whole[4] == 2
    assert whole[9:17] == MARK
    assert whole[17:] == bytes.fromhex(
        "09 04 02 00 01 02 02 01 00"  # interface 2: abstract control model
        "05 24 00 1001  05 24 01 00 03  04 24 02 06  05 24 06 02 03"
        "07 05 85 03 1000 0a"
        "09 04 03 00 02 0a 00 00 00"  # interface 3: its data
        "07 05 02 02 4000 00  07 05 81 02 4000 00"
    )


def test_commands_of_the_till_are_read_in_order(bus: Bus, line: ExportedSerial) -> None:
    assert line.out(0x02, b"\x16T") == 2
    assert line.out(0x02, b"\r") == 1
    assert bus.heard == 2
    assert line.read(100) == b"\x16T"
    assert line.read(100) == b"\r"


def test_a_code_of_full_packets_is_followed_by_an_empty_one(line: ExportedSerial) -> None:
    line.answer(b"x" * 128)
    assert [line.in_(0x81, 512) for _ in range(4)] == [b"x" * 64, b"x" * 64, b"", None]
    line.answer(b"y" * 64)
    line.answer(b"z")
    assert [line.in_(0x81, 512) for _ in range(3)] == [b"y" * 64, b"z", None]


def test_the_line_is_the_tills_to_set(line: ExportedSerial) -> None:
    coding = bytes.fromhex("00c20100 00 00 08")
    line.control(Setup(0x21, 0x20, 0, 2, 7), coding)
    assert line.control(Setup(0xA1, 0x21, 0, 2, 7), b"") == coding
    assert line.control(Setup(0x21, 0x23, 100, 2, 0), b"") == b""
    for setup in (Setup(0x21, 0x20, 0, 2, 3), Setup(0x21, 2, 0, 2, 0), Setup(0xA1, 2, 0, 2, 9)):
        with pytest.raises(Stalled):
            line.control(setup, b"abc")


def test_a_till_that_opens_the_line_hears_of_carrier_and_dsr_once(line: ExportedSerial) -> None:
    assert line.in_(0x85, 16) is None
    line.control(DTR, b"")
    line.control(DTR, b"")
    assert line.in_(0x85, 16) == bytes.fromhex("a1 20 0000 0200 0200 0300")
    assert line.in_(0x85, 16) is None


def test_a_code_for_a_till_that_closed_the_line_goes_nowhere(line: ExportedSerial) -> None:
    line.control(DTR, b"")
    line.answer(b"first\r")
    line.control(NO_DTR, b"")
    line.control(DTR, b"")
    assert line.in_(0x81, 64) is None
    line.answer(b"second\r")
    assert line.in_(0x81, 64) == b"second\r"


def test_a_code_that_nobody_reads_in_time_is_gone(bus: Bus, line: ExportedSerial) -> None:
    line.answer(b"old\r")  # no DTR: some programs on libusb never set it
    bus.now += KEPT_SECONDS + 1
    assert line.in_(0x81, 64) is None
    line.answer(b"new\r")
    assert line.in_(0x81, 64) == b"new\r"


def test_a_halted_endpoint_stalls_until_the_till_clears_it(line: ExportedSerial) -> None:
    line.control(Setup(0x02, 3, 0, 0x81, 0), b"")
    with pytest.raises(Stalled):
        line.in_(0x81, 64)
    line.control(Setup(0x02, 1, 0, 0x81, 0), b"")
    line.answer(b"1\r")
    assert line.in_(0x81, 64) == b"1\r"
