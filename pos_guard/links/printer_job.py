"""One print job as it is held back: its tokens, its text, and where lines may be added."""

from __future__ import annotations

from collections.abc import Callable

from pos_guard.errors import FrameError
from pos_guard.frames.codes import Code, Kind, classify
from pos_guard.frames.escpos_commands import Command, DrawerPulse, QrStore
from pos_guard.frames.escpos_parse import parse
from pos_guard.frames.escpos_scan import OVERSIZE, OVERSIZE_DATA, TEXT, UNKNOWN, Token
from pos_guard.links.printer_style import PrintStyle

CUTS = frozenset({"GS V", "ESC i", "ESC m"})
PULSES = frozenset({"ESC p", "DLE DC4"})
OVERSIZED = frozenset({OVERSIZE, OVERSIZE_DATA})
PICTURES = frozenset({"GS v 0", "GS ( L", "GS 8 L", "ESC *", "FS p", "GS /", "GS ^"})
VISIBLE = PICTURES | {TEXT, UNKNOWN, "GS k", "GS ( k", "ESC Z"}
"""Tokens that may leave something to be read on the paper."""

REAL_TIME = frozenset({"DLE EOT", "DLE ENQ", "DLE DC4"})

SETTINGS = frozenset(
    {
        *("ESC @", "ESC 2", "ESC 3", "ESC SP", "ESC a", "ESC !", "ESC E", "ESC G", "ESC -"),
        *("ESC {", "ESC V", "ESC M", "ESC r", "ESC t", "ESC R", "ESC U", "ESC D", "ESC S"),
        *("ESC c 0", "ESC c 1", "ESC c 3", "ESC c 4", "ESC c 5"),
        *("FS &", "FS .", "FS !", "FS -", "FS W", "FS S", "FS C"),
        *("GS !", "GS B", "GS b", "GS L", "GS W", "GS P", "GS h", "GS w", "GS H", "GS f"),
        *("GS a", "GS ( D", "GS ( K", "GS ( E", "GS E"),
    }
)
"""Commands that only set something. Those of a job that is held back reach the printer all the
same: till, printer and reader must agree on code page and style afterwards."""

HARMLESS = SETTINGS | {
    *("NUL", "LF", "CR", "HT", "CAN", "BS", "VT", "ESC d", "ESC J", "ESC e", "ESC K"),
    *("ESC $", "ESC \\", "GS T", "ESC v", "ESC u", "GS r", "GS I", "GS ( H", "GS ( A"),
    *("GS V", "ESC i", "ESC m", "ESC B", "ESC C"),
}
"""Commands that print nothing: outside a job they change a setting, move the paper or ask."""

QUERIES = frozenset({"GS r", "GS I", "GS a", "GS ( H", "ESC v", "ESC u"})
"""Commands that the till waits for an answer to."""

CLEARS = frozenset({"ESC @", "CAN"})
"""Commands that clear what is not printed yet, on some printers."""

Lines = Callable[[PrintStyle], bytes]


UNREADABLE = "unreadable code"
"""Stands for the payee of a code whose command is malformed: some printers draw it all the same."""


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


class Job:
    """Tokens in, then the same bytes out, with lines added at two places at most."""

    def __init__(self, style: PrintStyle) -> None:
        self.size = 0
        self.drawer = False
        self.is_cut = False
        self.has_picture = False
        self.settings = b""
        self.payees: list[str] = []
        self._style = style.copy()
        self._head_style = style.copy()
        self._pieces: list[bytes] = []
        self._text: list[str] = []
        self._text_if_cleared: list[str] = []
        self._head: int | None = None
        self._end: int | None = None

    @property
    def text(self) -> str:
        """What a person would read."""
        return "".join(self._text)

    @property
    def text_if_cleared(self) -> str:
        """The same where a reset clears the line that is not printed yet.

        ``NOT``, ESC @, ``PAID`` prints PAID on one printer and NOT PAID on another.
        """
        return "".join(self._text_if_cleared)

    def add(self, token: Token, text: str) -> None:
        """Hold one more token; ``text`` is what it prints."""
        if token.name in VISIBLE and self._head is None:
            self._head = len(self._pieces)
            self._head_style = self._style.copy()
        if token.name in CUTS and self._end is None:
            self.is_cut = True
            self._end = len(self._pieces)
        if self._end is None:
            self._style.follow(token)
        self._note(token)
        self._pieces.append(token.raw)
        self._text.append(text)
        self._text_if_cleared.append("\n" if token.name in CLEARS else text)
        self.size += len(token.raw)

    def data(self, head: Lines | None = None, end: Lines | None = None) -> bytes:
        """The bytes as they came; ``head`` before what is printed first, ``end`` before the cut."""
        pieces = list(self._pieces)
        if end is not None:
            place = len(pieces) if self._end is None else self._end
            pieces.insert(place, end(self._style))
        if head is not None and self._head is not None:
            pieces.insert(self._head, head(self._head_style))
        return b"".join(pieces)

    def _note(self, token: Token) -> None:
        self.drawer = self.drawer or opens_drawer(token)
        self.has_picture = self.has_picture or token.name in PICTURES
        self.settings += token.raw if token.name in SETTINGS else b""
        if token.name != "GS ( k":
            return
        try:
            command = parse(token)
        except FrameError:
            self.payees.append(UNREADABLE)
        else:
            if isinstance(command, QrStore):
                self.payees += _payees(classify(command.data))


def _payees(code: Code) -> list[str]:
    """Who a printed code pays.

    A personal receive code names nobody who could be on the list, so its kind stands for the
    payee: a shop that really prints such codes lists the kind.
    """
    if code.kind is Kind.RECEIVE_CODE and not code.payees:
        return [f"{code.scheme}:{code.kind}"]
    return list(code.payees)
