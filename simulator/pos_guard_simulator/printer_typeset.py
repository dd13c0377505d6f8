"""Sets type: tokens in, paper out. The part of a printer that knows styles and positions.

Motion units are dots at 203 dpi. Page mode is printed as lines at FF; rotation and upside-down
printing change nothing in the words and are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from pos_guard.errors import FrameError
from pos_guard.frames import escpos_commands as commands
from pos_guard.frames.escpos_commands import Align, Command, QrStore
from pos_guard.frames.escpos_parse import parse
from pos_guard.frames.escpos_scan import TEXT, Token
from pos_guard.frames.escpos_text import TextReader
from pos_guard_simulator.paper_items import Bars, Char, Feed, Line, Picture, Qr, Style
from pos_guard_simulator.paper_slip import Paper
from pos_guard_simulator.printer_settings import SETTERS, Settings

_FONT_A, _FONT_B = 12, 9
_DEFAULT_TABS = tuple(range(8, 256, 8))
_SHARE = {Align.LEFT: 0, Align.CENTER: 1, Align.RIGHT: 2}


class Typesetter:
    """Prints tokens on paper.

    ``kanji_styles``: Chinese characters take their size from FS ! and FS W only, as on Chinese
    clones; Epson's take it from ESC ! and GS ! like all others.
    """

    def __init__(self, paper: Paper, reader: TextReader, *, kanji_styles: bool = False) -> None:
        self.paper = paper
        self._reader = reader
        self._kanji_styles = kanji_styles
        self._set = Settings()
        self._chars: list[Char] = []
        self._pictures: list[Picture] = []
        self._x = 0
        self._qr: QrStore | None = None
        self._stored: Picture | None = None
        self._moves: Mapping[str, Callable[[bytes], None]] = {
            "LF": self._line_feed,
            "FF": self._line_feed,
            "HT": self._tab,
            "ESC d": self._feed_lines,
            "ESC J": self._feed_dots,
            "ESC $": self._go_to,
            "ESC \\": self._move_by,
        }

    @property
    def line_open(self) -> bool:
        """Something stands in the line buffer that is not printed yet."""
        return bool(self._chars or self._pictures)

    def run(self, token: Token) -> None:
        """Act on one token; what a printer would ignore is ignored."""
        text = self._reader.read(token)
        if token.name == TEXT:
            for char in text:
                self._put(char)
        elif token.name in SETTERS:
            SETTERS[token.name](self._set, token.raw)
        elif token.name in self._moves:
            self._moves[token.name](token.raw)
        else:
            self._obey(token)

    def _obey(self, token: Token) -> None:
        try:
            command = parse(token)
        except FrameError:
            return  # parameters out of range: printers ignore such a command
        if token.name == "FS !" and isinstance(command, commands.PrintMode):
            self._set.set_kanji_mode(command)
        elif command is not None and not self._set.obey(command):
            self._act(command)

    def _act(self, command: Command) -> None:
        match command:
            case commands.Initialize():
                self._initialize()
            case commands.Alignment():
                self._align_to(command)
            case commands.QrStore():
                self._qr = command
            case commands.QrPrint():
                self._print_qr()
            case commands.Barcode():
                self._barcode(command)
            case commands.Raster():
                self._raster(command)
            case commands.GraphicsPrint():
                self._print_stored()
            case commands.BitImage():
                self._bit_image(command)
            case commands.Cut():
                self._cut(command)
            case _:
                pass

    def _put(self, char: str) -> None:
        full = self._reader.full_width(char)
        style = self._style(full)
        cell = (_FONT_B if style.font_b else _FONT_A) * style.width * (2 if full else 1)
        if self._x + cell > self._width and self._x:
            self._end_line()
        self._chars.append(Char(char, self._x, cell, style))
        self._x += cell + self._set.char_spacing

    def _style(self, full: bool) -> Style:
        style = self._set.style
        if full and self._kanji_styles:
            own = self._set.kanji
            return replace(style, width=own.width, height=own.height, underline=own.underline)
        return replace(style, font_b=style.font_b and not full)

    @property
    def _width(self) -> int:
        room = self.paper.width - self._set.margin
        return room if self._set.area is None else min(self._set.area, room)

    def _end_line(self, spacing: int | None = None) -> None:
        """Print the line buffer and move to the next line."""
        advance = self._set.spacing if spacing is None else spacing
        self._x = 0
        if not self.line_open:
            if advance:
                self.paper.add(Feed(advance, lines=int(spacing is None)))
            return
        tallest = max([_height(char.style) for char in self._chars], default=0)
        end = max([*(char.x + char.cell for char in self._chars), *map(_right, self._pictures)])
        share = _SHARE[self._set.align]
        offset = self._set.margin + max(share * (self._width - end) // 2, 0)
        line = Line(tuple(self._chars), tuple(self._pictures), offset, max(advance, tallest))
        self.paper.add(line)
        self._chars, self._pictures = [], []

    def _finish(self) -> None:
        """Print what is in the line buffer, if anything, before something below it."""
        if self.line_open:
            self._end_line()

    # Positions, straight from the bytes.

    def _initialize(self) -> None:
        self._set = Settings()
        self._chars, self._pictures, self._x = [], [], 0
        self._qr = None

    def _line_feed(self, raw: bytes) -> None:
        del raw
        self._end_line()

    def _feed_lines(self, raw: bytes) -> None:
        lines = raw[2] - 1 if self.line_open else raw[2]
        self._finish()
        if lines > 0:
            self.paper.add(Feed(lines * self._set.spacing, lines))

    def _feed_dots(self, raw: bytes) -> None:
        self._end_line(raw[2])

    def _tab(self, raw: bytes) -> None:
        del raw
        stops = self._set.tabs or _DEFAULT_TABS
        column = self._x // _FONT_A
        self._x = next((stop for stop in stops if stop > column), column) * _FONT_A

    def _go_to(self, raw: bytes) -> None:
        self._x = min(int.from_bytes(raw[2:4], "little"), self._width)

    def _move_by(self, raw: bytes) -> None:
        there = self._x + int.from_bytes(raw[2:4], "little", signed=True)
        self._x = min(max(there, 0), self._width)

    # Commands with a meaning.

    def _align_to(self, command: commands.Alignment) -> None:
        if not self.line_open:
            self._set.align = command.align

    def _print_qr(self) -> None:
        if self._qr is not None:
            self._finish()
            settings = self._set
            self.paper.add(Qr(self._qr, settings.qr_dots, settings.qr_level, settings.align))

    def _barcode(self, command: commands.Barcode) -> None:
        self._finish()
        settings = self._set
        self.paper.add(
            Bars(command, settings.bar_module, settings.bar_height, settings.hri, settings.align)
        )

    def _raster(self, command: commands.Raster) -> None:
        step = command.columns
        rows = tuple(
            int.from_bytes(command.data[start : start + step], "big")
            for start in range(0, len(command.data), step or 1)
        )
        scale = (1 + command.wide, 1 + command.tall)
        picture = Picture(0, 8 * step, rows, scale, self._set.align)
        if command.stored:
            self._stored = picture
            return
        self._finish()
        self.paper.add(picture)

    def _print_stored(self) -> None:
        if self._stored is not None:
            self._finish()
            self.paper.add(replace(self._stored, align=self._set.align))
            self._stored = None

    def _bit_image(self, command: commands.BitImage) -> None:
        depth = 1 if command.mode < 32 else 3
        columns = [
            int.from_bytes(command.data[start : start + depth], "big")
            for start in range(0, len(command.data), depth)
        ]
        bits = range(8 * depth - 1, -1, -1)
        rows = tuple(
            sum((column >> bit & 1) << place for place, column in enumerate(reversed(columns)))
            for bit in bits
        )
        scale = (1 if command.mode & 1 else 2, 3 if depth == 1 else 1)
        picture = Picture(self._x, command.width, rows, scale)
        self._pictures.append(picture)
        self._x = _right(picture)

    def _cut(self, command: commands.Cut) -> None:
        if command.feed:
            self.paper.add(Feed(command.feed))
        self.paper.cut("full" if command.full else "partial")


def _height(style: Style) -> int:
    return 24 * style.height


def _right(picture: Picture) -> int:
    return picture.x + picture.width * picture.scale[0]
