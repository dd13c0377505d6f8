"""Page mode, as far as answers need it: whether there is data that FF has not printed yet.

The typesetter does the printing; here only ESC L, ESC S, FF, ESC FF and CAN count.
"""

from __future__ import annotations

from pos_guard.frames.escpos_scan import TEXT, Token

_DATA = frozenset({TEXT, "GS k", "GS v 0", "ESC *", "GS ( k", "GS ( L", "GS 8 L", "GS /", "FS p"})


class PageState:
    """Whether the printer is in page mode, and whether its page holds data."""

    def __init__(self) -> None:
        self._on = False
        self.holds_data = False

    def follow(self, token: Token, *, line_open: bool) -> bool:
        """Take over one token; True when it throws away data that was never printed."""
        if token.name == "ESC L":
            self._on = self._on or not line_open
            return False
        if not self._on:
            return False
        if token.name in _DATA:
            self.holds_data = True
            return False
        if token.name not in ("FF", "ESC FF", "CAN", "ESC S", "ESC @"):
            return False
        lost = self.holds_data and token.name in ("CAN", "ESC S", "ESC @")
        self._on = token.name in ("ESC FF", "CAN")
        self.holds_data = False
        return lost
