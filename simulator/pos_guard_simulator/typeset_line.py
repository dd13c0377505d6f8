"""The line buffer: characters and pieces of pictures side by side, until the line is printed."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pos_guard.frames.escpos_commands import Align
from pos_guard_simulator.paper_cells import Area, Char, Dots, Style, cell_size
from pos_guard_simulator.paper_chars import CharRun, Chars
from pos_guard_simulator.paper_items import Line, Picture
from pos_guard_simulator.printer_settings import Settings

SHARE = {Align.LEFT: 0, Align.CENTER: 1, Align.RIGHT: 2}
"""Halves of the free room that are left of a line."""

MAX_PIECES = 2_000
"""Characters and pictures of one line: overprinting in place (ESC $) has no other bound."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What characters have in common: style, width, and the dots left and right of each."""

    style: Style
    full: bool
    cell: int
    left: int
    right: int


class LineBuffer:
    """One line in the making. ``x`` is where the next character goes."""

    def __init__(self) -> None:
        self.clear()

    @property
    def open(self) -> bool:
        """Something stands in it."""
        return bool(self._chars or self._pictures)

    def clear(self) -> None:
        """Nothing stands in it."""
        self._chars: list[Char | CharRun] = []
        self._count = 0
        self._pictures: list[Picture] = []
        self._end = 0
        self.x = 0

    def fits(self, kind: Kind, room: int) -> bool:
        """Whether such a character still goes on this line; on an empty one it always does."""
        return not self.x or self.x + kind.left + kind.cell <= room

    def put(self, text: str, kind: Kind, glyph: Dots | None) -> None:
        """Add a character at ``x``."""
        x = self.x + kind.left
        if self._count < MAX_PIECES:
            self._count += 1
            self._chars.append(Char(text, x, kind.cell, kind.style, kind.full, glyph))
        self._end = max(self._end, x + kind.cell)
        self.x = x + kind.cell + kind.right

    def put_run(self, text: str, kind: Kind, room: int) -> str:
        """Add as many characters of one kind as fit; the others come back."""
        step = kind.left + kind.cell + kind.right
        first = self.x + kind.left
        fit = max((room - first - kind.cell) // step + 1, 0 if self.x else 1)
        run = text[: min(fit, MAX_PIECES - self._count)]
        if run:
            self._chars.append(CharRun(run, first, step, kind.cell, kind.style, kind.full))
            self._count += len(run)
            self._end = max(self._end, first + step * (len(run) - 1) + kind.cell)
        self.x += step * min(fit, len(text))
        return text[fit:]

    def add_picture(self, picture: Picture, room: int) -> None:
        """Add a piece of ESC *: what is right of the print area is lost."""
        free = max((room - self.x) // picture.scale[0], 0)
        kept = min(picture.width, free)
        rows = tuple(row >> picture.width - kept for row in picture.rows)
        if kept and len(self._pictures) < MAX_PIECES:
            self._pictures.append(Picture(self.x, kept, rows, picture.scale))
            self._end = max(self._end, self.x + kept * picture.scale[0])
        self.x += kept * picture.scale[0]

    def take(self, settings: Settings, area: Area, paper: int, advance: int) -> Line:
        """The finished line; the buffer is empty after it."""
        width = area.span(paper)
        offset = area.left + max(SHARE[settings.align] * (width - self._end) // 2, 0)
        chars, pictures = Chars(self._chars), tuple(self._pictures)
        line = Line(
            chars,
            pictures,
            offset,
            max([advance, chars.tallest, *(picture.size[1] for picture in pictures)]),
            upside_down=settings.upside_down,
            area=area,
        )
        self.clear()
        return line


def kind_of(settings: Settings, *, full: bool, turned: bool) -> Kind:
    """How a character is set now. Spacing grows with its width [esc_sp].

    ``turned``: ESC V counts (it does not in page mode).
    """
    style = settings.style_of(full=full)
    if style.rotated and not turned:
        style = replace(style, rotated=False)
    width, height = cell_size(style, full=full)
    left, right = settings.kanji_spacing if full else (0, settings.char_spacing)
    cell = height if style.rotated else width
    return Kind(style, full, cell, left * style.width, right * style.width)
