"""The customer display behind ``ESC = 2``: which total it shows."""

from __future__ import annotations

from pos_guard.frames.escpos_scan import TEXT, Token
from pos_guard.frames.receipt_text import ReceiptWords, read_total
from pos_guard.money import Money

MAX_LINES = 4
"""Lines that are looked at: displays have two, some four."""

_CLEARS = frozenset({"FF", "CAN", "ESC @"})


class DisplayTotal:
    """Follows the display's text; gives a total once, when it appears."""

    def __init__(self, columns: int) -> None:
        self._columns = columns
        self._lines: list[str] = [""]
        self._shown: Money | None = None
        self._changed = False

    def add(self, token: Token, text: str) -> None:
        """One token for the display; every cursor command starts a new line here."""
        self._changed = True
        if token.name in _CLEARS:
            self._lines = [""]
        elif token.name != TEXT:
            self._lines.append("")
        else:
            self._append(text)
        del self._lines[:-MAX_LINES]

    def new_total(self, words: ReceiptWords, currency: str) -> Money | None:
        """The total that stands there now, if it was not there the last time."""
        if not self._changed:
            return None
        self._changed = False
        total = read_total("\n".join(self._lines), words, currency)
        if total == self._shown:
            return None
        self._shown = total
        return total

    def _append(self, text: str) -> None:
        # A full line runs on into the next one without any command.
        line = self._lines[-1] + text
        width = self._columns
        self._lines[-1:] = [line[at : at + width] for at in range(0, max(len(line), 1), width)]
