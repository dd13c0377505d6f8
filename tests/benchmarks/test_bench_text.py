"""Bytes to the text on the paper, against emupos: both read the same bytes under one Python.

emupos (0.4) needs Python 3.12; where it is missing these are not run. ``tox -e bench-text`` has it.
"""

from __future__ import annotations

import base64
import importlib
import json
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from pos_guard.frames.escpos_paper import paper_text
from tests.benchmarks.ratio import Benchmark, Side, against, note_rate
from tests.benchmarks.test_bench_frames import receipt

NEEDED = 10
"""Times emupos' rate (issue 3)."""


def emupos_reader() -> Callable[[bytes], str]:
    """What emupos does from bytes to text, without its server."""
    config = pytest.importorskip("emupos.config", reason="not run: pip install emupos")
    model = importlib.import_module("emupos.printer.escpos.model")
    tokenizer = importlib.import_module("emupos.printer.escpos.tokenizer")
    yaml: Any = importlib.import_module("yaml")
    facts = files("emupos") / "profiles" / "printers" / "epson-tm-t20iii.yaml"
    profile = config.PrinterProfile.model_validate(yaml.safe_load(facts.read_text("utf-8")))

    def read(data: bytes) -> str:
        printer = model.PrintModel("bench", profile)
        for token in tokenizer.Tokenizer().feed(data):
            printer.process(token)
        done = printer.finish("cut")
        return "" if done is None else str(done.text)

    return read


DOCUMENTS = Path(__file__).parents[1] / "golden" / "documents"


def documents(language: str) -> list[bytes]:
    """What other people's encoders made (tests/golden), in one language."""
    made = (json.loads(path.read_text("utf-8")) for path in sorted(DOCUMENTS.glob("*.json")))
    found = [document for file in made for document in file.get("documents", ())]
    return [base64.b64decode(d["bytes"]) for d in found if d["name"].startswith(language)]


def letters(text: str) -> str:
    return "".join(text.split())


def test_text_of_a_receipt_against_emupos(benchmark: Benchmark) -> None:
    data = receipt()
    peer = emupos_reader()
    assert letters(paper_text(data)) == letters(peer(data))
    ratio = against(benchmark, Side(lambda: paper_text(data), 20), Side(lambda: peer(data)))
    note_rate(benchmark, len(data), "B")
    assert ratio < 1 / NEEDED


@pytest.mark.parametrize("language", ["en", "ja", "zh"])
def test_text_of_short_documents_against_emupos(benchmark: Benchmark, language: str) -> None:
    """Each by itself, half a kilobyte on average; we find out the encoding as well."""
    peer, made = emupos_reader(), documents(language)
    assert len(made) > 50
    ours = Side(lambda: [paper_text(data) for data in made])
    against(benchmark, ours, Side(lambda: [peer(data) for data in made]), rounds=10)
    note_rate(benchmark, sum(map(len, made)), "B")


def test_text_of_many_receipts_against_decoding_all_bytes(benchmark: Benchmark) -> None:
    """Against decoding all bytes at once, which knows no command."""
    data = receipt() * 100
    against(benchmark, Side(lambda: paper_text(data)), Side(lambda: data.decode("cp437"), 10))
    note_rate(benchmark, len(data), "B")
