"""The paper that comes out of a simulated printer: lines, pictures and symbols, cut into slips.

Positions are in dots (8 a millimetre at 203 dpi). Text needs nothing but this file; pictures are
drawn by paper_image, which needs Pillow.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pos_guard.frames.escpos_commands import Align, Barcode, QrStore

if TYPE_CHECKING:
    from PIL.Image import Image

WIDTH_80MM = 576
WIDTH_58MM = 384
COLUMN = 12
"""Dots of a column of text: font A."""

MAX_ITEMS = 20_000
"""Lines and pictures on one slip: more than an 80 m roll of text lines holds (21,333 at 30 dots
is the whole roll); then the slip ends as if torn off, so that a till that never cuts is bounded."""

MAX_SLIPS = 1_000
"""Finished slips that are kept; the oldest go first, as nobody reads a day's paper twice."""


@dataclass(frozen=True, slots=True)
class Style:
    """How a character is printed. ``width`` and ``height`` are 1 to 8 times its cell."""

    bold: bool = False
    underline: int = 0
    invert: bool = False
    width: int = 1
    height: int = 1
    font_b: bool = False


@dataclass(frozen=True, slots=True)
class Char:
    """One character at ``x``; ``cell`` is its width in dots, magnification included."""

    char: str
    x: int
    cell: int
    style: Style


@dataclass(frozen=True, slots=True)
class Picture:
    """Dots: one integer a row, most significant bit left; each dot ``scale`` dots wide and high."""

    x: int
    width: int
    rows: tuple[int, ...]
    scale: tuple[int, int] = (1, 1)
    align: Align = Align.LEFT

    @property
    def text(self) -> str:
        """What stands for it in plain text."""
        return f"[image {self.width * self.scale[0]}x{len(self.rows) * self.scale[1]}]"


@dataclass(frozen=True, slots=True)
class Line:
    """One printed line, shifted right by ``offset``; ``height`` includes the space to the next."""

    chars: tuple[Char, ...]
    pictures: tuple[Picture, ...]
    offset: int
    height: int

    @property
    def text(self) -> str:
        """The characters in the columns where they stand; pictures as a note."""
        out, end = "", 0
        for char in sorted(self.chars, key=lambda char: char.x):
            gap = self.offset + char.x - end
            if gap >= COLUMN:
                out += " " * (gap // COLUMN)
            out += char.char
            end = self.offset + char.x + char.cell
        notes = [picture.text for picture in self.pictures]
        return " ".join([out.rstrip(), *notes] if out.strip() else notes)


@dataclass(frozen=True, slots=True)
class Feed:
    """Blank paper, in dots; ``lines`` are the blank lines that it counts as in plain text."""

    dots: int
    lines: int = 0

    @property
    def text(self) -> str:
        """Nothing stands for it on its own: Slip adds the blank lines."""
        return "\n" * (self.lines - 1)


@dataclass(frozen=True, slots=True)
class Qr:
    """A QR symbol: ``dots`` a module, error correction ``level``."""

    stored: QrStore
    dots: int
    level: str
    align: Align

    @property
    def text(self) -> str:
        """``[QR: payload]``."""
        return f"[QR: {self.stored.data.decode('utf-8', errors='replace')}]"


@dataclass(frozen=True, slots=True)
class Bars:
    """A barcode: module width and height in dots; ``hri`` 0 none, 1 above, 2 below, 3 both."""

    barcode: Barcode
    module: int
    height: int
    hri: int
    align: Align

    @property
    def text(self) -> str:
        """``[EAN13: digits]``."""
        name = BARCODE_NAMES.get(self.barcode.kind, f"barcode {self.barcode.kind}")
        return f"[{name}: {self.barcode.data.decode('ascii', errors='replace')}]"


BARCODE_NAMES = {
    65: "UPC-A",
    66: "UPC-E",
    67: "EAN13",
    68: "EAN8",
    69: "CODE39",
    70: "ITF",
    71: "CODABAR",
    72: "CODE93",
    73: "CODE128",
    74: "GS1-128",
    79: "CODE128",
}

Item = Line | Picture | Feed | Qr | Bars


@dataclass(slots=True)
class Slip:
    """One piece of paper, up to where it was cut. ``cut`` is ``full``, ``partial`` or empty."""

    width: int
    items: list[Item] = field(default_factory=list["Item"])
    cut: str = ""

    @property
    def text(self) -> str:
        """What is on it as plain text, columns kept, without blank lines at the end."""
        lines = [item.text for item in self.items if not isinstance(item, Feed) or item.lines]
        return "\n".join(lines).rstrip("\n")

    @property
    def blank(self) -> bool:
        """Nothing is printed on it."""
        return all(isinstance(item, Feed) for item in self.items)

    def image(self) -> Image:
        """The slip as a picture.

        :raises LocalError: without Pillow and segno, naming the command that installs them.
        """
        from pos_guard_simulator.paper_image import draw

        return draw(self)

    def png(self, path: Path | str) -> None:
        """Write the picture to a file."""
        self.image().save(path, "PNG")


class Paper:
    """What has come out so far: finished slips, and the one still in the printer."""

    def __init__(self, width: int = WIDTH_80MM) -> None:
        self.width = width
        self.loose = Slip(width)
        self._cut: deque[Slip] = deque(maxlen=MAX_SLIPS)

    @property
    def receipts(self) -> list[Slip]:
        """Slips that were cut off, oldest first."""
        return list(self._cut)

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

    def add(self, item: Item) -> None:
        """Print one item."""
        self.loose.items.append(item)
        if len(self.loose.items) >= MAX_ITEMS:
            self.cut("torn")

    def cut(self, how: str) -> None:
        """Cut the slip off; an empty one just falls away."""
        self.loose.cut = how
        if not self.loose.blank:
            self._cut.append(self.loose)
        self.loose = Slip(self.width)
