"""Every status byte of the printer twin, by the tables of Epson's manuals.

Sources: TM-T88III programming guide (DLE EOT, GS a pages 316 to 318, GS r), TM-U220 (the same
bits), T88III page 318 for what the online item of GS a watches.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from pos_guard.frames.printer_models import printer_model
from pos_guard_simulator.printer import Fault, ReceiptPrinter, Setup

EOT = b"\x10\x04\x01\x10\x04\x02\x10\x04\x03\x10\x04\x04"
ALL_ITEMS = b"\x1da\xff"

# fault, DLE EOT 1 to 4, the four bytes of GS a
STATES = [
    (None, "12121212", "10000000"),
    (Fault.DRAWER_OPEN, "16121212", "14000000"),
    (Fault.PAPER_NEAR_END, "1212121e", "10000300"),
    (Fault.PAPER_OUT, "1a32127e", "18000f00"),
    (Fault.COVER_OPEN, "1a161212", "38000000"),
    (Fault.COVER_OPEN_PRINTING, "1a565212", "38400000"),
    (Fault.CUTTER, "1a521a12", "18080000"),
    (Fault.HEAD_HOT, "1a525212", "18400000"),
    (Fault.RECOVERABLE, "1a521612", "18040000"),
    (Fault.UNRECOVERABLE, "1a523212", "18200000"),
    (Fault.FEED_BUTTON, "5a1a1212", "58020000"),
    (Fault.WAITING, "3a121212", "18010000"),
]


@pytest.mark.parametrize(("fault", "eot", "asb"), STATES)
def test_each_state_by_its_bytes(fault: Fault | None, eot: str, asb: str) -> None:
    printer = ReceiptPrinter()
    if fault is not None:
        printer.fail(fault)
    assert printer.data(EOT).hex() == eot
    assert printer.data(b"\x10\x14\x07\x01").hex() == asb  # DLE DC4 7: the same, in real time
    if fault is not None:
        printer.clear(fault)
        assert printer.data(EOT).hex() == "12121212"


@pytest.mark.parametrize(("fault", "eot", "asb"), STATES[1:])
def test_automatic_status_tells_each_change_both_ways(fault: Fault, eot: str, asb: str) -> None:
    del eot
    printer = ReceiptPrinter()
    assert printer.data(ALL_ITEMS).hex() == "10000000"
    assert printer.fail(fault).hex() == asb
    assert printer.fail(fault) == b""
    assert printer.clear(fault).hex() == "10000000"
    assert printer.clear(fault) == b""


# item of GS a, the faults whose coming it tells
ITEMS = [
    (0x01, {Fault.DRAWER_OPEN}),
    (0x02, set(Fault) - {Fault.DRAWER_OPEN, Fault.PAPER_NEAR_END, Fault.POWER_OFF}),
    (0x04, {Fault.COVER_OPEN_PRINTING, Fault.CUTTER, Fault.HEAD_HOT, Fault.RECOVERABLE,
            Fault.UNRECOVERABLE}),
    (0x08, {Fault.PAPER_OUT, Fault.PAPER_NEAR_END}),
    (0x40, {Fault.FEED_BUTTON}),
]  # fmt: skip


@pytest.mark.parametrize(("mask", "told"), ITEMS)
def test_each_item_of_gs_a_watches_its_own_bits(mask: int, told: set[Fault]) -> None:
    for fault in set(Fault) - {Fault.POWER_OFF}:
        printer = ReceiptPrinter()
        assert printer.data(b"\x1da" + bytes((mask,))).hex() == "10000000"
        assert bool(printer.fail(fault)) == (fault in told), fault


def test_the_items_are_switched_off_by_gs_a_0_by_reset_and_by_bits_that_are_none() -> None:
    printer = ReceiptPrinter()
    printer.data(ALL_ITEMS)
    assert printer.data(b"\x1da\x00") == b""
    assert printer.fail(Fault.COVER_OPEN) == b""
    assert printer.clear(Fault.COVER_OPEN) == b""
    assert printer.data(b"\x1da\xb0") == b""  # bits 4, 5 and 7 enable nothing
    assert printer.data(ALL_ITEMS + b"\x1b@").hex() == "10000000"
    assert printer.fail(Fault.COVER_OPEN) == b""


def test_with_busy_for_a_full_buffer_only_the_online_item_is_on_from_the_start() -> None:
    printer = ReceiptPrinter(setup=Setup(busy_offline=False))
    assert printer.fail(Fault.COVER_OPEN).hex() == "38000000"
    assert printer.fail(Fault.PAPER_NEAR_END) == b""
    printer.clear(Fault.COVER_OPEN)
    printer.data(b"\x1b@")
    assert printer.fail(Fault.COVER_OPEN).hex() == "38000300"


def test_the_near_end_stops_printing_only_when_esc_c_4_selects_it() -> None:
    printer = ReceiptPrinter()
    printer.fail(Fault.PAPER_NEAR_END)
    printer.data(b"one\n")
    assert printer.data(b"\x1da\x02").hex() == "10000300"
    assert printer.data(b"\x1bc4\x03two\n").hex() == "18000300"
    assert printer.paper.text == "one\n"
    assert printer.clear(Fault.PAPER_NEAR_END).hex() == "10000000"
    assert printer.paper.text == "one\ntwo\n"


def test_buttons_that_esc_c_5_switched_off_do_nothing() -> None:
    printer = ReceiptPrinter()
    printer.data(b"\x1bc5\x01")
    assert printer.fail(Fault.FEED_BUTTON) == b""
    assert printer.data(EOT).hex() == "12121212"
    printer.data(b"\x1bc5\x00")
    printer.fail(Fault.FEED_BUTTON)
    assert printer.data(EOT).hex() == "5a1a1212"


def test_without_a_near_end_sensor_paper_end_is_72h_and_near_end_is_never_told() -> None:
    printer = ReceiptPrinter(replace(printer_model("epson"), near_end_sensor=False))
    printer.fail(Fault.PAPER_NEAR_END)
    assert printer.data(EOT + b"\x1dr\x01").hex() == "1212121200"
    printer.fail(Fault.PAPER_OUT)
    assert printer.data(EOT).hex() == "1a321272"


@pytest.mark.parametrize("number", [1, 49])
def test_gs_r_1_is_not_executed_at_paper_end(number: int) -> None:
    ask = b"\x1dr" + bytes((number,))
    printer = ReceiptPrinter()
    assert printer.data(ask) == b"\x00"
    printer.fail(Fault.PAPER_NEAR_END)
    assert printer.data(ask) == b"\x03"
    printer.fail(Fault.PAPER_OUT)
    assert printer.data(ask) == b""
    assert printer.clear(Fault.PAPER_OUT) == b"\x03"


@pytest.mark.parametrize("ask", [b"\x1dr\x02", b"\x1dr\x32", b"\x1bu\x00"])
def test_gs_r_2_and_its_older_form_tell_the_drawer(ask: bytes) -> None:
    printer = ReceiptPrinter()
    assert printer.data(ask) == b"\x00"
    printer.fail(Fault.DRAWER_OPEN)
    assert printer.data(ask) == b"\x01"


def test_a_connected_drawer_opens_by_a_pulse_and_shows_by_the_level_of_its_make() -> None:
    printer = ReceiptPrinter(setup=Setup(drawer=True))
    assert printer.data(b"\x10\x04\x01") == b"\x12"
    assert printer.data(b"\x1bp\x00\x19\xfa\x10\x04\x01") == b"\x16"
    printer.clear(Fault.DRAWER_OPEN)
    assert printer.data(b"\x10\x04\x01") == b"\x12"
    other_make = replace(printer_model("epson"), drawer_open_high=False)
    low = ReceiptPrinter(other_make, Setup(drawer=True))
    assert low.data(b"\x10\x04\x01") == b"\x16"
    assert low.data(b"\x1bp\x00\x19\xfa\x10\x04\x01") == b"\x12"


def test_old_and_new_names_of_paper_end_are_one_fault() -> None:
    assert Fault("paper_end") is Fault("paper_out") is Fault.PAPER_OUT
    with pytest.raises(ValueError, match="fire"):
        Fault("fire")
