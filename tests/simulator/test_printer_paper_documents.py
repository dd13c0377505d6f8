"""Documents by programs of others, printed: every letter of theirs is on the paper.

The documents and their texts are those of tests/golden/documents (each file names the program and
its version); no encoder of ours made any of them.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from pos_guard_simulator.paper import print_guessed
from pos_guard_simulator.paper_codes import Bars
from pos_guard_simulator.paper_image import draw_dots
from pos_guard_simulator.paper_items import Item, Line

FOLDER = Path(__file__).parents[1] / "golden" / "documents"
FILES = sorted(path.name for path in FOLDER.glob("*.json") if not path.stem.startswith("contents"))


def documents(name: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads((FOLDER / name).read_text(encoding="utf-8"))[
        "documents"
    ]
    return found


def letters(items: Iterable[Item]) -> str:
    """What an eye reads: characters, and what stands below barcodes."""
    read = ""
    for item in items:
        if isinstance(item, Line):
            read += "".join(char.char for char in sorted(item.chars, key=lambda char: char.x))
        elif isinstance(item, Bars):
            read += item.letters
    return squeezed(read)


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


@pytest.mark.parametrize("name", FILES)
def test_every_letter_comes_out_in_its_order(name: str) -> None:
    for document in documents(name):
        slips = print_guessed(base64.b64decode(document["bytes"]) + b"\n").slips
        printed = "".join(letters(slip.items) for slip in slips)
        assert printed == squeezed(document["text"]), document["name"]


@pytest.mark.parametrize("name", FILES)
def test_the_first_document_of_each_program_is_drawn(name: str) -> None:
    (slip, *_) = print_guessed(base64.b64decode(documents(name)[0]["bytes"]) + b"\n").slips
    dots = draw_dots(slip.items, slip.width)
    assert dots.width == 576
    assert dots.getextrema()[0] != 255
