"""Receipts in Star's language: the commands of its manual, and what comes on the twin's paper."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pos_guard.errors import LocalError
from pos_guard.frames.printer_models import PrinterModel, printer_model
from pos_guard.frames.star_table import scan
from pos_guard_drivers.receipt import Column, Receipt
from pos_guard_drivers.receipt_bitmap import Bitmap
from pos_guard_drivers.star_receipt import StarEmitter, drawer
from pos_guard_simulator.paper import print_all

STAR = printer_model("star-line")
JAPANESE = replace(STAR, kanji="shift_jis", kanji_on=True)
CHINESE = replace(STAR, kanji="gb18030", kanji_on=True)


def made(receipt: Receipt) -> bytes:
    """The job without the reset and character set that every one begins with."""
    start = b"\x1b@\x18\x1bR\x00"
    job = receipt.bytes()
    assert job.startswith(start)
    assert "UNKNOWN" not in {token.name for token in scan(job)}
    return job[len(start) :]


def paper(receipt: Receipt, model: PrinterModel = STAR) -> list[str]:
    return [line for line in print_all(receipt.bytes(), model).text.splitlines() if line.strip()]


# Byte forms as in Star's manual and in receipt-printer-encoder 4.0.1.
@pytest.mark.parametrize(
    ("receipt", "data"),
    [
        (Receipt(STAR).text("Hi"), b"Hi\n"),
        (Receipt(STAR).text("Hi", bold=True), b"\x1bEHi\n"),
        (Receipt(STAR).text("Hi", size=(2, 3)), b"\x1bi\x02\x01Hi\n"),
        (Receipt(STAR).text("Hi", underline=True, invert=True), b"\x1b-\x01\x1b4Hi\n"),
        (Receipt(STAR).text("Hi", align="center"), b"\x1b\x1da\x01Hi\n"),
        (Receipt(STAR).text("é"), b"\x1b\x1dt\x01\x82\n"),
        (Receipt(STAR).feed(3), b"\x1ba\x03"),
        (Receipt(STAR).cut(), b"\x1bd\x03"),
        (Receipt(STAR).cut(full=True), b"\x1bd\x02"),
        (Receipt(STAR).drawer(), b"\x07"),
        (Receipt(STAR).drawer(5), b"\x1a"),
        (Receipt(STAR).buzzer(2, 100), b"\x1b\x1d\x07\x01\x05\x05" * 2),
        (
            Receipt(STAR).qr("hi", dots=4, level="M", align="left"),
            b"\x1b\x1dyS0\x02\x1b\x1dyS1\x01\x1b\x1dyS2\x04\x1b\x1dyD1\x00\x02\x00hi\x1b\x1dyP",
        ),
        (
            Receipt(STAR).barcode("ean13", "4006381333931", height=60),
            b"\x1b\x1da\x01\x1bb\x03\x02\x01\x3c4006381333931\x1e",
        ),
    ],
)
def test_each_part_is_the_manuals_command(receipt: Receipt, data: bytes) -> None:
    assert made(receipt) == data


@pytest.mark.parametrize(
    "text", ["Café Größe 12,50 €", "Привет, мир", "Łódź ąęś", "Ça va ñ", "Žluťoučký kůň"]
)
def test_letters_of_europe_come_out_right(text: str) -> None:
    assert paper(Receipt(STAR).text(text)) == [text]


@pytest.mark.parametrize(
    ("model", "text"), [(JAPANESE, "合計 1,200円 é"), (CHINESE, "合计 12.50 元"), (JAPANESE, "ｱｲｳ")]
)
def test_two_byte_letters_come_out_right(model: PrinterModel, text: str) -> None:
    assert paper(Receipt(model).text(text), model) == [text]


def test_what_it_cannot_print_raises() -> None:
    with pytest.raises(LocalError, match="cannot print"):
        Receipt(STAR).text("合计")
    with pytest.raises(LocalError, match="at most 6"):
        Receipt(STAR).text("Hi", size=7)
    with pytest.raises(LocalError, match="pin"):
        drawer(3)


def test_a_whole_receipt() -> None:
    receipt = Receipt(STAR).text("SHOP", size=2, align="center")
    receipt.columns([Column(), Column(width=10, align="right")], [["Latte", "12.50"]])
    receipt.rule().barcode("code128", "A%{B-12").qr("https://example.test/r/17").cut()
    lines = paper(receipt)
    assert [line.strip() for line in lines[:-1]] == [
        "SHOP",
        "Latte" + " " * 38 + "12.50",
        "-" * 48,
        "[CODE128: {BA%{{B-12]",
        "[QR: https://example.test/r/17]",
    ]


@pytest.mark.parametrize(("side", "white"), [("left", 0), ("center", 35), ("right", 70)])
def test_a_picture_is_rows_of_raster_mode_in_its_place(side: str, white: int) -> None:
    emitter = StarEmitter(STAR)
    emitter.align(side)  # type: ignore[arg-type]  # from the table above
    names = scan(emitter.image(Bitmap(16, (b"\xff\x00", b"\x00\xff"))))
    rows = [token.raw[3:] for token in names if token.name == "b"]
    assert rows == [bytes(white) + b"\xff\x00", bytes(white) + b"\x00\xff"]
    assert (names[0].raw, names[-1].raw) == (b"\x1b*rA", b"\x1b*rB")


def test_a_picture_that_does_not_fit_raises() -> None:
    with pytest.raises(LocalError, match="wider"):
        StarEmitter(STAR).image(Bitmap(584, (bytes(73),)))
    with pytest.raises(LocalError, match="raster"):
        StarEmitter(replace(STAR, images="none")).image(Bitmap(8, (b"\xff",)))


def test_a_model_without_a_cutter_is_fed_to_tear_at() -> None:
    assert made(Receipt(replace(STAR, cutter="none")).cut()) == b"\x1ba\x04"
    assert made(Receipt(replace(STAR, cutter="full")).cut()) == b"\x1bd\x02"
    assert made(Receipt(replace(STAR, buzzer="none")).buzzer()) == b""
