"""Star's pictures as those of ESC/POS: rows of dots become columns where a line holds them."""

from __future__ import annotations

_STRIPE = 24
"""Rows of ESC k, and of every glyph."""

_GLYPH_BYTES, _GLYPH_DOTS = 2, 12
_KANJI_BYTES, _KANJI_DOTS = 3, 24


def columns_of_rows(raw: bytes) -> tuple[bytes, ...]:
    """ESC k n1 n2: 24 rows of n bytes that stand in the line, as ESC * 33."""
    width = int.from_bytes(raw[2:4], "little")
    if not 0 < 8 * width <= 0xFFFF:
        return ()
    return (b"\x1b*\x21" + (8 * width).to_bytes(2, "little") + _columns(raw[4:], width, 8 * width),)


def one_row(raw: bytes) -> tuple[bytes, ...]:
    """B and k of raster mode: one row, as GS v 0."""
    return (b"\x1dv0\x00" + raw[1:3] + b"\x01\x00" + raw[3:],) if len(raw) > 3 else ()


def glyph(raw: bytes) -> tuple[bytes, ...]:
    """ESC & c1 c2 n: one character of 12 by 24 dots; ESC/POS defines 20h to 7Eh only."""
    code = raw[4:5]
    if not b" " <= code <= b"~":
        return ()
    if len(raw) == 5:
        return (b"\x1b?" + code,)
    dots = _columns(raw[5:], _GLYPH_BYTES, _GLYPH_DOTS)
    return (b"\x1b&\x03" + code + code + bytes((_GLYPH_DOTS,)) + dots,)


def kanji_glyph(raw: bytes) -> tuple[bytes, ...]:
    """ESC r c1 c2: one of 24 by 24 dots, as FS 2."""
    return (b"\x1c2" + raw[2:4] + _columns(raw[4:], _KANJI_BYTES, _KANJI_DOTS),)


def _columns(rows: bytes, width: int, dots: int) -> bytes:
    """24 rows of ``width`` bytes as ``dots`` columns of three bytes, top first."""
    lines = [
        f"{int.from_bytes(rows[at : at + width], 'big'):0{8 * width}b}"
        for at in range(0, _STRIPE * width, width)
    ]
    columns = ("".join(column) for column in zip(*(line[:dots] for line in lines), strict=True))
    return b"".join(int(column, 2).to_bytes(3, "big") for column in columns)
