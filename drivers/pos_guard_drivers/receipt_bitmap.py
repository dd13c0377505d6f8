"""Pictures of black dots, cut so that a printer takes them whole. Pure.

**Real-time commands inside a picture.** A printer acts on 10 04 (status), 10 05 (recovery) and 10
14 (drawer, buzzer, clear) as the bytes arrive, wherever they stand (Epson DLE EOT, DLE DC4;
TM-U295 specification). A dithered photograph of 576 by 800 dots holds two or three such pairs by
chance; with the right byte after it, each is a stray answer or an open drawer. GS ( D would switch
off only two functions of one command, on some models, and stay off when a job breaks. So no
picture leaves with such a pair:

- *From the end of one row to the start of the next*: a new command begins between the two rows.
  No dot changes.
- *Inside a row* no command can begin. 10h is one black dot with white ones around it: the dot to
  its right becomes black too (18h). Symbols never change: their modules are two dots wide or
  more, and then 10h cannot stand before 04, 05 or 14.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pos_guard.errors import LocalError

REALTIME = re.compile(rb"\x10(?=[\x04\x05\x14])")
"""Where a printer sees a real-time command begin."""

MAX_ROWS = 8_000
"""One metre at 203 dpi: no receipt needs a longer picture, and a wrong file may be endless."""

_DOT, _THICK = 0x10, 0x18


@dataclass(frozen=True, slots=True)
class Bitmap:
    """Black dots: each row ``(width + 7) // 8`` bytes, the leftmost dot in the highest bit."""

    width: int
    rows: tuple[bytes, ...]

    def __post_init__(self) -> None:
        if not 0 < len(self.rows) <= MAX_ROWS or self.width < 1:
            raise LocalError(f"a picture has 1 to {MAX_ROWS} rows of dots")
        if {len(row) for row in self.rows} != {self.stride}:
            raise LocalError("the rows of a picture are equally long")

    @property
    def stride(self) -> int:
        """Bytes of one row."""
        return (self.width + 7) // 8


def without_realtime(bitmap: Bitmap) -> Bitmap:
    """The picture without a real-time command inside any of its rows."""
    return Bitmap(bitmap.width, tuple(thickened(row) for row in bitmap.rows))


def thickened(data: bytes) -> bytes:
    """The same bytes, every 10h that would start a real-time command made 18h."""
    return REALTIME.sub(bytes((_THICK,)), data)


def bands(bitmap: Bitmap, most_rows: int, most_bytes: int) -> Iterator[Bitmap]:
    """The picture in pieces from top to bottom, each with no real-time command in its data.

    :raises LocalError: when not even one row fits into ``most_bytes``.
    """
    rows = without_realtime(bitmap).rows
    height = min(most_rows, most_bytes // bitmap.stride)
    if height < 1:
        raise LocalError(f"a picture {bitmap.width} dots wide is too wide for this printer")
    start = 0
    while start < len(rows):
        end = _safe_end(rows, start, min(start + height, len(rows)))
        yield Bitmap(bitmap.width, rows[start:end])
        start = end


def stripes(bitmap: Bitmap, height: int = 24) -> Iterator[bytes]:
    """The picture as columns of ``height`` dots, top dot in the highest bit (ESC * 33)."""
    for start in range(0, len(bitmap.rows), height):
        rows = [int.from_bytes(row, "big") for row in bitmap.rows[start : start + height]]
        rows += [0] * (height - len(rows))
        columns = bytearray()
        for place in range(bitmap.stride * 8 - 1, bitmap.stride * 8 - 1 - bitmap.width, -1):
            column = 0
            for row in rows:
                column = column << 1 | (row >> place & 1)
            columns += column.to_bytes(height // 8, "big")
        yield thickened(bytes(columns))


def from_modules(modules: Sequence[Sequence[int]], dots: int) -> Bitmap:
    """A symbol of square modules (1 is black), each ``dots`` dots wide and high."""
    rows = list[bytes]()
    width = len(modules[0]) * dots
    for line in modules:
        bits = "".join(("1" if module else "0") * dots for module in line)
        value = int(bits, 2) << (-width % 8)
        rows += [value.to_bytes((width + 7) // 8, "big")] * dots
    return Bitmap(width, tuple(rows))


def _safe_end(rows: Sequence[bytes], start: int, end: int) -> int:
    """The last row that may follow the others in one command."""
    for row in range(start + 1, end):
        if REALTIME.search(rows[row - 1][-1:] + rows[row][:1]):
            return row
    return end
