"""How much a text looks like something that a person wrote: for choosing between encodings.

Rules of neighbourhood (an accented letter stands beside letters of its case, a line is drawn of
line pieces, scripts do not mix inside a word) and lists of common characters. No dictionary.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from itertools import chain
from typing import Final, NamedTuple
from unicodedata import category

from pos_guard.frames.plausible_sets import HANGUL, HANJA_JP, HANZI_CN, HANZI_TW

IMPOSSIBLE: Final = -8.0
"""For a character that no printer prints: undefined, private, a control."""

_SCRIPTS: tuple[tuple[str, str, str], ...] = (
    ("\u0370", "\u03ff", "greek"),
    ("\u1f00", "\u1fff", "greek"),
    ("\u0400", "\u052f", "cyrillic"),
    ("\u0590", "\u05ff", "hebrew"),
    ("\u0600", "\u06ff", "arabic"),
    ("\ufb50", "\ufefe", "arabic"),
    ("\u0e00", "\u0e7f", "thai"),
    ("\u1780", "\u17ff", "khmer"),
    ("\u2500", "\u25ff", "box"),
    ("\u3040", "\u30ff", "kana"),
    ("\uff61", "\uff9f", "half"),
    ("\uac00", "\ud7a3", "hangul"),
    ("\u4e00", "\u9fff", "han"),
    ("\u3400", "\u4dbf", "han"),
    ("\U00020000", "\U0003ffff", "han"),
    ("\u3000", "\u303f", "wide"),
    ("\uff01", "\uff60", "wide"),
    ("\uffe0", "\uffe6", "wide"),
)
_BESIDE_LETTERS = {"han": 1.0, "wide": 0.5, "hangul": 0.5}
"""Against a wide character for each small Latin letter beside it: "caf茅" is "café"."""

_EUROPEAN = frozenset({"latin", "greek", "cyrillic", "box", "sign"})
"""A few natural letters of these settle it; in Asian encodings a few bytes make sense in many."""

_WIDE = frozenset({"kana", "hangul", "han", "wide"})
_ALPHABETS: tuple[frozenset[str], ...] = tuple(
    frozenset(letters + letters.upper())
    for letters in (
        "äöüßé",
        "àâæçéèêëîïôœùûüÿ",
        "áéíóúüñ",
        "àáâãçéêíóôõúü",
        "àéèìíòóùú",
        "åäöøæé",
        "áðéíóúýþæö",
        "ąćęłńóśźż",
        "áäčďéěíĺľňóôŕřšťúůýž",
        "áéíóöőúüű",
        "ăâîșțşţ",
        "çğıöşüİ",
        "čćđšž",
        "ąčęėįšųūž",
        "āčēģīķļņšūž",
        "äõöüšž",
        "ĉĝĥĵŝŭ",
    )
)
"""Letters beyond ASCII, language by language (Unicode CLDR exemplar sets)."""

_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")

# When the search for another reading stops: all natural in a few columns, or most in many.
_NATURAL, _FEW = 0.5, 4
_SETTLED, _MANY = 0.8, 24

_OWN_ALPHABET = 0.3
"""For each letter that belongs to the language which has most of them."""
_WORDS = frozenset("àèéíó")
"""Letters that are words: French, Italian, Portuguese, Spanish, Czech."""

_NEVER_FIRST = frozenset("ЪЫЬъыьς")
_MONEY = frozenset("€£¥¢₩₫฿₽₹")
_QUIET = frozenset("\u00a0\u00ad°·•–—‘’“”„…«»©®™×№§¿¡")
_STRAIGHT = frozenset("─═│║█▌▐░▒▓▀▄")
_TO_RIGHT = frozenset("─┌└├┬┴┼═╔╚╠╦╩╬╒╘╞╤╧╪╓╙╟╥╨╫╭╰")
_TO_LEFT = frozenset("─┐┘┤┬┴┼═╗╝╣╦╩╬╕╛╡╤╧╪╖╜╢╥╨╫╮╯")
_LINE_ENDS = frozenset(" \n")

UNKNOWN: Final = "\0"
"""Stands beside a piece of text whose neighbour is in another encoding."""


class Judgement(NamedTuple):
    """The sum over all characters beyond ASCII, how many columns they are, and the oddest."""

    total: float
    weight: int
    worst: float

    @property
    def mean(self) -> float:
        """1 natural, 0 odd, below it nonsense; 0 for text in ASCII."""
        return self.total / self.weight if self.weight else 0.0

    @property
    def settled(self) -> bool:
        """So natural, and so much of it, that no other reading can be better."""
        return (self.worst >= _NATURAL and self.weight >= _FEW) or (
            self.mean >= _SETTLED and self.weight >= _MANY
        )


def judge(text: str, encoding: str = "utf-8") -> Judgement:
    """How natural a text is. ``encoding`` says which characters are common where it is used."""
    total, weight, worst = 0.0, 0, 1.0
    text = f"\n{text}\n"
    for match in _BEYOND_ASCII.finditer(text):
        place = match.start()
        size, quality, oddest = _place(text[place - 1 : place + 2], encoding)
        total += size * quality
        weight += size
        worst = min(worst, oddest)
    return Judgement(total + _coherence(text), weight, worst)


# Text repeats itself: most places of a receipt are rules, and the same few words.
@lru_cache(maxsize=8192)
def _place(around: str, encoding: str) -> tuple[int, float, float]:
    """Columns of the middle character, how natural it is there, and how odd at the most."""
    before, char, after = around[0], around[1], around[2]
    script = _script(char)
    wide = 2 if encoding in _HOMES or encoding == "utf-8" else 1
    quality = _quality(script, (before, char, after), _HOMES.get(encoding, _anywhere))
    oddest = quality if script in _EUROPEAN else min(quality, _NATURAL - 0.1)
    return wide if script in _WIDE else 1, quality, oddest


def _coherence(text: str) -> float:
    """Speaks for letters of one language; the best language counts, letter by letter."""
    letters = [char for char in _BEYOND_ASCII.findall(text) if _script(char) == "latin"]
    if len(letters) < 2:
        return 0.0
    fits = Counter(chain.from_iterable(map(_alphabets, letters)))
    return _OWN_ALPHABET * max(fits.values(), default=0)


@lru_cache(maxsize=1024)
def _alphabets(letter: str) -> tuple[int, ...]:
    return tuple(number for number, letters in enumerate(_ALPHABETS) if letter in letters)


Common = Callable[[str], float]
Around = tuple[str, str, str]


def _quality(script: str, around: Around, common: Common) -> float:
    if script in _WIDE or script == "half":
        return _asian(script, around, common)
    if script == "latin":
        return _latin(around)
    if script == "box":
        return _box(around)
    if script == "sign":
        return _sign(around)
    if script == "none":
        return IMPOSSIBLE
    return _other_script(script, around)


def _asian(script: str, around: Around, common: Common) -> float:
    before, char, after = around
    if script == "half":
        return _half_width(around)
    score = common(char)
    if before == char == after and script != "wide":
        score -= 2.0
    beside = sum(side.isascii() and side.islower() for side in (before, after))
    score -= _BESIDE_LETTERS.get(script, 0.0) * beside
    return score


def _half_width(around: Around) -> float:
    """Katakana of one byte: Chinese text looks like it, but for where the voice marks stand."""
    before, char, after = around
    if char == "ﾞ":
        return 1.2 if "ｶ" <= before <= "ﾄ" or "ﾊ" <= before <= "ﾎ" or before == "ｳ" else -0.8
    if char == "ﾟ":
        return 1.2 if "ﾊ" <= before <= "ﾎ" else -0.8
    if char in "ｬｭｮ":
        return 0.8 if before in "ｷｼﾁﾆﾋﾐﾘﾞﾟ" else -0.5
    return 0.5 if "half" in (_script(before), _script(after)) else -0.8


def _latin(around: Around) -> float:
    before, char, after = around
    if before == char == after:
        return -1.0
    base = 0.5
    if char.islower():
        alone = base if char in _WORDS else 0.3 if UNKNOWN in (before, after) else -0.2
        score = base if before.isalpha() or after.islower() else alone
        return score - _crowd(around) - (1.2 if after.isupper() and after > "\x7f" else 0.0)
    if before.islower():
        return -0.8
    return (base if after.isalpha() or before.isupper() else -0.2) - _crowd(around)


def _crowd(around: Around) -> float:
    """Words of nothing but accented letters belong to another alphabet."""
    return 0.25 * ((_script(around[0]) == "latin") + (_script(around[2]) == "latin"))


def _box(around: Around) -> float:
    before, char, after = around
    sides = (_script(before), _script(after))
    if any(side not in ("box", "ascii") for side in sides):
        return -0.6
    if "box" in sides:
        return min(_joint(before, char), _joint(char, after))
    if before in _LINE_ENDS and after in _LINE_ENDS:
        return 0.5
    return -0.8 if before.isalnum() and after.isalnum() else 0.1


def _joint(left: str, right: str) -> float:
    """Neighbours in a drawing: the same, or lines that meet, or one is the drawing's edge."""
    if left == right:
        return 0.8
    if min(left, right) < "\x80":
        bare = min(left, right).isalnum() and max(left, right) not in _STRAIGHT
        return -0.5 if bare else 0.8
    if max(left, right) > "\u257f" or min(left, right) < "\u2500":
        return -0.4
    if (left in _TO_RIGHT) != (right in _TO_LEFT):
        return -0.8
    return 0.7 if left in _TO_RIGHT else 0.0


def _sign(around: Around) -> float:
    before, char, after = around
    crowded = (before >= "\x80") + (after >= "\x80")
    if char in _MONEY:
        return 0.8 - 0.6 * crowded - 0.8 * (before.isalpha() or after.isalpha())
    if char in _QUIET:
        return 0.5 - 0.4 * crowded - 0.8 * (before.isalpha() and after.isalpha())
    if char in "ºª":
        return 0.4 if before.isalnum() and before < "\x80" and not after.isalpha() else -0.5
    if char in "½¼¾²³¹±µ":
        return 0.2 if before < "\x80" and not after.isalpha() else -0.5
    return -0.3 - 0.2 * crowded


def _other_script(script: str, around: Around) -> float:
    before, char, after = around
    sides = (_script(before), _script(after))
    if (before.isalpha() and before < "\x80") or "latin" in sides:
        return -0.8
    if (char.isupper() and before.islower()) or (char in _NEVER_FIRST and not before.isalpha()):
        return -0.8
    if category(char) == "Mn" and not before.isalpha() and category(before) != "Mn":
        return -0.8
    return 0.8 if script in sides else -0.2


@lru_cache(maxsize=8192)
def _script(char: str) -> str:
    if char < "\x80":
        return "ascii"
    for first, last, name in _SCRIPTS:
        if first <= char <= last:
            return name
    kind = category(char)
    if char == "\ufffd" or kind in ("Cc", "Cn", "Co", "Cs"):
        return "none"
    return "latin" if "\u00c0" <= char <= "\u024f" and kind.startswith("L") else _rest(char)


def _rest(char: str) -> str:
    return "latin" if "\u1e00" <= char <= "\u1eff" else "sign"


def _chinese(char: str) -> float:
    if char in HANZI_CN:
        return 1.0
    return 0.6 if char in HANZI_TW else _by_place(char, "gb2312", b"\xd8", Levels(0.3, -0.2))


def _taiwanese(char: str) -> float:
    if char in HANZI_TW:
        return 1.0
    return _by_place(char, "big5", b"\xc7", Levels(0.25, -1.0))


def _japanese(char: str) -> float:
    if char in HANJA_JP or _script(char) == "kana":
        return 1.0
    return _by_place(char, "cp932", b"\x98\x73", Levels(0.15, 1.0))


@lru_cache(maxsize=8192)
def _korean(char: str) -> float:
    if char in HANGUL:
        return 1.0
    return 0.2 if _fits(char, "euc_kr") and _script(char) == "hangul" else _sign_or(char, -0.8)


def _anywhere(char: str) -> float:
    known = char in HANZI_CN or char in HANZI_TW or char in HANJA_JP or char in HANGUL
    return 1.0 if known else 0.5


class Levels(NamedTuple):
    """What the characters of a standard's first level count, and Japanese syllables."""

    first: float
    kana: float


@lru_cache(maxsize=8192)
def _by_place(char: str, encoding: str, end: bytes, levels: Levels) -> float:
    """Characters in daily use come first in each standard; rare ones follow from ``end``."""
    script = _script(char)
    if script == "kana":
        return levels.kana
    if script == "wide":
        return 0.6
    if script == "hangul" or not _fits(char, encoding):
        return -1.2
    return levels.first if char.encode(encoding) < end else -0.8


def _sign_or(char: str, otherwise: float) -> float:
    return 0.6 if _script(char) == "wide" else otherwise


def _fits(char: str, encoding: str) -> bool:
    try:
        char.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


_HOMES: dict[str, Common] = {
    "gb18030": _chinese,
    "big5hkscs": _taiwanese,
    "cp932": _japanese,
    "shift_jis_2004": _japanese,
    "euc_jp": _japanese,
    "jis": _japanese,
    "cp949": _korean,
}
