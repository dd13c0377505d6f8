"""Page mode: what is placed where on the page until FF prints all of it.

Source: Epson TM-T88III specification, section 3.12.3 (where data is formatted), ESC W, ESC T, FF,
CAN; its distances are dots of the head.
"""

from __future__ import annotations

from pos_guard.frames.escpos_layout import PageArea
from pos_guard_simulator.paper_cells import CELL_HEIGHT
from pos_guard_simulator.paper_codes import Bars
from pos_guard_simulator.paper_items import Block, Field, Line, Page, Placed
from pos_guard_simulator.paper_slip import dots_bytes

MAX_HEIGHT = 1_662
"""Dots of the longest page, which is also the page at power on (ESC W, TM-T88III: 7E 06)."""

BASE = 21
"""Dots from the edge of the area to the base line of its first line (TM-T88III, figure 3.12.2)."""

BELOW = 3
"""Dots of a character below the base line (the same figure)."""

MAX_PARTS = 5_000
"""Parts of a page that are kept: 55 lines of 48 single characters, and twice as many again."""

MAX_DOTS = 4 * 1024 * 1024
"""Bytes of pictures on a page: the bitmap of the longest page thirty times over."""


class Sheet:
    """The page in memory. ``x`` along the line and ``y``, the base line, are in its direction."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._whole = Field(0, 0, width, MAX_HEIGHT)
        self.field = self._whole
        self.on = False
        self.x = 0
        self.y = BASE
        self._bottom = 0
        self._parts: list[Placed] = []
        self._dots = 0

    def enter(self) -> None:
        """ESC L: an empty page."""
        self.on = True
        self._forget()
        self._home()

    def leave(self) -> None:
        """ESC S, FF: standard mode; the area is the whole page again, the direction stays."""
        self.on = False
        self._forget()
        self.field = self._turned(self._whole)

    def area(self, x: int, y: int, width: int, height: int) -> None:
        """ESC W in dots. What begins outside is ignored, what ends outside is cut."""
        if x >= self._width or y >= MAX_HEIGHT:
            return
        width, height = min(width, self._width - x), min(height, MAX_HEIGHT - y)
        self.field = self._turned(Field(x, y, max(width, 1), max(height, 1)))
        self._bottom = max(self._bottom, y + height)
        self._home()

    def turn(self, direction: int) -> None:
        """ESC T: where the first line begins."""
        here = self.field
        self.field = Field(here.x, here.y, here.width, here.height, direction)
        self._home()

    def move_across(self, dots: int, *, relative: bool) -> None:
        r"""GS $ and GS \; what would lead out of the area is ignored."""
        there = self.y + dots if relative else dots
        if 0 <= there <= self.field.across:
            self.y = there

    def put(self, item: Line | Block, x: int) -> None:
        """Place something on the base line: characters reach below it, and so do HRI letters."""
        dots = dots_bytes(item)
        if len(self._parts) >= MAX_PARTS or self._dots + dots > MAX_DOTS:
            return
        self._dots += dots
        self._parts.append(Placed(item, x, self.y + _below(item), self.field))

    def clear(self) -> None:
        """CAN: what was placed in the present area is gone."""
        here = self.field
        self._parts = [part for part in self._parts if _box(part.field) != _box(here)]
        self._dots = sum(dots_bytes(part.item) for part in self._parts)
        self._home()

    def page(self) -> Page:
        """What FF and ESC FF print: as long as the lowest area reaches."""
        return Page(self._bottom or MAX_HEIGHT, tuple(self._parts))

    def _home(self) -> None:
        self.x, self.y = 0, BASE

    def _forget(self) -> None:
        self._parts = []
        self._dots = 0
        self._bottom = 0 if self.field.height == MAX_HEIGHT else self.field.y + self.field.height

    def _turned(self, field: Field) -> Field:
        return Field(field.x, field.y, field.width, field.height, self.field.direction)


def area_dots(command: PageArea, across: int, down: int) -> tuple[int, int, int, int]:
    """ESC W in dots of 203 an inch, from motion units an inch."""
    return (
        command.x * 203 // across,
        command.y * 203 // down,
        command.width * 203 // across,
        command.height * 203 // down,
    )


def _below(item: Line | Block) -> int:
    if isinstance(item, Line):
        return BELOW if item.chars else 0
    if isinstance(item, Bars) and item.hri in (2, 3) and item.letters:
        return item.advance - item.height - (item.hri == 3) * (CELL_HEIGHT[item.hri_font_b] + 4)
    return 0


def _box(field: Field) -> tuple[int, int, int, int]:
    return field.x, field.y, field.width, field.height
