"""The receipt font: efont's 24-dot Unicode bitmaps, 12 dots wide for Latin, 24 for Chinese.

A small reader of X11's PCF format (libXfont, "pcf.h"): Pillow's own reads 256 characters only.
The file is vendored with the package, not a peer's, so only the layout that it uses is read:
big-endian tables, compressed metrics, every glyph 24 rows of four bytes.
"""

from __future__ import annotations

import gzip
import struct
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

CELL_HEIGHT = 24
CELL_WIDTH = 12

_METRICS, _BITMAPS, _ENCODINGS = 4, 8, 32
_STRIDE = 4  # rows are padded to four bytes, most significant bit first
_MISSING = "□"
_NO_GLYPH = 0xFFFF


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character's dots: ``rows`` holds one integer a row, most significant bit left."""

    width: int
    rows: tuple[int, ...]


class Font:
    """Characters to dots; what the font lacks is a box."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._tables = _tables(data)
        self._widths = self._read_widths()
        self._encoding = self._read_encoding()
        self._offsets, self._bits = self._read_bitmaps()
        self._glyphs: dict[str, Glyph] = {}

    def glyph(self, char: str) -> Glyph:
        """The dots of one character."""
        found = self._glyphs.get(char)
        if found is None:
            index = self._index(char)
            found = self._cut_out(self._index(_MISSING) if index is None else index)
            self._glyphs[char] = found
        return found

    def has(self, char: str) -> bool:
        """The font draws this character itself."""
        return self._index(char) is not None

    def _index(self, char: str) -> int | None:
        first_low, last_low, first_high, last_high, at = self._encoding
        high, low = divmod(ord(char), 256)
        if not (first_high <= high <= last_high and first_low <= low <= last_low):
            return None
        place = (high - first_high) * (last_low - first_low + 1) + low - first_low
        index: int = struct.unpack_from(">H", self._data, at + 2 * place)[0]
        return None if index == _NO_GLYPH else index

    def _cut_out(self, index: int | None) -> Glyph:
        if index is None:
            return Glyph(CELL_WIDTH, (0,) * CELL_HEIGHT)
        width = self._widths[index]
        start = self._bits + self._offsets[index]
        cells = (self._data[start + _STRIDE * row :][:_STRIDE] for row in range(CELL_HEIGHT))
        return Glyph(width, tuple(int.from_bytes(cell, "big") >> (32 - width) for cell in cells))

    def _read_widths(self) -> list[int]:
        """The right bearing of each glyph: all of them start at 0 and are 24 rows high."""
        _, at = self._tables[_METRICS]
        (count,) = struct.unpack_from(">H", self._data, at + 4)
        return [byte - 0x80 for byte in self._data[at + 7 : at + 6 + 5 * count : 5]]

    def _read_encoding(self) -> tuple[int, int, int, int, int]:
        _, at = self._tables[_ENCODINGS]
        first_low, last_low, first_high, last_high, _ = struct.unpack_from(
            ">5H", self._data, at + 4
        )
        return first_low, last_low, first_high, last_high, at + 14

    def _read_bitmaps(self) -> tuple[tuple[int, ...], int]:
        """Offsets of the glyphs, and where the dots start."""
        _, at = self._tables[_BITMAPS]
        (count,) = struct.unpack_from(">I", self._data, at + 4)
        return struct.unpack_from(f">{count}I", self._data, at + 8), at + 8 + 4 * count + 16


@cache
def receipt_font() -> Font:
    """The vendored font, unpacked at first use (a tenth of a second)."""
    packed = files("pos_guard_simulator").joinpath("fonts/b24.pcf.gz").read_bytes()
    return Font(gzip.decompress(packed))


def _tables(data: bytes) -> dict[int, tuple[int, int]]:
    """Table type to its format and offset. The format word at the offset is little endian."""
    (count,) = struct.unpack_from("<I", data, 4)
    entries = (struct.unpack_from("<IIII", data, 8 + 16 * number) for number in range(count))
    return {kind: (form, offset) for kind, form, _, offset in entries}
