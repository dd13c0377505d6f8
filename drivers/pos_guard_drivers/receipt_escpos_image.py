"""Pictures in ESC/POS: GS v 0, GS ( L or ESC *, in bands that a printer takes whole.

A band is a command of its own and feeds the paper by exactly its rows, so bands follow each other
without a gap. It fits into the receive buffer, so that a printer which stops half-way (cover open)
never waits inside a command for data that the host holds back.
"""

from __future__ import annotations

from collections.abc import Callable

from pos_guard.errors import LocalError
from pos_guard.frames.printer_models import PrinterModel
from pos_guard_drivers.receipt_bitmap import REALTIME, Bitmap, bands, stripes

HEAD = 17
"""Bytes before the dots in the longest of the commands, GS ( L function 112."""

_PRINT_STORED = b"\x1d(L\x02\x0002"
_STRIPE = 24
_DEFAULT_SPACING = b"\x1b2"


def picture(bitmap: Bitmap, model: PrinterModel) -> bytes:
    """The picture in this model's command.

    :raises LocalError: when the model has none, or the picture is wider than the paper.
    """
    if bitmap.width > model.dots:
        raise LocalError(f"a picture of {bitmap.width} dots is wider than the paper ({model.dots})")
    if model.images == "esc-star":
        return _columns(bitmap)
    if model.images not in ("gs-v-0", "gs-lparen-l"):
        raise LocalError(f"{model.name} has no ESC/POS command for pictures")
    make = _raster if model.images == "gs-v-0" else _graphics
    room = model.buffer - HEAD - len(_PRINT_STORED)
    return b"".join(_whole(make, band) for band in bands(bitmap, model.image_rows, room))


def _whole(make: Callable[[Bitmap], bytes], band: Bitmap) -> bytes:
    """One command, or two where its counts would read as a real-time command."""
    command = make(band)
    if not REALTIME.search(command):
        return command
    half = len(band.rows) // 2
    if not half:
        raise LocalError("this picture cannot be printed: its size is a real-time command")
    parts = (Bitmap(band.width, band.rows[:half]), Bitmap(band.width, band.rows[half:]))
    return b"".join(_whole(make, part) for part in parts)


def _raster(band: Bitmap) -> bytes:
    """GS v 0, normal size."""
    sizes = band.stride.to_bytes(2, "little") + len(band.rows).to_bytes(2, "little")
    return b"\x1dv0\x00" + sizes + b"".join(band.rows)


def _graphics(band: Bitmap) -> bytes:
    """GS ( L functions 112 (store: one colour, single size) and 50 (print)."""
    data = b"".join(band.rows)
    sizes = band.width.to_bytes(2, "little") + len(band.rows).to_bytes(2, "little")
    body = b"\x30\x70\x30\x01\x01\x31" + sizes + data
    return b"\x1d(L" + len(body).to_bytes(2, "little") + body + _PRINT_STORED


def _columns(bitmap: Bitmap) -> bytes:
    """ESC * 33 line by line, with line spacing of exactly one stripe, and the default after."""
    head = b"\x1b*\x21" + bitmap.width.to_bytes(2, "little")
    lines = b"".join(head + stripe + b"\n" for stripe in stripes(bitmap, _STRIPE))
    return bytes((0x1B, 0x33, _STRIPE)) + lines + _DEFAULT_SPACING
