"""What a person reads on the paper or the customer display: tokens in, text out.

Follows the code page, the two-byte mode and the selected device. Style, size, position and
direction do not change the words and are ignored.
"""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal
from unicodedata import east_asian_width

from pos_guard.frames.escpos_commands import CodePage, KanjiMode, SelectDevice
from pos_guard.frames.escpos_parse import parse
from pos_guard.frames.escpos_scan import TEXT, Token

CODE_PAGES: Mapping[int, str] = MappingProxyType(
    {
        0: "cp437",
        1: "shift_jis",
        2: "cp850",
        3: "cp860",
        4: "cp863",
        5: "cp865",
        13: "cp857",
        14: "cp737",
        15: "iso8859_7",
        16: "cp1252",
        17: "cp866",
        18: "cp852",
        19: "cp858",
        32: "cp720",
        33: "cp775",
        34: "cp855",
        35: "cp861",
        36: "cp862",
        37: "cp864",
        39: "iso8859_2",
        40: "iso8859_15",
        45: "cp1250",
        46: "cp1251",
        47: "cp1253",
        48: "cp1254",
        49: "cp1255",
        50: "cp1256",
        51: "cp1257",
        52: "cp1258",
    }
)
"""Epson's numbers for ESC t. Page 1 is half-width Katakana, which Shift JIS has in one byte.
Clones number differently above 19: their bytes may read wrongly, never fail."""

UNKNOWN_PAGE = "ascii"
"""For a number that is not in the table: letters and digits stay right, the rest is U+FFFD."""

Device = Literal["printer", "display", "both", "none"]

# What ends a line that holds text (LF and FF end empty ones too). Commands that only set or
# store something are not in it: a word split by one of them is still one word on the paper.
_BREAKS = frozenset({"ESC J", "GS k", "GS v 0", "GS V"})
_PRINTS = {"GS ( k": (81,), "GS ( L": (2, 50), "GS 8 L": (2, 50)}
_FIXED = frozenset({"utf-8", "gb18030"})
_DEVICES: Mapping[tuple[bool, bool], Device] = {
    (True, False): "printer",
    (False, True): "display",
    (True, True): "both",
    (False, False): "none",
}


class TextReader:
    """Reads tokens one by one.

    ``encoding`` is what the printer does at power on: a single-byte codec, or ``gb18030`` or
    ``utf-8``, which no ESC t changes. ``kanji`` is its two-byte encoding (GB18030, GBK, Big5,
    Shift JIS); ``kanji_on`` says that it is on at power on, as Chinese clones have it.
    """

    def __init__(
        self, encoding: str = "cp437", kanji: str = "gb18030", kanji_on: bool = False
    ) -> None:
        self.device: Device = "printer"
        self._encoding = encoding
        self._kanji = kanji
        self._kanji_at_start = kanji_on
        self._kanji_on = kanji_on
        self._page = encoding
        self._line_open = False
        self._decoder = self._new_decoder()

    def full_width(self, char: str) -> bool:
        """Whether a printer sets this character two columns wide.

        A character of two or four bytes always is, whatever Unicode says of its class; in UTF-8,
        where bytes do not tell, East Asian Width decides.
        """
        if self._encoding == "utf-8":
            return east_asian_width(char) in ("W", "F")
        return char >= "\x80" and (self._kanji_on or self._encoding in _FIXED)

    def read(self, token: Token) -> str:
        """The text of one token: letters, a line feed for an ended line, a tab; else empty."""
        if token.name == TEXT:
            text = self._decoder.decode(token.raw)
            self._line_open = self._line_open or bool(text)
            return text
        rest = self._decoder.decode(b"", final=True)
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
        if token.name == "ESC @":
            self._page, self._kanji_on = self._encoding, self._kanji_at_start
            self._line_open = False
        elif token.name in ("ESC t", "FS &", "FS .", "ESC ="):
            self._switch(token)
        else:
            return
        self._decoder = self._new_decoder()

    def _switch(self, token: Token) -> None:
        command = parse(token)
        if isinstance(command, CodePage):
            self._page = CODE_PAGES.get(command.number, UNKNOWN_PAGE)
        elif isinstance(command, KanjiMode):
            self._kanji_on = command.on
        elif isinstance(command, SelectDevice):
            self.device = _DEVICES[command.printer, command.display]

    def _new_decoder(self) -> codecs.IncrementalDecoder:
        name = self._encoding
        if name not in _FIXED:
            name = self._kanji if self._kanji_on else self._page
        return codecs.getincrementaldecoder(name)(errors="replace")


def _prints(token: Token) -> bool:
    """A symbol or picture that was stored before is printed now."""
    functions = _PRINTS.get(token.name)
    if functions is None:
        return False
    place = 8 if token.name == "GS 8 L" else 6
    return token.raw[place : place + 1] in {bytes((number,)) for number in functions}
