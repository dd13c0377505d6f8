"""The languages of printers, as the printer link meets them.

The link judges in the words of ESC/POS. A language says what each token means in them, and which
bytes the printer gets for it; it also writes what the link adds to paper.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pos_guard.frames.escpos_scan import EscPosScanner, Token
from pos_guard.frames.escpos_table import CHINA, EPSON
from pos_guard.links.printer_realtime import ESCPOS, RealTime, harmless_picture
from pos_guard.links.printer_settings import Traits
from pos_guard.links.printer_style import PrintStyle
from pos_guard.links.printer_tokens import Meant

Quiet = Callable[[int], bool]
"""Whether no real-time command stands in the stream from an offset on."""


@dataclass(frozen=True, slots=True)
class Language:
    """One stream in one language.

    ``meant`` gives the tokens as the link judges them, and for each the bytes that the printer
    gets: without real-time commands in pictures. ``streams``: long pictures may be passed on as
    they come.
    """

    scanner: EscPosScanner
    live: RealTime
    style: PrintStyle
    meant: Callable[[list[Token], Quiet], Meant]
    streams: bool


def language_of(traits: Traits) -> Language:
    """A new stream for such a printer."""
    if traits.language == "star":
        from pos_guard.links.printer_star import StarTokens, star_scanner  # few shops have one
        from pos_guard.links.printer_star_style import StarStyle

        tokens = StarTokens()
        return Language(star_scanner(), tokens.live, StarStyle(traits), tokens.meant, streams=False)
    scanner = EscPosScanner(CHINA if traits.dialect == "china" else EPSON)
    return Language(scanner, ESCPOS, PrintStyle(traits), _same, streams=True)


def _same(tokens: list[Token], quiet: Quiet) -> Meant:
    heads = ESCPOS.heads
    return tokens, [
        harmless_picture(token) if token.name in heads and not quiet(token.at) else token.raw
        for token in tokens
    ]
