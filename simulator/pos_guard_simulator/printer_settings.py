"""What ESC/POS settings commands change: styles, positions, symbol sizes. ESC @ resets it all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from pos_guard.frames import escpos_commands as commands
from pos_guard.frames import escpos_layout as layout
from pos_guard.frames.escpos_commands import Align, Command
from pos_guard.frames.escpos_images import Symbol, SymbolSetting
from pos_guard_simulator.paper_cells import Area, Style

LINE_SPACING = 30
"""Dots from line to line at power on (Epson ESC 2 at 203 dpi)."""

DPI = 203
"""Dots an inch, in both directions; also the motion units at power on."""

TAB = 8
"""Columns of font A from tab to tab at power on."""

PLAIN = Style()
FONT_A, FONT_B = 12, 9


@dataclass(slots=True)
class Settings:
    """One printer's settings. Distances are dots; ``area`` None is all the paper's width.

    ``kanji_apart``: GS ! and ESC ! do not change two-byte characters, FS ! and FS W do. On Epson's
    models the later one counts.
    """

    kanji_apart: bool = False
    style: Style = PLAIN
    kanji: Style = PLAIN
    emphasized: bool = False
    double_strike: bool = False
    upside_down: bool = False
    align: Align = Align.LEFT
    spacing: int = LINE_SPACING
    char_spacing: int = 0
    kanji_spacing: tuple[int, int] = (0, 0)
    units: tuple[int, int] = (DPI, DPI)
    margin: int = 0
    area: int | None = None
    tabs: tuple[int, ...] = tuple(range(TAB * FONT_A, 4096, TAB * FONT_A))
    qr_dots: int = 3
    qr_level: str = "L"
    qr_model: int = 2
    bar_module: int = 3
    bar_height: int = 162
    hri: int = 0
    hri_font_b: bool = False
    symbols: dict[Symbol, dict[str, tuple[int, ...]]] = field(
        default_factory=dict[Symbol, dict[str, tuple[int, ...]]]
    )

    def obey(self, command: Command, *, sideways: bool = False) -> bool:
        """Take over a command that only sets something; False for any other command.

        ``sideways``: lines run along the paper (page mode), so the motion units change places.
        """
        match command:
            case layout.Setting():
                setter = _SETTERS.get(command.name)
                if setter is not None:
                    setter(self, command.value)
                if command.name == "spacing":
                    self.char_spacing = self.along(command.value, sideways=sideways)
            case commands.PrintMode():
                self._mode(command)
            case commands.CharacterSize():
                self._size(command.width, command.height)
            case _:
                return self._distance(command, sideways) or self._symbol(command)
        return True

    def set_kanji_mode(self, command: commands.PrintMode) -> None:
        """FS !: size and underline of two-byte characters."""
        self.kanji = _mode(self.kanji, command)

    def space_kanji(self, left: int, right: int) -> None:
        """FS S: motion units left and right of two-byte characters."""
        self.kanji_spacing = (self.along(left), self.along(right))

    def style_of(self, *, full: bool) -> Style:
        """The style of the next character; two-byte ones have no font B."""
        bold = self.emphasized or self.double_strike
        if not full:
            return self.style if self.style.bold is bold else replace(self.style, bold=bold)
        own = self.kanji
        return replace(
            self.style,
            bold=bold,
            font_b=False,
            width=own.width,
            height=own.height,
            underline=own.underline,
        )

    def symbol_settings(self, symbol: Symbol) -> tuple[tuple[str, tuple[int, ...]], ...]:
        """What is set for one kind of symbol."""
        return tuple(sorted(self.symbols.get(symbol, {}).items()))

    def print_area(self, paper: int) -> Area:
        """Where lines go on paper of this width: at least one character fits [gs_cw]."""
        left = min(self.margin, max(paper - FONT_A, 0))
        room = max(paper - left, 0)
        return Area(left, room if self.area is None else max(min(self.area, room), FONT_A))

    def along(self, units: int, *, sideways: bool = False) -> int:
        """Dots of motion units along a line."""
        return _dots(units, self.units[sideways])

    def across(self, units: int, *, sideways: bool = False) -> int:
        """Dots of motion units from line to line."""
        return _dots(units, self.units[not sideways])

    @property
    def _column(self) -> int:
        """A character's width, with what is right of it: what ESC D counts."""
        return (FONT_B if self.style.font_b else FONT_A) * self.style.width + self.char_spacing

    def _mode(self, command: commands.PrintMode) -> None:
        self.emphasized = command.bold
        self.style = replace(_mode(self.style, command), font_b=command.font_b)
        if not self.kanji_apart:
            self.kanji = _mode(self.kanji, command)

    def _size(self, width: int, height: int) -> None:
        self.style = replace(self.style, width=width, height=height)
        if not self.kanji_apart:
            self.kanji = replace(self.kanji, width=width, height=height)

    def _distance(self, command: Command, sideways: bool) -> bool:
        match command:
            case layout.MotionUnits():
                self.units = (command.x or DPI, command.y or DPI)
            case layout.LineSpacing(units=None):
                self.spacing = LINE_SPACING
            case layout.LineSpacing():
                self.spacing = self.across(command.units or 0, sideways=sideways)
            case layout.Margin():
                self.margin = self.along(command.units)
            case layout.PrintWidth():
                self.area = self.along(command.units)
            case layout.Tabs():
                self.tabs = tuple(column * self._column for column in command.columns)
            case _:
                return False
        return True

    def _symbol(self, command: Command) -> bool:
        match command:
            case commands.QrSize():
                self.qr_dots = command.dots
            case commands.QrLevel():
                self.qr_level = command.level
            case commands.QrModel():
                self.qr_model = command.model
            case SymbolSetting():
                self.symbols.setdefault(command.symbol, {})[command.function] = command.values
            case _:
                return False
        return True


def _dots(units: int, an_inch: int) -> int:
    """Whole dots, towards zero: what is less than a dot is not moved."""
    dots = abs(units) * DPI // an_inch
    return dots if units >= 0 else -dots


def _mode(style: Style, mode: commands.PrintMode) -> Style:
    return replace(style, width=1 + mode.wide, height=1 + mode.tall, underline=int(mode.underline))


def _bold(to: Settings, value: int) -> None:
    to.emphasized = bool(value & 1)


def _double_strike(to: Settings, value: int) -> None:
    to.double_strike = bool(value & 1)


def _underlined(to: Settings, value: int) -> None:
    if value % 48 <= 2:
        to.style = replace(to.style, underline=value % 48)
        if not to.kanji_apart:
            to.kanji = replace(to.kanji, underline=value % 48)


def _kanji_underlined(to: Settings, value: int) -> None:
    if value % 48 <= 2:
        to.kanji = replace(to.kanji, underline=value % 48)


def _inverted(to: Settings, value: int) -> None:
    to.style = replace(to.style, invert=bool(value & 1))


def _font(to: Settings, value: int) -> None:
    """Font A and B; the others that a few models have are set in B, the smaller one."""
    to.style = replace(to.style, font_b=value % 48 != 0)


def _rotated(to: Settings, value: int) -> None:
    to.style = replace(to.style, rotated=value % 48 in (1, 2))


def _upside_down(to: Settings, value: int) -> None:
    to.upside_down = bool(value & 1)


def _quad(to: Settings, value: int) -> None:
    times = 1 + (value & 1)
    to.kanji = replace(to.kanji, width=times, height=times)


def _bar_height(to: Settings, value: int) -> None:
    to.bar_height = value or to.bar_height


def _bar_module(to: Settings, value: int) -> None:
    if 1 <= value <= 6:
        to.bar_module = value


def _hri(to: Settings, value: int) -> None:
    if value % 48 <= 3:
        to.hri = value % 48


def _hri_font(to: Settings, value: int) -> None:
    to.hri_font_b = value % 48 != 0


_SETTERS: Mapping[str, Callable[[Settings, int], None]] = {
    "bold": _bold,
    "double-strike": _double_strike,
    "underline": _underlined,
    "kanji-underline": _kanji_underlined,
    "inverse": _inverted,
    "font": _font,
    "rotated": _rotated,
    "upside-down": _upside_down,
    "kanji-quad": _quad,
    "barcode-height": _bar_height,
    "barcode-width": _bar_module,
    "hri-position": _hri,
    "hri-font": _hri_font,
}
"""By the names of escpos_layout.Setting. The others (colour, smoothing …) do not show."""
