"""Receipts in Star Line Mode.

Source: Star Line Mode Command Specifications (page in brackets, HSP7000 edition).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import takewhile

from pos_guard.errors import LocalError
from pos_guard.frames.escpos_hri import hri_text
from pos_guard.frames.printer_models import PrinterModel
from pos_guard_drivers.receipt_barcode import Barcode
from pos_guard_drivers.receipt_bitmap import Bitmap
from pos_guard_drivers.receipt_chars import NO_BREAK, Characters, Glyph, one_byte
from pos_guard_drivers.receipt_emitter import BarLook, Look
from pos_guard_drivers.receipt_layout import Side
from pos_guard_drivers.receipt_qr_size import Level

TEAR_LINES = 4
MAX_TIMES = 6
"""ESC i: a character is at most six times as large [3-16]."""

MAX_QR_BYTES = 7089
_MAX_QR_DOTS = 8
_MAX_MODULE = 3

_RESET = b"\x1b@\x18"
_LF = b"\n"
_SIDES: Mapping[Side, int] = {"left": 0, "center": 1, "right": 2}
_LEVELS: Mapping[Level, int] = {"L": 0, "M": 1, "Q": 2, "H": 3}
_CODE128 = 73
# The m of GS k to the n1 of ESC b [3-56].
_KINDS: Mapping[int, int] = {65: 1, 66: 0, 67: 3, 68: 2, 69: 4, 70: 5, 71: 8, 72: 7, 73: 6}
_SHIFT_JIS = b"\x1b$1"
_SINGLE_BYTE = b"\x1b$0"


class StarEmitter:
    """Star Line Mode for one job of one model; implements Emitter."""

    def __init__(self, model: PrinterModel) -> None:
        self.model = model
        self._characters = Characters(model)
        self._look = Look()
        self._side: Side = "left"
        self._page: int | None = None
        self._kanji: bool | None = None

    def start(self) -> bytes:
        """ESC @ and CAN, and ASCII as the character set."""
        return _RESET + b"\x1bR\x00"

    def align(self, side: Side) -> bytes:
        """ESC GS a, when it changes."""
        if side == self._side:
            return b""
        self._side = side
        return bytes((0x1B, 0x1D, 0x61, _SIDES[side]))

    def line(self, glyphs: Sequence[Glyph], look: Look) -> bytes:
        """The line in its look, then LF."""
        if max(look.width, look.height) > MAX_TIMES:
            raise LocalError(f"{self.model.name} prints text at most {MAX_TIMES} times as large")
        return self._styled(look) + self._text(glyphs) + _LF

    def feed(self, lines: int) -> bytes:
        """ESC a, not ESC d: that would cut."""
        return self._styled(Look()) + bytes((0x1B, 0x61, lines))

    def image(self, bitmap: Bitmap) -> bytes:
        """Raster mode, one band a row, and nothing cut or fed at its end."""
        if self.model.images != "star-raster":
            raise LocalError(f"{self.model.name} has no raster mode")
        if bitmap.width > self.model.dots:
            raise LocalError(f"a picture of {bitmap.width} dots is wider than the paper")
        dots = self._aligned(bitmap)
        head = b"b" + len(dots[0]).to_bytes(2, "little")
        rows = b"".join(head + row for row in dots)
        return b"\x1b*rA\x1b*rP0\x00\x1b*rE1\x00" + rows + b"\x1b*rB"

    def barcode(self, barcode: Barcode, look: BarLook) -> bytes:
        """ESC b: text above the bars is printed below, a printer knows no other place."""
        data = barcode.data
        if barcode.code == _CODE128:
            letters = hri_text(bytes((0x1D, 0x6B, _CODE128, len(data))) + data)
            data = letters.replace("%", "%0").encode("ascii")
        below = 2 if look.text_above or look.text_below else 1
        module = min(max(look.module - 1, 1), _MAX_MODULE)
        head = bytes((0x1B, 0x62, _KINDS[barcode.code], below, module, look.height))
        return head + data + b"\x1e"

    def qr(self, data: bytes, dots: int, level: Level) -> bytes | None:
        """ESC GS y, model 2."""
        if self.model.qr != "star" or len(data) > MAX_QR_BYTES:
            return None
        head = b"\x1b\x1dyS0\x02\x1b\x1dyS1" + bytes((_LEVELS[level],))
        size = b"\x1b\x1dyS2" + bytes((min(dots, _MAX_QR_DOTS),))
        store = b"\x1b\x1dyD1\x00" + len(data).to_bytes(2, "little") + data
        return head + size + store + b"\x1b\x1dyP"

    def cut(self, *, full: bool) -> bytes:
        """ESC d 2 or 3: feed to the cutter first."""
        before = self._styled(Look()) + self.align("left")
        if self.model.cutter == "none":
            return before + bytes((0x1B, 0x61, TEAR_LINES))
        full = self.model.cutter == "full" or (full and self.model.cutter == "both")
        return before + bytes((0x1B, 0x64, 2 if full else 3))

    def drawer(self, pin: int) -> bytes:
        """BEL for the first device, SUB for the second [3-62]."""
        return drawer(pin)

    def buzzer(self, times: int, milliseconds: int) -> bytes:
        """ESC GS BEL m t1 t2, in units of 20 ms, once for each time."""
        if self.model.buzzer != "star-bel":
            return b""
        length = min(max(milliseconds // 20, 1), 255)
        return bytes((0x1B, 0x1D, 0x07, 1, length, length)) * min(times, 20)

    def _aligned(self, bitmap: Bitmap) -> Sequence[bytes]:
        """Raster mode knows no alignment: white bytes stand in front of each row."""
        room = self.model.dots // 8 - bitmap.stride
        before = max(room * _SIDES[self._side] // 2, 0)
        return [bytes(before) + row for row in bitmap.rows] if before else bitmap.rows

    def _styled(self, look: Look) -> bytes:
        before, self._look = self._look, look
        out = b""
        if look.bold != before.bold:
            out += b"\x1bE" if look.bold else b"\x1bF"
        if look.underline != before.underline:
            out += bytes((0x1B, 0x2D, look.underline))
        if look.invert != before.invert:
            out += b"\x1b4" if look.invert else b"\x1b5"
        if (look.width, look.height) != (before.width, before.height):
            out += bytes((0x1B, 0x69, look.height - 1, look.width - 1))
        return out

    def _text(self, glyphs: Sequence[Glyph]) -> bytes:
        out = bytearray()
        for at, glyph in enumerate(glyphs):
            if glyph.char <= "~" or glyph.char == NO_BREAK:
                out += b" " if glyph.char == NO_BREAK else glyph.char.encode("ascii")
            elif glyph.wide:
                out += self._mode(kanji=True) + self._characters.encode_wide(glyph.char)
            else:
                out += self._mode(kanji=False) + self._paged(glyphs[at:])
                code = one_byte(glyph.char, self.model.code_pages[self._page or 0])
                out.append(code or 0x20)
        return bytes(out)

    def _mode(self, *, kanji: bool) -> bytes:
        """ESC $: Japanese models read Shift JIS or single bytes; others always know which."""
        if self.model.kanji != "shift_jis" or kanji == self._kanji:
            return b""
        self._kanji = kanji
        return _SHIFT_JIS if kanji else _SINGLE_BYTE

    def _paged(self, rest: Sequence[Glyph]) -> bytes:
        """ESC GS t for the page that lasts longest; nothing where the present one will do."""
        choice = self._characters.pages(rest[0].char)
        if self._page in choice:
            return b""
        narrow = [glyph.char for glyph in rest if glyph.char > "~" and not glyph.wide]

        def lasts(page: int) -> int:
            codec = self.model.code_pages[page]
            return len(list(takewhile(lambda char: one_byte(char, codec) is not None, narrow)))

        self._page = max(choice, key=lasts)
        return bytes((0x1B, 0x1D, 0x74, self._page))


def drawer(pin: int) -> bytes:
    """The pulse for the drawer on this pin.

    :raises LocalError: for another pin than 2 and 5.
    """
    if pin not in (2, 5):
        raise LocalError(f"a drawer is on pin 2 or 5, not {pin}")
    return b"\x07" if pin == 2 else b"\x1a"
