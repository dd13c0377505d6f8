"""What a person reads on the paper or the customer display: tokens in, text out.

For streams on a known printer: it never guesses (escpos_detect does, for finished documents).
Follows the code page, the two-byte mode and the selected device. Style, size, position and
direction do not change the words and are ignored.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from unicodedata import east_asian_width

from pos_guard.frames.code_pages import single_byte
from pos_guard.frames.escpos_coding import (
    JIS,
    POWER_ON,
    SELECTORS,
    Charsets,
    Device,
    ModelCharsets,
    TextDecoder,
    device_of,
    follow,
)
from pos_guard.frames.escpos_scan import TEXT, Token
from pos_guard.frames.printer_models import PrinterModel

# What ends a line that holds text (LF and FF end empty ones too). Commands that only set or
# store something are not in it: a word split by one of them is still one word on the paper.
_BREAKS = frozenset({"ESC J", "GS k", "GS v 0", "GS V"})
_PRINTS = {"GS ( k": (81,), "GS ( L": (2, 50), "GS 8 L": (2, 50)}


class TextReader:
    """Reads tokens one by one.

    The arguments are those of escpos_coding.ModelCharsets: what the printer does at power on.
    """

    def __init__(
        self,
        encoding: str = "cp437",
        kanji: str = "gb18030",
        kanji_on: bool = False,
        code_pages: Mapping[int, str] = MappingProxyType({}),
    ) -> None:
        self.device: Device = "printer"
        self._charsets: Charsets = ModelCharsets(encoding, kanji, kanji_on, code_pages)
        self._coding = POWER_ON
        self._line_open = False
        self._name = ""
        self._decoder = self._new_decoder()

    @classmethod
    def of_model(cls, model: PrinterModel) -> TextReader:
        """A reader for one printer model."""
        return cls(model.encoding, model.kanji, model.kanji_on, model.code_pages)

    @classmethod
    def of_charsets(cls, charsets: Charsets) -> TextReader:
        """A reader for a document whose encodings were found out (escpos_detect)."""
        reader = cls()
        reader._charsets = charsets
        reader._decoder = reader._new_decoder()
        return reader

    def full_width(self, char: str) -> bool:
        """Whether a printer sets this character two columns wide.

        A character of two or four bytes always is, whatever Unicode says of its class; in UTF-8,
        where bytes do not tell, East Asian Width decides. Half-width Katakana is one column, and so
        are the signs of ESC R.
        """
        if char in self._decoder.signs:
            return False
        if self._name == "utf-8":
            return east_asian_width(char) in ("W", "F")
        two_bytes = self._name == JIS or single_byte(self._name) is None
        return char >= "\x80" and two_bytes and not "\uff61" <= char <= "\uff9f"

    def read(self, token: Token) -> str:
        """The text of one token: letters, a line feed for an ended line, a tab; else empty."""
        if token.name == TEXT:
            text = self._decoder.feed(token.raw)
            self._line_open = self._line_open or bool(text)
            return text
        rest = self._decoder.finish()
        self._line_open = self._line_open or bool(rest)
        self._follow(token)
        return rest + self._break(token)

    def _break(self, token: Token) -> str:
        if token.name == "HT":
            return "\t"
        lines = 0
        if token.name in ("LF", "FF"):
            lines = 1
        elif token.name == "ESC d":
            lines = max(token.raw[2], int(self._line_open))
        elif token.name in _BREAKS or _prints(token):
            lines = int(self._line_open)
        if lines:
            self._line_open = False
        return "\n" * lines

    def _follow(self, token: Token) -> None:
        """Take over what changes the reading of later text."""
        if token.name == "ESC =":
            self.device = device_of(token.raw)
        elif token.name in SELECTORS:
            self._line_open = self._line_open and token.name != "ESC @"
            self._coding = follow(self._coding, token.name, token.raw)
            self._decoder = self._new_decoder()

    def _new_decoder(self) -> TextDecoder:
        self._name = self._charsets(self._coding)
        country = self._coding.country
        return TextDecoder(self._name, self._charsets.home if country is None else country)


def _prints(token: Token) -> bool:
    """A symbol or picture that was stored before is printed now."""
    functions = _PRINTS.get(token.name)
    if functions is None:
        return False
    place = 8 if token.name == "GS 8 L" else 6
    return token.raw[place : place + 1] in {bytes((number,)) for number in functions}
