"""Sets type: tokens in, paper out. The part of a printer that knows styles and positions.

Lines are typeset_line's, pages typeset_page's, stored pictures and characters typeset_store's.
Sources: Epson ESC/POS Command Reference; Epson TM-T88III specification (page mode).
"""

from __future__ import annotations

from dataclasses import replace

from pos_guard.errors import FrameError
from pos_guard.frames import escpos_commands as commands
from pos_guard.frames import escpos_images as images
from pos_guard.frames import escpos_layout as layout
from pos_guard.frames.escpos_commands import Command, QrStore
from pos_guard.frames.escpos_parse import parse
from pos_guard.frames.escpos_scan import TEXT, Token
from pos_guard.frames.escpos_text import TextReader
from pos_guard.frames.printer_models import PrinterModel
from pos_guard_simulator.paper_cells import WHOLE, Area
from pos_guard_simulator.paper_codes import Bars, Code, Qr
from pos_guard_simulator.paper_items import Block, Feed, Picture
from pos_guard_simulator.paper_slip import Paper
from pos_guard_simulator.printer_settings import FONT_A, Settings
from pos_guard_simulator.typeset_dots import bit_image, raster
from pos_guard_simulator.typeset_line import LineBuffer, kind_of
from pos_guard_simulator.typeset_page import Sheet, area_dots
from pos_guard_simulator.typeset_store import MAX_NV, Memory, PictureStore, UserCharacters

MAX_BACK_LINES, MAX_BACK_UNITS = 2, 48
"""The most that ESC e and ESC K draw the paper back; more is out of range and ignored."""

_AT_LINE_START = (layout.Margin, layout.PrintWidth)
_KANJI_SPACING = "FS S"


class Typesetter:
    """Prints tokens on paper. ``nv`` is the printer's memory for pictures, kept without power."""

    def __init__(
        self, paper: Paper, reader: TextReader, model: PrinterModel, nv: Memory | None = None
    ) -> None:
        self.paper = paper
        self._reader = reader
        self._model = model
        self._nv = Memory(MAX_NV) if nv is None else nv
        self._initialize()

    @property
    def line_open(self) -> bool:
        """Something stands in the line buffer that is not printed yet."""
        return self._line.open

    def run(self, token: Token) -> None:
        """Act on one token; what a printer would ignore is ignored."""
        text = self._reader.read(token)
        if token.name == TEXT:
            self._text(text)
        elif token.name == "LF":
            self._feed(self._set.spacing, 1)
        elif token.name == "HT":
            self._tab()
        elif token.name == _KANJI_SPACING:
            self._set.space_kanji(token.raw[2], token.raw[3])
        else:
            self._obey(token)

    def forget(self) -> None:
        """The print buffer was cleared: the line, and the page's data."""
        self._line.clear()
        if self._sheet.on:
            self._sheet.enter()

    def _initialize(self) -> None:
        """ESC @, and power on."""
        self._set = Settings(kanji_apart=self._model.kanji_styles)
        self._line = LineBuffer()
        self._sheet = Sheet(self.paper.width)
        self._store = PictureStore(self._nv)
        self._own = UserCharacters(self._model.kanji)
        self._qr: QrStore | None = None
        self._symbols: dict[images.Symbol, images.SymbolStore] = {}

    def _obey(self, token: Token) -> None:
        try:
            command = parse(token)
        except FrameError:
            return  # parameters out of range: printers ignore such a command
        if command is None:
            return
        if token.name == "FS !" and isinstance(command, commands.PrintMode):
            self._set.set_kanji_mode(command)
        elif not self._settings(command):
            self._act(command)

    def _settings(self, command: Command) -> bool:
        """Commands that print nothing; some of them count at the start of a line only."""
        if self.line_open and isinstance(command, _AT_LINE_START):
            return True
        if isinstance(command, layout.Setting):
            if command.name == "upside-down" and self.line_open:
                return True
            if command.name == "line-start":
                self._line_start(command.value)
        if self._own.keep(command, font_b=self._set.style.font_b):
            if isinstance(command, images.UserCharacters):
                self._store.forget_image()
            return True
        return self._set.obey(command, sideways=self._sideways) or self._store.keep(command)

    def _act(self, command: Command) -> None:
        match command:
            case commands.Initialize():
                self._initialize()
            case commands.Alignment():
                if not self.line_open:
                    self._set.align = command.align
            case commands.BitImage():
                self._line.add_picture(bit_image(command, self._line.x), self._room)
            case commands.Cut():
                self._cut(command)
            case layout.Feed():
                self._feed_by(command)
            case layout.Position():
                self._move(command)
            case _ if self._page_command(command):
                pass
            case _:
                self._print(command)

    # Lines.

    @property
    def _sideways(self) -> bool:
        return self._sheet.on and self._sheet.field.direction % 2 == 1

    @property
    def _area(self) -> Area:
        if self._sheet.on:
            return Area(0, self._sheet.field.along)
        return self._set.print_area(self.paper.width)

    @property
    def _room(self) -> int:
        return self._sheet.field.along if self._sheet.on else self._area.span(self.paper.width)

    def _text(self, text: str) -> None:
        """Set characters; neither styles nor the area change between them."""
        room, turned = self._room, not self._sheet.on
        single = kind_of(self._set, full=False, turned=turned)
        if text.isascii() and not self._own.any:  # each is one column wide, in the font's shape
            while text := self._line.put_run(text, single, room):
                self._feed(self._set.spacing, 1)
            return
        kinds = {False: single, True: kind_of(self._set, full=True, turned=turned)}
        for char in text:
            kind = kinds[self._reader.full_width(char)]
            if not self._line.fits(kind, room):
                self._feed(self._set.spacing, 1)
            glyph = self._own.glyph(char, full=kind.full, font_b=kind.style.font_b)
            self._line.put(char, kind, glyph)

    def _feed(self, dots: int, lines: int = 0) -> None:
        """Print the line buffer and feed; ``lines`` are those that an empty one counts as."""
        if self._sheet.on:
            self._place_line()
            self._line.x = 0
            self._sheet.y += dots
        elif self.line_open:
            line = self._line.take(self._set, self._area, self.paper.width, dots)
            self.paper.add(line)
        else:
            self._line.x = 0
            if dots:
                self.paper.add(Feed(dots, lines))

    def _place_line(self) -> None:
        """Put the line buffer on the page; the next character goes on right of it."""
        if not self.line_open:
            return
        x = self._line.x
        plain = replace(self._set, align=commands.Align.LEFT, upside_down=False)
        self._sheet.put(self._line.take(plain, WHOLE, self._room, 0), 0)
        self._line.x = x

    def _finish(self) -> None:
        """Print what is in the line buffer, if anything, before something below it."""
        if self.line_open:
            self._feed(self._set.spacing)

    def _line_start(self, value: int) -> None:
        """GS T: to the line's start; 0 throws away what is on the line, 1 prints it."""
        if self._sheet.on or not self.line_open:
            return
        if value % 48 == 1:
            self._finish()
        elif value % 48 == 0:
            self._line.clear()

    def _feed_by(self, command: layout.Feed) -> None:
        if command.back:
            self._feed_back(command)
        elif not command.lines:
            self._feed(self._set.across(command.count, sideways=self._sideways))
        else:
            lines, spacing = command.count, self._set.spacing
            if self.line_open:
                self._feed(spacing)
                lines -= 1
            if lines > 0:
                self._feed(lines * spacing, lines)

    def _feed_back(self, command: layout.Feed) -> None:
        """ESC e and ESC K print the line and draw the paper back."""
        if command.count > (MAX_BACK_LINES if command.lines else MAX_BACK_UNITS):
            return
        spacing, units = self._set.spacing, self._set.across(command.count)
        dots = command.count * spacing if command.lines else units
        if self._sheet.on:
            self._place_line()
            self._line.x = 0
            self._sheet.move_across(-dots, relative=True)
            return
        if self.line_open:
            self._feed(0)
        if dots:
            self.paper.add(Feed(-dots))

    def _tab(self) -> None:
        """HT: to the next tab; beyond the print area the next character begins a new line."""
        here = self._line.x
        stop = next((stop for stop in self._set.tabs if stop > here), None)
        if stop is not None:
            self._line.x = min(stop, self._room)

    def _move(self, command: layout.Position) -> None:
        """Positions outside the print area are ignored."""
        sheet = self._sheet
        if command.vertical:
            if sheet.on:
                self._place_line()
                dots = self._set.across(command.units, sideways=self._sideways)
                sheet.move_across(dots, relative=command.relative)
            return
        there = self._set.along(command.units, sideways=self._sideways)
        if command.relative:
            there += self._line.x
        if 0 <= there <= self._room:
            self._line.x = there

    def _cut(self, command: commands.Cut) -> None:
        """GS V acts at the start of a line only [gs_cv], and not while a page is set."""
        if self._sheet.on or self.line_open:
            return
        if command.feed:
            self.paper.add(Feed(self._set.across(command.feed)))
        self.paper.cut("full" if command.full else "partial")

    # Page mode.

    def _page_command(self, command: Command) -> bool:
        sheet = self._sheet
        match command:
            case layout.PageMode(on=True):
                if not self.line_open:
                    sheet.enter()
                    self._line.clear()
            case layout.PageMode() if sheet.on:
                self._line.clear()
                sheet.leave()
            case layout.PageArea():
                self._place_line()
                sheet.area(*area_dots(command, *self._set.units))
                self._line.x = 0 if sheet.on else self._line.x
            case layout.PageDirection():
                self._turn(command.direction)
            case layout.PagePrint():
                self._print_page(leave=command.leave)
            case layout.PageClear() if sheet.on:
                self._line.clear()
                sheet.clear()
            case layout.PageMode() | layout.PageClear():
                pass
            case _:
                return False
        return True

    def _turn(self, direction: int) -> None:
        if self._sheet.on:
            self._place_line()
            self._line.x = 0
        self._sheet.turn(direction)

    def _print_page(self, *, leave: bool) -> None:
        """FF and ESC FF; outside page mode FF prints the line, as there is no label to go to."""
        sheet = self._sheet
        if not sheet.on:
            if leave:
                self._feed(self._set.spacing, 1)
            return
        self._place_line()
        self.paper.add(sheet.page())
        if leave:
            self._line.clear()
            sheet.leave()

    # Pictures and symbols.

    def _print(self, command: Command) -> None:
        """What stands on its own: pictures, barcodes, two-dimensional symbols."""
        block: Block | None
        match command:
            case commands.QrStore():
                self._qr = command
                return
            case images.SymbolStore():
                self._symbols[command.symbol] = command
                return
            case commands.Raster():
                block = raster(command)
            case commands.Barcode():
                settings = self._set
                block = Bars(
                    command,
                    settings.bar_module,
                    settings.bar_height,
                    settings.hri,
                    settings.align,
                    hri_font_b=settings.hri_font_b,
                )
            case _:
                block = self._symbol(command) or self._store.printed(command)
        if block is not None:
            self._add_block(block)

    def _symbol(self, command: Command) -> Block | None:
        settings = self._set
        match command:
            case commands.QrPrint() if self._qr is not None:
                return Qr(
                    self._qr, settings.qr_dots, settings.qr_level, settings.align, settings.qr_model
                )
            case images.VendorQr():
                return Qr(
                    QrStore(command.data),
                    command.dots,
                    command.level,
                    settings.align,
                    version=command.version,
                )
            case images.SymbolPrint() if command.symbol in self._symbols:
                stored = self._symbols[command.symbol]
                return Code(
                    stored.symbol,
                    stored.data,
                    stored.selector,
                    settings.align,
                    settings.symbol_settings(stored.symbol),
                )
            case _:
                return None

    def _add_block(self, block: Block) -> None:
        """Below the line before it, right of where ESC $ went; on a page at the position."""
        if self._sheet.on:
            self._place_line()
            placed = replace(block, align=commands.Align.LEFT)
            self._sheet.put(placed, self._line.x)
            if isinstance(block, Picture):
                self._line.x = min(self._line.x + block.size[0], self._room)
            return
        self._finish()
        area, x = self._area, self._line.x
        room = area.span(self.paper.width)
        x = min(x, room - FONT_A)
        self.paper.add(replace(block, align=self._set.align, area=Area(area.left + x, room - x)))
        self._line.x = 0
