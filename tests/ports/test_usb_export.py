"""The printer that the guard shows to a till: its answers on the bus, and back-pressure."""

from __future__ import annotations

import struct
from dataclasses import replace

import pytest

from pos_guard.ports.usb_device import Setup, Speed, Stalled, Unplugged
from pos_guard.ports.usb_export import HIGH_WATER, MAX_TRANSFERS
from pos_guard.ports.usb_export_printer import MAX_ANSWERS, ExportedPrinter
from pos_guard.ports.usb_facts import MARK, MAX_DEVICE_ID, UsbPrinterFacts
from pos_guard.ports.usbip import packet_sizes

FACTS = UsbPrinterFacts(
    0x04B8,
    0x0E15,
    release=0x0110,
    manufacturer="EPSON",
    name="TM-T20II",
    serial="J3AF012345",
    device_id=b"MFG:EPSON;MDL:TM-T20II;CLS:PRINTER;",
)


class Heard:
    """Counts how often the printer said that there is something."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> None:
        self.times += 1


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def printer(heard: Heard) -> ExportedPrinter:
    return ExportedPrinter(FACTS, heard)


def ask(printer: ExportedPrinter, request: int, value: int = 0, length: int = 255) -> bytes:
    return printer.control(Setup(0x80, request, value, 0, length), b"")


# -- descriptors (USB 2.0 chapter 9) ----------------------------------------------------------


def test_the_device_descriptor_is_the_real_printers(printer: ExportedPrinter) -> None:
    fields = struct.unpack("<BBHBBBBHHHBBBB", ask(printer, 6, 0x0100))
    assert fields == (18, 1, 0x200, 0, 0, 0, 64, 0x04B8, 0x0E15, 0x0110, 1, 2, 3, 1)


def test_the_configuration_has_one_printer_interface_and_our_mark(
    printer: ExportedPrinter,
) -> None:
    whole = ask(printer, 6, 0x0200)
    assert ask(printer, 6, 0x0200, length=9) == whole[:9]
    assert struct.unpack("<BBHBBBBB", whole[:9]) == (9, 2, len(whole), 1, 1, 4, 0xC0, 1)
    rest = whole[9:]
    assert rest.startswith(MARK)
    assert rest[len(MARK) :] == bytes.fromhex(
        "09 04 00 00 02 07 01 02 00"  # interface 0: printer, bidirectional, two endpoints
        "07 05 01 02 40 00 00"  # endpoint 1 OUT, bulk, 64
        "07 05 82 02 40 00 00"  # endpoint 2 IN, bulk, 64
    )


@pytest.mark.parametrize(("speed", "packet"), [(Speed.FULL, 64), (Speed.HIGH, 512)])
def test_packets_fit_the_speed(speed: Speed, packet: int) -> None:
    shown = ExportedPrinter(replace(FACTS, speed=speed), lambda: None)
    assert packet_sizes(shown.configuration_descriptor) == {1: packet, 0x82: packet}


def test_a_printer_that_never_answers_has_one_endpoint() -> None:
    whole = ExportedPrinter(replace(FACTS, in_endpoint=0), lambda: None).configuration_descriptor
    assert whole[17:26] == bytes.fromhex("090400000107010100")
    assert packet_sizes(whole) == {1: 64}


def test_texts(printer: ExportedPrinter) -> None:
    assert ask(printer, 6, 0x0300) == bytes.fromhex("04030904")
    texts = [ask(printer, 6, 0x0300 | index) for index in (1, 2, 3, 4)]
    assert [text[2:].decode("utf-16-le") for text in texts] == [
        "EPSON",
        "TM-T20II",
        "J3AF012345",
        "pos-guard",
    ]
    assert all(text[0] == len(text) and text[1] == 3 for text in texts)
    with pytest.raises(Stalled):
        ask(printer, 6, 0x0305)


def test_a_text_that_is_missing_has_no_index_and_a_long_one_ends() -> None:
    shown = ExportedPrinter(replace(FACTS, serial="", name="票" * 200), lambda: None)
    assert shown.device_descriptor[14:17] == b"\x01\x02\x00"
    with pytest.raises(Stalled):
        ask(shown, 6, 0x0303)
    long = ask(shown, 6, 0x0302)
    assert len(long) == long[0] == 254


def test_only_a_high_speed_printer_has_a_qualifier(printer: ExportedPrinter) -> None:
    with pytest.raises(Stalled):
        ask(printer, 6, 0x0600)
    fast = ExportedPrinter(replace(FACTS, speed=Speed.HIGH), lambda: None)
    assert ask(fast, 6, 0x0600) == bytes.fromhex("0a060002000000400100")


def test_standard_requests(printer: ExportedPrinter) -> None:
    assert ask(printer, 8) == b"\0"
    printer.control(Setup(0, 9, 1, 0, 0), b"")
    assert ask(printer, 8) == b"\1"
    assert ask(printer, 10) == b"\0"
    assert ask(printer, 0) == b"\0\0"
    printer.control(Setup(1, 11, 0, 0, 0), b"")
    for setup in (Setup(0x80, 12, 0, 0, 2), Setup(0, 7, 0, 0, 0), Setup(0xC0, 1, 0, 0, 1)):
        with pytest.raises(Stalled):
            printer.control(setup, b"")


def test_an_endpoint_is_halted_and_cleared_by_the_host(printer: ExportedPrinter) -> None:
    halt = Setup(0x02, 3, 0, 0x82, 0)
    printer.control(halt, b"")
    assert printer.control(Setup(0x82, 0, 0, 0x82, 2), b"") == b"\1\0"
    with pytest.raises(Stalled):
        printer.in_(0x82, 64)
    printer.control(Setup(0x02, 1, 0, 0x82, 0), b"")
    assert printer.in_(0x82, 64) is None


# -- class requests (USB Printing Devices 1.1, 4.2) -------------------------------------------


def test_the_device_id_and_the_status_are_those_of_the_real_one(printer: ExportedPrinter) -> None:
    text = FACTS.device_id
    asked = Setup(0xA1, 0, 0, 0, 1024)
    assert printer.control(asked, b"") == struct.pack(">H", len(text) + 2) + text
    assert printer.control(replace(asked, length=2), b"") == struct.pack(">H", len(text) + 2)
    status = Setup(0xA1, 1, 0, 0, 1)
    assert printer.control(status, b"") == b"\x00"  # not known yet: not selected, error
    printer.port_status = 0x18
    assert printer.control(status, b"") == b"\x18"
    with pytest.raises(Stalled):
        printer.control(Setup(0xA1, 9, 0, 0, 1), b"")


def test_a_long_device_id_ends_where_drivers_stop() -> None:
    facts = replace(FACTS, device_id=b"x" * 5000)
    assert len(facts.device_id_answer()) == MAX_DEVICE_ID + 2


@pytest.mark.parametrize("request_type", [0x21, 0x23])
def test_a_soft_reset_forgets_what_nobody_read_and_tells_the_guard(
    printer: ExportedPrinter, heard: Heard, request_type: int
) -> None:
    printer.out(1, b"half a bill")
    printer.answer(b"\x12")
    before = heard.times
    printer.control(Setup(request_type, 2, 0, 0, 0), b"")
    assert printer.reset
    assert heard.times == before + 1
    assert printer.read(100) == b""
    assert printer.in_(0x82, 64) is None


# -- data -------------------------------------------------------------------------------------


def test_what_the_till_writes_is_read_in_order_and_in_any_size(
    printer: ExportedPrinter, heard: Heard
) -> None:
    assert printer.out(1, b"Coffee") == 6
    assert printer.out(1, memoryview(b" 12.50\n")) == 7
    assert printer.out(1, b"") == 0
    assert heard.times == 2
    assert printer.read(4) == b"Coff"
    assert printer.read(100) == b"ee"
    assert printer.read(100) == b" 12.50\n"
    assert printer.read(100) == b""


def test_a_transfer_is_taken_whole_or_not_at_all(printer: ExportedPrinter) -> None:
    changes: list[int] = []
    stop = printer.listen(lambda: changes.append(1))
    assert printer.out(1, bytes(HIGH_WATER - 1)) == HIGH_WATER - 1
    assert printer.out(1, bytes(100_000)) == 100_000
    assert printer.out(1, b"more") == 0
    printer.read(HIGH_WATER)
    assert printer.out(1, b"more") == 0
    assert changes == []
    printer.read(100_000)
    assert changes == [1]
    assert printer.out(1, b"more") == 4
    stop()
    stop()
    printer.answer(b"\x12")
    assert changes == [1]


def test_answers_go_out_in_packets_and_the_oldest_are_lost(printer: ExportedPrinter) -> None:
    changes: list[int] = []
    printer.listen(lambda: changes.append(1))
    assert printer.in_(0x82, 64) is None
    printer.answer(b"a" * 70)
    assert changes == [1]
    assert printer.in_(0x82, 64) == b"a" * 64
    assert printer.in_(0x82, 64) == b"a" * 6
    printer.answer(b"old" + b"n" * MAX_ANSWERS)
    packets = [printer.in_(0x82, MAX_ANSWERS) for _ in range(MAX_ANSWERS // 64)]
    assert packets == [b"n" * 64] * len(packets)
    assert printer.in_(0x82, 64) is None


def test_small_transfers_without_end_meet_nak(printer: ExportedPrinter) -> None:
    for _ in range(MAX_TRANSFERS):
        assert printer.out(1, b"x") == 1
    assert printer.out(1, b"x") == 0
    assert printer.read(1) == b"x"
    assert printer.out(1, b"x") == 1


def test_other_endpoints_stall(printer: ExportedPrinter) -> None:
    with pytest.raises(Stalled):
        printer.out(2, b"x")
    with pytest.raises(Stalled):
        printer.in_(0x81, 64)


def test_unplugged(printer: ExportedPrinter, heard: Heard) -> None:
    assert printer.present
    printer.unplug()
    assert not printer.present
    assert heard.times == 1
    for call in (
        lambda: printer.out(1, b"x"),
        lambda: printer.in_(0x82, 64),
        lambda: ask(printer, 8),
    ):
        with pytest.raises(Unplugged):
            call()
