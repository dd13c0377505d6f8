"""Positions become columns; page mode is read area by area, top down."""

from __future__ import annotations

import pytest

from pos_guard.frames.escpos_lines import MAX_GAP
from pos_guard.frames.escpos_paper import paper_text


def to(dots: int) -> bytes:
    return b"\x1b$" + dots.to_bytes(2, "little")


def by(dots: int) -> bytes:
    return b"\x1b\\" + dots.to_bytes(2, "little", signed=True)


def area(x: int, y: int) -> bytes:
    return b"\x1bW" + b"".join(n.to_bytes(2, "little") for n in (x, y, 300, 200))


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"A\tB\tC\n", "A       B       C"),
        (b"\x1bD\x04\x0a\x00A\tB\tC\n", "A   B     C"),
        (b"Tea" + to(240) + b"3.50\n", "Tea" + " " * 17 + "3.50"),
        (to(240) + b"3.50" + to(0) + b"Tea\n", "Tea" + " " * 17 + "3.50"),
        (b"Tea" + by(24) + b"3.50\n", "Tea  3.50"),
        (b"Bold" + to(0) + b"Bold\n", "Bold"),
        (b"X" + by(-12) + b"XY\n", "XY"),
        (b"\x1d!\x10AB\x1d!\x00" + to(72) + b"C\n", "AB  C"),
        (b"\x1bM\x01" + b"12345678" + b"\x1bM\x00" + to(96) + b"C\n", "12345678  C"),
        (to(0xFFFF) + b"far\n", " " * MAX_GAP + "far"),
        (b"A" + to(120) + b"\n", "A"),
    ],
)
def test_columns_are_kept(data: bytes, text: str) -> None:
    assert paper_text(data) == text


def test_wide_characters_take_two_columns() -> None:
    tea = "绿茶".encode("gb18030")
    assert paper_text(b"\x1c&" + tea + to(96) + b"5\n\xb5\xa5\xbc\xdb\n") == "绿茶    5\n单价"


def test_a_page_is_read_area_by_area() -> None:
    data = b"\x1bL" + area(0, 200) + b"below\n" + area(0, 0) + b"first\nsecond\n"
    data += area(300, 0) + b"right\n" + b"\x0cafter\n"
    assert paper_text(data).split("\n") == ["first", "second", "right", "below", "after"]


def test_a_vertical_position_puts_lines_in_their_order() -> None:
    data = b"\x1bL" + area(0, 0) + b"\x1d$\x60\x00low\n" + b"\x1d$\x00\x00top\n\x0c"
    assert paper_text(data) == "top\nlow"
    moved = b"\x1bL" + area(0, 0) + b"A" + b"\x1d\\\x30\x00B" + b"\x1d\\\xf0\xffC\x0c"
    assert paper_text(moved) == "A\nC\nB"


@pytest.mark.parametrize("direction", [0, 1, 2, 3])
def test_turned_text_is_read_in_its_own_order(direction: int) -> None:
    data = b"\x1bL" + area(0, 0) + b"\x1bT" + bytes((direction,)) + b"one\ntwo\n\x0c"
    assert paper_text(data) == "one\ntwo"


@pytest.mark.parametrize("thrown_away", [b"\x18\x0c", b"\x1bS", b"\x1b@"])
def test_a_page_that_is_thrown_away_is_not_read(thrown_away: bytes) -> None:
    assert paper_text(b"\x1bLnever\n" + thrown_away + b"A\n") == "A"


def test_a_page_that_stays_is_printed_again() -> None:
    assert paper_text(b"\x1bL" + area(0, 0) + b"twice\n\x1b\x0c\x0c") == "twice\ntwice"
