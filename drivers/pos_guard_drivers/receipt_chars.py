"""Which characters a printer model can print, how wide, and by which bytes. Pure.

A receipt printer sets every one-byte character one column wide and every two-byte character two,
whatever Unicode says of it, so widths follow from the encoding chosen here (and terminal width
tables such as wcwidth's do not apply); only where the bytes do not tell (UTF-8 models) East Asian
Width decides.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from pos_guard.errors import LocalError
from pos_guard.frames.printer_models import PrinterModel

NO_BREAK = "\u00a0"
"""A space at which no line ends."""

MAX_LISTED = 8
"""Characters that one error names; more of the same make no message better."""

_FIXED = ("utf-8", "gb18030")
_FIRST = ("cp1252", "cp858", "cp850")
"""Pages to take where several will do: in every printer, and printed alike by all."""

_LATER: Mapping[str, str] = MappingProxyType({"iso8859_7": "€₯ͺ"})
"""Characters that came to a standard (here in 2003) after printers had its page."""

_TIDY = str.maketrans({0xAD: None, 0x2011: "-", 0x202F: NO_BREAK, 0x2007: NO_BREAK})
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character on the paper, ``columns`` wide; ``wide``: set by its two-byte code."""

    char: str
    columns: int = 1
    wide: bool = False


SPACE = Glyph(" ")


class Characters:
    """The characters of one model.

    ``replacement`` is printed for what the model cannot print; None raises instead.
    """

    def __init__(self, model: PrinterModel, replacement: str | None = None) -> None:
        self.model = model
        self._fixed = model.encoding if model.encoding in _FIXED else ""
        self._kanji = self._fixed or model.kanji
        first = (model.encoding, *_FIRST)
        self._pages = sorted(
            model.code_pages.items(),
            key=lambda page: first.index(page[1]) if page[1] in first else len(first),
        )
        if replacement is not None and not self._printable(replacement, chinese=False):
            raise LocalError(f"{model.name} cannot print the replacement {replacement!r} either")
        self._replacement = replacement

    def glyphs(self, text: str) -> tuple[Glyph, ...]:
        """What is printed for this text, which holds no line end.

        Letters stand in a one-byte code page where the model has one with them; signs that are
        wide in Chinese and narrow elsewhere (quotation marks, dashes) follow the line they are in.

        :raises LocalError: naming the characters that this model cannot print: control
            characters, what no code page of it has, and writing from right to left, which a
            printer would set backwards.
        """
        text = unicodedata.normalize("NFC", text).translate(_TIDY)
        chinese = any(_east_asian(char) for char in text)
        found, missing = list[Glyph](), dict[str, None]()
        for char in text:
            glyph = self._glyph(char, chinese)
            if glyph is not None:
                found.append(glyph)
            elif self._replacement is None or _control(char):
                missing[char] = None
            else:
                found += [self._glyph(sign, chinese) or SPACE for sign in self._replacement]
        if missing:
            raise LocalError(_complaint(self.model, list(missing)))
        return tuple(found)

    def pages(self, char: str) -> tuple[int, ...]:
        """The code pages (ESC t numbers) of this model that have this character, best first."""
        return tuple(page for page, codec in self._pages if one_byte(char, codec) is not None)

    def encode_wide(self, char: str) -> bytes:
        """A two-byte character's code."""
        return char.encode(self._kanji)

    @property
    def fixed(self) -> bool:
        """One encoding for everything, which no command changes."""
        return bool(self._fixed)

    def _printable(self, text: str, *, chinese: bool) -> bool:
        return all(self._glyph(char, chinese) is not None for char in text)

    def _glyph(self, char: str, chinese: bool) -> Glyph | None:
        if " " <= char <= "~" or char == NO_BREAK:
            return Glyph(char)
        if _control(char) or unicodedata.bidirectional(char) in _RIGHT_TO_LEFT:
            return None
        if self._fixed == "utf-8":
            return _in_utf8(char)
        return self._in_a_page(char, chinese)

    def _in_a_page(self, char: str, chinese: bool) -> Glyph | None:
        """In one of the model's code pages, or among its two-byte characters."""
        wide = Glyph(char, 2, wide=True) if self._kanji and _two_bytes(char, self._kanji) else None
        narrow = Glyph(char) if not self._fixed and self.pages(char) else None
        if narrow is None and self._kanji and _one_byte_kanji(char, self._kanji):
            narrow = Glyph(char, 1, wide=True)
        first_wide = _east_asian(char) or (chinese and _sign_of_both(char))
        return (wide or narrow) if first_wide else (narrow or wide)


@lru_cache(maxsize=4096)
def one_byte(char: str, codec: str) -> int | None:
    """The character's byte, 80h or above, in a one-byte code page, or None.

    A codec that only comes near (Shift JIS has no yen sign of its own) does not count.
    """
    if char in _LATER.get(codec, ""):
        return None
    try:
        data = char.encode(codec)
        same = data.decode(codec) == char
    except UnicodeError:
        return None
    return data[0] if same and len(data) == 1 and data[0] >= 0x80 else None


def columns_of(glyphs: Sequence[Glyph]) -> int:
    """Their width in columns."""
    return sum(glyph.columns for glyph in glyphs)


def _two_bytes(char: str, codec: str) -> bool:
    """Two bytes exactly: the four-byte codes of GB 18030 are in few printers' fonts."""
    try:
        data = char.encode(codec)
        return len(data) == 2 and data.decode(codec) == char
    except UnicodeError:
        return False


def _one_byte_kanji(char: str, codec: str) -> bool:
    """Half-width Katakana, which Shift JIS has among its two-byte codes."""
    return codec == "shift_jis" and one_byte(char, codec) is not None


def _in_utf8(char: str) -> Glyph | None:
    # No emoji and no combining marks: the fonts are bitmaps of the basic plane, set cell by cell.
    if char > "\uffff" or unicodedata.category(char).startswith(("M", "C")):
        return None
    wide = _east_asian(char)
    return Glyph(char, 2 if wide else 1, wide)


def _east_asian(char: str) -> bool:
    return unicodedata.east_asian_width(char) in ("W", "F")


def _sign_of_both(char: str) -> bool:
    ambiguous = unicodedata.east_asian_width(char) == "A"
    return ambiguous and not unicodedata.category(char).startswith("L")


def _control(char: str) -> bool:
    return unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp")


def _complaint(model: PrinterModel, missing: list[str]) -> str:
    shown = ", ".join(
        f"{char} (U+{ord(char):04X})" if char.isprintable() else f"U+{ord(char):04X}"
        for char in missing[:MAX_LISTED]
    )
    more = f" and {len(missing) - MAX_LISTED} more" if len(missing) > MAX_LISTED else ""
    return f"{model.name} cannot print {shown}{more}: leave it out, replace it, or draw a picture"
