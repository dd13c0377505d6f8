"""The paper as data: text, places, styles and symbols of every line."""

from __future__ import annotations

import json

import pytest

from pos_guard.frames.printer_models import printer_model
from pos_guard_simulator.paper import print_all
from pos_guard_simulator.paper_lines import Mark, PaperLine, Run

EPSON = printer_model("epson-80-zh")


def lines(data: bytes) -> list[PaperLine]:
    return print_all(b"\x1c&" + data + b"\x1dV\x00", EPSON).lines


def test_runs_of_one_style_say_where_they_stand() -> None:
    (line,) = lines(b"Tea\x1bE\x01\x1d!\x11 x\x1b$\xc8\x00\x1bE\x00\x1d!\x00\x1b-\x0212.50\n")
    assert line.runs == (
        Run("Tea", 0, 36),
        Run(" x", 36, 48, ("bold", "2x2")),
        Run("12.50", 200, 60, ("thick-underline",)),
    )


def test_lines_say_how_far_down_they_are() -> None:
    data = b"one\n\x1bd\x02two\n\x1d!\x01high\n\x1d!\x00last\n\x1bK\x1eover\n"
    assert [(line.text, line.y) for line in lines(data)] == [
        ("one", 0),
        ("two", 90),
        ("high", 120),
        ("last", 168),
        ("over", 168),
    ]


@pytest.mark.parametrize(
    ("data", "style"),
    [
        (b"\x1bG\x01", ("bold",)),
        (b"\x1b-\x01", ("underline",)),
        (b"\x1dB\x01", ("inverse",)),
        (b"\x1bM\x01", ("font-b",)),
        (b"\x1bV\x01", ("rotated",)),
        (b"\x1d!\x21", ("3x2",)),
    ],
)
def test_styles_have_names(data: bytes, style: tuple[str, ...]) -> None:
    assert lines(data + b"x\n")[0].runs[0].style == style


def test_upside_down_lines_stand_where_they_are_seen() -> None:
    (line,) = lines(b"\x1b{\x01Tea\n")
    assert (line.text, line.turned, line.runs) == ("Tea", 2, (Run("Tea", 540, 36),))


def test_symbols_and_pictures_are_marks() -> None:
    data = (
        b"\x1ba\x01\x1dkC\x0c400638133393"
        b"\x1d(k\x08\x001P0hello\x1d(k\x03\x001Q0"
        b"\x1d(k\x05\x006P0ab\x1d(k\x03\x006Q0"
        b"\x1dv0\x00\x01\x00\x01\x00\xff"
        b"\x1ba\x00\x1dL\x0a\x00\x1b*\x21\x02\x00\x00\x00\x00\x00\x00\x00x\n"
    )
    assert [line.marks for line in lines(data)] == [
        (Mark("EAN13", "400638133393", 0, "center"),),
        (Mark("QR", "hello", 0, "center"),),
        (Mark("DataMatrix", "ab", 0, "center"),),
        (Mark("image", "8x1", 0, "center"),),
        (Mark("image", "2x24", 10),),
    ]


def test_parts_of_a_page_say_how_they_are_turned() -> None:
    area = b"\x1bW\x64\x00\x32\x00\xc8\x00\xc8\x00"
    page = b"above\n\x1bL" + area + b"flat\x1bT\x01steep\x1d(k\x05\x001P0ab\x1d(k\x03\x001Q0\x0c"
    above, flat, steep, code = lines(page)
    assert (above.y, above.turned) == (0, 0)
    assert (flat.y, flat.turned, flat.runs[0].x) == (80, 0, 100)
    assert (steep.turned, steep.runs[0].text) == (1, "steep")
    assert code.marks == (Mark("QR", "ab", 60),)


def test_everything_goes_into_json() -> None:
    (line,) = lines("合计 1\n".encode("gb18030"))
    assert json.loads(json.dumps(line.as_json())) == {
        "text": "合计 1",
        "y": 0,
        "runs": [{"text": "合计 1", "x": 0, "width": 72, "style": []}],
        "marks": [],
        "turned": 0,
    }


def test_text_picture_and_lines_are_of_the_same_items() -> None:
    paper = print_all(b"one\n\ntwo\n\x1dV\x00three\n\x1dV\x01", EPSON)
    texts = [line.text for line in paper.lines]
    assert texts == [text for slip in paper.slips for text in slip.text.split("\n") if text]
