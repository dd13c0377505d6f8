"""Reads the commands of escpos_layout. The scanner has found their end; lengths are right here.

Source: Epson ESC/POS Command Reference. KeyError and ConstructError mean parameters out of range.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from construct import (
    Byte,
    Bytes,
    Const,
    GreedyBytes,
    Int16sl,
    Int16ul,
    Prefixed,
    Struct,
    Terminated,
)

from pos_guard.frames import escpos_layout as layout
from pos_guard.frames.escpos_layout import Layout

_WORD = Struct("name" / Bytes(2), "n" / Int16ul, Terminated)
_SIGNED = Struct("name" / Bytes(2), "n" / Int16sl, Terminated)
_AREA = Struct(
    Const(b"\x1bW"),
    "x" / Int16ul,
    "y" / Int16ul,
    "width" / Int16ul,
    "height" / Int16ul,
    Terminated,
)
_FONT = Struct(
    "name" / Bytes(3), "body" / Prefixed(Int16ul, Struct("fn" / Byte, "data" / GreedyBytes))
)

_AREA_SIZE = 10  # fewer bytes: the window command of a display
_MACRO_TICK_MS = 100
_FN_SELECT = 48

SETTINGS: Mapping[str, str] = {
    "ESC E": "bold",
    "ESC G": "double-strike",
    "ESC -": "underline",
    "ESC {": "upside-down",
    "ESC V": "rotated",
    "ESC M": "font",
    "ESC SP": "spacing",
    "ESC r": "color",
    "ESC U": "unidirectional",
    "GS B": "inverse",
    "GS b": "smooth",
    "GS h": "barcode-height",
    "GS w": "barcode-width",
    "GS H": "hri-position",
    "GS f": "hri-font",
    "GS T": "line-start",
    "FS -": "kanji-underline",
    "FS W": "kanji-quad",
    "FS I": "kanji-rotated",
    "FS i": "kanji-size",
    "FS r": "kanji-script",
}
"""What the one-parameter commands set, in a word."""


def _digit(number: int, highest: int) -> int:
    """0.. or, as most commands allow too, "0".. up to ``highest``."""
    value = number - 48 if number >= 48 else number
    if value > highest:
        raise KeyError(number)
    return value


def _area(raw: bytes) -> Layout:
    form = _AREA.parse(raw)
    if not (form.width and form.height):
        raise KeyError("a page area has a width and a height")
    return layout.PageArea(form.x, form.y, form.width, form.height)


def _absolute(raw: bytes) -> Layout:
    return layout.Position(int(_WORD.parse(raw).n), vertical=raw[0] == 0x1D, relative=False)


def _relative(raw: bytes) -> Layout:
    return layout.Position(int(_SIGNED.parse(raw).n), vertical=raw[0] == 0x1D, relative=True)


def _tabs(raw: bytes) -> Layout:
    """A list may end without NUL: the value that did not rise is no part of the command."""
    return layout.Tabs(tuple(raw[2:].removesuffix(b"\x00")))


def _feed(raw: bytes) -> Layout:
    letter = raw[1:2]
    return layout.Feed(raw[2], lines=letter in b"de", back=letter in b"eK")


def _setting(name: str) -> Callable[[bytes], Layout]:
    return lambda raw: layout.Setting(name, raw[2])


def _macro_run(raw: bytes) -> Layout:
    if raw[4] > 1:
        raise KeyError(raw[4])
    return layout.MacroRun(raw[2], raw[3] * _MACRO_TICK_MS, on_button=bool(raw[4]))


def _select(raw: bytes) -> bytes:
    """The parameters of FS ( A and FS ( C function 48; empty for other functions."""
    body = _FONT.parse(raw).body
    return bytes(body.data) if body.fn == _FN_SELECT else b""


def _kanji_font(raw: bytes) -> Layout | None:
    data = _select(raw)
    return layout.KanjiFont(_digit(data[0], 2)) if data else None


def _encoding(raw: bytes) -> Layout | None:
    data = _select(raw)
    return layout.TextEncoding({1: 1, 2: 2, 49: 1, 50: 2}[data[0]]) if data else None


READERS: Mapping[str, Callable[[bytes], Layout | None]] = {
    "ESC L": lambda _: layout.PageMode(on=True),
    "ESC S": lambda _: layout.PageMode(on=False),
    "ESC W": lambda raw: _area(raw) if len(raw) == _AREA_SIZE else None,
    "ESC T": lambda raw: layout.PageDirection(_digit(raw[2], 3)),
    "FF": lambda _: layout.PagePrint(leave=True),
    "ESC FF": lambda _: layout.PagePrint(leave=False),
    "CAN": lambda _: layout.PageClear(),
    "ESC $": _absolute,
    "GS $": _absolute,
    "ESC \\": _relative,
    "GS \\": _relative,
    "GS L": lambda raw: layout.Margin(int(_WORD.parse(raw).n)),
    "GS W": lambda raw: layout.PrintWidth(int(_WORD.parse(raw).n)),
    "GS P": lambda raw: layout.MotionUnits(raw[2], raw[3]),
    "ESC D": _tabs,
    "ESC 2": lambda _: layout.LineSpacing(None),
    "ESC 3": lambda raw: layout.LineSpacing(raw[2]),
    "ESC d": _feed,
    "ESC e": _feed,
    "ESC J": _feed,
    "ESC K": _feed,
    "ESC R": lambda raw: layout.InternationalSet(raw[2]),
    "FS C": lambda raw: layout.KanjiSystem(_digit(raw[2], 2)),
    "FS ( A": _kanji_font,
    "FS ( C": _encoding,
    "ESC 9": lambda raw: layout.VendorTextEncoding(raw[2]),
    "GS :": lambda _: layout.Macro(),
    "GS ^": _macro_run,
    **{command: _setting(name) for command, name in SETTINGS.items()},
}
"""By token name; None where the bytes are another function of the same command."""
