"""Clones at work: the differences that printer_models.QUIRKS names, on tokens and lengths.

Each entry says what the printer does instead; who found it stands with the name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from pos_guard.frames.escpos_scan import TEXT, Token
from pos_guard.frames.escpos_table import DIALECTS, Dialect, Measure, key
from pos_guard.frames.printer_models import PrinterModel


def dialect_of(model: PrinterModel) -> Dialect:
    """The commands that it knows. What follows one that it does not know is text to it."""
    dialect = dict(DIALECTS[model.dialect])
    unknown = b""
    if "graphics-as-text" in model.quirks:
        unknown += b"L"
        dialect.pop(key("GS 8"), None)
    if "qr-as-text" in model.quirks:
        unknown += b"k"
    if unknown:
        shape = dialect[key("GS (")]
        dialect[key("GS (")] = replace(shape, measure=_without(shape.measure, unknown))
    if "raster-low-row-byte" in model.quirks:
        dialect[key("GS v")] = replace(dialect[key("GS v")], measure=_short_raster)
    return MappingProxyType(dialect)


def _without(measure: Measure | None, unknown: bytes) -> Measure:
    def known(data: bytes | bytearray, at: int) -> int:
        if len(data) < at + 3:
            return -3
        if data[at + 2] in unknown or measure is None:
            return 0
        return measure(data, at)

    return known


def _short_raster(data: bytes | bytearray, at: int) -> int:
    """GS v 0 whose row count has only its low byte."""
    if len(data) < at + 8:
        return -8
    return 8 + (data[at + 4] | data[at + 5] << 8) * data[at + 6] if data[at + 2] == 0x30 else 0


class Quirks:
    """Turns a token into what this model makes of it."""

    def __init__(self, model: PrinterModel) -> None:
        self._model = model
        self._changes = [change for name, change in _CHANGES.items() if name in model.quirks]
        if model.cutter == "none":
            self._changes.append(_no_cutter)
        if not model.kanji:
            self._changes.append(_no_kanji)
        self._swallow = "raster-swallows-lf" in model.quirks
        self._after_raster = False

    def take(self, token: Token, *, line_open: bool) -> Token | None:
        """The token as this model takes it; None when it does nothing."""
        swallowed = self._after_raster and token.name == "LF"
        self._after_raster = self._swallow and token.name == "GS v 0"
        if swallowed:
            return None
        taken: Token | None = token
        for change in self._changes:
            taken = taken and change(taken, line_open)
        return taken


def _no_cutter(token: Token, line_open: bool) -> Token | None:
    """Without a cutter GS V 65 and 66 still feed; the others do nothing [58 mm clones]."""
    del line_open
    if token.name == "GS V" and token.raw[2] in (65, 66):
        return Token("ESC J", b"\x1bJ" + token.raw[3:4], token.at)
    return None if token.name in ("GS V", "ESC i", "ESC m") else token


def _no_kanji(token: Token, line_open: bool) -> Token | None:
    """A model of one-byte characters does not know FS & and its family."""
    del line_open
    return None if token.name in ("FS &", "FS .", "FS C") else token


def _absolute(token: Token, line_open: bool) -> Token | None:
    return None if token.name == "ESC $" and line_open else token


def _databar(token: Token, line_open: bool) -> Token | None:
    """The data of the four DataBar symbols comes out as letters."""
    del line_open
    if token.name == "GS k" and 75 <= token.raw[2] <= 78:
        return Token(TEXT, token.raw[4:], token.at)
    return token


def _margin(token: Token, line_open: bool) -> Token | None:
    """ESC B n sets a margin of n columns: the same as GS L at 12 dots a column."""
    del line_open
    if token.name == "ESC B":
        return Token("GS L", b"\x1dL" + (12 * token.raw[2]).to_bytes(2, "little"), token.at)
    return token


def _cut_through(token: Token, line_open: bool) -> Token | None:
    del line_open
    return Token("GS V", b"\x1dV\x00", token.at) if token.name == "ESC i" else token


def _no_fine_feed(token: Token, line_open: bool) -> Token | None:
    """ESC J feeds nothing; a line that is open is still printed."""
    if token.name == "ESC J":
        return Token(token.name, b"\x1bJ\x00", token.at) if line_open else None
    return token


def _no_cut_66(token: Token, line_open: bool) -> Token | None:
    del line_open
    return None if token.name == "GS V" and token.raw[2] == 66 else token


def _forward_only(token: Token, line_open: bool) -> Token | None:
    del line_open
    return None if token.name == "ESC \\" and token.raw[3] & 0x80 else token


def _low_row_byte(token: Token, line_open: bool) -> Token | None:
    """The header that fits the rows which this printer has read."""
    del line_open
    if token.name != "GS v 0":
        return token
    return Token(token.name, token.raw[:7] + b"\x00" + token.raw[8:], token.at)


_CHANGES: Mapping[str, Callable[[Token, bool], Token | None]] = MappingProxyType(
    {
        "abs-move-after-data-ignored": _absolute,
        "databar-as-text": _databar,
        "esc-b-margin": _margin,
        "esc-i-full": _cut_through,
        "esc-j-ignored": _no_fine_feed,
        "gs-v-66-ignored": _no_cut_66,
        "negative-move-ignored": _forward_only,
        "raster-low-row-byte": _low_row_byte,
    }
)
