"""Bars and spaces of the barcodes that receipts carry, as runs of modules.

Sources: ISO/IEC 15420 (EAN/UPC), 16388 (Code 39), 16390 (Interleaved 2 of 5); EN 798 (Codabar);
AIM USS Code 93. Code 128 and GS1-128: paper_code128. DataBar is drawn by a library
(paper_symbols).
"""

from __future__ import annotations

import re
from collections.abc import Callable

from pos_guard.frames.escpos_hri import check_digit, expanded, hri_text
from pos_guard_simulator.paper_code128 import code128, code128_auto, gs1_128, words

_EAN_LEFT = words("3211 2221 2122 1411 1132 1231 1114 1312 1213 3112")
_EAN_PARITY = words("LLLLLL LLGLGG LLGGLG LLGGGL LGLLGG LGGLLG LGGGLL LGLGLG LGLGGL LGGLGL")
_ITF = words("nnwwn wnnnw nwnnw wwnnn nnwnw wnwnn nwwnn nnnww wnnwn nwnwn")
_CODE39 = dict(
    zip(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. *$/+%",
        words(
            "nnnwwnwnn wnnwnnnnw nnwwnnnnw wnwwnnnnn nnnwwnnnw wnnwwnnnn nnwwwnnnn nnnwnnwnw "
            "wnnwnnwnn nnwwnnwnn wnnnnwnnw nnwnnwnnw wnwnnwnnn nnnnwwnnw wnnnwwnnn nnwnwwnnn "
            "nnnnnwwnw wnnnnwwnn nnwnnwwnn nnnnwwwnn wnnnnnnww nnwnnnnww wnwnnnnwn nnnnwnnww "
            "wnnnwnnwn nnwnwnnwn nnnnnnwww wnnnnnwwn nnwnnnwwn nnnnwnwwn wwnnnnnnw nwwnnnnnw "
            "wwwnnnnnn nwnnwnnnw wwnnwnnnn nwwnwnnnn nwnnnnwnw wwnnnnwnn nwwnnnwnn nwnnwnwnn "
            "nwnwnwnnn nwnwnnnwn nwnnnwnwn nnnwnwnwn"
        ),
        strict=True,
    )
)
_UPC_E_PARITY = words("EEEOOO EEOEOO EEOOEO EEOOOE EOEEOO EOOEEO EOOOEE EOEOEO EOEOOE EOOEOE")
_CODABAR = dict(
    zip(
        "0123456789-$:/.+ABCD",
        words(
            "nnnnnww nnnnwwn nnnwnnw wwnnnnn nnwnnwn wnnnnwn nwnnnnw nwnnwnn nwwnnnn wnnwnnn "
            "nnnwwnn nnwwnnn wnnnwnw wnwnnnw wnwnwnn nnwnwnw nnwwnwn nwnwnnw nnnwnww nnnwwwn"
        ),
        strict=True,
    )
)
_CODE93_SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%"
"""Values 0 to 42; 43 to 46 shift as ($) (%) (/) (+); 47 starts and stops."""

_CODE93 = (
    0x114, 0x148, 0x144, 0x142, 0x128, 0x124, 0x122, 0x150, 0x112, 0x10A, 0x1A8, 0x1A4,
    0x1A2, 0x194, 0x192, 0x18A, 0x168, 0x164, 0x162, 0x134, 0x11A, 0x158, 0x14C, 0x146,
    0x12C, 0x116, 0x1B4, 0x1B2, 0x1AC, 0x1A6, 0x196, 0x19A, 0x16C, 0x166, 0x136, 0x13A,
    0x12E, 0x1D4, 0x1D2, 0x1CA, 0x16E, 0x176, 0x1AE, 0x126, 0x1DA, 0x1D6, 0x132, 0x15E,
)  # fmt: skip
"""Nine modules each, a dark one is 1."""

_CODE93_SHIFTS = (
    (0, 43, "U"), (1, 43, "A"), (27, 44, "A"), (33, 45, "A"), (58, 45, "Z"), (59, 44, "F"),
    (64, 44, "V"), (91, 44, "K"), (96, 44, "W"), (97, 46, "A"), (123, 44, "P"),
)  # fmt: skip
"""From which code on which shift sign and letter stand for it (code 0: %U)."""

BINARY = frozenset({69, 70, 71})
"""Kinds with narrow and wide elements: CODE39, ITF, CODABAR."""

_THICK = {1: 3, 2: 5, 3: 8, 4: 10, 5: 13, 6: 16}
"""Dots of a wide element by those of a narrow one [gs_lw]: 0.625 mm for 0.250 mm at 8 dots a mm
and so on; 1, which Epson has not, from the BT-T080 manual."""


def elements(kind: int, data: bytes, module: int) -> list[int] | None:
    """Dots of each bar and space, a bar first; None where the data does not fit."""
    widths = modules(kind, data)
    if widths is None:
        return None
    if kind in BINARY:
        return [_THICK[module] if width > 1 else module for width in widths]
    return [width * module for width in widths]


def modules(kind: int, data: bytes) -> list[int] | None:
    """Widths of bars and spaces in modules, a bar first; None where the data does not fit.

    ``kind`` is GS k's m of form B; kinds that are not drawn give None too.
    """
    drawer = _DRAWERS.get(kind)
    try:
        return None if drawer is None or not data else drawer(data.decode("latin-1"))
    except (ValueError, KeyError, IndexError):
        return None


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _completed(text: str, length: int) -> str:
    digits = text + check_digit(text) if len(text) == length - 1 else text
    if len(digits) != length or not _is_digits(digits) or check_digit(digits[:-1]) != digits[-1]:
        raise ValueError(text)
    return digits


def _ean13(text: str) -> list[int]:
    digits = _completed(text, 13)
    parity = _EAN_PARITY[int(digits[0])]
    left = "".join(
        _EAN_LEFT[int(digit)] if side == "L" else _EAN_LEFT[int(digit)][::-1]
        for digit, side in zip(digits[1:7], parity, strict=True)
    )
    right = "".join(_EAN_LEFT[int(digit)] for digit in digits[7:])
    return [int(width) for width in "111" + left + "11111" + right + "111"]


def _upc_a(text: str) -> list[int]:
    return _ean13("0" + _completed(text, 12))


def _ean8(text: str) -> list[int]:
    halves = [_EAN_LEFT[int(digit)] for digit in _completed(text, 8)]
    return [
        int(width) for width in "111" + "".join(halves[:4]) + "11111" + "".join(halves[4:]) + "111"
    ]


def _wide(pattern: str) -> list[int]:
    return [3 if width == "w" else 1 for width in pattern]


def _code39(text: str) -> list[int]:
    full = f"*{text.strip('*')}*"
    return [width for char in full for width in [*_wide(_CODE39[char]), 1]][:-1]


def _itf(text: str) -> list[int]:
    if len(text) % 2 or not _is_digits(text):
        raise ValueError(text)
    widths = [1, 1, 1, 1]
    for bar, space in zip(text[::2], text[1::2], strict=True):
        pairs = zip(_ITF[int(bar)], _ITF[int(space)], strict=True)
        widths += _wide("".join(one + two for one, two in pairs))
    return [*widths, 3, 1, 1]


def _upc_e(text: str) -> list[int]:
    """Six digits, or the UPC-A that they stand for; number system 0 [gs_lk]."""
    shown = hri_text(b"\x1dkB" + bytes((len(text),)) + text.encode("latin-1"))
    if len(shown) != 8 or shown[0] not in "01":
        raise ValueError(text)
    if len(text) == 8 and check_digit(text[0] + expanded(text[1:7])[1:]) != text[7]:
        raise ValueError(text)
    if len(text) > 8 and text[:11] != expanded(shown[1:7]):
        raise ValueError(text)
    parity = _UPC_E_PARITY[int(shown[7])]
    if shown[0] == "1":
        parity = parity.translate({ord("E"): "O", ord("O"): "E"})
    digits = "".join(
        _EAN_LEFT[int(digit)] if side == "O" else _EAN_LEFT[int(digit)][::-1]
        for digit, side in zip(shown[1:7], parity, strict=True)
    )
    return [int(width) for width in "111" + digits + "111111"]


def _codabar(text: str) -> list[int]:
    """Its start and stop, A to D, are part of the data [gs_lk]."""
    full = text.upper()
    inner = set(full[1:-1]) & set("ABCD")
    if len(full) < 2 or full[0] not in "ABCD" or full[-1] not in "ABCD" or inner:
        raise ValueError(text)
    return [width for char in full for width in [*_wide(_CODABAR[char]), 1]][:-1]


def _code93(text: str) -> list[int]:
    """All of ASCII; start, stop and both check characters are the printer's [gs_lk]."""
    values = [value for char in text for value in _code93_values(ord(char))]
    for longest in (20, 15):
        weighted = (value * (place % longest + 1) for place, value in enumerate(reversed(values)))
        values.append(sum(weighted) % 47)
    bits = "".join(f"{_CODE93[value]:09b}" for value in [47, *values, 47]) + "1"
    return [len(run) for run in re.findall("1+|0+", bits)]


def _code93_values(code: int) -> list[int]:
    if code > 127:
        raise ValueError(code)
    char = chr(code)
    if char in _CODE93_SIGNS:
        return [_CODE93_SIGNS.index(char)]
    first, shift, letter = [row for row in _CODE93_SHIFTS if row[0] <= code][-1]
    return [shift, _CODE93_SIGNS.index(chr(ord(letter) + code - first))]


_DRAWERS: dict[int, Callable[[str], list[int]]] = {
    65: _upc_a,
    66: _upc_e,
    67: _ean13,
    68: _ean8,
    69: _code39,
    70: _itf,
    71: _codabar,
    72: _code93,
    73: code128,
    74: gs1_128,
    79: code128_auto,
}
