"""What can stand on simulated paper: lines of text, pictures, symbols, feeds, whole pages.

Positions are in dots (8 a millimetre at 203 dpi). Text, pictures (paper_image) and structured
lines (paper_lines) are all made from these values.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from pos_guard.frames.escpos_commands import Align
from pos_guard_simulator.paper_cells import COLUMN, WHOLE, Area, Char
from pos_guard_simulator.paper_chars import Chars
from pos_guard_simulator.paper_codes import Bars, Code, Qr

WIDTH_80MM = 576
WIDTH_58MM = 384


@dataclass(frozen=True, slots=True)
class Picture:
    """Dots: one integer a row, most significant bit left; each dot ``scale`` dots wide and high.

    ``x`` counts within a line; a picture on its own stands in its ``area``.
    """

    x: int
    width: int
    rows: tuple[int, ...]
    scale: tuple[int, int] = (1, 1)
    align: Align = Align.LEFT
    area: Area = WHOLE

    @property
    def size(self) -> tuple[int, int]:
        """Dots across and down."""
        return self.width * self.scale[0], len(self.rows) * self.scale[1]

    @property
    def advance(self) -> int:
        """Dots of paper that it takes."""
        return self.size[1]

    @property
    def text(self) -> str:
        """What stands for it in plain text."""
        return f"[image {self.size[0]}x{self.size[1]}]"


@dataclass(frozen=True, slots=True)
class Line:
    """One printed line, shifted right by ``offset``; ``height`` includes the space to the next.

    ``upside_down``: the whole ``area`` of the line is turned by 180 degrees (ESC {); ``offset``
    and every ``x`` are those before turning.
    """

    chars: Chars
    pictures: tuple[Picture, ...]
    offset: int
    height: int
    upside_down: bool = False
    area: Area = WHOLE

    @property
    def ink_height(self) -> int:
        """Dots from the highest top to the base line."""
        return max([self.chars.tallest, *(picture.size[1] for picture in self.pictures)])

    @property
    def advance(self) -> int:
        """Dots of paper that it takes."""
        return max(self.height, self.ink_height)

    @property
    def text(self) -> str:
        """The characters in the columns where they stand; pictures as a note."""
        out, end = "", 0
        for x, text, stop in self.chars.words():
            gap = self.offset + x - end
            if gap >= COLUMN:
                out += " " * (gap // COLUMN)
            out += text
            end = self.offset + stop
        notes = [picture.text for picture in self.pictures]
        return " ".join([out.rstrip(), *notes] if out.strip() else notes)


@dataclass(frozen=True, slots=True)
class Feed:
    """Blank paper, in dots; ``lines`` are the blank lines that it counts as in plain text.

    Negative ``dots`` are drawn back: what comes next stands over what is there.
    """

    dots: int
    lines: int = 0

    @property
    def advance(self) -> int:
        """Dots of paper that it takes."""
        return self.dots

    @property
    def text(self) -> str:
        """Nothing stands for it on its own: Slip adds the blank lines."""
        return "\n" * (self.lines - 1)


Block = Picture | Qr | Bars | Code
"""What stands on its own, below the line before it."""


@dataclass(frozen=True, slots=True)
class Field:
    """An area of a page and the direction that is printed in (ESC W, ESC T).

    ``direction``: 0 left to right, 1 bottom to top, 2 right to left, 3 top to bottom.
    """

    x: int
    y: int
    width: int
    height: int
    direction: int = 0

    @property
    def along(self) -> int:
        """Dots of a line."""
        return self.height if self.direction % 2 else self.width

    @property
    def across(self) -> int:
        """Dots that there are for lines, one below the other."""
        return self.width if self.direction % 2 else self.height


@dataclass(frozen=True, slots=True)
class Placed:
    """Something on a page: its lower left corner, as its direction has it, in its field."""

    item: Line | Block
    x: int
    y: int
    field: Field


@dataclass(frozen=True, slots=True)
class Page:
    """What page mode prints at once: FF, ESC FF."""

    height: int
    parts: tuple[Placed, ...] = field(default=())

    @property
    def advance(self) -> int:
        """Dots of paper that it takes."""
        return self.height

    @property
    def text(self) -> str:
        """Its lines, row by row; what is printed in another direction follows."""
        upright = [part for part in self.parts if part.field.direction == 0]
        texts = _rows(upright, absolute=True)
        turned: dict[Field, list[Placed]] = {}
        for part in self.parts:
            if part.field.direction:
                turned.setdefault(part.field, []).append(part)
        for parts in turned.values():
            texts += _rows(parts, absolute=False)
        return "\n".join(texts)


def _rows(parts: list[Placed], *, absolute: bool) -> list[str]:
    """One text for all parts of the same base line, in the order of the lines."""
    rows: dict[int, list[tuple[int, Line | Block]]] = {}
    for part in parts:
        x, y = (part.field.x, part.field.y) if absolute else (0, 0)
        rows.setdefault(y + part.y, []).append((x + part.x, part.item))
    return [text for _, row in sorted(rows.items()) if (text := _row(row))]


def _row(row: list[tuple[int, Line | Block]]) -> str:
    chars: list[Char] = []
    notes: list[str] = []
    for x, item in row:
        if isinstance(item, Line):
            chars += [char._replace(x=x + item.offset + char.x) for char in item.chars]
            notes += [picture.text for picture in item.pictures]
        else:
            notes.append(item.text)
    text = Line(Chars(chars), (), 0, 0).text
    return " ".join(part for part in (text, *notes) if part)


Item = Line | Feed | Block | Page
