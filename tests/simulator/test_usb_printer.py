"""The USB printer, seen from the bus."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.frames.escpos_status import Condition
from pos_guard.ports.usb_device import Setup, Speed, Stalled, Unplugged, UsbDevice
from pos_guard_simulator.printer import ReceiptPrinter
from pos_guard_simulator.usb_printer import (
    BULK_IN,
    BULK_OUT,
    CLEAR_BUFFERS,
    MAX_ANSWERS,
    UsbPrinter,
)

STATUS = b"\x10\x04\x01"
GET_DESCRIPTOR = 6


class Tape:
    """A twin that keeps what it is given, as far as it has room."""

    def __init__(self, room: int = 1 << 20) -> None:
        self.room = room
        self.kept = bytearray()
        self.condition = Condition()

    def data(self, data: bytes) -> bytes:
        self.kept += data
        self.room -= len(data)
        return b""


def device(room: int = 1 << 20, speed: Speed = Speed.FULL) -> tuple[UsbPrinter[Tape], Tape]:
    tape = Tape(room)
    return UsbPrinter(tape, speed=speed), tape


def answers(printer: UsbDevice, size: int = 64) -> list[bytes]:
    found: list[bytes] = []
    while (packet := printer.in_(BULK_IN, size)) is not None:
        found.append(packet)
    return found


def test_a_status_request_is_answered_on_the_other_endpoint() -> None:
    printer = UsbPrinter(ReceiptPrinter())
    assert printer.in_(BULK_IN, 64) is None
    assert printer.out(BULK_OUT, STATUS) == 3
    assert answers(printer) == [b"\x12"]


def test_what_it_prints_is_on_the_twins_paper() -> None:
    twin = ReceiptPrinter()
    printer = UsbPrinter(twin)
    printer.out(BULK_OUT, b"Total 12.50\n\x1dV\x00")
    assert [slip.text for slip in twin.paper.receipts] == ["Total 12.50"]


@pytest.mark.parametrize(
    ("setup", "answer"),
    [
        (
            Setup(0x80, GET_DESCRIPTOR, 0x0100, 0, 18),
            "12 01 0002 00 00 00 40 b804 150e 0001 01 02 03 01",
        ),
        (Setup(0x80, GET_DESCRIPTOR, 0x0100, 0, 8), "1201000200000040"),
        (Setup(0x80, GET_DESCRIPTOR, 0x0200, 0, 9), "09 02 2000 01 01 00 c0 01"),
        (Setup(0x80, GET_DESCRIPTOR, 0x0300, 0, 255), "04030904"),
        (Setup(0x80, GET_DESCRIPTOR, 0x0301, 0x0409, 255), "0c03 4500 5000 5300 4f00 4e00"),
        (Setup(0x80, 0, 0, 0, 2), "0000"),
        (Setup(0x80, 8, 0, 0, 1), "01"),
        (Setup(0x00, 5, 7, 0, 0), ""),
        (Setup(0x00, 9, 1, 0, 0), ""),
        (Setup(0x01, 11, 0, 0, 0), ""),
        (Setup(0x81, 10, 0, 0, 1), "00"),
        (Setup(0xA1, 1, 0, 0, 1), "18"),
        (Setup(0x21, 2, 0, 0, 0), ""),
        (Setup(0x23, 2, 0, 0, 0), ""),
    ],
)
def test_requests_and_their_answers(setup: Setup, answer: str) -> None:
    printer, _ = device()
    assert printer.control(setup, b"") == bytes.fromhex(answer)


@pytest.mark.parametrize(
    "setup",
    [
        Setup(0x80, GET_DESCRIPTOR, 0x0201, 0, 9),
        Setup(0x80, GET_DESCRIPTOR, 0x0304, 0x0409, 255),
        Setup(0x80, GET_DESCRIPTOR, 0x0600, 0, 10),
        Setup(0x80, 12, 0, 0, 2),
        Setup(0x00, 9, 2, 0, 0),
        Setup(0x01, 11, 1, 0, 0),
        Setup(0xA1, 3, 0, 0, 1),
        Setup(0xC0, 0, 0, 0, 1),
    ],
)
def test_what_it_does_not_know_is_stalled(setup: Setup) -> None:
    printer, _ = device()
    with pytest.raises(Stalled):
        printer.control(setup, b"")


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        (Condition(), 0x18),
        (Condition(paper=False), 0x38),
        (Condition(cover_open=True), 0x10),
        (Condition(cutter_error=True), 0x10),
        (Condition(paper=False, cover_open=True), 0x30),
    ],
)
def test_the_port_status_tells_paper_and_errors(condition: Condition, status: int) -> None:
    printer, tape = device()
    tape.condition = condition
    assert printer.control(Setup(0xA1, 1, 0, 0, 1), b"") == bytes((status,))


@pytest.mark.parametrize(
    ("room", "size", "taken"),
    [
        (1000, 1000, 1000),
        (1000, 1001, 960),  # 15 whole packets
        (64, 64, 64),
        (64, 65, 64),
        (63, 63, 63),
        (63, 64, 0),
        (0, 1, 0),
    ],
)
def test_only_whole_packets_are_taken(room: int, size: int, taken: int) -> None:
    printer, tape = device(room)
    assert printer.out(BULK_OUT, bytes(size)) == taken
    assert len(tape.kept) == printer.taken == taken


@pytest.mark.parametrize(("speed", "packet"), [(Speed.LOW, 8), (Speed.FULL, 64), (Speed.HIGH, 512)])
def test_packets_are_as_long_as_the_speed_says(speed: Speed, packet: int) -> None:
    printer, _ = device(speed=speed)
    printer.act(lambda _: b"x" * 600)
    assert answers(printer, 1024)[0] == b"x" * packet
    assert printer.configuration_descriptor[-3:-1] == packet.to_bytes(2, "little")


def test_short_packets_both_ways() -> None:
    printer, tape = device()
    printer.packet_limit = 5
    assert printer.out(BULK_OUT, b"12345678") == 5
    printer.act(lambda _: b"abcdefgh")
    assert answers(printer) == [b"abcde", b"fgh"]
    assert tape.kept == b"12345"


def test_a_muted_endpoint_takes_and_gives_nothing() -> None:
    printer, tape = device()
    printer.act(lambda _: b"x")
    for endpoint in (BULK_OUT, BULK_IN):
        printer.mute(endpoint)
    assert printer.out(BULK_OUT, b"x") == 0
    assert answers(printer) == []
    for endpoint in (BULK_OUT, BULK_IN):
        printer.unmute(endpoint)
    assert printer.out(BULK_OUT, b"x") == 1
    assert answers(printer) == [b"x"]
    assert tape.kept == b"x"


def test_a_halt_is_told_and_cleared_by_request() -> None:
    printer, _ = device()
    status = Setup(0x82, 0, 0, BULK_OUT, 2)
    printer.control(Setup(0x02, 3, 0, BULK_OUT, 0), b"")
    assert printer.control(status, b"") == b"\x01\x00"
    with pytest.raises(Stalled):
        printer.out(BULK_OUT, b"x")
    printer.control(Setup(0x02, 1, 0, BULK_OUT, 0), b"")
    assert printer.control(status, b"") == b"\x00\x00"
    assert printer.out(BULK_OUT, b"x") == 1


def test_an_endpoint_that_is_not_there_stalls() -> None:
    printer, _ = device()
    with pytest.raises(Stalled):
        printer.out(0x03, b"x")
    with pytest.raises(Stalled):
        printer.in_(0x83, 64)


def test_soft_reset_flushes_the_printer_its_answers_and_both_pipes() -> None:
    printer, tape = device()
    printer.act(lambda _: b"old")
    printer.halt(BULK_OUT)
    printer.control(Setup(0x21, 2, 0, 0, 0), b"")
    assert answers(printer) == []
    assert tape.kept == CLEAR_BUFFERS
    assert printer.out(BULK_OUT, b"x") == 1


def test_unplugged_at_byte_n_it_has_taken_exactly_n() -> None:
    printer, tape = device()
    printer.unplug(after=70)
    assert printer.out(BULK_OUT, bytes(60)) == 60
    assert printer.present
    assert printer.out(BULK_OUT, bytes(60)) == 10
    assert (len(tape.kept), printer.present) == (70, False)
    for call in (
        lambda: printer.out(BULK_OUT, b"x"),
        lambda: printer.in_(BULK_IN, 64),
        lambda: printer.control(Setup(0x80, 0, 0, 0, 2), b""),
    ):
        with pytest.raises(Unplugged):
            call()


def test_plugged_in_again_it_is_as_new_but_for_what_it_was_sent() -> None:
    printer, tape = device()
    printer.act(lambda _: b"old")
    printer.halt(BULK_OUT)
    printer.unplug()
    printer.plug()
    assert answers(printer) == []
    assert printer.out(BULK_OUT, b"x") == 1
    assert tape.kept == b"x"


def test_answers_that_nobody_reads_are_lost_and_counted() -> None:
    printer, _ = device()
    printer.act(lambda _: b"x" * (MAX_ANSWERS - 1))
    printer.act(lambda _: b"yz")
    assert printer.lost == 1
    assert b"".join(answers(printer)) == b"x" * (MAX_ANSWERS - 1) + b"y"


def test_listeners_hear_of_data_room_and_the_end_until_they_stop() -> None:
    printer, _ = device()
    heard: list[str] = []
    stop = printer.listen(lambda: heard.append("changed"))
    acts: list[Callable[[], None]] = [
        lambda: printer.act(lambda _: b"x"),
        lambda: printer.unmute(BULK_OUT),
        printer.unplug,
    ]
    for act in acts:
        act()
        assert heard
        heard.clear()
    stop()
    printer.plug()
    assert heard == []


@settings(max_examples=50)
@given(st.binary(max_size=2000), st.integers(1, 300), st.integers(1, 500))
def test_all_bytes_arrive_once_and_in_order(data: bytes, piece: int, room: int) -> None:
    printer, tape = device(0)
    at = 0
    while at < len(data):
        tape.room = room + 64
        at += printer.out(BULK_OUT, data[at : at + piece])
    assert bytes(tape.kept) == data
