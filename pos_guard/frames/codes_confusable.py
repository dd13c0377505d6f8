"""How a name looks to the eye, whatever its characters are: the skeleton of UTS 39, for host names.

Two names with one skeleton are taken for each other. Every step shortens or keeps the text, but for
NFKD, which is why callers bound what they hand in.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache
from importlib.resources import files

# What people read alike in the fonts of tills and phones. UTS 39 has 1, i, | as l and 0 as o.
_ASCII = str.maketrans({"0": "o", "1": "l", "i": "l", "|": "l", "5": "s", "_": "-"})
_PAIRS = re.compile(r"rn|vv|uv|vu")
_LETTER = re.compile(r"LATIN (?:SMALL LETTER|LETTER SMALL CAPITAL) ([A-Z])(?: WITH .*)?\Z")
_INVISIBLE = frozenset({"Cf", "Mn", "Me"})
"""Categories of characters that nobody sees on their own: joiners, soft hyphens, accents."""


@cache
def _looks_like() -> dict[int, str]:
    text = files("pos_guard.frames").joinpath("data/confusables.toml").read_text(encoding="utf-8")
    table: dict[str, str] = tomllib.loads(text)["looks_like"]
    return {ord(char): ascii_one for ascii_one, chars in table.items() for char in chars}


def _plain_letter(char: str) -> str:
    """The letter that a stroke or hook was added to: these have no decomposition."""
    if char.isascii():
        return char
    match = _LETTER.match(unicodedata.name(char, ""))
    return char if match is None else match[1].lower()


def _single(pair: re.Match[str]) -> str:
    return "m" if pair[0] == "rn" else "w"


def skeleton(name: str) -> str:
    """``name`` as the eye reads it, in lower-case ASCII where it can be read so."""
    if not name.isascii():
        flat = unicodedata.normalize("NFKD", name).casefold().translate(_looks_like())
        name = "".join(
            _plain_letter(char) for char in flat if unicodedata.category(char) not in _INVISIBLE
        )
    return _PAIRS.sub(_single, name.lower()).translate(_ASCII)
