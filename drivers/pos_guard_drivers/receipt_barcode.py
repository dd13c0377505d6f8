"""Barcodes: what may stand in them, their check digits, and how wide they are. Pure.

A printer prints nothing, or the data as text, for a barcode it does not like: so it is checked
here. Sources: Epson ESC/POS Command Reference, GS k; GS1 General Specifications 7.9 (check digit);
ISO/IEC 15417 (Code 128), 16388 (Code 39), 16390 (ITF), EN 798 (Codabar), AIM USS-93.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from pos_guard.errors import LocalError

Kind = Literal["upc-a", "upc-e", "ean13", "ean8", "code39", "itf", "codabar", "code93", "code128"]

MAX_DATA = 255
"""Bytes of a barcode: the length of GS k is one byte."""

_DIGITS = re.compile(r"[0-9]+")
_KEPT_E = {"3": 3, "4": 4}
"""Digits of the maker's number that a UPC-E ending in 3 or 4 keeps (GS1 General Specifications)."""


@dataclass(frozen=True, slots=True)
class Barcode:
    """A barcode that may be printed.

    ``code`` is GS k's m, ``data`` its bytes, ``modules`` its width without quiet zones, wide bars
    counted as three modules, the most that any printer uses.
    """

    kind: Kind
    code: int
    data: bytes
    modules: int


def barcode(kind: Kind, text: str, *, sets: bool = True) -> Barcode:
    """A checked barcode.

    A check digit of EAN and UPC may be there or not: it is checked, or added. ``sets``: Code 128
    may use its code set C (two digits a symbol).

    :raises LocalError: for what this kind of barcode cannot hold, or a wrong check digit.
    """
    if kind not in _KINDS:
        raise LocalError(f"no barcode {kind!r}: choose from {', '.join(_KINDS)}")
    code, make = _KINDS[kind]
    data, modules = make(text) if kind != "code128" else _code128(text, sets=sets)
    if not 0 < len(data) <= MAX_DATA:
        raise LocalError(f"a barcode holds 1 to {MAX_DATA} bytes")
    return Barcode(kind, code, data, modules)


def check_digit(digits: str) -> str:
    """The GS1 check digit that follows these digits."""
    total = sum(int(digit) * (3 - 2 * (place % 2)) for place, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def _article(length: int, modules: int) -> Callable[[str], tuple[bytes, int]]:
    def make(text: str) -> tuple[bytes, int]:
        return _checked(text, length).encode("ascii"), modules

    return make


def _checked(text: str, length: int) -> str:
    if not _DIGITS.fullmatch(text) or len(text) not in (length - 1, length):
        raise LocalError(f"{text!r} is not {length - 1} or {length} digits")
    digit = check_digit(text[: length - 1])
    if len(text) == length and text[-1] != digit:
        raise LocalError(f"the check digit of {text} is wrong: {digit} is right")
    return text[: length - 1] + digit


def _upc_e(text: str) -> tuple[bytes, int]:
    """Eight digits (0, six, check) or the UPC-A that they stand for; sent as UPC-A."""
    whole = _expanded(text) if len(text) == 8 else text
    whole = _checked(whole, 12)
    if not _compressible(whole):
        raise LocalError(f"{text} has too few zeros for UPC-E")
    return whole.encode("ascii"), 51


def _expanded(text: str) -> str:
    if not _DIGITS.fullmatch(text) or text[0] != "0":
        raise LocalError(f"{text!r} is no UPC-E number: 0, six digits, a check digit")
    body, last, check = text[1:6], text[6], text[7]
    if last in "012":
        maker, item = body[:2] + last + "00", "00" + body[2:]
    elif last in _KEPT_E:
        kept = _KEPT_E[last]
        maker, item = body[:kept].ljust(5, "0"), body[kept:].rjust(5, "0")
    else:
        maker, item = body, "0000" + last
    return "0" + maker + item + check


def _compressible(upc: str) -> bool:
    maker, item = upc[1:6], upc[6:11]
    rules = (
        maker[2:] in ("000", "100", "200") and item[:2] == "00",
        maker[3:] == "00" and item[:3] == "000",
        maker[4:] == "0" and item[:4] == "0000",
        item[:4] == "0000" and item[4] >= "5",
    )
    return upc[0] == "0" and any(rules)


def _signs(pattern: str, modules: Callable[[int], int]) -> Callable[[str], tuple[bytes, int]]:
    allowed = re.compile(pattern)

    def make(text: str) -> tuple[bytes, int]:
        if not allowed.fullmatch(text):
            raise LocalError(f"{text!r} cannot stand in this barcode")
        return text.encode("ascii"), modules(len(text))

    return make


def _code128(text: str, *, sets: bool) -> tuple[bytes, int]:
    """Code sets B and C, whichever is shorter; an opening brace is doubled (GS k m=73)."""
    if not re.fullmatch(r"[ -~]+", text):
        raise LocalError(f"{text!r} cannot stand in this barcode")
    out, symbols, at, now = b"", 0, 0, ""
    while at < len(text):
        pairs = _pairs(text, at) if sets else 0
        wanted = "C" if pairs else "B"
        if wanted != now:
            out += b"{" + wanted.encode("ascii")
            symbols, now = symbols + 1, wanted
        if pairs:
            out += bytes(int(text[place : place + 2]) for place in range(at, at + 2 * pairs, 2))
        else:
            out += text[at].encode("ascii") * (2 if text[at] == "{" else 1)
        at, symbols = at + (2 * pairs or 1), symbols + (pairs or 1)
    return out, 11 * (symbols + 1) + 13


def _pairs(text: str, at: int) -> int:
    """Pairs of digits that are shorter in code set C, where ``at`` is not inside such a run."""
    run = _DIGITS.match(text, at)
    if run is None:
        return 0
    length = run.end() - at
    edge = at == 0 or run.end() == len(text)
    # A change of set costs a symbol: worth it from four digits at an end, six in the middle, and
    # two alone; of an odd run the first digit stays in B (ISO/IEC 15417, annex E).
    enough = length >= (4 if edge else 6) or length == len(text) == 2
    inside_b = at > 0 and length % 2 == 1
    return 0 if not enough or inside_b else length // 2


_KINDS: Mapping[str, tuple[int, Callable[[str], tuple[bytes, int]]]] = MappingProxyType(
    {
        "upc-a": (65, _article(12, 95)),
        "upc-e": (66, _upc_e),
        "ean13": (67, _article(13, 95)),
        "ean8": (68, _article(8, 67)),
        "code39": (69, _signs(r"[0-9A-Z $%+\-./]+", lambda count: 16 * (count + 2))),
        "itf": (70, _signs(r"(?:[0-9]{2})+", lambda count: 9 * count + 9)),
        "codabar": (71, _signs(r"[A-Da-d][0-9$+\-./:]*[A-Da-d]", lambda count: 14 * count)),
        "code93": (72, _signs(r"[ -~]+", lambda count: 9 * (2 * count + 4) + 1)),
        "code128": (73, _signs(r"[ -~]+", lambda count: 11 * count)),
    }
)
