"""Clones: every named difference of printer_models.QUIRKS, by what comes out of the twin."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pos_guard.frames.printer_models import QUIRKS, PrinterModel, printer_model
from pos_guard_simulator.paper_items import Feed, Line
from pos_guard_simulator.printer import Fault, ReceiptPrinter, Setup
from pos_guard_simulator.simulate_printer import profiles

EPSON = printer_model("epson")
RASTER = b"\x1dv0\x00\x01\x00\x02\x00\xff\xff"


def clone(*quirks: str, base: PrinterModel = EPSON) -> PrinterModel:
    return replace(base, quirks=frozenset(quirks))


def paper(model: PrinterModel, data: bytes) -> str:
    printer = ReceiptPrinter(model)
    printer.data(data)
    return printer.paper.text


# quirk, what is sent, on paper without it, and with it
ON_PAPER = [
    ("databar-as-text", b"\x1dk\x4b\x0d0001234567890A\n", "[GS1 DataBar: 0001234567890]\nA\n",
     "0001234567890A\n"),
    ("graphics-as-text", b"\x1d8L\x02\x00\x00\x0002A\n", "A\n", "L02A\n"),
    ("graphics-as-text", b"\x1d(L\x02\x0002A\n", "A\n", "L02A\n"),
    ("qr-as-text", b"\x1d(k\x05\x001P0HiA\n", "A\n", "k1P0HiA\n"),
    ("qr-as-text", b"\x1d(A\x02\x00\x00\x01A\n", "A\n", "A\n"),
    ("raster-swallows-lf", RASTER + b"\n\nA\n", "[image 8x2]\n\n\nA\n", "[image 8x2]\n\nA\n"),
    ("raster-low-row-byte", b"\x1dv0\x00\x01\x00\x01\x01" + b"A" * 257 + b"B\n",
     "[image 8x257]\nB\n", None),
    ("negative-move-ignored", b"abc\x1b\\\xe8\xffX\n", "abXc\n", "abcX\n"),
    ("abs-move-after-data-ignored", b"a\x1b$\x3c\x00b\n", "a    b\n", "ab\n"),
    ("esc-b-margin", b"\x1bB\x02\x01A\n", "A\n", "  A\n"),
]  # fmt: skip


@pytest.mark.parametrize(("quirk", "data", "plain", "odd"), ON_PAPER)
def test_on_paper(quirk: str, data: bytes, plain: str, odd: str | None) -> None:
    base = replace(EPSON, dialect="china") if quirk == "esc-b-margin" else EPSON
    assert paper(replace(base, quirks=frozenset()), data) == plain
    shown = paper(clone(quirk, base=base), data)
    if odd is None:
        assert shown.startswith("[image 8x1]\nAAAA")
        assert shown.replace("\n", "").endswith("B")
    else:
        assert shown == odd


# quirk, fault, what is sent, the answer without it, and with it
IN_ANSWERS = [
    ("esc-v-two-bytes", None, b"\x1bv", "00", "0000"),
    ("gs-r2-line-done", None, b"\x1dr\x02", "00", "08"),
    ("gs-r-serial-only", None, b"\x1dr\x01", "00", ""),
    ("no-drawer-status", Fault.DRAWER_OPEN, b"\x10\x04\x01", "16", "12"),
]


@pytest.mark.parametrize(("quirk", "fault", "asked", "plain", "odd"), IN_ANSWERS)
def test_in_answers(quirk: str, fault: Fault | None, asked: bytes, plain: str, odd: str) -> None:
    for model, answer in ((EPSON, plain), (clone(quirk), odd)):
        printer = ReceiptPrinter(model, Setup(interface="tcp"))
        if fault is not None:
            printer.fail(fault)
        assert printer.data(asked).hex() == answer


def test_gs_r_is_answered_on_the_serial_port_of_such_a_model() -> None:
    printer = ReceiptPrinter(clone("gs-r-serial-only"), Setup(interface="serial"))
    assert printer.data(b"\x1dr\x01") == b"\x00"


def test_gs_r_1_with_its_odd_value_is_told_on_a_board_that_answers_at_paper_end() -> None:
    """Such boards answer GS r also when the paper is out: 0F, as ESC v does."""
    quirks = clone("gs-r-0f", "esc-v-two-bytes")
    printer = ReceiptPrinter(quirks)
    printer.fail(Fault.PAPER_OUT)
    assert printer.data(b"\x1dr\x01\x1bv").hex() == "0f000f"
    assert printer.data(b"held\n\x1dr\x01") == b""  # behind data it waits as anywhere
    assert printer.paper.text == ""
    assert printer.clear(Fault.PAPER_OUT) == b"\x00"
    assert printer.paper.text == "held\n"


def test_cutters_that_are_missing_or_odd() -> None:
    cuts = b"A\n\x1dVB\x00\x1bi\x1bm\x1dV\x00"
    for model, expected in (
        (replace(EPSON, quirks=frozenset()), ["partial"]),
        (replace(EPSON, cutter="none"), []),
        (clone("gs-v-66-ignored"), ["partial"]),
        (clone("esc-i-full", "gs-v-66-ignored"), ["full"]),
    ):
        printer = ReceiptPrinter(model)
        printer.data(cuts)
        assert [slip.cut for slip in printer.paper.receipts] == expected
        assert printer.paper.text.startswith("A\n")


def test_without_a_cutter_gs_v_65_still_feeds() -> None:
    printer = ReceiptPrinter(replace(EPSON, cutter="none"))
    printer.data(b"A\n\x1dVA\x40")
    assert printer.paper.loose.items[1:] == [Feed(64)]


def test_esc_j_that_feeds_nothing_still_ends_the_line() -> None:
    printer = ReceiptPrinter(clone("esc-j-ignored"))
    printer.data(b"A\x1bJ\x40\x1bJ\x40B\n")
    heights = [item.height for item in printer.paper.loose.items if isinstance(item, Line)]
    assert printer.paper.text == "A\nB\n"
    assert heights == [24, 30]


def test_a_model_without_two_byte_characters_does_not_know_their_mode() -> None:
    plain = replace(EPSON, kanji="")
    assert paper(plain, b"\x1c&A\x82B\x1c.\n") == "AéB\n"


def test_every_model_prints_a_plain_line() -> None:
    for name in ("epson-80", "epson-58", "clone-58", "clone-80", "nt-5890k", "xprinter-80"):
        assert paper(printer_model(name), b"\x1b@Total 12.50\n") == "Total 12.50\n"


def test_a_model_of_another_language_speaks_it() -> None:
    star = ReceiptPrinter(printer_model("star-line"))
    assert star.data(b"Total 12.50\n\x1bd\x02") == b""  # ESC d cuts a Star
    assert [slip.text for slip in star.paper.receipts] == ["Total 12.50"]
    assert {"epson", "china-58", "nt-5890k", "star-line"} <= set(profiles())


def test_every_named_quirk_is_shown_here() -> None:
    named = {quirk for quirk, *_ in ON_PAPER} | {quirk for quirk, *_ in IN_ANSWERS}
    others = {"gs-r-0f", "gs-v-66-ignored", "esc-i-full", "esc-j-ignored"}
    assert named | others == set(QUIRKS)
