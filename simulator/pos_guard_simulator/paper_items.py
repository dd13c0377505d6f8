"""What can stand on simulated paper: lines of text, pictures, symbols, feeds.

Positions are in dots (8 a millimetre at 203 dpi).
"""

from __future__ import annotations

from dataclasses import dataclass

from pos_guard.frames.escpos_commands import Align, Barcode, QrStore

WIDTH_80MM = 576
WIDTH_58MM = 384
COLUMN = 12
"""Dots of a column of text: font A."""


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
