"""Turns the data of picture commands into dots: rows as they lie, columns stood up."""

from __future__ import annotations

from collections.abc import Sequence

from pos_guard.frames import escpos_images as images
from pos_guard.frames.escpos_commands import BitImage, Raster
from pos_guard_simulator.paper_cells import Dots
from pos_guard_simulator.paper_items import Picture

_SINGLE_DENSITY = 2
"""Dots across for one of ESC * modes 0 and 32: half the head's density."""

_EIGHT_DOTS = 3
"""Dots down for one of ESC * modes 0 and 1: a third of the head's density [esc_asterisk]."""


def from_rows(data: bytes, columns: int, width: int | None = None) -> Dots:
    """Rows of ``columns`` bytes; ``width`` dots of them count."""
    rows = tuple(
        int.from_bytes(data[start : start + columns], "big")
        for start in range(0, len(data), columns or 1)
    )
    if width is None or width >= 8 * columns:
        return Dots(8 * columns, rows)
    return Dots(width, tuple(row >> 8 * columns - width for row in rows))


def from_columns(data: bytes, depth: int, height: int | None = None) -> Dots:
    """Columns of ``depth`` bytes, top first; ``height`` rows of them count."""
    width = len(data) // depth if depth else 0
    rows: list[int] = []
    for byte in range(depth):
        plane = data[byte : depth * width : depth]
        rows += [_bit_row(plane, bit) for bit in range(7, -1, -1)]
    return Dots(width, tuple(rows[:height]))


def _bit_row(plane: Sequence[int], bit: int) -> int:
    """One bit of every byte, the first byte's leftmost."""
    return int("".join("1" if byte >> bit & 1 else "0" for byte in plane) or "0", 2)


def picture(dots: Dots, *, wide: bool = False, tall: bool = False) -> Picture:
    """A picture on its own."""
    return Picture(0, dots.width, dots.rows, (1 + wide, 1 + tall))


def raster(command: Raster) -> Picture:
    """GS v 0, GS ( L 112."""
    return picture(from_rows(command.data, command.columns), wide=command.wide, tall=command.tall)


def bit_image(command: BitImage, x: int) -> Picture:
    """ESC *: a piece of a line, at ``x``."""
    depth = 1 if command.mode < 32 else 3
    dots = from_columns(command.data, depth)
    scale = (1 if command.mode & 1 else _SINGLE_DENSITY, _EIGHT_DOTS if depth == 1 else 1)
    return Picture(x, dots.width, dots.rows, scale)


def downloaded(image: images.Picture) -> Dots:
    """One picture of FS q or GS *."""
    return from_columns(image.data, image.rows)


def stored(image: images.StoredImage) -> Dots:
    """GS ( L 67, 68, 83 and 84."""
    if image.raster:
        return from_rows(image.data, (image.width + 7) // 8, image.width)
    return from_columns(image.data, (image.height + 7) // 8, image.height)


def columns(image: images.ColumnGraphics) -> Picture:
    """GS ( L 113."""
    dots = from_columns(image.data, (image.height + 7) // 8, image.height)
    return picture(dots, wide=image.wide, tall=image.tall)
