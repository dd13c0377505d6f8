"""What Star commands mean, in the words of ESC/POS: one Star token in, the like tokens out.

Whatever reads, judges or prints ESC/POS tokens then does so for Star too. Numbers of code pages
stay Star's own. A command that only concerns the line (status, counters) or that leaves no mark
has no like. Sources: the manuals named in star_table; bracketed pages are those of the HSP7000.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

from pos_guard.frames.escpos_scan import OVERSIZE, OVERSIZE_DATA, TEXT, UNKNOWN, Token, scan
from pos_guard.frames.escpos_table import CHINA
from pos_guard.frames.star_images import columns_of_rows, glyph, kanji_glyph, one_row
from pos_guard.frames.star_symbols import barcode, pdf417, qr

_SAME = frozenset({TEXT, UNKNOWN, OVERSIZE, OVERSIZE_DATA, "NUL", "LF", "HT", "FF", "ESC D"})
_BLOCK_GRAPHICS = 255
"""Stands in [star-line] of code_page_numbers for what ESC $ 0 selects, which has no number."""
_COLUMN = 12
_SHORT = 16
"""Bytes of commands whose names are remembered: all that only set something."""
_DOTS_QUARTER_MM = 2
_MAX_DOTS = 255
_PULSE_MS = 200
"""Width of a drawer pulse at power on [3-62]."""
_PITCH = {"ESC M": 0, "ESC g": 2, "ESC P": 3, "ESC :": 4}

# ESC GS P n of StarPRNT to page mode of ESC/POS; those with parameters keep them.
_PAGE: Mapping[int, bytes] = {
    0x30: b"\x1bJ\x00\x1bL",
    0x31: b"\x1bS",
    0x32: b"\x1bT",
    0x33: b"\x1bW",
    0x34: b"\x1d$",
    0x35: b"\x1d\\",
    0x36: b"\x1b\x0c",
    0x37: b"\x0c",
    0x38: b"\x18",
}
Like = tuple[bytes, ...]
"""ESC/POS commands, whole."""


class StarMeaning:
    """Follows one Star stream; what later commands depend on is remembered."""

    def __init__(self) -> None:
        self._acts: Mapping[str, Callable[[bytes], Like]] = {**_PLAIN, **self._table()}
        self._power_on()

    def _power_on(self) -> None:
        self._high = self._wide = 0
        self._left = 0
        self._raster = False
        self._form_mode = ""
        self._pulse = (_PULSE_MS, _PULSE_MS)

    def like(self, token: Token) -> tuple[Token, ...]:
        """The ESC/POS tokens that do the same; ``at`` is the Star token's."""
        if token.name in _SAME:
            return () if self._raster and token.name in (TEXT, "LF") else (token,)
        act = self._acts.get(token.name)
        if act is None:
            return ()
        raw = b"".join(act(token.raw))
        found = _short(raw) if len(raw) <= _SHORT else _cut_up(raw)
        return tuple(Token(name, raw, token.at) for name, raw in found)

    def _table(self) -> Mapping[str, Callable[[bytes], Like]]:
        return {
            "ESC @": self._reset,
            "CAN": self._reset,
            "ESC ?": self._reset,
            "ESC i": lambda raw: self._size(raw[2], raw[3]),
            "ESC W": lambda raw: self._size(self._high, raw[2]),
            "ESC h": lambda raw: self._size(raw[2], self._wide),
            "SO": lambda _: self._size(self._high, 1),
            "DC4": lambda _: self._size(self._high, 0),
            "ESC SO": lambda _: self._size(1, self._wide),
            "ESC DC4": lambda _: self._size(0, self._wide),
            "ESC l": self._left_margin,
            "ESC Q": self._right_margin,
            "ESC BEL": self._pulse_width,
            "BEL": lambda _: (self._drawer(),),
            "ESC * r": self._raster_command,
            "ESC FF": self._form_feed,
        }

    def _reset(self, raw: bytes) -> Like:
        del raw
        self._power_on()
        return (b"\x1b@",)

    def _size(self, high: int, wide: int) -> Like:
        """ESC i h w and its older forms: 0 to 5 more times its size [3-16]."""
        self._high, self._wide = high % 48 & 7, wide % 48 & 7
        return (bytes((0x1D, 0x21, self._wide << 4 | self._high)),)

    def _left_margin(self, raw: bytes) -> Like:
        self._left = raw[2]
        return (b"\x1dL" + (raw[2] * _COLUMN).to_bytes(2, "little"),)

    def _right_margin(self, raw: bytes) -> Like:
        """ESC Q n: the column at which the line ends; ESC/POS counts from the left margin."""
        columns = max(raw[2] - self._left, 0)
        return (b"\x1dW" + (columns * _COLUMN).to_bytes(2, "little"),) if columns else ()

    def _pulse_width(self, raw: bytes) -> Like:
        self._pulse = (10 * raw[2], 10 * raw[3])
        return ()

    def _drawer(self) -> bytes:
        on, off = (min(ms // 2, 255) for ms in self._pulse)
        return bytes((0x1B, 0x70, 0, on, off))

    def _raster_command(self, raw: bytes) -> Like:
        letter, number = raw[3:4], raw[4:].rstrip(b"\x00")
        if letter in (b"A", b"B"):
            self._raster = letter == b"A"
            return (b"\x1bJ\x00",)
        if letter == b"Y" and number.isdigit():
            return _feed_dots(int(number))
        if letter == b"F":
            self._form_mode = number.decode()
        return (self._drawer(),) if letter == b"D" else ()

    def _form_feed(self, raw: bytes) -> Like:
        """ESC FF NUL: what ESC * r F chose; 1 is nothing, and by itself it cuts [3-104]."""
        return () if raw[2] or self._form_mode == "1" else (b"\x1dVB\x00",)


def _cut_up(raw: bytes) -> tuple[tuple[str, bytes], ...]:
    return tuple((found.name, found.raw) for found in scan(raw, CHINA))


# Receipts repeat a few settings over and over.
_short = lru_cache(maxsize=512)(_cut_up)


def _feed_dots(dots: int) -> Like:
    whole, rest = divmod(min(dots, 0xFFFF), _MAX_DOTS)
    return (b"\x1bJ\xff",) * whole + ((bytes((0x1B, 0x4A, rest)),) if rest else ())


def _cut(raw: bytes) -> Like:
    """ESC d: 0 full, 1 partial, 2 and 3 the same after a feed to the cutter [3-60]."""
    kind = raw[2] % 48
    return ({0: b"\x1dV\x00", 1: b"\x1dV\x01", 2: b"\x1dVA\x00"}.get(kind, b"\x1dVB\x00"),)


def _shift_jis(raw: bytes) -> Like:
    """ESC $: Shift JIS on; off, the same bytes are single signs (block graphics) [3-74]."""
    if raw[2] % 48:
        return (b"\x1cC\x01",)
    return (b"\x1cC\x00", b"\x1c.", bytes((0x1B, 0x74, _BLOCK_GRAPHICS)))


def _country(raw: bytes) -> Like:
    """ESC R: 0 to 9, then letters; up to 13 (Korea) the numbers are Epson's [3-14]."""
    number = raw[2]
    number -= 48 if 48 <= number <= 57 else 55 if 65 <= number <= 69 else 0
    return (bytes((0x1B, 0x52, number if number <= 13 else 0)),)


def _font(raw: bytes) -> Like:
    return (bytes((0x1B, 0x4D, raw[3] % 48)),)


def _utf8(raw: bytes) -> Like:
    """ESC GS ) U with function 48: UTF-8 or code pages [StarPRNT]."""
    if raw[3:4] != b"U" or raw[4:7] != b"\x02\x000":
        return ()
    return (b"\x1c(C\x02\x000" + (b"2" if raw[7] % 48 == 1 else b"1"),)


def _page(raw: bytes) -> Like:
    head = _PAGE.get(raw[3])
    if head is None:
        return ()
    if raw[3] == 0x30:
        return (head[:3], head[3:])
    return (head + raw[4:],)


_GS: Mapping[int, Callable[[bytes], Like]] = {
    0x07: lambda _: (b"\x1bB\x01\x01",),
    0x19: lambda raw: (bytes((0x1B, 0x42, raw[5] or 1, 1)),) if raw[3] == 0x12 else (),
    ord(")"): _utf8,
    ord("A"): lambda raw: (b"\x1b$" + raw[3:5],),
    ord("P"): _page,
    ord("R"): lambda raw: (b"\x1b\\" + raw[3:5],),
    ord("S"): lambda raw: (b"\x1dv0\x00" + raw[4:8] + raw[9:],),
    ord("a"): lambda raw: (b"\x1ba" + raw[3:4],),
    ord("t"): lambda raw: (b"\x1bt" + raw[3:4],),
    ord("x"): pdf417,
    ord("y"): qr,
}


def _gs(raw: bytes) -> Like:
    act = _GS.get(raw[2])
    return () if act is None else act(raw)


_PLAIN: Mapping[str, Callable[[bytes], Like]] = {
    **dict.fromkeys((f"ESC GS {chr(letter)}" for letter in _GS if letter > 0x20), _gs),
    "ESC GS": _gs,
    "ESC RS F": _font,
    "ESC E": lambda _: (b"\x1bE\x01",),
    "ESC F": lambda _: (b"\x1bE\x00",),
    "ESC -": lambda raw: (b"\x1b-" + raw[2:],),
    "ESC 4": lambda _: (b"\x1dB\x01",),
    "ESC 5": lambda _: (b"\x1dB\x00",),
    "SI": lambda _: (b"\x1b{\x01",),
    "DC2": lambda _: (b"\x1b{\x00",),
    "ESC SP": lambda raw: (bytes((0x1B, 0x20, raw[2] % 48)),),
    **dict.fromkeys(_PITCH, lambda raw: (bytes((0x1B, 0x20, _PITCH[f"ESC {chr(raw[1])}"])),)),
    "ESC 0": lambda _: (b"\x1b3\x18",),
    "ESC z": lambda raw: (b"\x1b3\x20" if raw[2] % 48 else b"\x1b3\x18",),
    "ESC a": lambda raw: (b"\x1bd" + raw[2:],),
    "ESC J": lambda raw: _feed_dots(_DOTS_QUARTER_MM * raw[2]),
    "ESC I": lambda raw: _feed_dots(raw[2]),
    "VT": lambda _: (b"\x1bJ\x00",),
    "ESC d": _cut,
    "ESC p": lambda _: (b"\x1cC\x00", b"\x1c&"),
    "ESC q": lambda _: (b"\x1c.",),
    "ESC $": _shift_jis,
    "ESC R": _country,
    "ESC b": barcode,
    "ESC k": columns_of_rows,
    "ESC X": lambda raw: (b"\x1b*\x21" + raw[2:],),
    "ESC L": lambda raw: (b"\x1b*\x01" + raw[2:],),
    "ESC K": lambda raw: (b"\x1b*\x00" + raw[2:],),
    "b": one_row,
    "k": one_row,
    "ESC FS p": lambda raw: (b"\x1cp" + raw[3:],),
    "ESC FS q": lambda raw: (b"\x1cq" + raw[3:],),
    "ESC &": glyph,
    "ESC r": kanji_glyph,
    "ESC %": lambda raw: (b"\x1b%" + raw[2:],),
    "FS": lambda _: (b"\x10\x14\x01\x00\x02",),
    "SUB": lambda _: (b"\x10\x14\x01\x01\x02",),
    "EM": lambda _: (b"\x10\x14\x01\x01\x02",),
    "EOT": lambda _: (b"\x10\x04\x02",),
    "ENQ": lambda _: (b"\x10\x04\x01",),
    "ESC ACK": lambda _: (b"\x10\x04\x01",),
    "ETB": lambda _: (b"\x1d(H\x06\x0000ETB ",),
    "ESC #": lambda raw: (b"\x1dIA",) if raw[2:3] == b"*" else (),
}
"""What needs no memory of what came before."""
