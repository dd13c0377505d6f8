"""How long every ESC/POS command is: the table that keeps a printer stream in step.

Lengths only, no meaning. Sources: Epson "ESC/POS Command Reference for TM printers" (the page
name is in brackets where a rule is not obvious), the framing table of kunif/EscPosUtils, and
vendor manuals for the clone dialect. A wrong length here prints pictures as text, or hides text
inside a picture, so every rule counts from the command's first byte.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

Measure = Callable[[bytes, int], int]
"""``(data, at)`` to the command's whole length; ``-n`` when ``n`` bytes must be there to say
more; 0 when the bytes are no such command."""

MAX_BARCODE = 255
"""Form A of GS k has no length; form B, which carries the same symbols, stops at 255 bytes."""

MAX_TABS = 32
"""ESC D takes at most 32 positions, whatever follows [esc_cd]."""

KANJI_GLYPH = 72
"""Bytes of one FS 2 glyph: 24 x 24 dots, the size of Kanji font A."""

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

_LEAD = {"ESC": 0x1B, "FS": 0x1C, "GS": 0x1D, "US": 0x1F, "DLE": 0x10}
_ASCII = {
    "SP": 0x20,
    "FF": 0x0C,
    "LF": 0x0A,
    "CR": 0x0D,
    "MD1": 0x01,
    "MD2": 0x02,
    "MD3": 0x03,
    "EOT": 0x04,
    "ENQ": 0x05,
    "DC4": 0x14,
}

# Parameter bytes after the two bytes of the name.
_FIXED: Mapping[int, str] = {
    0: "ESC @,ESC 2,ESC <,ESC L,ESC S,ESC FF,ESC i,ESC m,ESC v,FS &,FS .,GS :,"
    "US LF,US CR,US B,US MD1,US MD2,US MD3,US @",
    1: "ESC =,ESC d,ESC J,ESC e,ESC K,ESC 3,ESC SP,ESC a,ESC !,ESC E,ESC G,ESC -,ESC {,ESC V,"
    "ESC M,ESC r,ESC t,ESC R,ESC T,ESC U,ESC u,ESC %,ESC ?,FS !,FS -,FS W,FS C,GS !,GS B,GS b,"
    "GS T,GS h,GS w,GS H,GS f,GS /,GS r,GS a,GS I,GS E,US E,US X,US C,US r,US v,DLE ENQ",
    2: "ESC $,ESC \\,GS L,GS W,GS P,GS $,GS \\,FS S,FS ?,FS p,US $",
    3: "ESC p,GS ^",
    8: "ESC W",
}


@dataclass(frozen=True, slots=True)
class Shape:
    """Name and length of one command; ``named`` says that its third byte belongs to the name."""

    name: str
    fixed: int = 0
    measure: Measure | None = None
    named: bool = False


Dialect = Mapping[bytes, Shape]
"""The first two bytes of a command to its shape."""


def key(name: str) -> bytes:
    """The two bytes that a name such as ``ESC @`` or ``DLE EOT`` stands for."""
    lead, _, second = name.partition(" ")
    return bytes([_LEAD[lead], _ASCII.get(second) or ord(second)])


def _counted(data: bytes, at: int) -> int:
    """ESC ( x, FS ( x and GS ( x: pL pH, then that many bytes."""
    if len(data) < at + 5:
        return -5
    return 5 + data[at + 3] + (data[at + 4] << 8)


def _graphics(data: bytes, at: int) -> int:
    """GS 8 L: p1 to p4, then that many bytes."""
    if len(data) < at + 7:
        return -7
    return 7 + int.from_bytes(data[at + 3 : at + 7], "little") if data[at + 2] == 0x4C else 0


def _raster(data: bytes, at: int) -> int:
    """GS v 0 m xL xH yL yH: x bytes a row, y rows."""
    if len(data) < at + 8:
        return -8
    if data[at + 2] != 0x30:
        return 0
    columns = data[at + 4] + (data[at + 5] << 8)
    return 8 + columns * (data[at + 6] + (data[at + 7] << 8))


def _columns(data: bytes, at: int) -> int:
    """ESC * m nL nH: one byte a column in 8-dot modes, three in 24-dot modes."""
    if len(data) < at + 5:
        return -5
    count = data[at + 3] + (data[at + 4] << 8)
    return 5 + count * (1 if data[at + 2] < 32 else 3)


def _downloaded(data: bytes, at: int) -> int:
    """GS * x y: x times y times 8 bytes."""
    return -4 if len(data) < at + 4 else 4 + data[at + 2] * data[at + 3] * 8


def _nv_images(data: bytes, at: int) -> int:
    """FS q n, then n pictures, each with its own size."""
    if len(data) < at + 3:
        return -3
    size = 3
    for _ in range(data[at + 2]):
        head = at + size
        if len(data) < head + 4:
            return -(size + 4)
        columns = data[head] + (data[head + 1] << 8)
        size += 4 + columns * (data[head + 2] + (data[head + 3] << 8)) * 8
    return size


def _glyphs(data: bytes, at: int) -> int:
    """ESC & y c1 c2, then for each character its width x and x times y bytes."""
    if len(data) < at + 5:
        return -5
    height, first, last = data[at + 2 : at + 5]
    size = 5
    for _ in range(first, last + 1):
        if len(data) < at + size + 1:
            return -(size + 1)
        size += 1 + data[at + size] * height
    return size


def _tabs(data: bytes, at: int) -> int:
    """ESC D n.. NUL; a value that does not rise ends the list and is ordinary data."""
    last = 0
    for index in range(MAX_TABS + 1):
        place = at + 2 + index
        if len(data) <= place:
            return -(index + 3)
        if data[place] == 0:
            return index + 3
        if data[place] <= last or index == MAX_TABS:
            return index + 2
        last = data[place]
    return 0


def _barcode(data: bytes, at: int) -> int:
    """GS k m: 0 to 6 end at NUL, 65 to 79 carry a length.

    Form A symbols hold printable ASCII only: any other byte before the NUL means that a printer
    prints what follows as text, and so must a reader see it [gs_lk].
    """
    if len(data) < at + 4:
        return -4
    kind = data[at + 2]
    if 65 <= kind <= 79:
        return 4 + data[at + 3]
    if kind > 6:
        return 0
    for place in range(at + 3, min(at + 4 + MAX_BARCODE, len(data))):
        if not 0x20 <= data[place] < 0x7F:
            return place + 1 - at if data[place] == 0 else 0
    held = len(data) - at
    return 0 if held >= 4 + MAX_BARCODE else -(held + 1)


def _cut(data: bytes, at: int) -> int:
    """GS V m, with a feed length in functions B, C and D."""
    if len(data) < at + 3:
        return -3
    return 4 if data[at + 2] in (65, 66, 97, 98, 103, 104) else 3


def _by_third(sizes: Mapping[int, int]) -> Measure:
    def measure(data: bytes, at: int) -> int:
        return -3 if len(data) < at + 3 else sizes.get(data[at + 2], 0)

    return measure


def _store_nv(data: bytes, at: int) -> int:
    """FS g 1 m a1..a4 nL nH and n bytes (store); FS g 2, the same without them (send)."""
    if len(data) < at + 10:
        return -10
    if data[at + 2] not in (0x31, 0x32):
        return 0
    return 10 + (data[at + 8] + (data[at + 9] << 8) if data[at + 2] == 0x31 else 0)


def _clone_qr(data: bytes, at: int) -> int:
    """ESC Z m n k dL dH d.. of POS-5802 and HOIN printers."""
    return -7 if len(data) < at + 7 else 7 + data[at + 5] + (data[at + 6] << 8)


def _user_kanji(data: bytes, at: int) -> int:
    """FS 2 c1 c2 and one glyph."""
    del data, at
    return 4 + KANJI_GLYPH


_EOT: Mapping[int, int] = {**dict.fromkeys(range(1, 7), 3), **dict.fromkeys((0, 7, 8, 18), 4)}
_DC4: Mapping[int, int] = {1: 5, 2: 5, 3: 8, 7: 4, 8: 10}
_SENSORS: Mapping[int, int] = dict.fromkeys((0x30, 0x31, 0x33, 0x34, 0x35), 4)


def _epson() -> Dialect:
    shapes = {
        name: Shape(name, 2 + count) for count, names in _FIXED.items() for name in names.split(",")
    }
    for lead in ("ESC", "FS", "GS"):
        shapes[f"{lead} ("] = Shape(f"{lead} (", measure=_counted, named=True)
    measured: dict[str, tuple[Measure, bool]] = {
        "GS 8": (_graphics, True),
        "GS v": (_raster, True),
        "ESC *": (_columns, False),
        "GS *": (_downloaded, False),
        "FS q": (_nv_images, False),
        "FS 2": (_user_kanji, False),
        "FS g": (_store_nv, True),
        "ESC &": (_glyphs, False),
        "ESC D": (_tabs, False),
        "GS k": (_barcode, False),
        "GS V": (_cut, False),
        "ESC c": (_by_third(_SENSORS), True),
        "GS g": (_by_third({0x30: 6, 0x32: 6}), True),
        "GS z": (_by_third({0x30: 5}), True),
        "GS C": (_by_third({0x30: 5, 0x31: 9, 0x32: 5}), True),
        "DLE EOT": (_by_third(_EOT), False),
        "DLE DC4": (_by_third(_DC4), False),
    }
    for name, (measure, named) in measured.items():
        shapes[name] = Shape(name, measure=measure, named=named)
    return MappingProxyType({key(name): shape for name, shape in shapes.items()})


EPSON: Dialect = _epson()
"""The commands of Epson's reference."""

CHINA: Dialect = MappingProxyType(
    {
        **EPSON,
        key("ESC B"): Shape("ESC B", 4),
        key("ESC C"): Shape("ESC C", 5),
        key("ESC Z"): Shape("ESC Z", measure=_clone_qr),
    }
)
"""Epson's, with the buzzer (ESC B n t, ESC C m t n) and QR command (ESC Z) of Chinese clones."""
