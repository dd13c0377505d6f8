"""The Star twin: its status, its counter, its paper, and what it does while something is wrong."""

from __future__ import annotations

import pytest

from pos_guard.clock import ManualClock
from pos_guard.frames.printer_models import printer_model
from pos_guard.frames.star_replies import StarReplyScanner, model_of
from pos_guard.frames.star_status import StarStatus, parse_asb
from pos_guard_simulator.device import ByteDevice
from pos_guard_simulator.paper import print_all
from pos_guard_simulator.printer import Fault, ReceiptPrinter, Setup
from pos_guard_simulator.simulate_printer import profiles

ASK = b"\x1b\x06\x01"
ON = b"\x1b\x1ea\x01"
ETB = b"\x17"
STAR = printer_model("star-line")


def twin(**setup: object) -> ReceiptPrinter:
    return ReceiptPrinter(STAR, Setup(**setup))  # type: ignore[arg-type]  # names of Setup


def told(data: bytes) -> list[StarStatus]:
    """Every status in an answer, and nothing else in it."""
    replies = StarReplyScanner().feed(data)
    assert {reply.kind for reply in replies} <= {"asb"}
    assert b"".join(reply.raw for reply in replies) == data
    return [parse_asb(reply.raw) for reply in replies]


def test_it_is_a_device_like_every_printer() -> None:
    device: ByteDevice = twin()
    assert (device.room, device.deadline_us) == (STAR.buffer, None)
    assert "star-line" in profiles()


def test_it_answers_for_its_state_at_once() -> None:
    (found,) = told(twin().data(ASK))
    assert (found.state.ready, found.etb, found.count) == (True, False, 0)


@pytest.mark.parametrize("place", range(1, 3))
def test_a_question_may_come_in_pieces_and_inside_a_picture(place: int) -> None:
    printer = twin()
    assert told(printer.data(b"\x1b*rAb\x04\x00" + ASK[:place])) == []
    assert len(told(printer.data(ASK[place:]))) == 1


@pytest.mark.parametrize(
    ("fault", "name", "value"),
    [
        (Fault.PAPER_OUT, "paper", False),
        (Fault.PAPER_NEAR_END, "near_end", True),
        (Fault.COVER_OPEN, "cover_open", True),
        (Fault.CUTTER, "error", True),
        (Fault.HEAD_HOT, "error", True),
        (Fault.RECOVERABLE, "error", True),
        (Fault.UNRECOVERABLE, "error", True),
        (Fault.DRAWER_OPEN, "drawer_high", True),
    ],
)
def test_a_fault_is_told_unasked_and_its_end_too(fault: Fault, name: str, value: bool) -> None:
    printer = twin()
    printer.data(ON)
    (before,) = told(printer.fail(fault))
    (after,) = told(printer.clear(fault))
    assert getattr(before.state, name) is value
    assert getattr(after.state, name) is not value


def test_nothing_is_told_unasked_once_that_is_switched_off() -> None:
    printer = twin(interface="tcp")
    assert told(printer.data(b"\x1b\x1ea\x00")) == []
    assert told(printer.fail(Fault.COVER_OPEN)) == []
    assert told(printer.data(ASK))[0].state.cover_open is True


@pytest.mark.parametrize(("interface", "statuses"), [("serial", 0), ("tcp", 1), ("usb", 1)])
def test_automatic_status_is_on_at_the_start_but_for_serial_lines(
    interface: str, statuses: int
) -> None:
    assert len(told(twin(interface=interface).fail(Fault.COVER_OPEN))) == statuses


def test_an_etb_counts_what_is_on_paper_and_is_told_once() -> None:
    printer = twin()
    first, second, third = told(printer.data(ON + b"Total\n" + ETB + ASK))[-3:]
    assert {(first.etb, first.count), (second.etb, second.count), (third.etb, third.count)} >= {
        (True, 1)
    }
    assert told(printer.data(ASK))[0] == StarStatus(third.state, False, 1)


def test_the_counter_goes_round_and_is_cleared_by_its_command_and_a_reset() -> None:
    printer = twin()
    assert told(printer.data(ON + ETB * 33))[-1].count == 1
    assert told(printer.data(b"\x1b\x1eE\x00" + ETB))[-1].count == 1
    assert told(printer.data(b"\x1b@" + ON))[-1].count == 0


def test_an_etb_behind_held_data_waits_for_the_paper() -> None:
    printer = twin()
    printer.data(ON)
    printer.fail(Fault.PAPER_OUT)
    assert told(printer.data(b"Total 12.50\n" + ETB)) == []
    assert printer.paper.text == ""
    statuses = told(printer.clear(Fault.PAPER_OUT))
    assert [(status.etb, status.count) for status in statuses][-1] == (True, 1)
    assert printer.paper.text.strip() == "Total 12.50"


def test_an_etb_does_not_count_a_line_that_is_not_printed() -> None:
    printer = twin()
    assert told(printer.data(ON + b"Total" + ETB))[-1].count == 0
    assert told(printer.data(b"\n"))[-1].count == 1


def test_after_a_power_cut_the_counter_and_the_line_are_gone() -> None:
    printer = twin()
    printer.data(ON + ETB * 5 + b"half")
    printer.fail(Fault.POWER_OFF)
    printer.clear(Fault.POWER_OFF)
    assert told(printer.data(ASK))[0].count == 0
    printer.data(b"\n")
    assert "half" not in printer.paper.text


def test_a_receipt_comes_out_with_its_symbols_and_is_cut() -> None:
    printer = twin()
    printer.data(
        b"\x1b@\x1b\x1da\x01\x1bi\x01\x01SHOP\n\x1bi\x00\x00\x1b\x1da\x00"
        b"\x1b\x1dt\x20Caf\xe9  3.50\n"
        b"\x1b\x1dyS2\x04\x1b\x1dyD1\x00\x05\x00hello\x1b\x1dyP"
        b"\x1bb\x03\x02\x02\x50400638133393\x1e\x1ba\x02\x1bd\x02"
    )
    (slip,) = printer.paper.receipts
    lines = [line.strip() for line in slip.text.splitlines() if line.strip()]
    assert lines == ["SHOP", "Café  3.50", "[QR: hello]", "[EAN13: 400638133393]"]


def test_rows_of_raster_mode_become_dots() -> None:
    paper = print_all(b"\x1b*rA" + b"b\x02\x00\xff\x00" * 8 + b"\x1b\x0c\x00\x1b*rB", STAR)
    assert len(paper.receipts) == 1
    assert "[image 16x1]" in paper.receipts[0].text


@pytest.mark.parametrize(
    ("data", "pins"),
    [
        (b"\x07", [2]),
        (b"\x1c", [2]),
        (b"\x1a", [5]),
        (b"\x19", [5]),
        (b"\x1b\x07\x0a\x0a\x07", [2]),
    ],
)
def test_the_drawer_opens(data: bytes, pins: list[int]) -> None:
    printer = twin(drawer=True)
    printer.data(ON + data)
    assert [pulse.pin for pulse in printer.pulses] == pins
    assert told(printer.data(ASK))[0].state.drawer_high is True


def test_the_buzzer_sounds() -> None:
    printer = twin()
    printer.data(b"\x1b\x1d\x07\x01\x05\x05\x1b\x1d\x19\x12\x01\x03\x00")
    assert printer.beeps == 4


def test_it_says_which_model_it_is() -> None:
    (reply,) = StarReplyScanner().feed(twin().data(b"\x1b#*\n\x00"))
    assert model_of(reply.raw).startswith("TSP")


def test_printing_takes_its_time_and_the_count_comes_at_the_end() -> None:
    clock = ManualClock()
    printer = ReceiptPrinter(STAR, Setup(timed=True), clock)
    early = told(printer.data(ON + b"a\nb\nc\n" + ETB))
    assert early[-1].count == 0
    late: list[StarStatus] = []
    while printer.deadline_us is not None:
        clock.advance(max(printer.deadline_us - clock.boot_us(), 0) / 1_000_000)
        late += told(printer.tick())
    assert late[-1].count == 1
    assert printer.paper.text.split() == ["a", "b", "c"]
