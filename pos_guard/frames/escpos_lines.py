"""Where text goes on the paper: lines, tabs, positions, page mode. Plain text comes out.

Positions are dots at 203 dpi and become columns of font A. Text is kept in reading order: a line
whose pieces were sent out of order is put in order, and what is printed twice on one place
(to make it bolder) is there once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple
from unicodedata import east_asian_width

COLUMN: Final = 12
"""Dots of a column: font A."""

_FONT_B: Final = 9
_SPACING: Final = 30
_TABS: Final = tuple(range(8, 256, 8))
MAX_GAP: Final = 120
"""Columns that a jump to the right becomes at most: 112 mm paper has 69 of font A."""


class Move(NamedTuple):
    """A jump in the line: to a dot (``to``), by dots (``by``), or to the next of some tabs."""

    to: int | None = None
    by: int = 0
    tabs: tuple[int, ...] = ()


class Piece(NamedTuple):
    """Text after a jump (or none), each column ``cell`` dots wide."""

    text: str
    cell: int
    move: Move | None = None


class _Page:
    """Page mode: lines by area and height, read area by area, top down."""

    def __init__(self) -> None:
        self.lines: dict[tuple[int, int, int], dict[int, list[Piece]]] = {}
        self.origin: tuple[int, int] = (0, 0)
        self.direction = 0
        self.y = 0

    def add(self, pieces: list[Piece]) -> None:
        if pieces:
            x, y = self.origin
            area = (y, x, self.direction)
            self.lines.setdefault(area, {}).setdefault(self.y, []).extend(pieces)

    def text(self) -> str:
        areas = (self.lines[area] for area in sorted(self.lines))
        lines = (area[y] for area in areas for y in sorted(area))
        return "".join(f"{line_text(pieces)}\n" for pieces in lines)


class Lines:
    """Collects text. ``commands`` are the ESC/POS commands that it acts on, by their bytes."""

    def __init__(self) -> None:
        self._out: list[str] = []
        self._line: list[Piece] = []
        self._moved = False
        self._move: Move | None = None
        self._page: _Page | None = None
        self.commands: Mapping[str, Callable[[bytes], None]] = self._table()
        self.reset()

    def _table(self) -> Mapping[str, Callable[[bytes], None]]:
        return {
            "HT": self._tab,
            "ESC D": self._set_tabs,
            "ESC $": self._go_to,
            "ESC \\": self._move_by,
            "ESC d": self._feed,
            "ESC J": self._print_line,
            "GS v 0": self._print_line,
            "GS V": self._print_line,
            "ESC i": self._print_line,
            "ESC m": self._print_line,
            "FS p": self._print_line,
            "GS /": self._print_line,
            "ESC !": self._mode,
            "GS !": self._size,
            "ESC M": self._font,
            "ESC 3": self._set_spacing,
            "ESC 2": self._set_spacing,
            "ESC L": self._page_mode,
            "ESC S": self._standard_mode,
            "ESC W": self._area,
            "ESC T": self._direct,
            "GS $": self._vertical,
            "GS \\": self._vertical_by,
            "FF": self._form_feed,
            "ESC FF": self._print_page,
            "CAN": self._cancel,
        }

    def reset(self) -> None:
        """ESC @: what is not printed yet is gone, settings are as at power on."""
        self._line, self._moved, self._move = [], False, None
        self._page = None
        self._font_b, self._wide = False, 1
        self._tabs = _TABS
        self._spacing = _SPACING

    def text(self) -> str:
        """Everything so far, the open line as well."""
        return "".join(self._out) + (line_text(self._line) if self._line else "")

    def write(self, text: str) -> None:
        """Characters and line feeds."""
        if self._page is None and not self._moved:
            done, feed, rest = text.rpartition("\n")
            if feed:
                self._out += [piece.text for piece in self._line]
                self._out += (done, feed)
                self._line = []
            self._put(rest)
            return
        first, *others = text.split("\n")
        self._put(first)
        for other in others:
            self._end_line()
            self._put(other)

    def end_open(self) -> None:
        """What follows is below: end the line if anything stands in it."""
        if self._line:
            self._end_line()

    def _put(self, text: str) -> None:
        if text or self._move:
            cell = (_FONT_B if self._font_b else COLUMN) * self._wide
            self._line.append(Piece(text, cell, self._move))
            self._move = None

    def _end_line(self) -> None:
        if self._page is not None:
            self._page.add(self._line)
            self._page.y += self._spacing
        else:
            self._out.append(f"{line_text(self._line)}\n")
        self._line, self._moved, self._move = [], False, None

    def _jump(self, move: Move) -> None:
        self._put("")
        self._move, self._moved = move, True

    # Commands, by their bytes.

    def _tab(self, raw: bytes) -> None:
        del raw
        self._jump(Move(tabs=self._tabs))

    def _set_tabs(self, raw: bytes) -> None:
        self._tabs = tuple(raw[2:].rstrip(b"\x00")) or _TABS

    def _go_to(self, raw: bytes) -> None:
        self._jump(Move(to=_word(raw)))

    def _move_by(self, raw: bytes) -> None:
        self._jump(Move(by=int.from_bytes(raw[2:4], "little", signed=True)))

    def _feed(self, raw: bytes) -> None:
        for _ in range(max(raw[2], int(bool(self._line)))):
            self._end_line()

    def _print_line(self, raw: bytes) -> None:
        del raw
        self.end_open()

    def _mode(self, raw: bytes) -> None:
        self._font_b, self._wide = bool(raw[2] & 1), 1 + (raw[2] >> 5 & 1)

    def _size(self, raw: bytes) -> None:
        self._wide = 1 + (raw[2] >> 4 & 7)

    def _font(self, raw: bytes) -> None:
        self._font_b = raw[2] % 48 == 1

    def _set_spacing(self, raw: bytes) -> None:
        self._spacing = raw[2] if len(raw) > 2 else _SPACING

    def _page_mode(self, raw: bytes) -> None:
        del raw
        if self._page is None and not self._line:
            self._page = _Page()

    def _standard_mode(self, raw: bytes) -> None:
        """ESC S throws away what the page holds."""
        del raw
        if self._page is not None:
            self._page = None
            self._line, self._moved, self._move = [], False, None

    def _area(self, raw: bytes) -> None:
        if self._page is not None:
            self._to_page()
            self._page.origin = (_word(raw), _word(raw[2:]))
            self._page.y = 0

    def _direct(self, raw: bytes) -> None:
        if self._page is not None:
            self._to_page()
            self._page.direction = raw[2] % 48
            self._page.y = 0

    def _vertical(self, raw: bytes) -> None:
        if self._page is not None:
            self._to_page()
            self._page.y = _word(raw)

    def _vertical_by(self, raw: bytes) -> None:
        if self._page is not None:
            self._to_page()
            self._page.y += int.from_bytes(raw[2:4], "little", signed=True)

    def _to_page(self) -> None:
        if self._page is not None:
            self._page.add(self._line)
            self._line = []

    def _form_feed(self, raw: bytes) -> None:
        """FF prints the page and leaves page mode; outside it, it ends the line."""
        if self._page is None:
            self.end_open()
            return
        self._print_page(raw)
        self._page = None

    def _print_page(self, raw: bytes) -> None:
        del raw
        if self._page is not None:
            self._to_page()
            self._out.append(self._page.text())

    def _cancel(self, raw: bytes) -> None:
        """CAN: the page's data are thrown away, in page mode only."""
        del raw
        if self._page is not None:
            self._page.lines.clear()
            self._line = []


def line_text(pieces: list[Piece]) -> str:
    """One line as text, its pieces in the columns where they stand."""
    if all(piece.move is None for piece in pieces):
        return "".join(piece.text for piece in pieces)
    out, end = "", 0
    for x, piece in sorted(_placed(pieces), key=lambda placed: placed[0]):
        text = piece.text
        if x > end and piece.move is not None:
            out += " " * min(max(round((x - end) / COLUMN), 1), MAX_GAP)
        elif x < end:
            text = _not_there(out, text, (end - x) // piece.cell)
        out += text
        end = max(end, x + columns(piece.text) * piece.cell)
    return out


def _not_there(out: str, text: str, overlap: int) -> str:
    """What a text adds to a line that it partly covers: nothing where it says the same again."""
    for size in range(min(overlap, len(text)), 0, -1):
        if out[len(out) - size :] == text[:size]:
            return text[size:]
    return text


def _placed(pieces: list[Piece]) -> list[tuple[int, Piece]]:
    """The pieces that hold text, with the dot at which each starts."""
    placed: list[tuple[int, Piece]] = []
    x = 0
    for piece in pieces:
        if piece.move is not None:
            x = _after(piece.move, x)
        if piece.text:
            placed.append((x, piece))
        x += columns(piece.text) * piece.cell
    return placed


def _after(move: Move, x: int) -> int:
    if move.to is not None:
        return move.to
    if move.tabs:
        column = x // COLUMN
        return next((tab for tab in move.tabs if tab > column), column) * COLUMN
    return max(x + move.by, 0)


def columns(text: str) -> int:
    """How many columns a text takes: two for wide characters."""
    if text.isascii():
        return len(text)
    return sum(2 if east_asian_width(char) in ("W", "F") else 1 for char in text)


def _word(raw: bytes) -> int:
    return raw[2] | raw[3] << 8
