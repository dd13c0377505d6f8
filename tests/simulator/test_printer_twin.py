"""The printer twin behaves as the manuals say a printer does, also when something is wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.frames import escpos_build as build
from pos_guard.frames.printer_models import printer_model
from pos_guard_simulator.printer import Fault, ReceiptPrinter
from pos_guard_simulator.simulate_printer import profiles

HEALTHY = b"\x10\x04\x01\x10\x04\x02\x10\x04\x03\x10\x04\x04"
RASTER = b"\x1dv0\x00\x08\x00\x02\x00"


def test_status_is_answered_at_once_and_the_receipt_is_cut() -> None:
    printer = ReceiptPrinter()
    assert printer.data(HEALTHY) == b"\x12\x12\x12\x12"
    assert printer.data(b"Total 12.50\n" + build.cut()) == b""
    assert [slip.text for slip in printer.paper.receipts] == ["Total 12.50"]


def test_a_client_that_asks_right_after_selecting_gets_16_with_the_drawer_pin_high() -> None:
    """The dialogue of gilbertfl/escpos-netprinter issue 1."""
    printer = ReceiptPrinter()
    printer.fail(Fault.DRAWER_OPEN)
    assert printer.data(b"\x1b@\x1b=\x01\x10\x04\x01") == b"\x16"


def test_nothing_is_printed_before_its_line_ends() -> None:
    printer = ReceiptPrinter()
    printer.data(b"Buffered, not printed")
    assert printer.paper.text == ""
    printer.data(b"\x1b@")
    printer.data(b"\n")
    assert printer.paper.text == ""


@pytest.mark.parametrize("piece", [1, 3, 100])
def test_real_time_commands_act_inside_a_picture(piece: int) -> None:
    printer = ReceiptPrinter()
    stream = RASTER + b"\xff\x10\x04\x01\xff\x10\x14\x01\x00\x01" + bytes(6) + b"A\n"
    pieces = [stream[at : at + piece] for at in range(0, len(stream), piece)]
    assert b"".join(printer.data(part) for part in pieces) == b"\x12"
    assert [pulse.pin for pulse in printer.pulses] == [2]
    assert printer.paper.text == "[image 64x2]\nA\n"


def test_gs_d_keeps_a_picture_from_opening_the_drawer() -> None:
    printer = ReceiptPrinter()
    printer.data(b"\x1d(D\x03\x00\x14\x01\x00")
    printer.data(b"\x10\x14\x01\x00\x01")
    assert printer.pulses == []
    printer.data(b"\x1d(D\x03\x00\x14\x01\x01")
    printer.data(b"\x10\x14\x01\x00\x01")
    assert len(printer.pulses) == 1


def test_with_the_paper_out_data_is_held_and_printed_afterwards() -> None:
    printer = ReceiptPrinter()
    printer.fail(Fault.PAPER_OUT)
    assert printer.data(b"Held\n" + build.cut() + b"\x1dr\x01") == b""
    assert printer.data(HEALTHY) == b"\x1a\x32\x12\x7e"
    assert printer.paper.receipts == []
    assert printer.clear(Fault.PAPER_OUT) == b"\x00"
    assert [slip.text for slip in printer.paper.receipts] == ["Held"]


def test_paper_runs_out_after_so_many_lines() -> None:
    printer = ReceiptPrinter()
    printer.fail(Fault.PAPER_OUT, after_lines=2)
    answer = printer.data(b"one\ntwo\nthree\n" + build.process_id(b"0007"))
    assert (answer, printer.paper.text) == (b"", "one\ntwo\n")
    assert printer.clear(Fault.PAPER_OUT) == b'\x37"0007\x00'
    assert printer.paper.text == "one\ntwo\nthree\n"


def test_an_open_cover_and_a_near_end_show_in_the_status() -> None:
    printer = ReceiptPrinter()
    printer.fail(Fault.COVER_OPEN)
    assert printer.data(HEALTHY) == b"\x1a\x16\x12\x12"
    printer.clear(Fault.COVER_OPEN)
    printer.fail(Fault.PAPER_NEAR_END)
    assert printer.data(HEALTHY) == b"\x12\x12\x12\x1e"
    assert printer.data(b"\x1dr\x01") == b"\x03"


def test_a_cutter_error_is_recovered_by_the_host() -> None:
    printer = ReceiptPrinter()
    printer.fail(Fault.CUTTER)
    printer.data(b"one\n")
    assert printer.data(b"\x10\x04\x03") == b"\x1a"
    printer.data(b"\x10\x05\x01")
    assert printer.paper.text == "one\n"
    printer.fail(Fault.CUTTER)
    printer.data(b"two\n" + b"\x10\x05\x02" + b"three\n")
    assert printer.paper.text == "one\nthree\n"


def test_clearing_the_buffers_in_real_time_drops_what_was_held() -> None:
    printer = ReceiptPrinter()
    printer.fail(Fault.PAPER_OUT)
    printer.data(b"lost\n")
    assert printer.data(b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08")[:3] == b"\x37\x25\x00"
    printer.clear(Fault.PAPER_OUT)
    assert "lost" not in printer.paper.text


def test_the_buffer_is_bounded_and_says_how_much_fits() -> None:
    printer = ReceiptPrinter(replace(printer_model("epson"), buffer=16))
    assert printer.room == 16
    printer.fail(Fault.COVER_OPEN)
    printer.data(b"0123456789")
    assert printer.room == 6
    printer.data(b"abcdefghij")
    assert (printer.room, printer.lost) == (0, 4)
    assert printer.data(b"\x10\x04\x02") == b"\x16"
    printer.clear(Fault.COVER_OPEN)
    assert printer.room == 16


def test_automatic_status_comes_at_once_and_on_each_change_until_reset() -> None:
    printer = ReceiptPrinter()
    assert printer.data(b"\x1da\xff") == b"\x10\x00\x00\x00"
    assert printer.fail(Fault.COVER_OPEN) == b"\x38\x00\x00\x00"
    assert printer.fail(Fault.COVER_OPEN) == b""
    assert printer.clear(Fault.COVER_OPEN) == b"\x10\x00\x00\x00"
    printer.data(b"\x1b@")
    assert printer.fail(Fault.COVER_OPEN) == b""


def test_switched_off_it_says_nothing_and_forgets() -> None:
    printer = ReceiptPrinter()
    printer.data(b"half a line")
    printer.fail(Fault.POWER_OFF)
    assert printer.data(HEALTHY + b"gone\n") == b""
    printer.clear(Fault.POWER_OFF)
    assert printer.data(b"\x10\x04\x01") == b"\x12"
    printer.data(b"new\n")
    assert printer.paper.text == "new\n"


def test_the_display_takes_what_is_sent_to_it_and_the_paper_does_not() -> None:
    printer = ReceiptPrinter()
    printer.data(b"A\n\x1b=\x02\x0cTOTAL EUR\n\r     12.50\x1b=\x01B\n")
    assert printer.display == "TOTAL EUR\n     12.50"
    assert printer.paper.text == "A\nB\n"
    printer.data(b"\x1b=\x02\x0c\x1f$\x05\x02x\x1b=\x01")
    assert printer.display == "\n    x"


def test_the_drawer_is_pulsed_through_the_buffer() -> None:
    printer = ReceiptPrinter()
    printer.data(build.drawer(5))
    assert [(pulse.pin, pulse.on_ms) for pulse in printer.pulses] == [(5, 50)]


def test_identity_and_a_process_id_are_answered_in_their_turn() -> None:
    printer = ReceiptPrinter()
    assert printer.data(b"\x1dIB") == b"\x5fEPSON\x00"
    assert printer.data(b"\x1dI\x01") == b"\x20"
    assert printer.data(b"open line" + build.process_id(b"0001")) == b""
    assert printer.data(b"\n") == b'\x37"0001\x00'


def test_a_silent_printer_prints_and_never_answers() -> None:
    printer = ReceiptPrinter(printer_model("china-58"))
    assert printer.data(HEALTHY + "已支付\n".encode("gb18030")) == b""
    assert printer.paper.text == "已支付\n"


def test_a_cut_picture_swallows_the_next_job() -> None:
    printer = ReceiptPrinter()
    printer.data(RASTER + b"\xff")
    printer.data(b"\x1b@Next\n" + bytes(8) + b"\nAfter\n")
    assert "Next" not in printer.paper.text
    assert "After" in printer.paper.text


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200), st.sampled_from(profiles()))
def test_garbage_never_breaks_it(data: bytes, profile: str) -> None:
    printer = ReceiptPrinter(printer_model(profile))
    printer.data(data)
    printer.fail(Fault.PAPER_OUT)
    printer.data(data)
    printer.clear(Fault.PAPER_OUT)
    assert isinstance(printer.paper.text, str)
    assert printer.lost == 0


PARTS = st.one_of(
    st.sampled_from(
        [
            b"Total 12.50\n", "已支付\n".encode("gb18030"), b"\x1b@", b"\x1dVB\x10", b"\x1dr\x01",
            b"\x1da\xff", b"\x1dIB", b"\x10\x04\x01", b"\x10\x04\x04", b"\x10\x05\x02",
            b"\x1b=\x02", b"\x1b=\x01", b"\x10\x14\x01\x00\x01", RASTER,
            b"\x10\x14\x03\x10\x04\x01\x10\x04",
            b"\x1d(H\x06\x00\x30\x300001", bytes(9), b"\x1d(D\x03\x00\x14\x01\x00", b"\x1c&",
            b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08", b"\x1bL", b"\x0c", b"\x1bv",
            b"\x1bp\x00\x01\x01",
        ]
    ),
    st.binary(max_size=6),
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(
    st.lists(PARTS, max_size=12).map(b"".join),
    st.lists(st.integers(1, 9), min_size=1),
    st.sampled_from(["epson", "china", "nt-5890k"]),
)
def test_however_the_bytes_are_cut_paper_answers_and_pulses_are_the_same(
    data: bytes, sizes: list[int], model: str
) -> None:
    whole = ReceiptPrinter(printer_model(model))
    said = whole.data(data)
    cut = ReceiptPrinter(printer_model(model))
    pieces, at = b"", 0
    while at < len(data):
        size = sizes[at % len(sizes)]
        pieces += cut.data(data[at : at + size])
        at += size
    assert pieces == said
    assert cut.paper.text == whole.paper.text
    assert cut.pulses == whole.pulses
    assert cut.display == whole.display
