"""The examples of the receipt guides run as they stand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pos_guard.frames.printer_model_file import parse_model
from pos_guard.frames.printer_models import printer_model
from pos_guard_simulator.printer import ReceiptPrinter

DOCS = Path(__file__).parents[2] / "docs"
RECEIPTS, MODELS = DOCS / "receipts.md", DOCS / "printer-models.md"


def blocks(guide: Path, language: str) -> list[str]:
    text = guide.read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


@pytest.mark.parametrize("block", blocks(MODELS, "python"))
def test_the_examples_of_the_model_guide_hold(block: str) -> None:
    names: dict[str, object] = {}
    exec(compile(block, str(MODELS), "exec"), names)
    assert "printer_model" in names or "found" in names


def test_the_example_receipt_prints() -> None:
    names: dict[str, object] = {}
    (example,) = blocks(RECEIPTS, "python")
    exec(compile(example, str(RECEIPTS), "exec"), names)
    job = names["job"]
    assert isinstance(job, bytes)
    printer = ReceiptPrinter(printer_model("clone-80"))
    assert printer.data(job) == b""
    assert len(printer.pulses) == 1
    (slip,) = printer.paper.receipts
    lines = slip.text.split("\n")
    assert (lines[0].strip(), lines[1]) == ("咖啡店 Café", "Order 17")
    assert lines[3:5] == [
        "拿铁（大杯）" + " " * 23 + "  2" + "    ¥38.00",
        "Croissant" + " " * 26 + "  1" + "    ¥12.50",
    ]
    assert "Total ¥50.50" in slip.text


def test_the_example_model_file_is_one_that_would_load() -> None:
    (example,) = blocks(MODELS, "toml")
    model = parse_model("acme-r1", example)
    assert (model.columns, model.code_pages) == (42, {0: "cp437", 16: "cp1252"})
    assert model.kanji == printer_model("clone-80").kanji
