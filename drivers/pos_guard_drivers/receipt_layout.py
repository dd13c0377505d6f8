"""Lines that fit: wrapping and columns, counted in the printer's own columns. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Literal

from pos_guard.errors import LocalError
from pos_guard_drivers.receipt_chars import SPACE, Glyph, columns_of

Side = Literal["left", "center", "right"]
Line = tuple[Glyph, ...]

MAX_COLUMNS = 16
"""Columns of a table: a receipt has 32 to 64 characters a line."""

# No line begins with one of these, none ends with one of those (JIS X 4051, GB/T 15834, the
# common core), Western brackets and punctuation included.
_NOT_FIRST = frozenset("、。，．：；？！）］｝】》」』〉〕…‥ー々・”’·％℃°,.:;?!)]}%»")
_NOT_LAST = frozenset("（［｛【《「『〈〔“‘￥＄([{«$¥€£")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    ``width`` in characters, or a share of what is left by ``weight``. Numbers stand right: there
    a word that does not fit is an error, because a price over two lines is a wrong price.
    """

    width: int | None = None
    weight: int = 1
    align: Side = "left"


def wrap(text: Sequence[Glyph], width: int) -> list[Line]:
    """The text in lines of at most ``width`` columns; one empty line for no text.

    Lines end at spaces and between two-byte characters, where punctuation allows it; a word
    that is longer than a line is cut.
    """
    if any(glyph.columns > width for glyph in text):
        raise LocalError(f"a line of {width} columns is too narrow for this text")
    lines: list[Line] = []
    rest = tuple(text)
    while columns_of(rest) > width:
        end = _line_end(rest, width)
        lines.append(_without_spaces(rest[:end]))
        while end < len(rest) and rest[end].char == " ":
            end += 1
        rest = rest[end:]
    if rest or not lines:
        lines.append(rest)
    return lines


def table_row(
    cells: Sequence[Sequence[Glyph]], columns: Sequence[Column], widths: Sequence[int], gap: int
) -> list[Line]:
    """One row of a table as lines; cells that wrap make it higher.

    :raises LocalError: for more or fewer cells than columns, or a word too wide for a column
        that stands right.
    """
    if len(cells) != len(columns):
        raise LocalError(f"the row has {len(cells)} cells, the table {len(columns)} columns")
    wrapped = [
        _cell(cell, column, width)
        for cell, column, width in zip(cells, columns, widths, strict=True)
    ]
    return [
        _joined(line, columns, widths, gap) for line in zip_longest(*wrapped, fillvalue=Line(()))
    ]


def column_widths(columns: Sequence[Column], total: int, gap: int) -> tuple[int, ...]:
    """The columns' widths, ``gap`` columns apart, ``total`` in all.

    :raises LocalError: when they do not fit, or there is no column or a senseless one.
    """
    if not 0 < len(columns) <= MAX_COLUMNS or gap < 0:
        raise LocalError(f"a table has 1 to {MAX_COLUMNS} columns")
    fixed = sum(column.width or 0 for column in columns)
    weights = sum(column.weight for column in columns if column.width is None)
    room = total - fixed - gap * (len(columns) - 1)
    widths, given, counted = list[int](), 0, 0
    for column in columns:
        if column.width is not None:
            widths.append(column.width)
            continue
        counted += column.weight
        share = room * counted // max(weights, 1) - given
        given += share
        widths.append(share)
    if min(widths) < 1 or room < 0:
        raise LocalError(f"these columns do not fit into {total} characters")
    return tuple(widths)


def placed(line: Sequence[Glyph], width: int, align: Side) -> Line:
    """The line filled with spaces to ``width``."""
    free = max(width - columns_of(line), 0)
    before = {"left": 0, "center": free // 2, "right": free}[align]
    return (SPACE,) * before + tuple(line) + (SPACE,) * (free - before)


def _line_end(text: Line, width: int) -> int:
    """Where the first line ends: the last place that is allowed, else where it is full."""
    full, used = 0, 0
    while full < len(text) and used + text[full].columns <= width:
        used += text[full].columns
        full += 1
    if text[full].char == " ":
        return full
    for end in range(full, 0, -1):
        if _may_end(text, end):
            return end
    return full


def _may_end(text: Line, end: int) -> bool:
    """Whether a line may end before ``text[end]``."""
    last, first = text[end - 1], text[end]
    if last.char == " ":
        return any(glyph.char != " " for glyph in text[:end])
    if first.char in _NOT_FIRST or last.char in _NOT_LAST:
        return False
    return last.columns == 2 or first.columns == 2


def _without_spaces(line: Line) -> Line:
    end = len(line)
    while end and line[end - 1].char == " ":
        end -= 1
    return line[:end]


def _cell(cell: Sequence[Glyph], column: Column, width: int) -> list[Line]:
    lines = wrap(cell, width)
    if column.align == "right" and _cuts_a_word(cell, lines):
        text = "".join(glyph.char for glyph in cell)
        raise LocalError(f"{text!r} does not fit into a column of {width} characters")
    return lines


def _cuts_a_word(cell: Sequence[Glyph], lines: Sequence[Line]) -> bool:
    words = "".join(glyph.char for glyph in cell).split(" ")
    pieces = [word for line in lines for word in "".join(g.char for g in line).split(" ")]
    return [word for word in words if word] != [piece for piece in pieces if piece]


def _joined(
    line: Sequence[Line], columns: Sequence[Column], widths: Sequence[int], gap: int
) -> Line:
    out: Line = ()
    for number, (part, column, width) in enumerate(zip(line, columns, widths, strict=True)):
        out += (SPACE,) * (gap if number else 0) + placed(part, width, column.align)
    return _without_spaces(out)
