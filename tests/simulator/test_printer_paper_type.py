"""Characters, positions and feeds: where each dot of a line goes."""

from __future__ import annotations

import pytest
from PIL import Image

from pos_guard.frames.printer_models import printer_model
from pos_guard_simulator.font import receipt_font
from pos_guard_simulator.paper import print_all
from pos_guard_simulator.paper_image import draw_dots
from pos_guard_simulator.paper_items import Line
from pos_guard_simulator.paper_slip import Slip

EPSON, CHINA = printer_model("epson-80-zh"), printer_model("clone-80")
BLOCK = b"\x1b&\x03AA\x0c" + b"\xff\xff\xff" * 12 + b"\x1b%\x01"
"""Makes every A a full cell of 12 by 24 dots."""


def slip(data: bytes, model: str = "epson-80") -> Slip:
    (only,) = print_all(data + b"\x1dV\x00", printer_model(model)).receipts
    return only


def picture(data: bytes, model: str = "epson-80") -> Image.Image:
    only = slip(data, model)
    return draw_dots(only.items, only.width)


def ink(image: Image.Image) -> tuple[int, int, int, int]:
    box = image.point([255] * 128 + [0] * 128).getbbox()
    assert box is not None
    return box


def rows(image: Image.Image, width: int) -> list[str]:
    """The upper left corner as dots."""
    cut = image.crop((0, 0, width, image.height))
    flat = "".join("#" if grey < 128 else "." for grey in cut.tobytes())
    return [flat[start : start + width] for start in range(0, len(flat), width)]


@pytest.mark.parametrize(("mode", "across", "down"), [(0, 2, 3), (1, 1, 3), (32, 2, 1), (33, 1, 1)])
def test_esc_star_has_the_densities_of_the_manual(mode: int, across: int, down: int) -> None:
    # Epson TM-T88 information manual 1-29: single density is half the head's, 8 dots a third.
    depth = 1 if mode < 32 else 3
    column = b"\x80" + b"\x00" * (depth - 1)
    blank = b"\x00" * depth
    data = b"\x1b*" + bytes((mode, 3, 0)) + column + blank + column
    image = picture(data + b"\n")
    line = "#" * across + "." * across + "#" * across
    assert rows(image, 3 * across)[: down + 1] == [line] * down + ["." * 3 * across]
    assert image.height == 30


def test_esc_star_with_its_own_line_spacing_leaves_no_gap() -> None:
    band = b"\x1b*\x21\x02\x00" + b"\xff" * 6 + b"\n"
    assert ink(picture(b"\x1b3\x18" + band * 3)) == (0, 0, 2, 72)
    assert picture(b"\x1b3\x18" + band * 3).height == 72


@pytest.mark.parametrize(
    ("data", "box"),
    [
        (b"A\n", (0, 0, 12, 24)),
        (b"\x1d!\x10A\n", (0, 0, 24, 24)),
        (b"\x1d!\x01A\n", (0, 0, 12, 48)),
        (b"\x1d!\x77A\n", (0, 0, 96, 192)),
        (b"\x1ba\x01A\n", (282, 0, 294, 24)),
        (b"\x1ba\x02A\n", (564, 0, 576, 24)),
        (b"\x1dL\x64\x00A\n", (100, 0, 112, 24)),
        (b"\x1dL\x64\x00\x1dW\x64\x00\x1ba\x02A\n", (188, 0, 200, 24)),
        (b"\x1b$\x64\x00A\n", (100, 0, 112, 24)),
        (b"\x1b$\x64\x00\x1b\\\xf6\xffA\n", (90, 0, 102, 24)),
        (b"\x1b$\x64\x00\x1b$\x00\x40A\n", (100, 0, 112, 24)),
        (b"\x1b \x05AA\n", (0, 0, 29, 24)),
        (b"\x1b \x05\x1d!\x10AA\n", (0, 0, 58, 24)),
        (b"\tA\n", (96, 0, 108, 24)),
        (b"\x1bD\x05\x0a\x00\t\tA\n", (120, 0, 132, 24)),
        (b"\x1d!\x10\x1bD\x05\x00\x1d!\x00\tA\n", (120, 0, 132, 24)),
        (b"\x1bD\x00\tA\n", (0, 0, 12, 24)),
        (b"\x1bV\x01A\n", (0, 0, 24, 12)),
        (b"\x1bV\x01\x1d!\x01A\n", (0, 0, 48, 12)),
        (b"\x1b{\x01A\n", (564, 0, 576, 24)),
        (b"\x1b{\x01\x1ba\x02A\n", (0, 0, 12, 24)),
        (b"A\x1b{\x01A\n", (0, 0, 24, 24)),
        (b"A\x1dL\x64\x00\n", (0, 0, 12, 24)),
        (b"\x1dP\x65\x65\x1b$\x32\x00A\n", (100, 0, 112, 24)),
        (b"AA\x1dT\x00\x1b$\x32\x00A\n", (50, 0, 62, 24)),
        (b"A\x1dT\x01\x1b$\x32\x00A\n", (0, 0, 62, 54)),
        (b"\x1bd\x02A\n", (0, 60, 12, 84)),
        (b"\x1bJ\x0aA\n", (0, 10, 12, 34)),
        (b"\x1b3\x40A\nA\n", (0, 0, 12, 88)),
        (b"\x1b3\x40\x1b2A\nA\n", (0, 0, 12, 54)),
        (b"\x1dP\x00\x65\x1b3\x20A\nA\n", (0, 0, 12, 88)),
        (b"A\n\x1bK\x1eA\n", (0, 0, 12, 24)),
        (b"A\nA\n\x1be\x01A\n", (0, 0, 12, 54)),
        (b"A\n\x1bK\x31A\n", (0, 0, 12, 54)),
    ],
)
def test_where_dots_go(data: bytes, box: tuple[int, int, int, int]) -> None:
    assert ink(picture(BLOCK + data)) == box


def test_paper_is_not_drawn_back_beyond_its_edge() -> None:
    assert ink(picture(BLOCK + b"\x1bK\x30\x1bK\x30A\n")) == (0, 0, 12, 24)


def test_what_is_drawn_back_is_printed_over() -> None:
    under = picture(BLOCK + b"A\n\x1bK\x1e\x1b$\x06\x00A\n")
    assert ink(under) == (0, 0, 18, 24)


def test_a_glyph_is_the_fonts_own_dots() -> None:
    image = picture(b"R\n")
    glyph = receipt_font().glyph("R")
    drawn = [row.replace("#", "1").replace(".", "0") for row in rows(image, 12)[:24]]
    assert drawn == [f"{row:012b}" for row in glyph.rows]


def test_upside_down_turns_every_dot() -> None:
    plain, turned = picture(b"Rf\n"), picture(b"\x1b{\x01Rf\n")
    assert turned.crop((0, 0, 576, 24)) == plain.crop((0, 0, 576, 24)).transpose(
        Image.Transpose.ROTATE_180
    )


def test_esc_v_turns_each_character_clockwise() -> None:
    plain, turned = picture(b"R\n"), picture(b"\x1bV\x01R\n")
    upright = plain.crop((0, 0, 12, 24)).transpose(Image.Transpose.ROTATE_270)
    assert turned.crop((0, 0, 24, 12)) == upright


def test_double_strike_and_emphasis_look_alike_and_end_apart() -> None:
    bold = picture(b"\x1bE\x01R\n")
    assert picture(b"\x1bG\x01R\n") == bold
    assert picture(b"\x1bG\x01\x1bE\x01\x1bE\x00R\n") == bold
    assert picture(b"\x1bG\x01\x1bG\x00R\n") == picture(b"R\n")


def test_colour_and_smoothing_change_nothing() -> None:
    assert picture(b"\x1br\x01\x1db\x01R\n") == picture(b"R\n")


def test_underlines_are_one_or_two_dots() -> None:
    for thickness in (1, 2):
        image = picture(b"\x1b-" + bytes((thickness,)) + b"  \n")
        assert ink(image) == (0, 24 - thickness, 24, 24)
    assert picture(b"\x1b-\x02\x1b-\x05 R\n") == picture(b"\x1b-\x02 R\n")


def test_characters_of_different_heights_share_their_base() -> None:
    line = picture(BLOCK + b"A\x1d!\x01A\n")
    assert rows(line, 24)[23:25] == ["." * 12 + "#" * 12, "#" * 24]


def test_a_line_is_as_high_as_its_highest_character() -> None:
    assert picture(b"\x1d!\x02R\nR\n").height == 72 + 72
    assert picture(b"\x1d!\x02R\n\x1d!\x00R\n").height == 72 + 30


@pytest.mark.parametrize(
    ("data", "sizes"),
    [
        (b"\x1d!\x11", (48, 24)),
        (b"\x1b!\x20", (48, 24)),
        (b"\x1c!\x04", (48, 12)),
        (b"\x1cW\x01", (48, 12)),
        (b"\x1cW\x01\x1d!\x00", (24, 12)),
    ],
)
def test_sizes_of_chinese_on_an_epson_the_later_one_counts(
    data: bytes, sizes: tuple[int, int]
) -> None:
    line = slip(b"\x1c&" + data + "合A".encode("gb18030") + b"\n", "epson-80-zh").items[0]
    assert isinstance(line, Line)
    assert tuple(char.cell for char in line.chars) == sizes


def test_sizes_of_chinese_on_clones_are_their_own() -> None:
    line = slip(b"\x1d!\x11\x1c-\x01" + "合A".encode("gb18030") + b"\n", "gprinter-80").items[0]
    assert isinstance(line, Line)
    assert [char.cell for char in line.chars] == [24, 24]
    assert [char.style.underline for char in line.chars] == [1, 0]


def test_chinese_has_spacing_of_its_own() -> None:
    line = slip(b"\x1c&\x1cS\x02\x03" + "合计".encode("gb18030") + b"\n", "epson-80-zh").items[0]
    assert isinstance(line, Line)
    assert [char.x for char in line.chars] == [2, 31]


def test_a_tab_beyond_the_print_area_begins_a_line() -> None:
    assert slip(b"\x1dW\x60\x00\x1bD\x14\x00ab\tc\n").text == "ab\nc"


def test_pictures_keep_to_the_print_area() -> None:
    raster = b"\x1dv0\x00\x10\x00\x01\x00" + b"\xff" * 16
    assert ink(picture(b"\x1dL\x64\x00\x1dW\x32\x00" + raster)) == (100, 0, 150, 1)
    assert ink(picture(b"\x1ba\x02" + raster)) == (448, 0, 576, 1)
    assert ink(picture(b"\x1b$\x0a\x00" + raster)) == (10, 0, 138, 1)


def test_a_raster_is_magnified_by_its_mode() -> None:
    for mode, box in ((0, (8, 1)), (1, (16, 1)), (2, (8, 2)), (3, (16, 2)), (51, (16, 2))):
        image = picture(b"\x1dv0" + bytes((mode, 1, 0, 1, 0)) + b"\xff")
        assert ink(image) == (0, 0, *box)


def test_a_cut_in_the_middle_of_a_line_is_ignored() -> None:
    # GS V "is enabled only when processed at the beginning of a line" (TM-T88III specification).
    paper = print_all(b"one\x1dV\x00 more\n\x1dV\x00", EPSON)
    assert [made.text for made in paper.receipts] == ["one more"]


def test_ff_outside_page_mode_prints_the_line() -> None:
    assert slip(b"one\x0ctwo\n").text == "one\ntwo"


def test_the_yen_sign_of_one_byte_is_one_column_wide() -> None:
    line = slip(
        b"\x1bt\x01\x1c&\x1cC\x01" + b"\x5c21" + "円".encode("cp932") + b"\n", "epson-80-jp"
    )
    (first,) = (item for item in line.items if isinstance(item, Line))
    assert [(char.char, char.cell) for char in first.chars] == [
        ("¥", 12),
        ("2", 12),
        ("1", 12),
        ("円", 24),
    ]
