"""How common a character is where an encoding is used: 1 on every receipt, below 0 rare."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final, NamedTuple

from pos_guard.frames.plausible_scripts import script_of
from pos_guard.frames.plausible_sets import HANGUL, HANJA_JP, HANZI_CN, HANZI_TW

Common = Callable[[str], float]

GB_JAPANESE: Final = "gb18030 japanese"
"""GB 18030 has all of Japanese, and some software writes everything in it."""


def _chinese(char: str) -> float:
    if char in HANZI_CN:
        return 1.0
    return 0.6 if char in HANZI_TW else _by_place(char, "gb2312", b"\xd8", Levels(0.3, -0.2))


def _taiwanese(char: str) -> float:
    if char in HANZI_TW:
        return 1.0
    return _by_place(char, "big5", b"\xc7", Levels(0.25, -1.0))


def _japanese(char: str) -> float:
    if char in HANJA_JP or script_of(char) == "kana":
        return 1.0
    return _by_place(char, "cp932", b"\x98\x73", Levels(0.15, 1.0))


def _japanese_in_gb(char: str) -> float:
    return 0.9 if script_of(char) == "kana" else _japanese(char)


@lru_cache(maxsize=8192)
def _korean(char: str) -> float:
    if char in HANGUL:
        return 1.0
    return 0.2 if _fits(char, "euc_kr") and script_of(char) == "hangul" else _sign_or(char, -0.8)


def anywhere(char: str) -> float:
    """Common in one of these places."""
    known = char in HANZI_CN or char in HANZI_TW or char in HANJA_JP or char in HANGUL
    return 1.0 if known else 0.5


class Levels(NamedTuple):
    """What the characters of a standard's first level count, and Japanese syllables."""

    first: float
    kana: float


@lru_cache(maxsize=8192)
def _by_place(char: str, encoding: str, end: bytes, levels: Levels) -> float:
    """Characters in daily use come first in each standard; rare ones follow from ``end``."""
    script = script_of(char)
    if script == "kana":
        return levels.kana
    if script == "wide":
        return 0.6
    if script == "hangul" or not _fits(char, encoding):
        return -1.2
    return levels.first if char.encode(encoding) < end else -0.8


def _sign_or(char: str, otherwise: float) -> float:
    return 0.6 if script_of(char) == "wide" else otherwise


def _fits(char: str, encoding: str) -> bool:
    try:
        char.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


HOMES: dict[str, Common] = {
    "gb18030": _chinese,
    GB_JAPANESE: _japanese_in_gb,
    "big5hkscs": _taiwanese,
    "cp932": _japanese,
    "shift_jis_2004": _japanese,
    "euc_jp": _japanese,
    "jis": _japanese,
    "cp949": _korean,
}
