"""Small builders of ESC/POS bytes, for the printer link and the driver.

Source: Epson ESC/POS Command Reference; the byte forms are those of table A.1 of its manuals.
"""

from __future__ import annotations

from pos_guard.errors import LocalError
from pos_guard.frames.escpos_commands import Align

INIT = b"\x1b@"
LF = b"\n"
SELECT_PRINTER = b"\x1b=\x01"
SELECT_DISPLAY = b"\x1b=\x02"
CLEAR_DISPLAY = b"\x0c"
KANJI_ON = b"\x1c&"
KANJI_OFF = b"\x1c."
PLAIN = b"\x1d!\x00\x1bE\x00\x1ba\x00"
"""Normal size, not bold, left: what an inserted line must restore."""

MAX_QR_DATA = 7089
"""Digits in the largest QR symbol (version 40, level L): more can never be printed."""

_ALIGN = {Align.LEFT: 0, Align.CENTER: 1, Align.RIGHT: 2}
_LEVELS = {"L": 48, "M": 49, "Q": 50, "H": 51}


def text(value: str, encoding: str = "cp437") -> bytes:
    """Text in the printer's present code page; what it lacks becomes ``?``; no control bytes."""
    kept = "".join(char if char.isprintable() or char == "\n" else "?" for char in value)
    return kept.encode(encoding, errors="replace")


def align(where: Align) -> bytes:
    """ESC a, at the start of a line."""
    return bytes((0x1B, 0x61, _ALIGN[where]))


def bold(on: bool) -> bytes:
    """ESC E."""
    return bytes((0x1B, 0x45, on))


def size(width: int = 1, height: int = 1) -> bytes:
    """GS !, magnification 1 to 8."""
    return bytes((0x1D, 0x21, _within(width, 1, 8) - 1 << 4 | _within(height, 1, 8) - 1))


def code_page(number: int) -> bytes:
    """ESC t."""
    return bytes((0x1B, 0x74, _within(number, 0, 255)))


def feed(lines: int) -> bytes:
    """ESC d: print, then feed this many lines."""
    return bytes((0x1B, 0x64, _within(lines, 0, 255)))


def cut(*, full: bool = False, feed_units: int = 0) -> bytes:
    """GS V 65 or 66: feed to the cutter, and this much further, then cut."""
    return bytes((0x1D, 0x56, 65 if full else 66, _within(feed_units, 0, 255)))


def drawer(pin: int = 2, on_ms: int = 50, off_ms: int = 500) -> bytes:
    """ESC p: a pulse on connector pin 2 or 5, in steps of 2 ms."""
    if pin not in (2, 5):
        raise LocalError(f"a cash drawer hangs on pin 2 or 5, not {pin}")
    times = (_within(on_ms // 2, 1, 255), _within(off_ms // 2, 1, 255))
    return bytes((0x1B, 0x70, 0 if pin == 2 else 1, *times))


def qr(data: bytes, *, dots: int = 6, level: str = "M") -> bytes:
    """GS ( k, model 2: size, level, store and print.

    :raises LocalError: for no data, more than a symbol can hold, or an unknown level.
    """
    if level not in _LEVELS or not 0 < len(data) <= MAX_QR_DATA:
        raise LocalError(f"a QR code holds 1 to {MAX_QR_DATA} bytes at level L, M, Q or H")
    return (
        _symbol(b"1A2\x00")
        + _symbol(b"1C" + bytes((_within(dots, 1, 16),)))
        + _symbol(b"1E" + bytes((_LEVELS[level],)))
        + _symbol(b"1P0" + data)
        + _symbol(b"1Q0")
    )


def realtime_status(number: int) -> bytes:
    """DLE EOT n."""
    return bytes((0x10, 0x04, number))


def process_id(identity: bytes) -> bytes:
    """GS ( H fn 48: four printable characters that come back once all before is printed."""
    if len(identity) != 4 or not all(0x20 <= byte < 0x7F for byte in identity):
        raise LocalError("a process id is four printable ASCII characters")
    return b"\x1d(H\x06\x0000" + identity


def _symbol(body: bytes) -> bytes:
    return b"\x1d(k" + len(body).to_bytes(2, "little") + body


def _within(value: int, low: int, high: int) -> int:
    if not low <= value <= high:
        raise LocalError(f"{value} is not between {low} and {high}")
    return value
