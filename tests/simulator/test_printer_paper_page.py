"""Page mode: areas, directions and positions, dot by dot.

Distances are those of the Epson TM-T88III specification, 3.12.3 (figures 3.12.2 and 3.12.3).
"""

from __future__ import annotations

import pytest
from PIL import Image

from pos_guard.frames.printer_models import printer_model
from pos_guard_simulator.paper import print_all
from pos_guard_simulator.paper_image import draw_dots
from pos_guard_simulator.paper_items import Page
from pos_guard_simulator.paper_slip import Paper
from pos_guard_simulator.typeset_page import MAX_HEIGHT, MAX_PARTS

EPSON = printer_model("epson-80")
DOT = b"\x1dv0\x00\x01\x00\x01\x00\x80"
"""One dot, the leftmost of its byte."""


def area(x: int, y: int, width: int, height: int) -> bytes:
    return b"\x1bW" + b"".join(value.to_bytes(2, "little") for value in (x, y, width, height))


def turn(direction: int) -> bytes:
    return b"\x1bT" + bytes((direction,))


def at(x: int, y: int) -> bytes:
    return b"\x1d$" + y.to_bytes(2, "little") + b"\x1b$" + x.to_bytes(2, "little")


def printed(data: bytes) -> Paper:
    return print_all(data + b"\x1dV\x00", EPSON)


def picture(data: bytes) -> Image.Image:
    (slip,) = printed(data).receipts
    return draw_dots(slip.items, slip.width)


def ink(image: Image.Image) -> tuple[int, int, int, int]:
    """The box of all dots: left, top, right, bottom (both behind the last dot)."""
    box = image.point([255] * 128 + [0] * 128).getbbox()
    assert box is not None
    return box


@pytest.mark.parametrize(
    ("direction", "dot"),
    [(0, (110, 59)), (1, (139, 209)), (2, (289, 180)), (3, (260, 30))],
)
def test_a_position_counts_from_the_corner_where_the_direction_begins(
    direction: int, dot: tuple[int, int]
) -> None:
    # An area of 200 x 200 at (100, 20); 10 along, the base line 40 across, in each direction.
    data = b"\x1bL" + area(100, 20, 200, 200) + turn(direction) + at(10, 40) + DOT + b"\x0c"
    image = picture(data)
    assert ink(image) == (*dot, dot[0] + 1, dot[1] + 1)
    assert image.height == 220


def test_the_base_line_is_21_dots_below_the_edge() -> None:
    # The manual's example: an image of 48 dots needs 27 dots of feeding, as the first base line
    # is 21 dots below the edge; then it begins on the area's first dot line.
    image = b"\x1d*\x01\x06" + b"\xff" * 48
    feed = b"\x1b3\x1b\n"
    full = picture(image + b"\x1bL" + area(0, 50, 100, 100) + feed + b"\x1d/\x00\x0c")
    assert ink(full) == (0, 50, 8, 98)
    cut = picture(image + b"\x1bL" + area(0, 50, 100, 100) + b"\x1d/\x00\x0c")
    assert ink(cut) == (0, 50, 8, 71)


def test_characters_reach_three_dots_below_the_base_line() -> None:
    cell = b"\x1b&\x03AA\x01\xff\xff\xff\x1b%\x01A"
    image = picture(b"\x1bL" + area(0, 0, 100, 100) + cell + b"\x0c")
    assert ink(image) == (0, 0, 1, 24)
    below = picture(b"\x1bL" + area(0, 0, 100, 100) + at(0, 60) + cell + b"\x0c")
    assert ink(below) == (0, 39, 1, 63)


def test_letters_of_a_barcode_stand_under_the_base_line() -> None:
    bars = b"\x1dh\x20\x1dw\x02\x1dH\x02\x1dkD\x079638507"
    page = b"\x1bL" + area(0, 0, 300, 200) + at(0, 100) + bars + b"\x0c"
    left, top, _, bottom = ink(picture(page))
    assert (left, top) == (0, 68)
    assert 110 < bottom <= 128


def test_what_leaves_the_area_is_cut_off() -> None:
    # 64 dots wide and 40 high at the right edge: 12 by 30 of them are inside.
    block = b"\x1dv0\x00\x08\x00\x28\x00" + b"\xff" * 320
    image = picture(b"\x1bL" + area(20, 10, 100, 30) + at(88, 30) + block + b"\x0c")
    assert ink(image) == (108, 10, 120, 40)


def test_a_line_that_is_full_goes_on_below() -> None:
    (slip,) = printed(b"\x1bL" + area(0, 0, 120, 100) + b"ABCDEFGHIJKLM\x0c").receipts
    assert slip.text == "ABCDEFGHIJ\nKLM"
    (page,) = (item for item in slip.items if isinstance(item, Page))
    assert [part.y - 24 for part in page.parts] == [0, 30]


def test_areas_side_by_side_read_as_one_line() -> None:
    page = b"\x1bL" + area(0, 0, 240, 60) + b"Tea" + area(240, 0, 240, 60) + b"12.50\x0c"
    assert printed(page).receipts[0].text == "Tea" + " " * 17 + "12.50"


def test_relative_positions_go_both_ways() -> None:
    page = b"\x1bL" + area(0, 0, 300, 100) + at(50, 50)
    up = b"\x1d\\\xec\xff\x1b\\\xf6\xff"  # 20 up, 10 back
    assert ink(picture(page + up + DOT + b"\x0c"))[:2] == (40, 29)
    ignored = b"\x1d\\\x00\x80\x1b\\\x00\x80"  # far outside
    assert ink(picture(page + ignored + DOT + b"\x0c"))[:2] == (50, 49)


def test_motion_units_of_the_paper_serve_lines_along_it() -> None:
    # GS P 100 200: lines of direction 1 run along the paper, so ESC $ counts 200 an inch.
    units = b"\x1dP\x64\xc8"
    flat = picture(units + b"\x1bL" + area(0, 0, 200, 400) + at(100, 100) + DOT + b"\x0c")
    assert ink(flat)[:2] == (203, 100)
    steep = picture(
        units + b"\x1bL" + area(0, 0, 200, 400) + turn(3) + at(100, 100) + DOT + b"\x0c"
    )
    assert ink(steep)[1] == 101


def test_esc_ff_prints_the_page_and_keeps_it() -> None:
    page = b"\x1bL" + area(0, 0, 120, 60) + b"Copy"
    assert printed(page + b"\x1b\x0c\x0c").receipts[0].text == "Copy\nCopy"


def test_can_clears_the_present_area_only() -> None:
    page = b"\x1bL" + area(0, 0, 120, 60) + b"keep" + area(200, 0, 120, 60) + b"gone\x18new\x0c"
    assert printed(page).receipts[0].text == "keep" + " " * 12 + "new"


def test_esc_s_forgets_the_page_and_ff_leaves_it() -> None:
    assert printed(b"\x1bL" + b"gone\x1bSstays\n").receipts[0].text == "stays"
    after = printed(b"\x1bL" + area(0, 0, 120, 60) + b"page\x0c" + b"\x1ba\x02right\n")
    assert after.receipts[0].text == "page\n" + " " * 43 + "right"


def test_page_mode_begins_at_the_start_of_a_line_only() -> None:
    assert printed(b"word\x1bL more\n").receipts[0].text == "word more"


def test_a_page_without_an_area_is_as_long_as_the_printer_has_memory() -> None:
    assert picture(b"\x1bLshort\x0c").height == MAX_HEIGHT
    long = area(0, 0, 100, 60_000)
    assert picture(b"\x1bL" + long + b"x\x0c").height == MAX_HEIGHT


def test_an_area_that_begins_outside_is_ignored() -> None:
    page = b"\x1bL" + area(0, 0, 120, 60) + area(9_000, 0, 10, 10) + b"here\x0c"
    assert printed(page).receipts[0].text == "here"


def test_pictures_and_symbols_stand_side_by_side() -> None:
    block = b"\x1dv0\x00\x02\x00\x10\x00" + b"\xff" * 32
    (slip,) = printed(b"\x1bL" + area(0, 0, 200, 60) + block + block + b"\x0c").receipts
    assert ink(draw_dots(slip.items, slip.width)) == (0, 5, 32, 21)
    assert slip.text == "[image 16x16] [image 16x16]"


def test_a_page_holds_so_many_parts_and_no_more() -> None:
    flood = b"\x1bL" + area(0, 0, 500, 500) + (at(0, 50) + DOT) * (MAX_PARTS + 50) + b"\x0c"
    (page,) = (item for item in printed(flood).receipts[0].items if isinstance(item, Page))
    assert len(page.parts) == MAX_PARTS
