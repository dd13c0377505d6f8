"""Text in columns, also where a character is two columns wide."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

_GAP = "  "


def width(text: str) -> int:
    """Columns that a text takes in a terminal: Chinese characters and full-width signs take two."""
    return sum(
        0 if unicodedata.combining(letter) else 1 + (unicodedata.east_asian_width(letter) in "WF")
        for letter in text
    )


def table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Rows of cells as lines; every column but the last is as wide as its widest cell."""
    widths = [max(width(row[at]) for row in rows) for at in range(len(rows[0]))] if rows else []
    for row in rows:
        cells = [cell + " " * (most - width(cell)) for cell, most in zip(row, widths, strict=True)]
        yield _GAP.join(cells).rstrip()
