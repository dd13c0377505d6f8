"""The printer twin on a clock: data waits for the paper, and trouble comes in the middle of it.

Buffer thresholds: Epson TM-T88III specification, table 2.1.1 (full at 128 bytes of room until
256; with 45 bytes 16 and 26). XON and XOFF: TM-T70II manual, page 107.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.clock import ManualClock
from pos_guard.frames.printer_models import printer_model
from pos_guard_simulator.device import ByteDevice
from pos_guard_simulator.printer import Fault, ReceiptPrinter, Setup

MODEL = replace(printer_model("epson"), speed=100)  # 800 dot rows a second
LINE_US = 30 * 1_000_000 // 800
PROCESS_ID = b"\x1d(H\x06\x00\x30\x300001"
PRINTED = b"\x37\x220001\x00"
XON, XOFF = b"\x11", b"\x13"


class Timed:
    """A printer and its clock."""

    def __init__(self, setup: Setup, buffer: int = 4096) -> None:
        self.clock = ManualClock()
        self.printer = ReceiptPrinter(replace(MODEL, buffer=buffer), setup, self.clock)

    def data(self, data: bytes) -> bytes:
        return self.printer.data(data)

    def run(self, lines: float) -> bytes:
        """Let so many lines' time pass, calling the printer when it asks to be called."""
        end = self.clock.boot_us() + round(lines * LINE_US)
        said = b""
        while (due := self.printer.deadline_us) is not None and due <= end:
            self.clock.advance((due - self.clock.boot_us()) / 1_000_000)
            said += self.printer.tick()
        self.clock.advance((end - self.clock.boot_us()) / 1_000_000)
        return said + self.printer.tick()


def timed(
    buffer: int = 4096,
    handshake: Literal["none", "dtr", "xonxoff"] = "none",
    *,
    busy_offline: bool = True,
    cover_needs_enq: bool = False,
) -> Timed:
    setup = Setup(
        timed=True,
        handshake=handshake,
        busy_offline=busy_offline,
        cover_needs_enq=cover_needs_enq,
    )
    return Timed(setup, buffer)


def test_lines_come_out_one_after_the_other() -> None:
    it = timed()
    it.data(b"one\ntwo\nthree\n")
    assert it.printer.paper.text == ""
    assert it.printer.deadline_us == it.clock.boot_us() + LINE_US
    it.run(1)
    assert it.printer.paper.text == "one\n"
    it.run(0.9)
    assert it.printer.paper.text == "one\n"
    it.run(1.2)
    assert it.printer.paper.text == "one\ntwo\nthree\n"
    assert it.printer.deadline_us is None


def test_a_buffered_answer_comes_when_its_turn_has_come_and_a_real_time_one_at_once() -> None:
    it = timed()
    assert it.data(b"one\ntwo\n\x1dr\x01" + PROCESS_ID + b"\x10\x04\x01") == b"\x12"
    assert it.run(1.9) == b""
    assert it.run(0.2) == b"\x00" + PRINTED


def test_a_cut_takes_its_time_too() -> None:
    it = timed()
    it.data(b"one\n\x1dV\x00" + PROCESS_ID)
    assert it.run(1) == b""
    assert it.printer.paper.receipts == []
    assert it.run(600_000 / LINE_US) == PRINTED
    assert [slip.cut for slip in it.printer.paper.receipts] == ["full"]


def test_a_picture_prints_while_it_arrives_and_takes_no_longer_for_it() -> None:
    rows = 400
    head = b"\x1dv0\x00\x48\x00" + rows.to_bytes(2, "little")
    whole, slow = timed(), timed()
    data = head + bytes(72 * rows) + PROCESS_ID
    begin = whole.clock.boot_us()
    for it, pieces in ((whole, 1), (slow, 7)):
        said, rest = b"", data
        while rest or not said:
            size = min(it.printer.room, len(data) // pieces + 1)
            part, rest = rest[:size], rest[size:]
            said += it.data(part) + it.run(0.5)
        assert said == PRINTED
        assert it.printer.lost == 0
        took = it.clock.boot_us() - begin
        assert rows * 1250 <= took <= rows * 1250 * 1.2
    assert whole.printer.paper.text == "[image 576x400]\n"


def test_data_that_does_not_fit_is_lost_and_counted() -> None:
    it = timed(buffer=45)
    it.data(b"a line of text\n" * 10)
    assert it.printer.lost > 0
    assert it.printer.room == 0


@pytest.mark.parametrize(("buffer", "full", "free"), [(4096, 128, 256), (45, 16, 26)])
def test_busy_begins_and_ends_at_the_sizes_of_the_manual(buffer: int, full: int, free: int) -> None:
    it = timed(buffer, "xonxoff")
    it.data(b"\x11 \n"[1:])  # the first XON, and a motion to hold what follows
    states: list[tuple[int, bool]] = []
    said = b""
    while it.printer.room:
        said += it.data(b"\n")
        states.append((it.printer.room, it.printer.busy))
    assert next(room for room, busy in states if busy) == full
    assert all(busy == (room <= full) for room, busy in states)
    assert said == XOFF
    rooms: list[tuple[int, bool]] = []
    said = b""
    while it.printer.deadline_us is not None:
        said += it.run(1)
        rooms.append((it.printer.room, it.printer.busy))
    assert next(room for room, busy in rooms if not busy) >= free
    assert all(room < free + 64 for room, busy in rooms if busy)
    assert said == XON


def test_offline_is_busy_or_not_as_the_switch_says() -> None:
    both = timed(handshake="xonxoff")
    assert both.data(b"") == XON
    assert both.printer.fail(Fault.COVER_OPEN) == XOFF
    assert both.printer.busy
    assert both.printer.clear(Fault.COVER_OPEN) == XON
    full_only = timed(handshake="xonxoff", busy_offline=False)
    assert full_only.data(b"") == XON
    full_only.data(b"\x1b@\x1da\x00")
    assert full_only.printer.fail(Fault.COVER_OPEN) == b""
    assert not full_only.printer.busy


def test_with_dtr_the_same_shows_on_the_line_and_not_in_the_data() -> None:
    it = timed(handshake="dtr")
    assert not it.printer.busy
    assert it.printer.fail(Fault.PAPER_OUT) == b""
    assert it.printer.busy
    it.printer.clear(Fault.PAPER_OUT)
    assert not it.printer.busy
    it.printer.fail(Fault.POWER_OFF)
    assert it.printer.busy


def test_a_real_time_command_needs_no_room() -> None:
    it = timed(buffer=45)
    it.data(b"\n" * 80)
    assert it.printer.room == 0
    assert it.data(b"\x10\x04\x01") == b"\x12"
    it.run(100)
    it.data(b"end\n")
    it.run(3)
    assert it.printer.paper.text.endswith("end\n")


@pytest.mark.parametrize("fault", [Fault.CUTTER, Fault.RECOVERABLE])
def test_dle_enq_1_goes_on_from_the_line_of_the_error(fault: Fault) -> None:
    it = timed()
    it.data(b"one\ntwo\nthree\n" + PROCESS_ID)
    it.run(1.5)  # two is moving
    it.printer.fail(fault)
    assert it.printer.deadline_us is None
    assert it.run(10) == b""
    assert it.printer.paper.text == "one\n"
    it.data(b"\x10\x05\x01")
    assert it.run(1.9) == b""
    assert it.run(0.2) == PRINTED
    assert it.printer.paper.text == "one\ntwo\nthree\n"


def test_dle_enq_2_forgets_the_line_of_the_error_and_all_after_it() -> None:
    it = timed()
    it.data(b"one\ntwo\nthree\n" + PROCESS_ID)
    it.run(1.5)
    it.printer.fail(Fault.CUTTER)
    it.data(b"held\n\x10\x05\x02four\n")
    assert it.run(10) == b""
    assert it.printer.paper.text == "one\nfour\n"


@pytest.mark.parametrize("number", [0, 3])
def test_other_dle_enqs_and_those_without_an_error_do_nothing(number: int) -> None:
    it = timed()
    it.printer.fail(Fault.CUTTER)
    it.data(b"one\n" + bytes((0x10, 0x05, number)))
    it.run(5)
    assert it.printer.paper.text == ""
    healthy = timed()
    healthy.data(b"one\n\x10\x05\x02")
    healthy.run(5)
    assert healthy.printer.paper.text == "one\n"


def test_a_cover_opened_while_printing_is_an_error_that_closing_ends() -> None:
    it = timed()
    it.data(b"one\ntwo\n")
    it.run(0.5)
    it.printer.fail(Fault.COVER_OPEN)
    assert it.printer.faults == {Fault.COVER_OPEN_PRINTING}
    assert it.data(b"\x10\x04\x03") == b"\x52"
    it.data(b"\x10\x05\x01")  # not an error that a command clears
    it.run(3)
    assert it.printer.paper.text == ""
    it.printer.clear(Fault.COVER_OPEN)
    it.run(2.1)
    assert it.printer.paper.text == "one\ntwo\n"


def test_or_an_error_that_waits_for_dle_enq_by_memory_switch() -> None:
    it = timed(cover_needs_enq=True)
    it.data(b"one\ntwo\n")
    it.run(0.5)
    it.printer.fail(Fault.COVER_OPEN)
    assert it.data(b"\x10\x04\x02\x10\x04\x03") == b"\x56\x16"
    it.printer.clear(Fault.COVER_OPEN)
    assert it.data(b"\x10\x04\x02\x10\x04\x03") == b"\x52\x16"
    it.run(5)
    assert it.printer.paper.text == ""
    it.data(b"\x10\x05\x01")
    it.run(2.1)
    assert it.printer.paper.text == "one\ntwo\n"


def test_a_cover_opened_when_nothing_moves_is_no_error() -> None:
    it = timed()
    it.data(b"one\n")
    it.run(2)
    it.printer.fail(Fault.COVER_OPEN)
    assert it.printer.faults == {Fault.COVER_OPEN}
    assert it.data(b"\x10\x04\x03") == b"\x12"


def test_paper_ends_after_so_many_lines_and_the_rest_comes_on_the_new_roll() -> None:
    it = timed()
    it.printer.fail(Fault.PAPER_OUT, after_lines=2)
    it.data(b"one\ntwo\nthree\n" + PROCESS_ID)
    assert it.run(10) == b""
    assert it.printer.paper.text == "one\ntwo\n"
    assert it.data(b"\x10\x04\x04") == b"\x7e"
    it.printer.clear(Fault.PAPER_OUT)
    assert it.run(1.1) == PRINTED


def test_the_buffer_cleared_in_real_time_breaks_off_the_line_that_moves() -> None:
    it = timed()
    it.data(b"one\ntwo\nopen line")
    it.run(1.5)
    assert it.data(b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08") == b"\x37\x25\x00"
    it.data(b"\nthree\n")
    it.run(5)
    assert it.printer.paper.text == "one\n\nthree\n"


def test_a_power_cut_loses_what_has_not_come_out() -> None:
    it = timed()
    it.data(b"one\ntwo\n" + PROCESS_ID)
    it.run(1.5)
    it.printer.fail(Fault.POWER_OFF)
    assert (it.printer.deadline_us, it.printer.room) == (None, 4096)
    assert it.data(b"\x10\x04\x01lost\n") == b""
    it.run(5)
    it.printer.clear(Fault.POWER_OFF)
    it.run(5)
    assert it.printer.paper.text == "one\n"


def test_a_reset_by_the_interface_is_as_new() -> None:
    printer = ReceiptPrinter()
    printer.data(b"half a line\x1da\xff\x1dv0\x00\x08\x00\x08\x00")
    assert printer.reset() == b""
    printer.data(b"new\n")
    assert printer.paper.text == "new\n"
    assert printer.fail(Fault.COVER_OPEN) == b""


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sampled_from([b"text\n", b"\x1dr\x01", PROCESS_ID, b"\x1dV\x41\x10", b"\x1bd\x02",
                              b"\x1dv0\x00\x08\x00\x10\x00" + bytes(128)]), max_size=20),
    st.integers(1, 40),
)  # fmt: skip
def test_time_changes_neither_paper_nor_answers(parts: list[bytes], piece: int) -> None:
    data = b"".join(parts)
    at_once = ReceiptPrinter(MODEL)
    expected = at_once.data(data)
    it = timed()
    said = b""
    for start in range(0, len(data), piece):
        said += it.data(data[start : start + piece]) + it.run(0.3)
    device: ByteDevice = it.printer
    while device.deadline_us is not None:
        said += it.run(1)
    assert it.printer.paper.text == at_once.paper.text
    assert said == expected
    assert it.printer.lost == 0


BY_HAND = [Fault.PAPER_OUT, Fault.COVER_OPEN, Fault.HEAD_HOT, Fault.PAPER_NEAR_END, Fault.WAITING]
STEPS = st.one_of(
    st.tuples(st.just("fail"), st.sampled_from([*BY_HAND, Fault.CUTTER, Fault.RECOVERABLE])),
    st.tuples(st.just("clear"), st.sampled_from(BY_HAND)),
    st.tuples(st.just("send"), st.integers(1, 60)),
    st.tuples(st.just("wait"), st.integers(1, 30)),
    st.tuples(st.just("resume"), st.none()),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(STEPS, max_size=40), st.booleans(), st.sampled_from([45, 300, 4096]))
def test_whatever_goes_wrong_each_line_is_printed_once_and_in_order(
    steps: list[tuple[str, object]], cover_needs_enq: bool, buffer: int
) -> None:
    it = timed(buffer, cover_needs_enq=cover_needs_enq)
    lines = [f"line {number}" for number in range(60)]
    data = "\n".join([*lines, ""]).encode() + PROCESS_ID
    said = b""

    def send(size: int) -> None:
        nonlocal data, said
        part = data[: min(size, it.printer.room)]
        said += it.data(part)
        data = data[len(part) :]

    for what, value in steps:
        if isinstance(value, Fault):
            (it.printer.fail if what == "fail" else it.printer.clear)(value)
        elif isinstance(value, int):
            said += it.run(value / 10) if what == "wait" else b""
            send(value if what == "send" else 0)
        else:
            it.data(b"\x10\x05\x01")
        assert 0 <= it.printer.room <= buffer
        assert it.printer.condition.online or it.printer.deadline_us is None
    for fault in BY_HAND:
        it.printer.clear(fault)
    it.data(b"\x10\x05\x01")
    while data or it.printer.deadline_us is not None:
        send(len(data))
        said += it.run(1)
    assert it.printer.paper.text.split("\n")[:-1] == lines
    assert it.printer.lost == 0
    assert said == PRINTED
