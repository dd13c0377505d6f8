"""What an ESC/POS stream has selected for its text, and how bytes become characters under it.

``CodingTracker`` follows the commands, ``ModelCharsets`` says which encoding that means on a
known model, ``decode_text`` reads. Guessing for an unknown model is escpos_detect's.
"""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal, NamedTuple, Protocol

from pos_guard.frames.code_pages import EPSON, UNKNOWN_PAGE, page_numbers, single_byte

JIS: Final = "jis"
"""Two seven-bit bytes a character (FS C 0): JIS X 0208 without its escape sequences."""

JAPANESE: Final = frozenset({"cp932", "shift_jis", "shift_jis_2004", JIS})
JAPAN: Final = 8
"""ESC R 8, which Japanese models have at power on [esc_cr]."""

_FIXED = frozenset({"utf-8", "gb18030"})
"""Encodings at power on that no ESC t changes."""


class Coding(NamedTuple):
    """What is selected now. None: never selected, as at power on.

    ``last`` is the command that selected last: ``ESC t``, ``ESC R``, ``FS &``, ``FS .``, ``FS C``
    or ``FS ( C``; empty at power on.
    """

    page: int | None = None
    kanji: bool | None = None
    system: int | None = None
    utf8: bool = False
    country: int | None = None
    last: str = ""


class Charsets(Protocol):
    """Which encoding what is selected stands for: a Python codec, an own page, or ``JIS``."""

    @property
    def home(self) -> int:
        """The number of ESC R that holds at power on."""
        ...

    def __call__(self, coding: Coding) -> str:
        """The encoding's name."""
        ...


POWER_ON: Final = Coding()

SELECTORS: Final = frozenset({"ESC @", "ESC t", "ESC R", "FS &", "FS .", "FS C", "FS ( C"})
"""Commands that change how text is read."""


def follow(coding: Coding, name: str, raw: bytes) -> Coding:
    """What is selected after this command."""
    if name == "ESC @":
        return POWER_ON
    if name in ("FS &", "FS ."):
        return coding._replace(kanji=name == "FS &", last=name)
    if name == "ESC t":
        return coding._replace(page=raw[2], last=name)
    if name == "ESC R":
        return coding._replace(country=raw[2] % 48, last=name)
    if name == "FS C":
        return coding._replace(system=raw[2] % 48, last=name)
    if name == "FS ( C" and raw[3:6] == b"\x02\x000":
        return coding._replace(utf8=raw[6] % 48 == 2, last=name)
    return coding


class ModelCharsets:
    """The encodings of a known model.

    ``encoding`` at power on: a single-byte page, or ``gb18030`` or ``utf-8``, which no ESC t
    changes; ``kanji`` its two-byte encoding, ``kanji_on`` on at power on; ``code_pages`` its
    numbers of ESC t where they differ from Epson's.
    """

    def __init__(
        self,
        encoding: str = "cp437",
        kanji: str = "gb18030",
        kanji_on: bool = False,
        code_pages: Mapping[int, str] = MappingProxyType({}),
    ) -> None:
        self._encoding = encoding
        self._kanji = kanji
        self._kanji_on = kanji_on
        self.home = JAPAN if kanji in JAPANESE else 0
        self._pages = {**page_numbers()[EPSON], **code_pages}

    def __call__(self, coding: Coding) -> str:
        """The encoding that this selection means here."""
        if coding.utf8:
            return "utf-8"
        if self._encoding in _FIXED:
            return self._encoding
        if self._kanji and self._two_bytes(coding):
            return self._kanji_now(coding)
        if coding.page is None:
            return self._encoding
        return self._pages.get(coding.page, UNKNOWN_PAGE)

    def _two_bytes(self, coding: Coding) -> bool:
        """Shift JIS needs no FS &: its lead bytes tell [fs_cc]."""
        if coding.system in (1, 2) and self._kanji in JAPANESE:
            return True
        return self._kanji_on if coding.kanji is None else coding.kanji

    def _kanji_now(self, coding: Coding) -> str:
        if self._kanji not in JAPANESE:
            return self._kanji
        return {0: JIS, 1: "cp932", 2: "shift_jis_2004"}.get(
            -1 if coding.system is None else coding.system, self._kanji
        )


def decode_text(raw: bytes, name: str, country: int = 0) -> str:
    """A whole run of text. Not defined: U+FFFD. DEL and a byte order mark print nothing."""
    if name == JIS:
        return _printed(_decode_jis(raw), country)
    table = single_byte(name)
    if table is None:
        return _printed(raw.decode(name, errors="replace"), country)
    # CPython takes a string of 256 characters here, as its own charmap codecs do.
    text, _ = codecs.charmap_decode(raw, "replace", table)  # pyright: ignore[reportArgumentType]  # typeshed lists dicts only
    return _printed(text, country)


_NOTHING: Final = "\x7f\ufeff"
"""Characters that print nothing: DEL, and the mark that some software puts before UTF-8."""


def _printed(text: str, country: int) -> str:
    for nothing in _NOTHING:
        if nothing in text:
            text = text.replace(nothing, "")
    return text.translate(_COUNTRIES[country]) if country in _COUNTRIES else text


class TextDecoder:
    """Reads a run that arrives in pieces: a character that is split between two is joined."""

    def __init__(self, name: str, country: int = 0) -> None:
        self._name = name
        self._country = country
        self._multi = None
        self._held = b""
        if name != JIS and single_byte(name) is None:
            self._multi = codecs.getincrementaldecoder(name)(errors="replace")

    @property
    def signs(self) -> str:
        """The country's signs: one byte each, whatever the encoding (¥ for a backslash)."""
        return _SETS.get(self._country, "")

    def feed(self, raw: bytes) -> str:
        """The characters that are whole now."""
        if self._multi is not None:
            return _printed(self._multi.decode(raw), self._country)
        if self._name == JIS:
            raw = self._held + raw
            whole = _whole_jis(raw)
            raw, self._held = raw[:whole], raw[whole:]
        return decode_text(raw, self._name, self._country)

    def finish(self) -> str:
        """The run has ended: half a character is U+FFFD."""
        held, self._held = self._held, b""
        if self._multi is not None:
            return self._multi.decode(b"", final=True)
        return "\ufffd" if held else ""


def _whole_jis(raw: bytes) -> int:
    """How many of these bytes are whole characters."""
    place = 0
    while place < len(raw):
        size = 2 if raw[place] > 0x20 else 1
        if place + size > len(raw):
            break
        place += size
    return place


def _decode_jis(raw: bytes) -> str:
    out: list[str] = []
    place = 0
    while place < len(raw):
        size = 2 if raw[place] > 0x20 else 1
        pair = raw[place : place + size]
        wide = bytes(byte | 0x80 for byte in pair)
        out.append(wide.decode("euc_jp", errors="replace")[:1] if size == 2 else chr(pair[0]))
        place += size
    return "".join(out)


# ESC R n: what takes the place of # $ @ [ \ ] ^ ` { | } ~ [esc_cr].
_PLACES = "#$@[\\]^`{|}~"
_SETS: Mapping[int, str] = {
    1: "#$à°ç§^`éùè¨",
    2: "#$§ÄÖÜ^`äöüß",
    3: "£$@[\\]^`{|}~",
    4: "#$@ÆØÅ^`æøå~",
    5: "#¤ÉÄÖÅÜéäöåü",
    6: "#$@°\\é^ùàòèì",
    7: "₧$@¡Ñ¿^`¨ñ}~",
    8: "#$@[¥]^`{|}~",
    9: "#¤ÉÆØÅÜéæøåü",
    10: "#$ÉÆØÅÜéæøåü",
    11: "#$á¡Ñ¿é`íñóú",
    12: "#$á¡Ñ¿éüíñóú",
    13: "#$@[₩]^`{|}~",
    14: "#$ŽŠĐĆČžšđćč",
    15: "#¥@[\\]^`{|}~",
    16: "#₫@[\\]^`{|}~",
}
_COUNTRIES = {number: str.maketrans(_PLACES, signs) for number, signs in _SETS.items()}

Device = Literal["printer", "display", "both", "none"]


def device_of(raw: bytes) -> Device:
    """ESC = n: bit 0 the printer, bit 1 the customer display."""
    names: tuple[Device, ...] = ("none", "printer", "display", "both")
    return names[raw[2] & 3]
