"""Characters as ESC/POS bytes: code pages and two-byte mode, switched only when needed."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from pos_guard.frames import escpos_build as build
from pos_guard.frames.printer_models import PrinterModel
from pos_guard_drivers.receipt_chars import NO_BREAK, Characters, Glyph, one_byte

# FS C: a Japanese printer reads JIS, with FS & and FS ., or Shift JIS, where its lead bytes tell
# and FS & and FS . do nothing. Code pages need JIS, characters are sent in Shift JIS [fs_cc].
_SHIFT_JIS, _JIS = b"\x1cC\x01", b"\x1cC\x00"


class TextEncoder:
    """Writes characters for one model, and remembers the code page and mode it is in.

    Nothing is assumed of the printer's mode at the start, which a switch may have changed: the
    first character beyond ASCII sets it.
    """

    def __init__(self, model: PrinterModel) -> None:
        self._model = model
        self._characters = Characters(model)
        self._page: int | None = None
        self._kanji: bool | None = None

    def encode(self, glyphs: Sequence[Glyph]) -> bytes:
        """The bytes that print these characters, mode switches included."""
        if self._characters.fixed:
            text = "".join(glyph.char for glyph in glyphs).replace(NO_BREAK, " ")
            return text.encode(self._model.encoding)
        out = bytearray()
        for at, glyph in enumerate(glyphs):
            if _plain(glyph):
                out += b" " if glyph.char == NO_BREAK else glyph.char.encode("ascii")
            elif glyph.wide:
                out += self._two_byte_mode() + self._characters.encode_wide(glyph.char)
            else:
                out += self._one_byte_mode(glyphs[at:])
                code = one_byte(glyph.char, self._model.code_pages[self._page or 0])
                out.append(code or 0x20)
        return bytes(out)

    def _two_byte_mode(self) -> bytes:
        if self._kanji:
            return b""
        self._kanji = True
        return build.KANJI_ON + (_SHIFT_JIS if self._model.kanji == "shift_jis" else b"")

    def _one_byte_mode(self, rest: Sequence[Glyph]) -> bytes:
        """Leave two-byte mode, and choose the page that lasts longest; stay where it will do."""
        out = b""
        if self._model.kanji and self._kanji is not False:
            self._kanji = False
            out = (_JIS if self._model.kanji == "shift_jis" else b"") + build.KANJI_OFF
        choice = self._characters.pages(rest[0].char)
        if self._page in choice:
            return out
        narrow = [glyph.char for glyph in rest if not _plain(glyph) and not glyph.wide]
        lasting = {page: self._lasts(page, narrow) for page in choice}
        self._page = max(choice, key=lambda page: lasting[page])
        return out + build.code_page(self._page)

    def _lasts(self, page: int, chars: Sequence[str]) -> int:
        codec = self._model.code_pages[page]
        return len(list(takewhile(lambda char: one_byte(char, codec) is not None, chars)))


def _plain(glyph: Glyph) -> bool:
    """ASCII, the same in every page and mode."""
    return glyph.char <= "~" or glyph.char == NO_BREAK
