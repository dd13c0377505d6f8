"""What ESC/POS settings commands change: styles, positions, symbol sizes. ESC @ resets it all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from pos_guard.frames import escpos_commands as commands
from pos_guard.frames.escpos_commands import Align, Command
from pos_guard_simulator.paper_items import Style

LINE_SPACING = 30
"""Dots from line to line at power on (Epson ESC 2 at 203 dpi)."""


PLAIN = Style()


@dataclass(slots=True)
class Settings:
    """One printer's settings. Distances are dots; ``area`` None is all the paper's width."""

    style: Style = PLAIN
    kanji: Style = PLAIN
    align: Align = Align.LEFT
    spacing: int = LINE_SPACING
    char_spacing: int = 0
    margin: int = 0
    area: int | None = None
    tabs: tuple[int, ...] = ()
    qr_dots: int = 3
    qr_level: str = "L"
    bar_module: int = 3
    bar_height: int = 162
    hri: int = 0

    def obey(self, command: Command) -> bool:
        """Take over a command that only sets something; False for any other command."""
        if isinstance(command, commands.PrintMode):
            self.style = replace(
                _mode(self.style, command), bold=command.bold, font_b=command.font_b
            )
        elif isinstance(command, commands.CharacterSize):
            self.style = replace(self.style, width=command.width, height=command.height)
        elif isinstance(command, commands.QrSize):
            self.qr_dots = command.dots
        elif isinstance(command, commands.QrLevel):
            self.qr_level = command.level
        else:
            return False
        return True

    def set_kanji_mode(self, command: commands.PrintMode) -> None:
        """FS !: the same for two-byte characters."""
        self.kanji = _mode(self.kanji, command)


def _mode(style: Style, mode: commands.PrintMode) -> Style:
    return replace(style, width=1 + mode.wide, height=1 + mode.tall, underline=int(mode.underline))


def _word(raw: bytes) -> int:
    return raw[2] | raw[3] << 8


def _underline(value: int) -> int:
    return value % 48 if value % 48 <= 2 else 0


def _bold(to: Settings, raw: bytes) -> None:
    to.style = replace(to.style, bold=bool(raw[2] & 1))


def _underlined(to: Settings, raw: bytes) -> None:
    to.style = replace(to.style, underline=_underline(raw[2]))


def _inverted(to: Settings, raw: bytes) -> None:
    to.style = replace(to.style, invert=bool(raw[2] & 1))


def _font(to: Settings, raw: bytes) -> None:
    to.style = replace(to.style, font_b=raw[2] % 48 == 1)


def _kanji_underlined(to: Settings, raw: bytes) -> None:
    to.kanji = replace(to.kanji, underline=_underline(raw[2]))


def _quad(to: Settings, raw: bytes) -> None:
    times = 1 + (raw[2] & 1)
    to.kanji = replace(to.kanji, width=times, height=times)


def _default_spacing(to: Settings, raw: bytes) -> None:
    del raw
    to.spacing = LINE_SPACING


def _spacing(to: Settings, raw: bytes) -> None:
    to.spacing = raw[2]


def _char_spacing(to: Settings, raw: bytes) -> None:
    to.char_spacing = raw[2]


def _margin(to: Settings, raw: bytes) -> None:
    to.margin = _word(raw)


def _area(to: Settings, raw: bytes) -> None:
    to.area = _word(raw)


def _tabs(to: Settings, raw: bytes) -> None:
    to.tabs = tuple(raw[2:].rstrip(b"\x00"))


def _bar_height(to: Settings, raw: bytes) -> None:
    to.bar_height = raw[2] or to.bar_height


def _bar_module(to: Settings, raw: bytes) -> None:
    if 1 <= raw[2] <= 6:
        to.bar_module = raw[2]


def _hri(to: Settings, raw: bytes) -> None:
    to.hri = raw[2] % 48 & 3


SETTERS: Mapping[str, Callable[[Settings, bytes], None]] = {
    "ESC E": _bold,
    "ESC G": _bold,
    "ESC -": _underlined,
    "GS B": _inverted,
    "ESC M": _font,
    "FS -": _kanji_underlined,
    "FS W": _quad,
    "ESC 2": _default_spacing,
    "ESC 3": _spacing,
    "ESC SP": _char_spacing,
    "GS L": _margin,
    "GS W": _area,
    "ESC D": _tabs,
    "GS h": _bar_height,
    "GS w": _bar_module,
    "GS H": _hri,
}
"""Settings that are read straight from a command's bytes."""
