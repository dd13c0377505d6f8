"""Dialogues that receiptio, a program by others, had with the twin; its verdict was always right.

receiptio is the strictest client that is open source: it asks for the language, flushes pictures,
reads the maker's name, waits for a healthy automatic status and takes the GS r behind the job as
proof. The golden file has its bytes, so that a change of the twin that it would notice is seen.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pos_guard.frames.printer_models import printer_model
from pos_guard_simulator.printer import Fault, ReceiptPrinter, Setup

GOLDEN: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "golden" / "receiptio_dialogues.json").read_text("utf-8")
)
DIALOGUES: list[dict[str, Any]] = GOLDEN["dialogues"]


@pytest.mark.parametrize("dialogue", DIALOGUES, ids=[str(one["name"]) for one in DIALOGUES])
@pytest.mark.parametrize("piece", [1, 4096])
def test_a_dialogue(dialogue: dict[str, Any], piece: int) -> None:
    model = replace(printer_model("epson"), identity={66: "EPSON", 67: "TM-T20II"})
    printer = ReceiptPrinter(model, Setup(interface="tcp", drawer=True))
    for name, after_lines in dialogue["faults"]:
        printer.fail(Fault(name), after_lines=after_lines)
    for sent, answer in dialogue["exchange"]:
        data = bytes.fromhex(GOLDEN["job"] if sent == "job" else sent)
        pieces = [data[at : at + piece] for at in range(0, len(data), piece)]
        assert b"".join(map(printer.data, pieces)).hex() == answer
    whole = any(sent == "job" for sent, _ in dialogue["exchange"])
    printed = [slip.text.splitlines()[0].strip() for slip in printer.paper.receipts]
    assert printed == (["RECEIPT"] if whole and dialogue["verdict"] == "success" else [])


def test_its_verdicts_cover_what_can_happen_to_a_job() -> None:
    assert {str(one["verdict"]) for one in DIALOGUES} == {
        "success", "coveropen", "paperempty", "error", "timeout", "online", "draweropen",
    }  # fmt: skip
