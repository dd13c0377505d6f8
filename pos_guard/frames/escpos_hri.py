"""What a printer writes in letters above or below a barcode (HRI characters).

Check digits that the printer computes are shown [gs_lk, gs_ch].
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

_CODE128_SPECIAL = re.compile(r"\{([ABCS1-4{])")
"""{A {B {C choose a set, {S shifts, {1 to {4 are functions, {{ is a brace [gs_lk]."""


def hri_text(raw: bytes) -> str:
    """The letters of one GS k command; empty for data that such a barcode cannot hold."""
    kind = raw[2] if raw[2] > 6 else raw[2] + 65
    data = raw[4:] if raw[2] > 6 else raw[3:].rstrip(b"\x00")
    write = _WRITERS.get(kind)
    if write is not None:
        return write(data)
    text = data.decode("ascii", errors="replace")
    return text if text.isprintable() and text.isascii() else ""


def _digits(data: bytes, sizes: tuple[int, ...]) -> str:
    text = data.decode("latin-1")
    return text if text.isascii() and text.isdigit() and len(text) in sizes else ""


def _with_check(size: int) -> Callable[[bytes], str]:
    """Digits of an EAN or UPC, completed to ``size`` (GS1 General Specifications 7.9)."""

    def write(data: bytes) -> str:
        text = _digits(data, (size - 1, size))
        return text + check_digit(text) if len(text) == size - 1 else text

    return write


def check_digit(text: str) -> str:
    """The GS1 check digit that follows these digits."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(text[::-1]))
    return str(-total % 10)


def _upc_e(data: bytes) -> str:
    """Six digits stand between number system 0 and the check digit of the UPC-A they mean."""
    text = _digits(data, (6, 7, 8, 11, 12))
    if len(text) > 8:
        text = "0" + _squeezed(text)
    elif len(text) == 6:
        text = "0" + text
    if len(text) != 7:
        return text
    return text + check_digit(expanded(text[1:]))


def expanded(six: str) -> str:
    """The eleven digits of UPC-A that six digits of UPC-E stand for."""
    last = six[5]
    if last in "012":
        return f"0{six[:2]}{last}0000{six[2:5]}"
    if last == "3":
        return f"0{six[:3]}00000{six[3:5]}"
    if last == "4":
        return f"0{six[:4]}00000{six[4]}"
    return f"0{six[:5]}0000{last}"


def _squeezed(upc_a: str) -> str:
    """The six digits of UPC-E for a UPC-A; its first six if there are none."""
    eleven = upc_a[:11]
    maker, item = eleven[1:6], eleven[6:11]
    offers = (
        maker[:2] + item[2:] + maker[2],
        maker[:3] + item[3:] + "3",
        maker[:4] + item[4:] + "4",
        maker + item[4:],
    )
    fitting = [six for six in offers if expanded(six) == eleven]
    return fitting[0] if fitting else maker + item[4]


def _code128(data: bytes) -> str:
    """The characters that the symbol carries, without what only chooses a set."""
    return _printable(_code128_parts(data.decode("latin-1")))


def _code128_parts(text: str) -> str:
    out, active, place = "", "B", 0
    while place < len(text):
        special = _CODE128_SPECIAL.match(text, place)
        if special is not None:
            active = special[1] if special[1] in "ABC" else active
            out += "{" if special[1] == "{" else ""
            place += 2
        elif active == "C":
            out += f"{ord(text[place]):02d}"
            place += 1
        else:
            out += text[place]
            place += 1
    return out


def _printable(text: str) -> str:
    """Control characters are shown as spaces."""
    return "".join(char if " " <= char <= "~" else " " for char in text).rstrip()


_WRITERS: Mapping[int, Callable[[bytes], str]] = {
    65: _with_check(12),
    66: _upc_e,
    67: _with_check(13),
    68: _with_check(8),
    73: _code128,
}
