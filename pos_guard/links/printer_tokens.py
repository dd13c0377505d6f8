"""What each ESC/POS command is to the link: printing, setting, asking, or acting at once."""

from __future__ import annotations

from pos_guard.errors import FrameError
from pos_guard.frames.escpos_commands import Command, DrawerPulse
from pos_guard.frames.escpos_parse import parse
from pos_guard.frames.escpos_scan import OVERSIZE, OVERSIZE_DATA, TEXT, UNKNOWN, Token

Meant = tuple[list[Token], list[bytes]]
"""What tokens mean to the link, and what the printer gets for each."""

CUTS = frozenset({"GS V", "ESC i", "ESC m"})
PULSES = frozenset({"ESC p", "DLE DC4"})
OVERSIZED = frozenset({OVERSIZE, OVERSIZE_DATA})
REAL_TIME = frozenset({"DLE EOT", "DLE ENQ", "DLE DC4"})

PICTURES = frozenset(
    {"GS v 0", "GS ( L", "GS 8 L", "ESC *", "FS p", "FS q", "GS *", "GS /", "GS ^", "GS Q 0"}
)
"""Tokens that draw dots, or store them to be drawn."""

SYMBOLS = frozenset({"GS k", "GS ( k", "ESC Z"})

VISIBLE = PICTURES | SYMBOLS | {TEXT, UNKNOWN}
"""Tokens that may leave something to be read on the paper."""

BACK = frozenset({"ESC e", "ESC K", "ESC L"})
"""Moves the paper back, or the page about: what is printed later may cover what was before."""

SETTING = "SETTING"
"""Stands for a command of another language that sets something, and has no like in ESC/POS."""

SETTINGS = frozenset(
    {
        SETTING,
        *("ESC @", "ESC 2", "ESC 3", "ESC SP", "ESC a", "ESC !", "ESC E", "ESC G", "ESC -"),
        *("ESC {", "ESC V", "ESC M", "ESC r", "ESC t", "ESC R", "ESC U", "ESC D", "ESC S"),
        *("ESC c 0", "ESC c 1", "ESC c 3", "ESC c 4", "ESC c 5", "ESC %", "ESC ?"),
        *("FS &", "FS .", "FS !", "FS -", "FS W", "FS S", "FS C", "FS ( A", "FS ( C"),
        *("GS !", "GS B", "GS b", "GS L", "GS W", "GS P", "GS h", "GS w", "GS H", "GS f"),
        *("GS a", "GS ( D", "GS ( K", "GS ( E", "GS E"),
    }
)
"""Commands that only set something. Those of a job that is held back reach the printer all the
same: till, printer and reader must agree on code page and style afterwards."""

QUERIES = frozenset({"ESC v", "ESC u", "GS r", "GS I", "GS ( H"})
"""Asked in the printer's own buffer: the answer says that all before it was done."""

HARMLESS = (
    SETTINGS
    | CUTS
    | QUERIES
    | {
        *("NUL", "LF", "CR", "HT", "CAN", "BS", "VT", "ESC d", "ESC J", "ESC e", "ESC K"),
        *("ESC $", "ESC \\", "GS T", "GS ( A", "ESC B", "ESC C"),
    }
)
"""Commands that print nothing: outside a job they change a setting, move the paper or ask."""

CLEARS = frozenset({"ESC @", "CAN"})
"""Commands that clear what is not printed yet, on some printers."""

CLEAR_NOW = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"
"""DLE DC4 8: the printer forgets all that it has not printed yet, and says so [dle_dc4_fn8]."""


def meaning(token: Token) -> Command | None:
    """What a command means; None also for parameters that the standard does not know."""
    try:
        return parse(token)
    except FrameError:
        return None


def opens_drawer(token: Token) -> bool:
    """A pulse for the cash drawer, buffered or in real time."""
    return token.name in PULSES and isinstance(meaning(token), DrawerPulse)


def starts_job(token: Token) -> bool:
    """Whether a token outside a job must be held: anything that is not known to print nothing."""
    if token.name in REAL_TIME:
        return opens_drawer(token)
    return token.name not in HARMLESS
