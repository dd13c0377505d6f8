"""Star Line Mode for the printer link: what each command means to it, and what acts at once.

The meaning in words of ESC/POS is star_meaning's; here is what only a guard must ask: which bytes
may pass alone, what a printer answers on arrival, what confirms a job. Bracketed pages are those
of the manuals named in star_table.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from pos_guard.frames.escpos_scan import TEXT, Token
from pos_guard.frames.star_meaning import StarMeaning
from pos_guard.frames.star_table import star_scanner
from pos_guard.links.printer_realtime import RealTime, harmless_picture
from pos_guard.links.printer_tokens import CLEAR_NOW, SETTING, Meant, starts_job

__all__ = ["STAR", "StarTokens", "star_scanner"]

RESET_NOW = b"\x1b\x06\x18"
"""ESC ACK CAN: the printer is reset as this arrives; what it has not printed is lost [StarPRNT]."""

_REALTIME = re.compile(rb"\x1b\x06[\x01\x18]")
_MAY_ACT = re.compile(rb"\x1b\x06(?:[\x01\x18]|\Z)")
_ESC = 0x1B
_DOCUMENT = b"\x1b\x1d\x03"
"""ESC GS ETX: the printer counts finished documents and tells so: it confirms, as ETB does."""

_NO_CUT = b"1"
"""The mode of ESC * r E in which a document ends without a cut [3-94]."""

_RASTER, _FEED = b"\x1b*r", b"\x1b*rY"
_DRAWER = b"D"
"""The one raster command that neither sets something nor moves the paper."""

_CARRIERS, _CARRIED = (b"\x1b*rN", b"\x1b\x1d)"), 4
"""Commands with any data behind four bytes: a printer that does not know them prints it."""


def _may_act(data: bytes) -> bool:
    return _MAY_ACT.search(data) is not None


def _find(data: bytes) -> list[Token]:
    """Status (ESC ACK SOH, answered on arrival [3-81]) and reset (ESC ACK CAN)."""
    return [
        Token("DLE EOT" if match[0] != RESET_NOW else "DLE DC4", match[0], match.start())
        for match in _REALTIME.finditer(data)
    ]


STAR = RealTime(
    lead=_ESC,
    may_act=_may_act,
    find=_find,
    heads=MappingProxyType(
        {
            "b": 3,
            "k": 3,
            "ESC GS S": 9,
            "ESC k": 4,
            "ESC X": 4,
            "ESC L": 4,
            "ESC K": 4,
            "ESC FS q": 8,
            "ESC &": 5,
            "ESC r": 4,
        }
    ),
)
"""One byte alone (ENQ, EOT, FS, EM) stands in every picture, so no printer acts on it there."""


class StarTokens:
    """Follows one Star stream: its tokens as the link judges them."""

    live = STAR

    def __init__(self) -> None:
        self._meaning = StarMeaning()
        self._end_mode = b""

    def meant(self, tokens: list[Token], quiet: Callable[[int], bool]) -> Meant:
        """The like tokens, each with what the printer gets for it.

        The bytes of a command with several likes go with the first of them that may not pass
        alone, or else with the last; the others are for reading only.
        """
        found, sent = list[Token](), list[bytes]()
        for token in tokens:
            likes = self._likes(token)
            raw = token.raw if quiet(token.at) else harmless_picture(token, STAR)
            whole = next((like for like in likes if starts_job(like)), likes[-1])
            found += likes
            sent += [raw if like is whole else b"" for like in likes]
        return found, sent

    def _likes(self, token: Token) -> tuple[Token, ...]:
        """At least one, so that every byte is with a token."""
        name, raw, at = token
        if raw[:4] == _FEED:
            return (Token("ESC J", raw, at),)  # and not one for every 255 of its dots
        own = _OWN.get(name)
        likes = self._meaning.like(token)
        if name == TEXT:
            return (token,)  # also in raster mode, which the printer may have left unnoticed
        if not likes and raw.startswith(_CARRIERS) and raw[3:4] != b"U":
            return (Token(TEXT, raw[_CARRIED:], at),)
        if own is not None and own[0] == raw[: len(own[0])]:
            return (Token(own[1], own[2] or raw, at),)
        if name == "ESC FF" and raw[2]:
            return (Token(SETTING if self._end_mode == _NO_CUT else "GS V", raw, at),)
        if raw[:3] == _RASTER and raw[3:4] != _DRAWER:
            self._follow_raster(raw[3:4], raw[4:].rstrip(b"\x00"))
            return (*likes, Token(SETTING, raw, at))
        return likes or (Token(SETTING, raw, at),)

    def _follow_raster(self, letter: bytes, number: bytes) -> None:
        """ESC * r E says what ESC FF EOT does; to enter the mode puts it back."""
        if letter in b"RA":
            self._end_mode = b""
        elif letter == b"E":
            self._end_mode = number


_OWN: Mapping[str, tuple[bytes, str, bytes]] = {
    "LF": (b"", "LF", b""),
    "CR": (b"", "CR", b""),
    "FF": (b"", "LF", b""),  # feeds; a page ends by ESC GS P
    "ESC ACK": (RESET_NOW, "DLE DC4", CLEAR_NOW),
    "ESC GS": (_DOCUMENT, "GS ( H", b""),
}
"""What is not as StarMeaning says: how it begins, and name and bytes of the like instead."""
