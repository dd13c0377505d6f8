"""How long the ESC/POS commands are whose length stands in their own bytes.

Every function is a ``Measure``. Lengths only, no meaning. A wrong length prints pictures as text,
or hides text inside a picture, so every rule counts from the command's first byte.
Sources: Epson "ESC/POS Command Reference for TM printers" (page name in brackets);
kunif/EscPosUtils for what it has dropped (counters, GS Q, GS D); vendor manuals for the clones.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

Data = bytes | bytearray

Measure = Callable[[Data, int], int]
"""``(data, at)`` to the command's whole length; ``-n`` when ``n`` bytes must be there to say
more; 0 when the bytes are no such command."""

MAX_BARCODE = 255
"""Form A of GS k has no length; form B, which carries the same symbols, stops at 255 bytes."""

MAX_TABS = 32
"""ESC D takes at most 32 positions, whatever follows [esc_cd]."""

MAX_COUNTER_DIGITS = 5
"""GS C ; writes numbers up to 65535."""

PANEL_ROW = 48
"""Bytes of a row of DC2 V and DC2 v: the whole width of a 58 mm mechanism, 384 dots."""

_COUNTER_FIELDS = 5
_BAR_TEXT = re.compile(rb"[\x20-\x7e]*")


def word(data: Data, at: int) -> int:
    """NL nH: two bytes, low one first."""
    return data[at] + (data[at + 1] << 8)


def counted(data: Data, at: int) -> int:
    """ESC ( x, FS ( x, GS ( x and US ( x: pL pH, then that many bytes."""
    return -5 if len(data) < at + 5 else 5 + word(data, at + 3)


def graphics(data: Data, at: int) -> int:
    """GS 8 L: p1 to p4, then that many bytes [gs_8l]."""
    if len(data) < at + 7:
        return -7
    return 7 + int.from_bytes(data[at + 3 : at + 7], "little") if data[at + 2] == 0x4C else 0


def raster(data: Data, at: int) -> int:
    """GS v 0 and GS Q 0, m xL xH yL yH: x bytes a row, y rows [gs_lv_0, gs_cq_0]."""
    if len(data) < at + 8:
        return -8
    return 8 + word(data, at + 4) * word(data, at + 6) if data[at + 2] == 0x30 else 0


def columns(data: Data, at: int) -> int:
    """ESC * m nL nH: one byte a column in 8-dot modes, three in 24-dot modes."""
    if len(data) < at + 5:
        return -5
    return 5 + word(data, at + 3) * (1 if data[at + 2] < 32 else 3)


def downloaded(data: Data, at: int) -> int:
    """GS * x y: x times y times 8 bytes [gs_asterisk]."""
    return -4 if len(data) < at + 4 else 4 + data[at + 2] * data[at + 3] * 8


def bitmap_file(data: Data, at: int) -> int:
    """GS D 0 fn 0 kc1 kc2 b 1 and a Windows BMP file, whose header has its size [gs_cd]."""
    if len(data) < at + 15:
        return -15
    known = data[at + 2] == 0x30 and data[at + 3] in b"CS" and data[at + 9 : at + 11] == b"BM"
    return 9 + int.from_bytes(data[at + 11 : at + 15], "little") if known else 0


def nv_images(data: Data, at: int) -> int:
    """FS q n, then n pictures, each with its own size [fs_lq]."""
    if len(data) < at + 3:
        return -3
    size = 3
    for _ in range(data[at + 2]):
        head = at + size
        if len(data) < head + 4:
            return -(size + 4)
        size += 4 + word(data, head) * word(data, head + 2) * 8
    return size


def glyphs(data: Data, at: int) -> int:
    """ESC & y c1 c2, then for each character its width x and x times y bytes [esc_ampersand].

    Codes are 32 to 126, in rising order; other bytes are no definition.
    """
    if len(data) < at + 5:
        return -5
    height, first, last = data[at + 2 : at + 5]
    if not 0x20 <= first <= last:
        return 0
    size = 5
    for _ in range(first, last + 1):
        if len(data) < at + size + 1:
            return -(size + 1)
        size += 1 + data[at + size] * height
    return size


def tabs(data: Data, at: int) -> int:
    """ESC D n.. NUL; a value that does not rise ends the list and is ordinary data [esc_cd]."""
    last = 0
    for index in range(MAX_TABS + 1):
        place = at + 2 + index
        if len(data) <= place:
            return -(index + 3)
        if data[place] == 0:
            return index + 3
        if data[place] <= last or index == MAX_TABS:
            return index + 2
        last = data[place]
    return 0


def barcode(data: Data, at: int) -> int:
    """GS k m: 0 to 6 end at NUL, 65 to 79 carry a length [gs_lk].

    Form A symbols hold printable ASCII only: any other byte before the NUL means that a printer
    prints what follows as text, and so must a reader see it.
    """
    if len(data) < at + 4:
        return -4
    kind = data[at + 2]
    if 65 <= kind <= 79:
        return 4 + data[at + 3]
    if kind > 6:
        return 0
    text = _BAR_TEXT.match(data, at + 3)
    end = at + 3 if text is None else text.end()
    if end - at > 3 + MAX_BARCODE:
        return 0
    if end == len(data):
        return -(end + 1 - at)
    return end + 1 - at if data[end] == 0 else 0


def cut(data: Data, at: int) -> int:
    """GS V m, with a feed length in functions B, C and D [gs_cv]."""
    if len(data) < at + 3:
        return -3
    return 4 if data[at + 2] in (65, 66, 97, 98, 103, 104) else 3


def by_third(sizes: Mapping[int, int]) -> Measure:
    """Commands whose third byte is a function with a length of its own."""

    def measure(data: Data, at: int) -> int:
        return -3 if len(data) < at + 3 else sizes.get(data[at + 2], 0)

    return measure


def counter(data: Data, at: int) -> int:
    """GS C 0, 1 and 2 by their function; GS C ; has five decimal numbers, each closed by ``;``."""
    if len(data) < at + 3:
        return -3
    if data[at + 2] != 0x3B:
        return {0x30: 5, 0x31: 9, 0x32: 5}.get(data[at + 2], 0)
    place, digits, fields = at + 3, 0, 0
    while fields < _COUNTER_FIELDS:
        if place == len(data):
            return -(place + 1 - at)
        if data[place] == 0x3B:
            digits, fields = 0, fields + 1
        elif 0x30 <= data[place] <= 0x39 and digits < MAX_COUNTER_DIGITS:
            digits += 1
        else:
            return 0
        place += 1
    return place - at


def store_nv(data: Data, at: int) -> int:
    """FS g 1 m a1..a4 nL nH and n bytes (store); FS g 2, the same without them (send)."""
    if len(data) < at + 10:
        return -10
    return {0x31: 10 + word(data, at + 8), 0x32: 10}.get(data[at + 2], 0)


def window(data: Data, at: int) -> int:
    """ESC W n m of a customer display: m 1 and 49 bring four corners, 0 and 48 close it."""
    if len(data) < at + 4:
        return -4
    return {0x00: 4, 0x30: 4, 0x01: 8, 0x31: 8}.get(data[at + 3], 0)


def vendor_qr(data: Data, at: int) -> int:
    """ESC Z m n k dL dH d.. ("80MM Printer Programmer Manual" 20161207; POS-5802, HOIN)."""
    return -7 if len(data) < at + 7 else 7 + word(data, at + 5)


def panel_bitmap(data: Data, at: int) -> int:
    """DC2 * r n: r rows of n bytes (CSN-A2 manual)."""
    return -4 if len(data) < at + 4 else 4 + data[at + 2] * data[at + 3]


def panel_rows(data: Data, at: int) -> int:
    """DC2 V and DC2 v nL nH: that many rows of the full width (CSN-A2 manual)."""
    return -4 if len(data) < at + 4 else 4 + word(data, at + 2) * PANEL_ROW
