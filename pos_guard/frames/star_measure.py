"""How long the Star Line Mode commands are whose length stands in their own bytes.

Every function is an escpos_measure.Measure: lengths only, no meaning. Sources: Star "Line Mode
Command Specifications" for line thermal printers and for the HSP7000 (page in brackets), StarPRNT
Command Specifications rev. 2.25 for what came later.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from pos_guard.frames import escpos_measure as escpos
from pos_guard.frames.escpos_measure import Data, Measure, word

MAX_BARCODE = 255
"""ESC b has no length; the longest symbol that fits on 112 mm holds far less."""

MAX_NUMBER = 8
"""Digits of a raster command's parameter: the longest is a page of 65,535 dots."""

MAX_SWITCH = 12
"""Bytes of ESC # with its LF NUL: ESC # N m and four digits are the longest [3-86]."""

_BAR_DATA = re.compile(rb"[\x20-\xff]*")
_NUMBER = re.compile(rb"[0-9;]*")
_PLAIN_RASTER = b"RABC"
_NUMBERED_RASTER = b"DEFPQTKYNV"


Sizes = Mapping[int, int | Measure]


def choose(place: int, sizes: Sizes) -> Measure:
    """Commands whose byte at ``place`` chooses among fixed and measured lengths."""

    def measure(data: Data, at: int) -> int:
        if len(data) < at + place + 1:
            return -(place + 1)
        found = sizes.get(data[at + place], 0)
        return found if isinstance(found, int) else found(data, at)

    return measure


def _prefixed(place: int, unit: int = 1, extra: int = 0) -> Measure:
    """NL nH at ``place``, then so many times ``unit`` bytes, and ``extra`` more."""

    def measure(data: Data, at: int) -> int:
        if len(data) < at + place + 2:
            return -(place + 2)
        return place + 2 + unit * word(data, at + place) + extra

    return measure


bit_image = _prefixed(2)
"""ESC K and ESC L n1 n2: one byte a column [3-33]."""

tall_image = _prefixed(2, 3)
"""ESC X n1 n2: three bytes a column [TSP600 manual, 47]."""

fine_image = _prefixed(2, 24)
"""ESC k n1 n2: n bytes a row, 24 rows [3-51]."""

band = _prefixed(1)
"""b n1 n2 and k n1 n2 of raster mode: that many bytes of one row [3-101]."""

pdf417_data = _prefixed(4)
"""ESC GS x D nL nH [3-113]."""

qr_data = _prefixed(6)
"""ESC GS y D 1 m nL nH [3-145]."""

counted = _prefixed(4)
"""ESC GS ) x pL pH: that many bytes follow [StarPRNT]."""


def qr_spans(data: Data, at: int) -> int:
    """ESC GS y D 2 a, then ``a`` times m nL nH and so many bytes [3-146]."""
    if len(data) < at + 6:
        return -6
    size = 6
    for _ in range(data[at + 5]):
        if len(data) < at + size + 3:
            return -(size + 3)
        size += 3 + word(data, at + size + 1)
    return size


def picture(data: Data, at: int) -> int:
    """ESC GS S m xL xH yL yH n: x bytes a row, y rows [StarPRNT]."""
    if len(data) < at + 9:
        return -9
    return 9 + word(data, at + 4) * word(data, at + 6)


def logos(data: Data, at: int) -> int:
    """ESC FS q n, then n pictures, each with its own size, as in FS q [3-54]."""
    if len(data) < at + 4:
        return -4
    size = escpos.nv_images(data, at + 1)
    return size + 1 if size > 0 else size - 1


def barcode(data: Data, at: int) -> int:
    """ESC b n1 n2 n3 n4 and the data, which RS ends [3-56]. No control byte is data."""
    if len(data) < at + 7:
        return -7
    text = _BAR_DATA.match(data, at + 6)
    end = at + 6 if text is None else text.end()
    if end - at > 6 + MAX_BARCODE:
        return 0
    if end == len(data):
        return -(end + 1 - at)
    return end + 1 - at if data[end] == 0x1E else 0


def glyph(data: Data, at: int) -> int:
    """ESC & c1 c2 n and 48 bytes; without them where c2 says delete [3-43]."""
    if len(data) < at + 4:
        return -4
    return {0: 5, 48: 5, 1: 53, 49: 53}.get(data[at + 3], 0)


def page_length(data: Data, at: int) -> int:
    """ESC C n in lines; ESC C NUL n in inches [3-26]."""
    return -3 if len(data) < at + 3 else 3 + (data[at + 2] == 0)


def switches(data: Data, at: int) -> int:
    """ESC # and ESC ?: whatever stands there, LF NUL ends it [3-86]."""
    end = data.find(b"\n\x00", at + 2, at + MAX_SWITCH)
    if end >= 0:
        return end + 2 - at
    return -(len(data) - at + 1) if len(data) < at + MAX_SWITCH else 0


def raster(data: Data, at: int) -> int:
    """ESC * r and a letter; most have decimal digits after it, which NUL ends [3-91].

    ``N`` discards as many further bytes as its number says; ``m`` has a second letter.
    """
    if len(data) < at + 4:
        return -4
    if data[at + 2] != 0x72:
        return 0
    letter = data[at + 3]
    if letter in _PLAIN_RASTER:
        return 4
    start = at + 4 + (letter == 0x6D)
    if len(data) < start:
        return -5
    if letter not in _NUMBERED_RASTER and bytes(data[at + 3 : start]) not in (b"ml", b"mr"):
        return 0
    return _number(data, at, start, discards=letter == 0x4E)


def _number(data: Data, at: int, start: int, *, discards: bool) -> int:
    found = _NUMBER.match(data, start, start + MAX_NUMBER)
    end = start if found is None else found.end()
    if end == len(data):
        return -(end + 1 - at)
    if data[end] != 0:
        return 0
    digits = bytes(data[start:end])
    more = int(digits) if discards and digits.isdigit() else 0
    return end + 1 - at + more


def marks(data: Data, at: int) -> int:
    """ESC GS * 0 n m..: n is three digits, and says how many marks follow [3-119]."""
    if len(data) < at + 7:
        return -7
    digits = bytes(data[at + 4 : at + 7])
    return 7 + int(digits) if digits.isdigit() else 0
