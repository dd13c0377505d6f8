"""Which writing a character belongs to, as far as choosing between encodings needs it."""

from __future__ import annotations

from functools import lru_cache
from unicodedata import category

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


@lru_cache(maxsize=8192)
def script_of(char: str) -> str:
    """``latin``, ``han``, ``box`` …; ``ascii``; ``sign`` for all others; ``none`` for no ink."""
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
