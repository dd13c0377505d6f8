"""Lines that fit, also in Chinese, and prices that are never cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_guard.errors import LocalError
from pos_guard.frames.printer_models import printer_model
from pos_guard_drivers.receipt_chars import Characters, Glyph, columns_of
from pos_guard_drivers.receipt_layout import Column, column_widths, placed, table_row, wrap

CHARACTERS = Characters(printer_model("clone-80"))


def glyphs(text: str) -> tuple[Glyph, ...]:
    return CHARACTERS.glyphs(text)


def words(line: tuple[Glyph, ...]) -> str:
    return "".join(glyph.char for glyph in line)


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("", 8, [""]),
        ("two words", 9, ["two words"]),
        ("two words", 8, ["two", "words"]),
        ("two   words", 5, ["two", "words"]),
        ("  kept", 8, ["  kept"]),
        ("overlongword here", 8, ["overlong", "word", "here"]),
        ("no\u00a0break here", 8, ["no\u00a0break", "here"]),
        ("拿铁咖啡", 4, ["拿铁", "咖啡"]),
        ("拿铁咖啡", 5, ["拿铁", "咖啡"]),
        ("拿铁，咖啡", 4, ["拿", "铁，", "咖啡"]),
        ("拿铁（大杯）", 6, ["拿铁", "（大", "杯）"]),
        ("共10元整", 4, ["共10", "元整"]),
        ("价￥12.50元", 8, ["价", "￥12.50", "元"]),
        ("、、、、", 4, ["、、", "、、"]),
        ("x 　y", 3, ["x", "　y"]),
    ],
)
def test_lines_end_where_people_end_them(text: str, width: int, lines: list[str]) -> None:
    assert [words(line) for line in wrap(glyphs(text), width)] == lines


@given(st.text("ab 1.合计，（）“ü", max_size=60), st.integers(2, 20))
def test_wrapping_loses_nothing_but_spaces(text: str, width: int) -> None:
    lines = wrap(glyphs(text), width)
    assert all(columns_of(line) <= width for line in lines)
    assert "".join(words(line) for line in lines).replace(" ", "") == text.replace(" ", "")


def test_a_line_narrower_than_its_characters_is_an_error() -> None:
    with pytest.raises(LocalError, match="too narrow"):
        wrap(glyphs("合"), 1)


@pytest.mark.parametrize(
    ("columns", "widths"),
    [
        ([Column()], (48,)),
        ([Column(), Column()], (23, 24)),
        ([Column(weight=3), Column(weight=1), Column(10, align="right")], (27, 9, 10)),
        ([Column(20), Column(27)], (20, 27)),
    ],
)
def test_columns_share_the_paper(columns: list[Column], widths: tuple[int, ...]) -> None:
    assert column_widths(columns, 48, gap=1) == widths


@pytest.mark.parametrize(
    "columns",
    [
        [],
        [Column(49)],
        [Column(47), Column()],
        [Column(0)],
        [Column(weight=0), Column()],
        [Column()] * 17,
    ],
)
def test_columns_that_cannot_be_are_an_error(columns: list[Column]) -> None:
    with pytest.raises(LocalError):
        column_widths(columns, 48, gap=1)


def test_a_table_stands_in_columns_whatever_the_script() -> None:
    columns = [Column(), Column(4, align="center"), Column(8, align="right")]
    widths = column_widths(columns, 24, gap=1)
    rows = [("Tea, large", "2", "9.00"), ("拿铁咖啡（热）", "10", "1234.50")]
    lines = [line for row in rows for line in table_row([*map(glyphs, row)], columns, widths, 1)]
    assert [words(line) for line in lines] == [
        "Tea, large  2       9.00",
        "拿铁咖啡    10   1234.50",
        "（热）",
    ]


def test_a_price_is_never_cut() -> None:
    columns = [Column(), Column(5, align="right")]
    with pytest.raises(LocalError, match=r"'1234\.50' does not fit"):
        table_row([glyphs("Tea"), glyphs("1234.50")], columns, (18, 5), 1)
    two = table_row([glyphs("Tea"), glyphs("2 x 1.50")], columns, (18, 5), 1)
    assert [words(line) for line in two] == ["Tea                  2 x", " " * 20 + "1.50"]


def test_a_row_has_as_many_cells_as_the_table() -> None:
    with pytest.raises(LocalError, match="1 cells, the table 2"):
        table_row([glyphs("x")], [Column(), Column()], (5, 5), 1)


@pytest.mark.parametrize(("align", "out"), [("left", "合 "), ("center", "合 "), ("right", " 合")])
def test_placing_counts_columns(align: str, out: str) -> None:
    assert words(placed(glyphs("合"), 3, align)) == out  # type: ignore[arg-type]  # the three sides
