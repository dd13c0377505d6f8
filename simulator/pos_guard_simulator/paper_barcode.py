"""Bars and spaces of the barcodes that receipts carry, as runs of modules.

Sources: ISO/IEC 15420 (EAN/UPC), 15417 (Code 128), 16388 (Code 39), 16390 (Interleaved 2 of 5).
"""

from __future__ import annotations

from collections.abc import Callable


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_EAN_LEFT = _words("3211 2221 2122 1411 1132 1231 1114 1312 1213 3112")
_EAN_PARITY = _words("LLLLLL LLGLGG LLGGLG LLGGGL LGLLGG LGGLLG LGGGLL LGLGLG LGLGGL LGGLGL")
_ITF = _words("nnwwn wnnnw nwnnw wwnnn nnwnw wnwnn nwwnn nnnww wnnwn nwnwn")
_CODE39 = dict(
    zip(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. *$/+%",
        _words(
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
_CODE128 = _words(
    "212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 "
    "122132 122231 113222 123122 123221 223211 221132 221231 213212 223112 312131 311222 321122 "
    "321221 312212 322112 322211 212123 212321 232121 111323 131123 131321 112313 132113 132311 "
    "211313 231113 231311 112133 112331 132131 113123 113321 133121 313121 211331 231131 213113 "
    "213311 213131 311123 311321 331121 312113 312311 332111 314111 221411 431111 111224 111422 "
    "121124 121421 141122 141221 112214 112412 122114 122411 142112 142211 241211 221114 413111 "
    "241112 134111 111242 121142 121241 114212 124112 124211 411212 421112 421211 212141 214121 "
    "412121 111143 111341 131141 114113 114311 411113 411311 113141 114131 311141 411131 211412 "
    "211214 211232 2331112"
)
_CODE128_SETS = {"A": 103, "B": 104, "C": 105}
_CODE128_STOP = 106


def modules(kind: int, data: bytes) -> list[int] | None:
    """Widths of bars and spaces in modules, a bar first; None where the data does not fit.

    ``kind`` is GS k's m of form B; kinds that are not drawn give None too.
    """
    drawer = _DRAWERS.get(kind)
    try:
        return None if drawer is None else drawer(data.decode("ascii"))
    except (ValueError, KeyError, IndexError):
        return None


def check_digit(digits: str) -> str:
    """The check digit of EAN and UPC, for the digits before it."""
    total = sum(
        int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(digits[::-1])
    )
    return str(-total % 10)


def _completed(text: str, length: int) -> str:
    digits = text + check_digit(text) if len(text) == length - 1 else text
    if len(digits) != length or not digits.isdigit() or check_digit(digits[:-1]) != digits[-1]:
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
    if len(text) % 2 or not text.isdigit():
        raise ValueError(text)
    widths = [1, 1, 1, 1]
    for bar, space in zip(text[::2], text[1::2], strict=True):
        pairs = zip(_ITF[int(bar)], _ITF[int(space)], strict=True)
        widths += _wide("".join(one + two for one, two in pairs))
    return [*widths, 3, 1, 1]


def _code128(text: str) -> list[int]:
    """Data as GS k takes it: ``{A``, ``{B`` or ``{C`` first, and again to change the set."""
    if text[0] != "{" or text[1] not in _CODE128_SETS:
        raise ValueError(text)
    values, active, place = [_CODE128_SETS[text[1]]], text[1], 2
    while place < len(text):
        value, used, active = _code128_value(text[place : place + 2], active)
        values.append(value)
        place += used
    check = values[0] + sum(place * value for place, value in enumerate(values[1:], 1))
    values += [check % 103, _CODE128_STOP]
    return [int(width) for value in values for width in _CODE128[value]]


def _code128_value(pair: str, active: str) -> tuple[int, int, str]:
    """The symbol for the next characters: its value, how many it took, the set after it."""
    if pair[0] == "{" and pair[1] in _CODE128_SETS:
        return {"A": 101, "B": 100, "C": 99}[pair[1]], 2, pair[1]
    if pair == "{{":
        return ord("{") - 32, 2, active
    if active == "C":
        return ord(pair[0]), 1, active
    code = ord(pair[0])
    return (code + 64 if code < 32 else code - 32), 1, active


_DRAWERS: dict[int, Callable[[str], list[int]]] = {
    65: _upc_a,
    67: _ean13,
    68: _ean8,
    69: _code39,
    70: _itf,
    73: _code128,
    74: lambda text: _code128(text if text.startswith("{") else "{B" + text),
    79: lambda text: _code128("{B" + text),
}
