"""The customer display behind a printer: two lines of twenty characters.

Source: Epson DM-D110 command list: CLR 0C, HOM 0B, BS 08, CR 0D, LF 0A, US $ x y, ESC @.
"""

from __future__ import annotations

from pos_guard.frames.escpos_scan import TEXT, Token
from pos_guard.frames.escpos_text import TextReader

COLUMNS, ROWS = 20, 2


class CustomerDisplay:
    """Shows what is sent while ``ESC = 2`` selects it. Writing past an end goes on below."""

    def __init__(self, reader: TextReader) -> None:
        self._reader = reader
        self._clear()

    @property
    def lines(self) -> tuple[str, str]:
        """Both lines, without blanks at their ends."""
        first, second = ("".join(row).rstrip() for row in self._cells)
        return first, second

    @property
    def text(self) -> str:
        """Both lines in one string."""
        return "\n".join(self.lines)

    def run(self, token: Token) -> None:
        """Act on one token; what a display would ignore is ignored."""
        text = self._reader.read(token)
        if token.name == TEXT:
            for char in text:
                self._put(char)
        elif token.name in ("FF", "ESC @"):
            self._clear()
        elif token.name == "VT":
            self._row = self._column = 0
        elif token.name == "LF":
            self._row = (self._row + 1) % ROWS
        elif token.name == "CR":
            self._column = 0
        elif token.name == "BS":
            self._column = max(self._column - 1, 0)
        elif token.name == "US $":
            self._column = min(max(token.raw[2] - 1, 0), COLUMNS - 1)
            self._row = min(max(token.raw[3] - 1, 0), ROWS - 1)

    def _clear(self) -> None:
        self._cells = [[" "] * COLUMNS for _ in range(ROWS)]
        self._row = self._column = 0

    def _put(self, char: str) -> None:
        self._cells[self._row][self._column] = char
        self._column += 1
        if self._column == COLUMNS:
            self._column = 0
            self._row = (self._row + 1) % ROWS
