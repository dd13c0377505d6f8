"""Somebody else's decoder reads our receipts: emupos, where it is (``tox -e bench-text``)."""

from __future__ import annotations

import pytest

from pos_guard.frames.printer_models import printer_model
from pos_guard_drivers.receipt import Column, Receipt
from tests.benchmarks.test_bench_text import emupos_reader

# Models whose numbers of code pages emupos shares; it reads no characters of two bytes.
MODELS = ["epson-80", "epson-80-zh", "clone-80", "xprinter-80"]

ITEMS = [["Croissant", "12.50"], ["Crème brûlée", "4.00"], ["Größe Ñandú €", "1.00"]]


@pytest.mark.parametrize("model", MODELS)
def test_emupos_reads_our_receipt_column_by_column(model: str) -> None:
    read = emupos_reader()
    receipt = Receipt(printer_model(model))
    receipt.text("Corner Café", size=2, bold=True, align="center")
    receipt.text("Order 17 [x] {y} ~ $5 100%")
    receipt.columns([Column(), Column(width=9, align="right")], ITEMS)
    receipt.rule().text("TOTAL EUR 50.50", size=(1, 2), align="right")
    receipt.barcode("ean13", "400638133393").qr("https://example.test/r/17").drawer().cut()
    assert read(receipt.bytes()).rstrip().splitlines() == [
        "Corner Café",
        "Order 17 [x] {y} ~ $5 100%",
        *(f"{name:39}{price:>9}" for name, price in ITEMS),
        "-" * 48,
        "TOTAL EUR 50.50",
        "[barcode EAN-13 4006381333931]",
        "[qr https://example.test/r/17]",
    ]
