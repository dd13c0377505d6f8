"""The Star Line Mode commands by name, and how long each one is.

Lengths only, no meaning. Sources: Star "Line Mode Command Specifications" (line thermal printers;
HSP7000 rev. 0.00, whose tables 7-1 to 7-9 also say how many bytes an ignored command takes),
StarPRNT Command Specifications rev. 2.25, and the dot impact edition (SP500, SP700). What none of
them gives a length for is not here: it comes out as UNKNOWN and is reported.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from pos_guard.frames import star_measure as measure
from pos_guard.frames.escpos_measure import Measure, tabs
from pos_guard.frames.escpos_scan import EscPosScanner, Token
from pos_guard.frames.escpos_table import Dialect, Shape
from pos_guard.frames.star_measure import Sizes, choose

__all__ = ["MODES", "RASTER", "STAR", "scan", "star_scanner"]

_SINGLES: Mapping[int, str] = {
    0x04: "EOT",
    0x05: "ENQ",
    0x07: "BEL",
    0x0E: "SO",
    0x0F: "SI",
    0x12: "DC2",
    0x14: "DC4",
    0x17: "ETB",
    0x19: "EM",
    0x1A: "SUB",
    0x1C: "FS",
}
"""Control bytes that are whole commands here, beside LF, CR, HT, FF, VT and CAN."""

# ESC and a letter, by the number of parameter bytes after it.
_LETTERS: Mapping[int, str] = {
    0: "@EFMP:g0126745Opq\x0e\x14",
    1: "R/Wh-_azJIA3yNlQd$uxw% ",
    2: "ist\x07\x16",
}
_CONTROLS = {0x07: "BEL", 0x0E: "SO", 0x14: "DC4", 0x16: "SYN", 0x20: "SP"}

_RS_LETTERS = b"FAaEdrmciRI#"
"""ESC RS and one of these has one parameter [3-10, 3-71 to 3-88; tables 7-1 to 7-9]."""

_KANJI_GLYPH: Final = 72
"""Bytes of a glyph of ESC r: 24 by 24 dots [3-58]."""

_PAGE: Sizes = {**dict.fromkeys(b"01678", 4), 0x32: 5, 0x33: 12, 0x34: 6, 0x35: 6}
"""ESC GS P of StarPRNT: enter, leave, direction, area, position, print."""

_PDF417: Sizes = {
    0x44: measure.pdf417_data,
    0x49: 4,
    0x50: 4,
    0x53: choose(4, {0x30: 8, 0x31: 6, 0x32: 6, 0x33: 6}),
}
_QR: Sizes = {
    0x44: choose(4, {0x31: measure.qr_data, 0x32: measure.qr_spans}),
    0x49: 4,
    0x50: 4,
    0x53: choose(4, {0x30: 6, 0x31: 6, 0x32: 6}),
}
_GS: Sizes = {
    0x03: 6,  # ETX s n1 n2: begin and end of a document
    0x07: 6,  # BEL m t1 t2: buzzer
    0x19: choose(3, {0x11: 7, 0x12: 7}),  # EM DC1, EM DC2: buzzer
    ord("#"): 11,
    ord(")"): measure.counted,
    ord("*"): choose(3, {0x30: measure.marks, 0x31: 10, 0x32: 9}),
    ord("A"): 5,
    ord("P"): choose(3, _PAGE),
    ord("R"): 5,
    ord("S"): measure.picture,
    ord("a"): 4,
    ord("t"): 4,
    ord("x"): choose(3, _PDF417),
    ord("y"): choose(3, _QR),
}


def _star() -> Dialect:
    shapes = {
        bytes((0x1B, ord(letter))): Shape(f"ESC {_CONTROLS.get(ord(letter), letter)}", 2 + count)
        for count, letters in _LETTERS.items()
        for letter in letters
    }
    measured: Mapping[int, tuple[str, Measure, bool]] = {
        0x06: ("ESC ACK", choose(2, {0x01: 3, 0x18: 3}), False),
        0x0C: ("ESC FF", choose(2, {0x00: 3, 0x04: 3}), False),
        0x1C: ("ESC FS", choose(2, {ord("p"): 5, ord("q"): measure.logos}), True),
        0x1D: ("ESC GS", choose(2, _GS), True),
        0x1E: ("ESC RS", choose(2, dict.fromkeys(_RS_LETTERS, 4)), True),
        ord("#"): ("ESC #", measure.switches, False),
        ord("&"): ("ESC &", measure.glyph, False),
        ord("*"): ("ESC *", measure.raster, True),
        ord("?"): ("ESC ?", measure.switches, False),
        ord("B"): ("ESC B", tabs, False),
        ord("C"): ("ESC C", measure.page_length, False),
        ord("D"): ("ESC D", tabs, False),
        ord("K"): ("ESC K", measure.bit_image, False),
        ord("L"): ("ESC L", measure.bit_image, False),
        ord("X"): ("ESC X", measure.tall_image, False),
        ord("b"): ("ESC b", measure.barcode, False),
        ord("k"): ("ESC k", measure.fine_image, False),
    }
    for second, (name, length, named) in measured.items():
        shapes[bytes((0x1B, second))] = Shape(name, measure=length, named=named)
    shapes[b"\x1br"] = Shape("ESC r", 4 + _KANJI_GLYPH)
    shapes |= {bytes((byte,)): Shape(name, 1) for byte, name in _SINGLES.items()}
    return MappingProxyType(shapes)


STAR: Dialect = _star()
"""Star Line Mode and StarPRNT, in line and page mode."""

RASTER: Dialect = MappingProxyType(
    {
        **STAR,
        **{
            bytes((letter, size)): Shape(chr(letter), measure=measure.band)
            for letter in b"bk"
            for size in range(256)
        },
    }
)
"""The same in raster mode, where the letters ``b`` and ``k`` are commands: rows of dots."""

MODES: Mapping[bytes, Dialect] = MappingProxyType(
    {b"\x1b*rA": RASTER, b"\x1b*rB": STAR, b"\x1b@": STAR}
)
"""Commands that change what the bytes after them mean. No manual says that ESC @ leaves raster
mode: to take it so shows text at worst where there are dots, and never hides text."""


def star_scanner() -> EscPosScanner:
    """A scanner for a Star stream from power on."""
    return EscPosScanner(STAR, MODES)


def scan(data: bytes) -> list[Token]:
    """All tokens of a finished stream; an unfinished command at its end is UNKNOWN."""
    scanner = star_scanner()
    return scanner.feed(data) + scanner.flush()
