"""Finds out how a finished ESC/POS document of an unknown printer is to be read.

The document's own commands decide what they can; between encodings that remain, the one whose
text looks written wins (plausible). For tools only: links and twins read by their settings.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from pos_guard.frames.code_pages import EPSON, STAR, UNKNOWN_PAGE, page_numbers
from pos_guard.frames.escpos_coding import (
    JAPAN,
    JAPANESE,
    JIS,
    POWER_ON,
    SELECTORS,
    Charsets,
    Coding,
    ModelCharsets,
    decode_text,
    follow,
)
from pos_guard.frames.escpos_scan import TEXT, Token
from pos_guard.frames.plausible import UNKNOWN, Judgement, judge

MAX_EVIDENCE: Final = 1024
"""Bytes that are looked at for each selection: more does not change the answer, only the time."""

_LINE_ENDS = frozenset({"LF", "FF", "ESC d", "ESC J", "GS V"})
_TWO_BYTE = ("gb18030", "cp932", "big5hkscs", "cp949", "euc_jp")
_RARE: Mapping[str, float] = {"big5hkscs": -0.05, "cp949": -0.15}
"""Korean syllables come from many pairs that are Chinese as well: two or three may be by chance."""

# What a bare power-on state reads best as, if it is one byte a character: the first two are what
# Epson's printers and most software have there.
_AT_POWER_ON: Mapping[str, float] = {
    "cp437": 0.0,
    "cp1252": -0.3,
    "cp850": -0.4,
    "cp858": -0.4,
    "cp866": -0.3,
    "cp1251": -0.4,
    "katakana": -0.4,
    "cp852": -0.5,
    "cp1250": -0.5,
    "cp1253": -0.5,
    "cp737": -0.5,
    "thai11": -0.7,
}

_LATIN = frozenset({"cp437", "cp1252", "cp850", "cp858", "cp852", "cp1250"})
_CERTAIN = 2
"""Letters beyond ASCII after which it counts less which of the Latin pages is more usual."""

# ESC R n stands for a language when it is used to announce one.
_COUNTRY_HINTS: Mapping[int, tuple[str, ...]] = {
    8: ("cp932", "euc_jp"),
    13: ("cp949",),
    15: ("gb18030",),
}

_UTF8_BONUS = 0.6
"""Text beyond ASCII that is valid UTF-8 by chance is rare: a quarter of all pairs, then 1/16 …"""

_UTF8_TAILS, _UTF8_NATURAL = 12, 0.4
"""Continuation bytes (and how natural the text must be) that leave no doubt of UTF-8."""

_HINT_BONUS = 0.5
_UNASKED = -0.6
"""Two-byte text after an ESC t: only clones that ignore it print it."""

_NO_SUCH_PAGE, _NOT_THAT_PAGE = -0.1, -0.9
"""Text after an ESC t whose number nobody knows, and text that is not on the page it asked for."""

_NEEDED_GAIN = 0.6
"""How much better another maker's numbers must read than Epson's, in characters."""

_RARER = 0.05
"""How much better they must read than those of each maker that is listed before."""


_EPSON: Final = ModelCharsets()


@dataclass(frozen=True, slots=True)
class Guess:
    """How to read a document: a Charsets for its selections, and what was guessed, for people."""

    names: Mapping[Coding, str]
    notes: tuple[str, ...] = ()
    plain: Charsets = _EPSON

    @property
    def home(self) -> int:
        """Japan's signs (¥ for a backslash) at power on, if the text is Japanese."""
        return JAPAN if any(name in JAPANESE for name in self.names.values()) else 0

    def __call__(self, coding: Coding) -> str:
        """The encoding of this selection; what held no evidence reads as its maker means it."""
        name = self.names.get(coding)
        return self.plain(coding) if name is None else name


def runs_of(tokens: Iterable[Token]) -> dict[Coding, bytes]:
    """The document's text by what was selected for it: bounded, each run once, lines apart.

    A run whose line goes on under another selection keeps that neighbour's ASCII byte, or
    plausible.UNKNOWN: whether a letter stands alone speaks for or against it.
    """
    coding = POWER_ON
    found: dict[Coding, list[bytearray]] = {}
    run, tail = bytearray(), b""
    for name, raw, _ in tokens:
        if name == TEXT:
            run += _neighbour(raw[0], coding)
            run = bytearray()
            if coding.kanji or not raw.isascii():
                runs = found.setdefault(coding, [])
                if len(runs) < MAX_EVIDENCE:
                    run = bytearray(raw if coding.kanji else tail + raw)
                    runs.append(run)
            tail = _neighbour(raw[-1], coding)
            run = bytearray() if coding.kanji else run
        elif name in _LINE_ENDS:
            run, tail = bytearray(), b""
        elif name in SELECTORS:
            coding = follow(coding, name, raw)
    return {
        key: b"\n".join(dict.fromkeys(map(bytes, runs)))[:MAX_EVIDENCE]
        for key, runs in found.items()
    }


def _neighbour(byte: int, coding: Coding) -> bytes:
    return bytes((byte,)) if byte < 0x80 and not coding.kanji else UNKNOWN.encode()


def detect(tokens: Iterable[Token], makers: Sequence[str] = ()) -> Guess:
    """How a finished document reads best. Text in ASCII alone needs no guess.

    ``makers``: whose numbers of code pages these may be (code_pages.page_numbers), the most
    likely first; by itself Epson's, then anybody's.
    """
    makers = makers or [maker for maker in page_numbers() if maker != STAR]
    plain = ModelCharsets(code_pages=page_numbers()[makers[0]])
    runs = runs_of(tokens)
    if not runs:
        return Guess({}, plain=plain)
    names = {coding: name for coding, raw in runs.items() if (name := _plain(coding, raw, plain))}
    rest = {coding: raw for coding, raw in runs.items() if coding not in names}
    found = _maker(rest, makers)
    names |= {coding: _best(coding, raw, found) for coding, raw in rest.items()}
    names = _agreed(names, runs)
    return Guess(names, _notes(names, plain, (found, makers[0])), plain)


def _plain(coding: Coding, raw: bytes, plain: Charsets) -> str:
    """The encoding of most documents: UTF-8, or what the selection means by itself."""
    if _is_utf8(raw):
        return "utf-8"
    if coding.kanji or coding.last == "ESC R":
        return ""
    for name in ("utf-8", plain(coding)):
        if _judge(raw, name).settled:
            return name
    return ""


def _is_utf8(raw: bytes) -> bool:
    """Several characters of three bytes, all valid and natural: no other encoding does that."""
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(raw)
    except UnicodeDecodeError:
        return False
    found = _judge(raw, "utf-8")
    return len(raw) - len(text) >= _UTF8_TAILS and found.mean > _UTF8_NATURAL


@lru_cache(maxsize=256)
def _judge(raw: bytes, name: str) -> Judgement:
    return judge(decode_text(raw, name), name)


def _score(raw: bytes, name: str) -> float:
    return _judge(raw, name).mean


def _maker(runs: Mapping[Coding, bytes], makers: Sequence[str]) -> str:
    """Whose numbers of ESC t read best, over all pages that the document uses."""
    paged = {
        (coding.page, raw)
        for coding, raw in runs.items()
        if coding.page is not None and not raw.isascii() and not _has_two_bytes(coding, raw)
    }

    def gain(maker: str) -> float:
        pages = page_numbers()[maker]
        names = ((pages.get(page or 0, UNKNOWN_PAGE), raw) for page, raw in paged)
        total = sum(_judge(raw, name).total for name, raw in names)
        return total - (_RARER * makers.index(maker) + _NEEDED_GAIN if maker != makers[0] else 0.0)

    return max(makers, key=gain)


def _has_two_bytes(coding: Coding, raw: bytes) -> bool:
    """Whether this reads better in two bytes a character than on any maker's page."""
    if coding.kanji or coding.system in (1, 2):
        return True
    tables = {pages.get(coding.page or 0, UNKNOWN_PAGE) for pages in page_numbers().values()}
    one = max(_score(raw, name) for name in tables)
    offers = _offers(coding, EPSON)
    return max(_score(raw, name) + offers.get(name, 0.0) for name in _TWO_BYTE) > one


def _best(coding: Coding, raw: bytes, maker: str) -> str:
    """The encoding that reads best among those that this selection allows."""
    offers = _offers(coding, maker)
    if coding.kanji and (raw.isascii() or coding.system == 0):
        offers[JIS] = 0.3 if coding.system == 0 else -0.1
        if raw.isascii():
            return JIS if _is_jis(raw, sure=coding.system == 0) else "ascii"
    if coding.last != "ESC t":
        for name in _COUNTRY_HINTS.get(coding.country or 0, ()):
            offers[name] = offers.get(name, 0.0) + _HINT_BONUS
    best, top = "", float("-inf")
    for name in sorted(offers, key=lambda name: -offers[name]):
        found = _judge(raw, name)
        score = found.mean + _speaks(name, offers[name], found.weight)
        if score > top:
            best, top = name, score
        if found.settled and offers[name] >= 0:
            break
    return best


def _speaks(name: str, offer: float, weight: int) -> float:
    """What speaks for an encoding besides its text; among Latin pages, less for much text."""
    return offer * min(1.0, _CERTAIN / max(weight, 1)) if name in _LATIN else offer


def _offers(coding: Coding, maker: str) -> dict[str, float]:
    """Encodings that may be meant, with what speaks for each."""
    if coding.utf8:
        return {"utf-8": 0.0}
    offers = {"utf-8": _UTF8_BONUS}
    if coding.system in (1, 2):
        offers["shift_jis_2004" if coding.system == 2 else "cp932"] = 1.0
    if coding.kanji:
        return {**dict.fromkeys(_TWO_BYTE, 0.0), **_RARE, "euc_jp": -0.1, **offers}
    if coding.last == "ESC R" and coding.country in _COUNTRY_HINTS:
        # Encoders that announce a language by ESC R n write EUC, no Shift JIS.
        return {**dict.fromkeys(_TWO_BYTE, 0.0), "cp932": -0.9, "euc_jp": 0.6, **offers}
    unasked = 0.0 if coding.last == "ESC R" else _UNASKED
    if coding.page is None:
        closed = _UNASKED if coding.kanji is False else 0.0
        two_byte = {name: closed + _RARE.get(name, 0.0) for name in _TWO_BYTE}
        return {**_AT_POWER_ON, **two_byte, "euc_jp": closed - 0.2, **offers}
    page = page_numbers()[maker].get(coding.page, UNKNOWN_PAGE)
    two_byte = dict.fromkeys(_TWO_BYTE, unasked)
    if page == "katakana":
        two_byte["cp932"] = 0.0
    against = _NO_SUCH_PAGE if page == UNKNOWN_PAGE else _NOT_THAT_PAGE
    others = {name: speaks + against for name, speaks in _AT_POWER_ON.items()}
    return {**others, **two_byte, **offers, page: 0.0}


def _is_jis(raw: bytes, *, sure: bool) -> bool:
    """Seven-bit bytes in Kanji mode: Japanese text, or letters on a printer that mixes them."""
    if not any(byte > 0x20 for byte in raw):
        return False
    lines = [line for line in raw.split(b"\n") if line]
    even = all(len(line.replace(b" ", b"")) % 2 == 0 for line in lines)
    score = _score(b"\n".join(lines), JIS) if even else -1.0
    return even and score > (0.0 if sure else 0.4)


def _agreed(names: dict[Coding, str], runs: Mapping[Coding, bytes]) -> dict[Coding, str]:
    """One two-byte encoding for all text whose selection does not itself name one."""
    open_ones = [
        coding
        for coding, name in names.items()
        if name in _TWO_BYTE and coding.last != "ESC R" and coding.system not in (1, 2)
    ]
    if len(open_ones) < 2:
        return names
    text = b"\n".join(runs[coding] for coding in open_ones)
    best = max(_TWO_BYTE, key=lambda name: _score(text, name))
    return {**names, **dict.fromkeys(open_ones, best)}


def _notes(
    names: Mapping[Coding, str], plain: Charsets, makers: tuple[str, str]
) -> tuple[str, ...]:
    """What was guessed, one phrase each. ``makers``: who was found, and who was likely."""
    maker, likely = makers
    notes: list[str] = []
    for coding, name in names.items():
        known = plain(coding)
        if name not in (known, "ascii"):
            place = _place(coding)
            notes.append(f"{place}: {name}")
    theirs, ours = page_numbers()[maker], page_numbers()[likely]
    pages = {(coding.page or 0, name) for coding, name in names.items()}
    if any(theirs.get(page) == name != ours.get(page) for page, name in pages):
        notes.append(f"ESC t numbers: {maker}")
    return tuple(dict.fromkeys(notes))


def _place(coding: Coding) -> str:
    if coding.kanji:
        return "two-byte text"
    return "text at power on" if coding.page is None else f"text on page {coding.page}"
