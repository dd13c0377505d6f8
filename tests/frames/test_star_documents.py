"""The exact text of Star documents that programs by others made: every letter, none besides.

``tests/golden/star_documents.json`` holds their bytes and what they were told to print, with
program and version; ``make_star_documents.mjs`` beside it makes them again.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import NamedTuple

import pytest

from pos_guard.frames.printer_models import printer_model
from pos_guard.frames.star_paper import likes, read_paper
from pos_guard.frames.star_table import scan, star_scanner

GOLDEN = Path(__file__).parents[1] / "golden" / "star_documents.json"


class Document(NamedTuple):
    program: str
    name: str
    text: str
    data: bytes


def documents() -> list[Document]:
    made = json.loads(GOLDEN.read_text(encoding="utf-8"))
    return [
        Document(part["program"], row["name"], row["text"], base64.b64decode(row["bytes"]))
        for part in made["programs"]
        for row in part["documents"]
    ]


DOCUMENTS = documents()
PROGRAMS = sorted({document.program for document in DOCUMENTS})


def letters(text: str) -> str:
    return "".join(text.split())


def named(name: str) -> Document:
    return next(document for document in DOCUMENTS if document.name == name)


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_document_of_this_program_reads_exactly(program: str) -> None:
    mine = [document for document in DOCUMENTS if document.program == program]
    wrong = {
        document.name: text
        for document in mine
        if letters(text := read_paper(document.data)[0]) != letters(document.text)
    }
    assert wrong == {}
    assert len(mine) >= 10


def test_the_documents_are_broad() -> None:
    languages = {document.name.split("/")[0] for document in DOCUMENTS}
    assert len(PROGRAMS) >= 4
    assert {"en-cafe", "de", "pl", "ru", "el", "ja", "ja-half", "zh-cn", "zh-tw", "ko"} <= languages


@pytest.mark.parametrize("program", PROGRAMS)
def test_no_document_holds_a_command_that_is_not_known(program: str) -> None:
    for document in DOCUMENTS:
        if document.program == program:
            assert "UNKNOWN" not in {token.name for token in scan(document.data)}, document.name


@pytest.mark.parametrize("size", [1, 7, 64])
@pytest.mark.parametrize("name", ["ja/shiftjis/starlinembcs", "en-cafe/star-line/styles"])
def test_a_document_in_pieces_has_the_same_commands(name: str, size: int) -> None:
    data = named(name).data
    scanner = star_scanner()
    pieces = [
        token
        for at in range(0, len(data), size)
        for token in scanner.feed(data[at : at + size])
        if token.name != "TEXT"
    ]
    assert pieces == [token for token in scan(data) if token.name != "TEXT"]
    assert scanner.pending == b""


def test_with_the_model_nothing_is_guessed() -> None:
    document = named("de/star-line/windows1252")
    text, guesses = read_paper(document.data, printer_model("star-line"))
    assert letters(text) == letters(document.text)
    assert guesses == ()


def test_symbols_and_pictures_keep_their_data() -> None:
    found = likes(named("en-cafe/star-line/styles").data)
    names = [token.name for token in found]
    assert {"GS ( k", "GS k", "ESC *", "ESC p", "GS V"} <= set(names)
    stored = [token.raw for token in found if token.raw[5:7] == b"1P"]
    assert [raw[8:] for raw in stored] == [b"https://example.com/not-text"]


def test_a_document_cut_anywhere_is_read_up_to_there() -> None:
    document = named("en-grocery/star-line/styles")
    whole = letters(read_paper(document.data)[0])
    for end in range(0, len(document.data), 7):
        text = letters(read_paper(document.data[:end])[0])
        assert whole.startswith(text) or text in whole
