"""One small QR code in the way that a printer model takes it: by a command, or as dots."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable
from typing import Literal

from pos_guard.frames import escpos_build as build

DOTS = 4
"""Dots a module: 0.5 mm at 203 dpi, which every phone reads."""

MAX_DATA = 512
"""Bytes of a code of ours; a sale id with its seal has 60."""

NEEDED = "pip install segno"
"""What a printer without a QR command of its own needs here."""


def can_draw() -> bool:
    """Whether codes can be drawn as dots here: the segno library is there."""
    return importlib.util.find_spec("segno") is not None


How = Literal["native", "esc-z", "raster", "star", "none"]
"""How a printer draws a QR code: GS ( k, ESC Z, as a picture, ESC GS y, or not at all."""


def qr_command(data: bytes, how: How) -> bytes:
    """The commands that print ``data`` as a QR code of level M; nothing where that cannot be."""
    if len(data) > MAX_DATA:
        return b""
    if how == "native":
        return build.qr(data, dots=DOTS, level="M") + build.LF
    if how == "esc-z":
        # ESC Z m n k dL dH: version by itself, level M, module size [POS-5802 manual].
        return b"\x1bZ\x00M" + bytes((DOTS,)) + len(data).to_bytes(2, "little") + data + build.LF
    if how == "star":
        return _star(data)
    if how == "raster" and can_draw():
        return _raster(data)
    return b""


def _star(data: bytes) -> bytes:
    """ESC GS y: model 2, level M, size, data that the printer analyses, print [3-144 to 3-147]."""
    head = b"\x1b\x1dyS0\x02" + b"\x1b\x1dyS1\x01" + b"\x1b\x1dyS2" + bytes((DOTS,))
    store = b"\x1b\x1dyD1\x00" + len(data).to_bytes(2, "little") + data
    return head + store + b"\x1b\x1dyP" + build.LF


def _raster(data: bytes) -> bytes:
    """GS v 0; four white modules around it, which the standard asks for [ISO/IEC 18004, 6.3.8]."""
    import segno

    code = segno.make_qr(data, error="m", boost_error=False)
    rows = [_row(row) for row in code.matrix_iter(scale=DOTS, border=4)]
    columns = len(rows[0])
    head = columns.to_bytes(2, "little") + len(rows).to_bytes(2, "little")
    return b"\x1dv0\x00" + head + b"".join(rows)


def _row(modules: Iterable[int]) -> bytes:
    bits = "".join("1" if module else "0" for module in modules)
    return int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8), "big")
