"""Receipts in ESC/POS, as the printer's model needs it.

Sources: Epson ESC/POS Command Reference; for the differences, those of the model files.
"""

from __future__ import annotations

from collections.abc import Sequence

from pos_guard.errors import LocalError
from pos_guard.frames import escpos_build as build
from pos_guard.frames.escpos_commands import Align
from pos_guard.frames.printer_models import PrinterModel
from pos_guard_drivers.receipt_barcode import Barcode
from pos_guard_drivers.receipt_bitmap import REALTIME, Bitmap
from pos_guard_drivers.receipt_chars import Glyph
from pos_guard_drivers.receipt_emitter import BarLook, Look
from pos_guard_drivers.receipt_escpos_image import picture
from pos_guard_drivers.receipt_escpos_text import TextEncoder
from pos_guard_drivers.receipt_layout import Side
from pos_guard_drivers.receipt_qr_size import Level

TEAR_LINES = 4
"""Lines to feed before paper can be torn off behind the head: 15 mm (POS-5890 manual)."""

MAX_KANJI_TIMES = 2
"""FS ! knows single and double size only."""

_ALIGN = {"left": Align.LEFT, "center": Align.CENTER, "right": Align.RIGHT}
_LEVELS = {"L": 0, "M": 1, "Q": 2, "H": 3}
_USA = b"\x1bR\x00"


class EscPosEmitter:
    """ESC/POS for one job of one model; implements Emitter."""

    def __init__(self, model: PrinterModel) -> None:
        self.model = model
        self._text = TextEncoder(model)
        self._look = self._kanji_look = Look()
        self._side: Side = "left"

    def start(self) -> bytes:
        """ESC @, and ASCII as the character set: in that of China a $ prints as a yen sign."""
        return build.INIT + _USA

    def align(self, side: Side) -> bytes:
        """ESC a, when it changes."""
        if side == self._side:
            return b""
        self._side = side
        return build.align(_ALIGN[side])

    def line(self, glyphs: Sequence[Glyph], look: Look) -> bytes:
        """The line in its look, then LF."""
        if not glyphs and "raster-swallows-lf" in self.model.quirks:
            return self.feed(1)
        wide = any(glyph.wide for glyph in glyphs)
        return self._styled(look, wide) + self._text.encode(glyphs) + build.LF

    def feed(self, lines: int) -> bytes:
        """ESC d, not LF: some models lose one LF after a picture."""
        return self._styled(Look(), wide=False) + build.feed(lines)

    def image(self, bitmap: Bitmap) -> bytes:
        """The picture, in the command that this model has."""
        return picture(bitmap, self.model)

    def barcode(self, barcode: Barcode, look: BarLook) -> bytes:
        """GS h, GS w, GS H and GS k with its length."""
        where = look.text_above + 2 * look.text_below
        settings = bytes((0x1D, 0x68, look.height, 0x1D, 0x77, look.module, 0x1D, 0x48, where))
        return settings + bytes((0x1D, 0x6B, barcode.code, len(barcode.data))) + barcode.data

    def qr(self, data: bytes, dots: int, level: Level) -> bytes | None:
        """GS ( k or ESC Z; None also where its bytes would hold a real-time command."""
        if self.model.qr == "native" and len(data) <= build.MAX_QR_DATA:
            command = build.qr(data, dots=dots, level=level)
        elif self.model.qr == "esc-z":
            # Version 0 is automatic, sizes are 1 to 8 (80MM Printer Programmer Manual, 2016-12-07);
            # levels are 0 to 3 (getBarCommand in the Android library of the same makers).
            head = bytes((0x1B, 0x5A, 0, _LEVELS[level], min(dots, 8)))
            command = head + len(data).to_bytes(2, "little") + data
        else:
            return None
        return None if REALTIME.search(command) else command

    def cut(self, *, full: bool) -> bytes:
        """GS V 65 or 66, by what the cutter can and the model understands."""
        before = self._styled(Look(), wide=False) + self.align("left")
        if self.model.cutter == "none":
            return before + build.feed(TEAR_LINES)
        full = self.model.cutter == "full" or (full and self.model.cutter == "both")
        return before + build.cut(full=full or "gs-v-66-ignored" in self.model.quirks)

    def drawer(self, pin: int) -> bytes:
        """ESC p."""
        return build.drawer(pin)

    def buzzer(self, times: int, milliseconds: int) -> bytes:
        """ESC B, ESC ( A or DLE DC4 3, each in its own unit of time."""
        tenths = max(milliseconds // 100, 1)
        match self.model.buzzer:
            case "esc-b" if "esc-b-margin" not in self.model.quirks:
                # 1 to 9 times, 1 to 9 units of 50 ms (POS-5502 manual).
                return bytes((0x1B, 0x42, min(times, 9), min(max(milliseconds // 50, 1), 9)))
            case "esc-lparen-a":
                # Function 97: a pattern of the optional buzzer, which has its own length.
                return b"\x1b(A\x03\x00\x61\x01" + bytes((min(times, 255),))
            case "dle-dc4-3":
                pause = min(tenths, 255)
                return b"\x10\x14\x03\x01\x00" + bytes((min(times, 63), pause, pause))
            case _:
                return b""

    def _styled(self, look: Look, wide: bool) -> bytes:
        model = self.model
        if wide and model.kanji_styles and max(look.width, look.height) > MAX_KANJI_TIMES:
            raise LocalError(
                f"{model.name} prints Chinese at most {MAX_KANJI_TIMES} times as large"
            )
        out = _changes(self._look, look)
        self._look = look
        if not wide:
            return out
        if model.kanji_styles:
            out += _kanji_size(self._kanji_look, look)
        if model.kanji and look.underline != self._kanji_look.underline:
            out += bytes((0x1C, 0x2D, look.underline))
        self._kanji_look = look
        return out


def _changes(before: Look, after: Look) -> bytes:
    out = b""
    if after.bold != before.bold:
        out += build.bold(after.bold)
    if after.underline != before.underline:
        out += bytes((0x1B, 0x2D, after.underline))
    if after.invert != before.invert:
        out += bytes((0x1D, 0x42, after.invert))
    if (after.width, after.height) != (before.width, before.height):
        out += build.size(after.width, after.height)
    return out


def _kanji_size(before: Look, after: Look) -> bytes:
    """FS !, which also holds the underline."""
    if (after.width, after.height) == (before.width, before.height):
        return b""
    bits = (after.width == 2) << 2 | (after.height == 2) << 3 | after.underline << 7
    return bytes((0x1C, 0x21, bits))
