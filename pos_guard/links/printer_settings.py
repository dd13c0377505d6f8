"""How a printer link is set up. Times are whole milliseconds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

MAX_JOB = 2 << 20
"""Bytes held back at most: the longest receipt as one picture (576 dots by 4,000 lines) is 288 kB,
and one command may have 1 MiB. A longer job is judged on what is there."""

MAX_TAIL = 256
"""Characters of an unfinished line that are remembered, so that a word printed in two jobs is
still one word: more than the widest line of paper."""


@dataclass(frozen=True, slots=True)
class PrinterSettings:
    """One printer, and what its till does.

    ``encoding``, ``kanji`` and ``kanji_on`` are what the printer does at power on (see
    TextReader); Chinese words are printed only where it has them. ``dialect`` is the command set.
    A job ends at the cut, or ``idle_ms`` after its last byte; it is held for ``hold_ms`` at most.
    ``columns`` is the width of the paper. ``note``: print a short slip in place of a receipt that
    is held back. ``sale_code``: put the sale id as a small QR on the first paper of a payment.
    ``pictures``: let jobs pass that consist of a picture alone, which nobody here can read.
    ``display``: a customer display hangs on the printer; False where the printer does not know
    ``ESC =`` and would print that text.
    """

    encoding: str = "cp437"
    kanji: str = "gb18030"
    kanji_on: bool = False
    dialect: Literal["epson", "china"] = "epson"
    idle_ms: int = 500
    hold_ms: int = 15_000
    columns: int = 42
    display_columns: int = 20
    note: bool = True
    sale_code: bool = True
    pictures: bool = True
    display: bool = True

    @property
    def chinese(self) -> bool:
        """The printer can print Chinese words that we add."""
        return self.kanji_on or self.encoding in ("utf-8", "gb18030")
