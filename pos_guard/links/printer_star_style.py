"""The till's print style on a Star printer, and lines of ours in the middle of it.

Sources: the manuals named in star_table; bracketed pages are those of the HSP7000.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from pos_guard.frames.escpos_commands import Align
from pos_guard.frames.escpos_scan import Token
from pos_guard.links.printer_settings import Traits
from pos_guard.links.printer_style import PrintStyle

_PLAIN: Mapping[str, bytes] = MappingProxyType(
    {
        "GS !": b"\x1bi\x00\x00",
        "ESC E": b"\x1bF",
        "ESC -": b"\x1b-\x00",
        "GS B": b"\x1b5",
        "ESC {": b"\x12",
        "ESC a": b"\x1b\x1da\x00",
        "ESC M": b"\x1b\x1eF\x00",
        "ESC SP": b"\x1b \x00\x1bM",
        "ESC %": b"\x1b%\x00",
        "ESC 3": b"\x1bz\x01",
        "GS L": b"\x1bl\x00",
    }
)
"""By the like in ESC/POS, what makes a line that everybody can read."""

_ENTER, _LEAVE = b"\x1b*rA", b"\x1b*rB"
_KEPT = b"EFPQTKm"
"""Raster commands whose settings are gone once the mode is entered anew."""

_COLUMN = 12
_MAX_COLUMN = 255


class StarStyle(PrintStyle):
    """The same as PrintStyle, in Star's bytes. Tokens are the likes; ``sent`` is Star's own."""

    leave_page = b"\x1b\x1dP1"

    def __init__(self, traits: Traits) -> None:
        super().__init__(traits)
        self._raster: dict[bytes, bytes] | None = None

    @property
    def drawing(self) -> bool:
        """Raster mode: what is no row of dots is not printed."""
        return self._raster is not None

    def follow(self, token: Token, sent: bytes | None = None) -> None:
        """Take over what changes the style of later text."""
        raw = token.raw if sent is None else sent
        if raw[:3] == _ENTER[:3]:
            self._follow_raster(raw)
        elif token.name == "GS !":
            # One of the many commands for it says width or height alone.
            raw = bytes((0x1B, 0x69, token.raw[2] & 7, token.raw[2] >> 4))
        elif token.name == "ESC @":
            self._raster = None
        super().follow(token, raw)

    def copy(self) -> StarStyle:
        """The style as it is now."""
        same = StarStyle(self.traits)
        same._set, same._kanji_on = dict(self._set), self._kanji_on
        same.page_mode = self.page_mode
        same._raster = None if self._raster is None else dict(self._raster)
        return same

    def inserted(self, lines: bytes) -> bytes:
        """``lines`` in plain style, centred; raster mode is left for them, and entered again.

        To leave it with rows that wait for their end may cut the paper [ESC * r E].
        """
        inner = super().inserted(lines)
        if self._raster is None:
            return inner
        return _LEAVE + inner + _ENTER + b"".join(self._raster.values())

    def align(self, where: Align) -> bytes:
        """ESC GS a."""
        return b"\x1b\x1da" + bytes(((Align.LEFT, Align.CENTER, Align.RIGHT).index(where),))

    def bold(self, on: bool) -> bytes:
        """ESC E and ESC F."""
        return b"\x1bE" if on else b"\x1bF"

    def size(self, times: int = 1) -> bytes:
        """ESC i: so many more times its size."""
        return bytes((0x1B, 0x69, times - 1, times - 1))

    def kanji(self, on: bool) -> bytes:
        """ESC p and ESC q."""
        return b"\x1bp" if on else b"\x1bq"

    def cut(self) -> bytes:
        """Three empty lines, then a partial cut with a feed to the cutter [3-60]."""
        return b"\x1ba\x03" + b"\x1bd\x03"

    def _plain(self, name: str, raw: bytes) -> bytes:
        if name == "GS W":
            return bytes((0x1B, 0x51, min(self.traits.dots // _COLUMN, _MAX_COLUMN)))
        return _PLAIN.get(name, raw)

    def _follow_raster(self, raw: bytes) -> None:
        letter = raw[3:4]
        if letter == b"A":
            self._raster = {}
        elif letter == b"B":
            self._raster = None
        elif self._raster is not None and letter == b"R":
            self._raster = {}
        elif self._raster is not None and letter in _KEPT:
            self._raster[raw[3:5] if letter == b"m" else letter] = raw
