"""Code 128 and GS1-128: data as GS k takes it, to widths of bars and spaces in modules.

Sources: ISO/IEC 15417; GS1 General Specifications 5.4; Epson ESC/POS Command Reference [gs_lk].
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from pos_guard.frames.escpos_hri import check_digit


def words(text: str) -> tuple[str, ...]:
    """A table's entries."""
    return tuple(text.split())


_WIDTHS = words(
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
_START = {"A": 103, "B": 104, "C": 105}
_CHANGE = {"A": 101, "B": 100, "C": 99}
_SHIFT, _STOP, _FNC1 = 98, 106, 102
_FUNCTIONS = {
    "1": {"A": 102, "B": 102, "C": 102},
    "2": {"A": 97, "B": 97},
    "3": {"A": 96, "B": 96},
    "4": {"A": 101, "B": 100},
}

FNC1 = "\x80"
"""Function 1 among characters: what begins GS1-128 and ends its elements."""


def code128(text: str) -> list[int]:
    """GS k 73: ``{A``, ``{B`` or ``{C`` first, and again to change the set.

    In set C every byte is a value of 0 to 99. ``{S`` shifts one character, ``{1`` to ``{4`` are
    functions, ``{{`` is a brace.

    :raises ValueError, KeyError: for data that the set does not have.
    """
    if text[0] != "{" or text[1] not in _START:
        raise ValueError(text)
    active, place = text[1], 2
    values = [_START[active]]
    while place < len(text):
        value, used, after = _next(text[place : place + 3], active)
        values += value
        place += used
        active = after
    return _modules(values)


def _next(ahead: str, active: str) -> tuple[list[int], int, str]:
    """Values for the next characters, how many these are, and the set after them."""
    if ahead[0] != "{":
        return [_value(ahead[0], active)], 1, active
    sign = ahead[1]
    if sign in _CHANGE:
        return ([] if sign == active else [_CHANGE[sign]]), 2, sign
    if sign == "S":
        other = {"A": "B", "B": "A"}[active]
        return [_SHIFT, _value(ahead[2], other)], 3, active
    if sign == "{":
        return [_value("{", active)], 2, active
    return [_FUNCTIONS[sign][active]], 2, active


def _value(char: str, active: str) -> int:
    code = ord(char)
    if active == "C":
        if code > 99:
            raise ValueError(char)
        return code
    if code > 127 or (active == "A" and code > 95) or (active == "B" and code < 32):
        raise ValueError(char)
    return code + 64 if code < 32 else code - 32


def code128_auto(text: str) -> list[int]:
    """GS k 79: the printer chooses the sets.

    :raises ValueError: for characters beyond ASCII.
    """
    if any(ord(char) > 127 for char in text):
        raise ValueError(text)
    return _packed(text)


def gs1_128(text: str) -> list[int]:
    """GS k 74: starts with function 1; brackets are for the eye only, ``*`` is a check digit.

    ``{1`` ends an element, ``{(``, ``{)``, ``{*`` and ``{{`` are the signs themselves.

    :raises ValueError, KeyError: for data that such a symbol does not have.
    """
    if text[:2] in ("{A", "{B", "{C"):  # as older libraries send it
        return code128(text)
    out, element = FNC1, ""
    for part in re.findall(r"\{.|.", text, re.DOTALL):
        if part in ("(", ")"):
            element = ""
        elif part == "{1":
            out, element = out + FNC1, ""
        elif part == "*":
            out += check_digit(element)
        elif part != " ":
            char = {"{(": "(", "{)": ")", "{*": "*", "{{": "{"}[part] if len(part) == 2 else part
            out, element = out + char, element + char
    if len(out) < 2 or any(ord(char) > 127 for char in out.replace(FNC1, "")):
        raise ValueError(text)
    return _packed(out)


def _packed(text: str) -> list[int]:
    """The fewest values that simple rules find: set C for four digits or more."""
    values: list[int] = []
    active, place = "", 0
    while place < len(text):
        wanted = _wanted(text, place, active)
        if wanted != active:
            values.append(_CHANGE[wanted] if active else _START[wanted])
            active = wanted
        if text[place] == FNC1:
            values.append(_FNC1)
            place += 1
        elif active == "C":
            values.append(int(text[place : place + 2]))
            place += 2
        else:
            values.append(_value(text[place], active))
            place += 1
    return _modules(values)


def _wanted(text: str, place: int, active: str) -> str:
    """The set for the next character."""
    after = place + (text[place] == FNC1)
    run = _digits(text, after)
    if text[place] == FNC1 and active:
        return active
    if run >= 4 and (run % 2 == 0 or active == "C" or place != after or not active):
        return "C"
    if active == "C" and run >= 2:
        return "C"
    code = ord(text[after]) if after < len(text) else 32
    if code < 32:
        return "A"
    return "A" if active == "A" and code < 96 else "B"


def _digits(text: str, place: int) -> int:
    """How many digits begin here."""
    end = place
    while end < len(text) and text[end] in "0123456789":
        end += 1
    return end - place


def _modules(values: Iterable[int]) -> list[int]:
    known = list(values)
    check = known[0] + sum(place * value for place, value in enumerate(known[1:], 1))
    return [int(width) for value in [*known, check % 103, _STOP] for width in _WIDTHS[value]]
