"""How much a text looks like something that a person wrote: for choosing between encodings.

Rules of neighbourhood (an accented letter stands beside letters of its case, a line is drawn of
line pieces, scripts do not mix inside a word) and lists of common characters. No dictionary.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import chain
from typing import Final, NamedTuple
from unicodedata import category

from pos_guard.frames.plausible_homes import GB_JAPANESE, HOMES, Common, anywhere
from pos_guard.frames.plausible_scripts import script_of

IMPOSSIBLE: Final = -8.0
"""For a character that no printer prints: undefined, private, a control."""

_BESIDE_LETTERS = {"han": 1.0, "wide": 0.5, "hangul": 0.5}
"""Against a wide character for each small Latin letter beside it: "caf茅" is "café"."""

_TOGETHER = 0.2
"""For full-width letters and signs that stand beside others, or beside ideographs."""

_ALONE = 0.3
"""Against one ideograph or syllable among ASCII: it may be ("45元"), but most stand together."""

_EUROPEAN = frozenset({"latin", "greek", "cyrillic", "box", "sign"})
"""A few natural letters of these settle it; in Asian encodings a few bytes make sense in many."""

_SIGNS = frozenset({"sign", "box"})
_MARKS = re.compile(
    "[\u2014\u2015\u2025-\u2027\u2030-\u205e\u2100-\u22ff\u2460-\u24ff\u25a0-\u27bf\u3200-\u33ff]"
)
"""Dashes, arrows, numbers in circles, stars and the like: natural where all encodings of more than
one byte have them, unlike in the single-byte ones, where letters of other languages look so."""

_WIDE = frozenset({"kana", "hangul", "han", "wide"})
_WIDE_ONES = _WIDE | {"mark"}
_KANA = re.compile("[\u3041-\u30ff]")
_HAN_OR_KANA = re.compile("[\u3041-\u30ff\u4e00-\u9fff]")
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
_FOREIGN = 0.5
"""Against each letter that does not."""
_WORDS = frozenset("àèéíó")
"""Letters that are words: French, Italian, Portuguese, Spanish, Czech."""

_VIETNAMESE = 0.3
"""For its own letters: any text looks like it on the pages that hold hundreds of them."""

_NEVER_FIRST = frozenset("ЪЫЬъыьς")
_MONEY = frozenset("€£¥¢₩₫฿₽₹")
_QUIET = frozenset("\u00ad°·•–—‘’“”„…«»©®™×№§¿¡")
_STRAIGHT = frozenset("─═│║█▌▐░▒▓▀▄")
_TO_RIGHT = frozenset("─┌└├┬┴┼═╔╚╠╦╩╬╒╘╞╤╧╪╓╙╟╥╨╫╭╰")
_TO_LEFT = frozenset("─┐┘┤┬┴┼═╗╝╣╦╩╬╕╛╡╤╧╪╖╜╢╥╨╫╮╯")
_DOUBLE = frozenset("═╔╚╠╦╩╬╗╝╣╒╘╞╤╧╪╕╛╡")
"""Pieces whose horizontal lines are double: they meet no single one."""

_LINE_ENDS = frozenset(" \n")

UNKNOWN: Final = "\0"
"""Stands beside a piece of text whose neighbour is in another encoding."""


class Judgement(NamedTuple):
    """The sum over all characters beyond ASCII, how many columns they are, and the oddest.

    ``one_language``: the Latin letters among them all belong to one.
    """

    total: float
    weight: int
    worst: float
    one_language: bool = True

    @property
    def mean(self) -> float:
        """1 natural, 0 odd, below it nonsense; 0 for text in ASCII."""
        return self.total / self.weight if self.weight else 0.0

    @property
    def settled(self) -> bool:
        """So natural, and so much of it, that no other reading can be better."""
        natural = self.worst >= _NATURAL and self.weight >= _FEW and self.one_language
        return natural or (self.mean >= _SETTLED and self.weight >= _MANY)


def judge(text: str, encoding: str = "utf-8") -> Judgement:
    """How natural a text is. ``encoding`` says which characters are common where it is used."""
    if encoding == "gb18030" and _is_japanese(text):
        encoding = GB_JAPANESE
    total, weight, worst = 0.0, 0, 1.0
    text = f"\n{text}\n"
    for match in _BEYOND_ASCII.finditer(text):
        place = match.start()
        size, quality, oddest = _place(text[place - 1 : place + 2], encoding)
        total += size * quality
        weight += size
        worst = min(worst, oddest)
    bonus, one_language = _coherence(text)
    return Judgement(total + bonus, weight, worst, one_language)


def _is_japanese(text: str) -> bool:
    """A third of the East Asian characters are syllables: Chinese text holds none."""
    return 3 * len(_KANA.findall(text)) > len(_HAN_OR_KANA.findall(text)) > 0


# Text repeats itself: most places of a receipt are rules, and the same few words.
@lru_cache(maxsize=8192)
def _place(around: str, encoding: str) -> tuple[int, float, float]:
    """Columns of the middle character, how natural it is there, and how odd at the most."""
    before, char, after = around[0], around[1], around[2]
    script = script_of(char)
    multi = encoding in HOMES or encoding == "utf-8"
    if multi and script in _SIGNS and _MARKS.match(char):
        script = "mark"
    quality = _quality(script, (before, char, after), HOMES.get(encoding, anywhere))
    oddest = quality if script in _EUROPEAN else min(quality, _NATURAL - 0.1)
    return 2 if multi and script in _WIDE_ONES else 1, quality, oddest


def _coherence(text: str) -> tuple[float, bool]:
    """Speaks for letters of one language; the best counts, letter by letter. Whether all are."""
    letters = [char for char in _BEYOND_ASCII.findall(text) if script_of(char) == "latin"]
    if len(letters) < 2:
        return 0.0, True
    fits = Counter(chain.from_iterable(map(_alphabets, letters)))
    most = max(fits.values(), default=0)
    foreign = len(letters) - most
    return _OWN_ALPHABET * most - _FOREIGN * foreign, foreign == 0


@lru_cache(maxsize=1024)
def _alphabets(letter: str) -> tuple[int, ...]:
    return tuple(number for number, letters in enumerate(_ALPHABETS) if letter in letters)


Around = tuple[str, str, str]


def _quality(script: str, around: Around, common: Common) -> float:
    if script == "mark":
        return 0.7 if around[1] in (around[0], around[2]) else 0.5
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
    return _otherscript_of(script, around)


def _asian(script: str, around: Around, common: Common) -> float:
    before, char, after = around
    if script == "half":
        return _half_width(around)
    score = common(char)
    beside = {script_of(side) for side in (before, after) if side != char}
    if script == "wide" and not _WIDE.isdisjoint(beside):
        score += _TOGETHER
    if before == char == after and script != "wide":
        score -= 2.0
    if script in ("han", "hangul") and min(around) > UNKNOWN and max(before, after) < "\x80":
        score -= _ALONE
    letters = sum(side.isascii() and side.islower() for side in (before, after))
    score -= _BESIDE_LETTERS.get(script, 0.0) * letters
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
    return 0.5 if "half" in (script_of(before), script_of(after)) else -0.8


def _latin(around: Around) -> float:
    before, char, after = around
    if before == char == after:
        return -1.0
    if after.isdigit():
        return -0.8 if before.isdigit() else -0.3
    base = 0.5 if char < "\u1ea0" else _VIETNAMESE
    return _small_latin(around, base) if char.islower() else _big_latin(around, base)


def _small_latin(around: Around, base: float) -> float:
    before, char, after = around
    alone = base if char in _WORDS else 0.3 if UNKNOWN in (before, after) else -0.2
    score = base if before.isalpha() or after.islower() else alone
    return score - _crowd(around) - (1.2 if after.isupper() else 0.0)


def _big_latin(around: Around, base: float) -> float:
    before, char, after = around
    if before.islower():
        return -0.8
    if before.isupper() and after.islower():
        return -0.4
    word = 0.3 if char.lower() in _WORDS and before in _LINE_ENDS and after == " " else -0.2
    return (base if after.isalpha() or before.isupper() else word) - _crowd(around)


def _crowd(around: Around) -> float:
    """Words of nothing but accented letters belong to another alphabet."""
    return 0.25 * ((script_of(around[0]) == "latin") + (script_of(around[2]) == "latin"))


def _box(around: Around) -> float:
    before, char, after = around
    sides = (script_of(before), script_of(after))
    if any(side not in ("box", "ascii") for side in sides):
        return -0.6
    if "box" in sides:
        return min(_joint(before, char), _joint(char, after))
    if before in _LINE_ENDS and after in _LINE_ENDS:
        return 0.5 if _straight(char) else -0.5
    beside = before.isalnum() + after.isalnum()
    return -0.8 if beside == 2 else 0.1 if _straight(char) or not beside else -0.5


def _straight(char: str) -> bool:
    """A piece that makes sense alone: a line's, or a block or sign; no corner and no crossing."""
    return char in _STRAIGHT or not "\u2500" <= char <= "\u257f"


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
    if left in _TO_RIGHT and (left in _DOUBLE) != (right in _DOUBLE):
        return -0.4
    return 0.7 if left in _TO_RIGHT else 0.0


_PLACED: Sequence[tuple[str, float, Callable[[str, str], bool]]] = (
    ("ºª", 0.4, lambda before, after: before.isalnum() and before < "\x80" and not after.isalpha()),
    ("µμ", 0.6, lambda before, after: not before.isalpha() and after in "gmlsFAVW"),
    ("½¼¾²³¹±×÷", 0.2, lambda before, after: before < "\x80" and not after.isalpha()),
)
"""Signs that make sense in some places only: how much one is worth there, and where that is."""


def _sign(around: Around) -> float:
    before, char, after = around
    crowded = (before >= "\x80") + (after >= "\x80")
    if char in _MONEY:
        return 0.8 - 0.6 * crowded - 0.8 * (before.isalpha() or after.isalpha())
    if char == "\u00a0":
        return 0.5 - 0.4 * crowded
    if char in _QUIET:
        return 0.5 - 0.4 * crowded - 0.8 * (before.isalpha() and after.isalpha())
    if "\U0001f000" <= char <= "\U0001faff":
        return 0.9
    for signs, worth, fits in _PLACED:
        if char in signs:
            return worth if fits(before, after) else -0.5
    return -0.3 - 0.2 * crowded


def _otherscript_of(script: str, around: Around) -> float:
    before, char, after = around
    sides = (script_of(before), script_of(after))
    if (before.isalpha() and before < "\x80") or "latin" in sides:
        return -0.8
    if (char.isupper() and before.islower()) or (char in _NEVER_FIRST and not before.isalpha()):
        return -0.8
    if category(char) == "Mn" and not before.isalpha() and category(before) != "Mn":
        return -0.8
    if script in sides:
        return 0.8
    return -0.5 if after.isdigit() and not char.isupper() else -0.2
