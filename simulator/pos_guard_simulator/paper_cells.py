"""What lines are made of: styles, characters, patterns of dots, and the room across the paper.

Positions are in dots (8 a millimetre at 203 dpi).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

COLUMN = 12
"""Dots of a column of text: font A."""

CELL_HEIGHT = {False: 24, True: 17}
"""Dots of a character's height in font A and in font B (``font_b``)."""


@dataclass(frozen=True, slots=True)
class Style:
    """How a character is printed. ``width`` and ``height`` are 1 to 8 times its cell.

    ``rotated``: turned 90 degrees clockwise (ESC V), each character in its place.
    """

    bold: bool = False
    underline: int = 0
    invert: bool = False
    width: int = 1
    height: int = 1
    font_b: bool = False
    rotated: bool = False


def cell_size(style: Style, *, full: bool) -> tuple[int, int]:
    """Dots of a character's width and height, magnified but not turned."""
    column = 9 if style.font_b else COLUMN
    return column * (1 + full) * style.width, CELL_HEIGHT[style.font_b] * style.height


@dataclass(frozen=True, slots=True)
class Dots:
    """A pattern: one integer a row, most significant bit left."""

    width: int
    rows: tuple[int, ...]


class Char(NamedTuple):
    """One character at ``x``; ``cell`` is its width in dots, magnification included.

    ``full``: two columns wide. ``glyph``: the host's own pattern for it (ESC &, FS 2) instead of
    the font's. A tuple: a receipt has two thousand, and these are made three times as fast.
    """

    char: str
    x: int
    cell: int
    style: Style
    full: bool = False
    glyph: Dots | None = None

    @property
    def height(self) -> int:
        """Dots from its top to its bottom. A turned one is as high as it was wide."""
        return self.upright_size[0] if self.style.rotated else self.upright_size[1]

    @property
    def upright_size(self) -> tuple[int, int]:
        """Dots of its width and height before ESC V turns it."""
        return cell_size(self.style, full=self.full)


@dataclass(frozen=True, slots=True)
class Area:
    """The dots across that a line or symbol has: from ``left`` on; no ``width``: to the edge."""

    left: int = 0
    width: int | None = None

    def span(self, paper: int) -> int:
        """Dots there are on paper of this width."""
        room = max(paper - self.left, 0)
        return room if self.width is None else min(self.width, room)


WHOLE = Area()
