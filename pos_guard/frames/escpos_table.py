"""The ESC/POS commands by name, and how long each one is: what keeps a printer stream in step.

Lengths only, no meaning. Sources: Epson "ESC/POS Command Reference for TM printers" and its
edition for DM displays; the framing table of kunif/EscPosUtils for what Epson has dropped (slip,
MICR, counters); vendor manuals for the dialects. What no source gives a length for is not here:
it comes out as UNKNOWN and is reported, never guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from pos_guard.frames import escpos_measure as measure
from pos_guard.frames.escpos_measure import Measure

__all__ = [
    "CHINA",
    "DIALECTS",
    "DISPLAY",
    "EPSON",
    "NAMES",
    "PANEL",
    "Dialect",
    "Measure",
    "Shape",
    "key",
    "with_kanji_glyphs",
]

NAMES: Mapping[int, str] = MappingProxyType(
    {
        0x00: "NUL",
        0x08: "BS",
        0x09: "HT",
        0x0A: "LF",
        0x0B: "VT",
        0x0C: "FF",
        0x0D: "CR",
        0x18: "CAN",
    }
)
"""Control bytes that are whole commands. BS and VT act on customer displays only."""

_LEAD = {"ESC": 0x1B, "FS": 0x1C, "GS": 0x1D, "US": 0x1F, "DLE": 0x10, "DC2": 0x12}
_ASCII = {
    "SP": 0x20,
    "FF": 0x0C,
    "LF": 0x0A,
    "CR": 0x0D,
    "SO": 0x0E,
    "SI": 0x0F,
    "MD1": 0x01,
    "MD2": 0x02,
    "MD3": 0x03,
    "EOT": 0x04,
    "ENQ": 0x05,
    "DC2": 0x12,
    "DC4": 0x14,
}

# Parameter bytes after the two bytes of the name. Beside what the two lists have: labels (GS A,
# GS FF, GS <: TM-T88III programming guide p. 452), two papers at once (ESC z: TM-U950).
_FIXED: Mapping[int, str] = {
    0: "ESC @,ESC 2,ESC <,ESC L,ESC S,ESC FF,ESC i,ESC m,ESC q,ESC v,FS &,FS .,FS L,FS b,FS c,"
    "GS :,GS c,GS FF,GS <,US LF,US CR,US B,US MD1,US MD2,US MD3,US @,US :,US U",
    1: "ESC =,ESC d,ESC J,ESC e,ESC K,ESC 3,ESC SP,ESC a,ESC !,ESC E,ESC G,ESC -,ESC {,ESC V,"
    "ESC M,ESC r,ESC t,ESC R,ESC T,ESC U,ESC u,ESC %,ESC ?,ESC C,ESC z,FS !,FS -,FS W,FS C,"
    "GS !,GS B,GS b,GS T,GS h,GS w,GS H,GS f,GS /,GS r,GS a,GS j,GS I,GS E,"
    "US E,US X,US C,US r,US v,US .,US ;,DLE ENQ",
    2: "ESC $,ESC \\,ESC f,GS A,GS L,GS W,GS P,GS $,GS \\,FS S,FS ?,FS p,US $,US #,US T,US ^",
    3: "ESC p,GS ^",
    8: "ESC W",
}

# SPRT SP series and SP-D10 manuals (Chinese styles, double width for a line); 5502 manual (buzzer
# ESC B n t, ESC C m t n); "80MM Printer Programmer Manual" 20161207 (ESC Z); ESC 9 n: 0 GBK,
# 1 UTF-8, 3 Big5. FS I turns, FS J and FS K set upright and across, FS r raises or lowers. GS Z n
# chooses the kind of code that ESC Z prints (HCC POS80B manual p. 56; Bematech LR1100 p. 66).
_CHINA: Mapping[int, str] = {
    0: "ESC SO,ESC DC4,FS SO,FS DC4,FS SI,FS DC2,FS G,FS J,FS K",
    1: "ESC 9,FS I,FS i,FS r,GS Z",
    2: "ESC B",
    3: "ESC C",
}

# CSN-A2 user manual, chapter 8.1: panel printers of 58 mm. There ESC B n is a left margin, ESC SO
# and ESC DC4 have a parameter, and so has ESC v.
_PANEL: Mapping[int, str] = {
    0: "DC2 T,DC2 E,FS s,FS d",
    1: "ESC 9,ESC B,ESC C,ESC SO,ESC DC4,ESC v,DC2 #,GS x",
    2: "ESC 8",
    3: "ESC 7",
}


@dataclass(frozen=True, slots=True)
class Shape:
    """Name and length of one command; ``named`` says that its third byte belongs to the name."""

    name: str
    fixed: int = 0
    measure: Measure | None = None
    named: bool = False


Dialect = Mapping[bytes, Shape]
"""The first two bytes of a command to its shape.

A third byte makes the entry a variant that holds while something is selected: ``ESC W`` with 02
while ``ESC =`` has selected the display alone; ``FS 2`` with 01 and 02 while ``FS ( A`` has
selected Kanji font B and C.
"""

DISPLAY = b"\x02"
"""Third byte of the entries that hold while the customer display takes the data."""


def key(name: str) -> bytes:
    """The two bytes that a name such as ``ESC @`` or ``DLE EOT`` stands for."""
    lead, _, second = name.partition(" ")
    return bytes([_LEAD[lead], _ASCII.get(second) or ord(second)])


def with_kanji_glyphs(
    dialect: Dialect, font_a: int = 72, font_b: int = 60, font_c: int = 32
) -> Dialect:
    """The dialect of a model whose Kanji fonts have these bytes in a glyph of ``FS 2``.

    Font A is 24 by 24 dots: 72. Font B is 20 by 24 (60), or 16 by 16 (32) where there is no C
    [fs_2].
    """
    sizes = {b"": font_a, b"\x01": font_b, b"\x02": font_c}
    two = key("FS 2")
    return MappingProxyType(
        {**dialect, **{two + font: Shape("FS 2", 4 + size) for font, size in sizes.items()}}
    )


def _shapes(table: Mapping[int, str]) -> dict[bytes, Shape]:
    return {
        key(name): Shape(name, 2 + count)
        for count, names in table.items()
        for name in names.split(",")
    }


_EOT: Mapping[int, int] = {**dict.fromkeys(range(1, 7), 3), **dict.fromkeys((0, 7, 8, 18), 4)}
_DC4: Mapping[int, int] = {1: 5, 2: 5, 3: 8, 7: 4, 8: 10}
_SLIP_SIDES: Mapping[int, int] = dict.fromkeys((0x00, 0x01, 0x30, 0x31), 3)
"""ESC F n, slip printers. Software sends ESC F alone as well, as dot matrix printers know it."""
_SENSORS: Mapping[int, int] = dict.fromkeys((0x30, 0x31, 0x33, 0x34, 0x35), 4)


def _epson() -> Dialect:
    measured: dict[str, tuple[Measure, bool]] = {
        "ESC (": (measure.counted, True),
        "FS (": (measure.counted, True),
        "GS (": (measure.counted, True),
        "US (": (measure.counted, True),
        "GS 8": (measure.graphics, True),
        "GS v": (measure.raster, True),
        "GS Q": (measure.raster, True),
        "GS D": (measure.bitmap_file, False),
        "GS C": (measure.counter, True),
        "ESC *": (measure.columns, False),
        "GS *": (measure.downloaded, False),
        "FS q": (measure.nv_images, False),
        "FS g": (measure.store_nv, True),
        "ESC &": (measure.glyphs, False),
        "ESC D": (measure.tabs, False),
        "GS k": (measure.barcode, False),
        "GS V": (measure.cut, False),
        "ESC c": (measure.by_third(_SENSORS), True),
        "ESC F": (measure.by_third(_SLIP_SIDES), False),
        "FS a": (measure.by_third({0x30: 4, 0x31: 3, 0x32: 3}), True),
        "GS g": (measure.by_third({0x30: 6, 0x32: 6}), True),
        "GS z": (measure.by_third({0x30: 5}), True),
        "DLE EOT": (measure.by_third(_EOT), False),
        "DLE DC4": (measure.by_third(_DC4), False),
    }
    shapes = _shapes(_FIXED)
    for name, (length, named) in measured.items():
        shapes[key(name)] = Shape(name, measure=length, named=named)
    shapes[key("US ,")] = Shape("US ,", 3)
    shapes[key("ESC W") + DISPLAY] = Shape("ESC W", measure=measure.window)
    return with_kanji_glyphs(shapes)


EPSON: Dialect = _epson()
"""The commands of Epson's printers and displays, those of past models included."""

CHINA: Dialect = MappingProxyType(
    {
        **EPSON,
        **_shapes(_CHINA),
        key("ESC Z"): Shape("ESC Z", measure=measure.vendor_qr),
    }
)
"""Epson's, and those of Chinese receipt printers: buzzer, QR command, Chinese styles."""

PANEL: Dialect = MappingProxyType(
    {
        **EPSON,
        **_shapes(_PANEL),
        key("DC2 *"): Shape("DC2 *", measure=measure.panel_bitmap),
        key("DC2 V"): Shape("DC2 V", measure=measure.panel_rows),
        key("DC2 v"): Shape("DC2 v", measure=measure.panel_rows),
    }
)
"""Epson's, and those of 58 mm panel printers (CSN-A2 and the many boards like it)."""

DIALECTS: Mapping[str, Dialect] = MappingProxyType({"epson": EPSON, "china": CHINA, "panel": PANEL})
"""By the names that printer models use."""
