"""The paper that comes out of a simulated printer: lines, pictures and symbols, cut into slips.

Text needs nothing else; pictures are drawn by paper_image, which needs Pillow.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pos_guard_simulator.paper_cells import COLUMN
from pos_guard_simulator.paper_items import WIDTH_80MM, Feed, Item, Line, Page, Picture
from pos_guard_simulator.paper_lines import PaperLine, lines_of

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_ITEMS = 20_000
"""Lines and pictures on one slip: more than an 80 m roll of text lines holds (21,333 at 30 dots
is the whole roll); then the slip ends as if torn off, so that a till that never cuts is bounded."""

MAX_SLIPS = 1_000
"""Finished slips that are kept; the oldest go first, as nobody reads a day's paper twice."""

MAX_DOTS = 48 * 1024 * 1024
"""Bytes of pictures on one slip: a whole 80 m roll of 576 dots a row is 46 MB."""

MAX_KEPT_DOTS = 2 * MAX_DOTS
"""Bytes of pictures on all finished slips that are kept: two rolls."""

MAX_PARTS = 200_000
"""Parts of pages on one slip: ten for each of its items."""


@dataclass(slots=True)
class Slip:
    """One piece of paper, up to where it was cut. ``cut`` is ``full``, ``partial`` or empty."""

    width: int
    items: list[Item] = field(default_factory=list[Item])
    cut: str = ""
    dots: int = 0
    """Bytes of its pictures."""

    @property
    def text(self) -> str:
        """What is on it as plain text, columns kept, without blank lines at the end."""
        lines = [item.text for item in self.items if not isinstance(item, Feed) or item.lines]
        return "\n".join(lines).rstrip("\n")

    @property
    def lines(self) -> list[PaperLine]:
        """What is on it, line by line, with places, styles and symbols."""
        return lines_of(self.items, self.width)

    @property
    def blank(self) -> bool:
        """Nothing is printed on it."""
        return all(isinstance(item, Feed) for item in self.items)

    def image(self) -> Image:
        """The slip as a picture.

        :raises LocalError: without Pillow, segno and zxing-cpp, naming the command that installs
            them.
        """
        from pos_guard_simulator.paper_image import draw

        return draw(self.items, self.width, serrated=self.cut != "full")

    def png(self, path: Path | str) -> None:
        """Write the picture to a file."""
        from pos_guard_simulator.paper_image import save_png

        save_png(self.image(), path)


class Paper:
    """What has come out so far: finished slips, and the one still in the printer."""

    def __init__(self, width: int = WIDTH_80MM) -> None:
        self.width = width
        self.loose = Slip(width)
        self._parts = 0
        self._fallen = 0
        self._cut: deque[Slip] = deque(maxlen=MAX_SLIPS)

    @property
    def receipts(self) -> list[Slip]:
        """Slips that were cut off, oldest first."""
        return list(self._cut)

    @property
    def first(self) -> int:
        """The number of the oldest of them: all that ever fell are counted from 1."""
        return self._fallen - len(self._cut) + 1

    @property
    def slips(self) -> list[Slip]:
        """All paper: the cut slips and, if anything is on it, the one that still hangs out."""
        return self.receipts + ([] if self.loose.blank else [self.loose])

    @property
    def text(self) -> str:
        """All slips, each cut shown as a dashed line."""
        rule = "- " * (self.width // COLUMN // 2)
        return "".join(
            f"{slip.text}\n{rule.strip()}\n" if slip.cut else f"{slip.text}\n"
            for slip in self.slips
        )

    @property
    def lines(self) -> list[PaperLine]:
        """The lines of all slips; each begins again at the top of its own slip."""
        return [line for slip in self.slips for line in slip.lines]

    def add(self, item: Item) -> None:
        """Print one item."""
        slip = self.loose
        slip.items.append(item)
        slip.dots += dots_bytes(item)
        self._parts += len(item.parts) if isinstance(item, Page) else 0
        if len(slip.items) >= MAX_ITEMS or slip.dots >= MAX_DOTS or self._parts >= MAX_PARTS:
            self.cut("torn")

    def cut(self, how: str) -> None:
        """Cut the slip off; an empty one just falls away."""
        self.loose.cut = how
        if not self.loose.blank:
            self._fallen += 1
            self._cut.append(self.loose)
            kept = sum(slip.dots for slip in self._cut)
            while kept > MAX_KEPT_DOTS and len(self._cut) > 1:
                kept -= self._cut.popleft().dots
        self.loose = Slip(self.width)
        self._parts = 0


def dots_bytes(item: Item) -> int:
    """Bytes of the pictures in an item."""
    if isinstance(item, Picture):
        return (item.width + 7) // 8 * len(item.rows)
    if isinstance(item, Line):
        return sum(map(dots_bytes, item.pictures))
    return sum(dots_bytes(part.item) for part in item.parts) if isinstance(item, Page) else 0
