"""The exact text of documents that programs by others made: every letter, none besides.

``tests/golden/documents`` holds their bytes and what they were told to print, with program and
version; the scripts beside them make them again. Nothing tells the reader which program, which
printer or which language it is: it must find out.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import NamedTuple

import pytest

from pos_guard.frames.escpos_paper import paper_text, read_paper
from pos_guard.frames.printer_models import printer_model

FOLDER = Path(__file__).parents[1] / "golden" / "documents"


class Document(NamedTuple):
    program: str
    name: str
    text: str
    data: bytes


def documents() -> list[Document]:
    found: list[Document] = []
    for path in sorted(FOLDER.glob("*.json")):
        if path.stem.startswith("contents"):
            continue
        made = json.loads(path.read_text(encoding="utf-8"))
        found += [
            Document(made["program"], row["name"], row["text"], base64.b64decode(row["bytes"]))
            for row in made["documents"]
        ]
    return found


DOCUMENTS = documents()
PROGRAMS = sorted({document.program for document in DOCUMENTS})


def letters(text: str) -> str:
    """All that is ink: where lines are padded or wrapped is the encoder's choice."""
    return "".join(text.split())


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_document_of_this_program_reads_exactly(program: str) -> None:
    mine = [document for document in DOCUMENTS if document.program == program]
    wrong = {
        document.name: paper_text(document.data)
        for document in mine
        if letters(paper_text(document.data)) != letters(document.text)
    }
    assert wrong == {}
    assert len(mine) >= 10


def test_the_documents_are_broad() -> None:
    languages = {document.name.split("/")[0] for document in DOCUMENTS}
    assert len(PROGRAMS) >= 8
    assert {"en-cafe", "de", "pl", "ru", "el", "ja", "ja-half", "zh-cn", "zh-tw", "ko"} <= languages


@pytest.mark.parametrize(
    ("document", "model"),
    [
        ("zh-cn/raw", "clone-80"),
        ("zh-cn/kanji mode", "epson-80-zh"),
        ("zh-tw/kanji mode", "epson-80-tw"),
        ("ko/kanji mode", "epson-80-kr"),
        ("zh-cn/utf-8", "clone-utf8"),
        ("ja-receipt/kanji mode", "epson-80-jp"),
    ],
)
def test_with_the_right_model_nothing_is_guessed(document: str, model: str) -> None:
    found = next(item for item in DOCUMENTS if item[:2] == ("python-escpos", document))
    text, guesses = read_paper(found.data, printer_model(model))
    assert letters(text) == letters(found.text)
    assert guesses == ()


def test_a_document_cut_anywhere_is_read_up_to_there() -> None:
    found = next(item for item in DOCUMENTS if item.name == "en-grocery/styled")
    whole = letters(paper_text(found.data))
    for end in range(0, len(found.data), 7):
        text = letters(paper_text(found.data[:end]))
        assert whole.startswith(text) or text in whole
