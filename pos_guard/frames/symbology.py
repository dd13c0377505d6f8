"""Names of bar code symbologies, and what AIM identifiers say about them.

An AIM identifier is ``]``, a code character and a modifier (ISO/IEC 15424), sent before the code.
Sources beside that standard: npm @point-of-sale/barcode-parser 1.0.4, Honeywell 8650 p. 4-12 and
3820 p. A-2, Zebra 50-12500-066 table B-3, Symbol PDT 6800 table F-5.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

AIM: Final = re.compile(rb"\][A-Za-z][0-9A-Za-z]")
"""An AIM identifier at the start of what a scanner sent."""


class Symbology(StrEnum):
    """The kind of symbol that a code was read from."""

    EAN13 = "ean13"
    EAN8 = "ean8"
    UPC_A = "upca"
    UPC_E = "upce"
    EAN = "ean"
    """EAN or UPC, the scanner does not say which."""
    CODE128 = "code128"
    GS1_128 = "gs1-128"
    CODE39 = "code39"
    CODE93 = "code93"
    CODE11 = "code11"
    CODABAR = "codabar"
    ITF = "itf"
    D2OF5 = "d2of5"
    IATA = "iata"
    MSI = "msi"
    DATABAR = "databar"
    PDF417 = "pdf417"
    MICRO_PDF417 = "micropdf417"
    QR = "qr"
    GS1_QR = "gs1-qr"
    MICRO_QR = "microqr"
    DATA_MATRIX = "datamatrix"
    GS1_DATA_MATRIX = "gs1-datamatrix"
    AZTEC = "aztec"
    MAXICODE = "maxicode"
    HAN_XIN = "hanxin"
    OTHER = "other"
    """Known to the scanner, without a name here."""


class Vendor(StrEnum):
    """Whose meanings ``]X`` and one- to three-character code identifiers have; by configuration."""

    NONE = "none"
    ZEBRA = "zebra"
    HONEYWELL = "honeywell"
    NEWLAND = "newland"
    DATALOGIC = "datalogic"


_BY_CHARACTER: Mapping[str, Symbology] = {
    "A": Symbology.CODE39,
    "C": Symbology.CODE128,
    "E": Symbology.EAN,
    "F": Symbology.CODABAR,
    "G": Symbology.CODE93,
    "H": Symbology.CODE11,
    "I": Symbology.ITF,
    "L": Symbology.PDF417,
    "M": Symbology.MSI,
    "Q": Symbology.QR,
    "R": Symbology.IATA,
    "S": Symbology.D2OF5,
    "U": Symbology.MAXICODE,
    "d": Symbology.DATA_MATRIX,
    "e": Symbology.DATABAR,
    "h": Symbology.HAN_XIN,
    "z": Symbology.AZTEC,
}
"""The code characters. ``R`` is Straight 2 of 5 with two bars at each end, as IATA has it."""

_OTHERS: Final = frozenset("BDKNOPTXcops")
"""Telepen, Code One, 16K, Anker, Codablock, Plessey, Code 49, others, Channel, OCR, Posi, Super."""

_BY_MODIFIER: Mapping[str, Symbology] = {
    "C1": Symbology.GS1_128,
    "E4": Symbology.EAN8,
    "L3": Symbology.MICRO_PDF417,
    "L4": Symbology.MICRO_PDF417,
    "L5": Symbology.MICRO_PDF417,
    "Q3": Symbology.GS1_QR,
    "Q4": Symbology.GS1_QR,
    "d2": Symbology.GS1_DATA_MATRIX,
    "d5": Symbology.GS1_DATA_MATRIX,
}
"""Modifiers that make another symbology: FNC1 in first position, Code 128 emulation, EAN-8."""

_VENDOR_X: Mapping[Vendor, Mapping[str, Symbology]] = {
    Vendor.HONEYWELL: {"0": Symbology.EAN13},
    Vendor.ZEBRA: {
        "0": Symbology.EAN13,
        "9": Symbology.EAN13,
        "C": Symbology.EAN8,
        "g": Symbology.UPC_A,
        "k": Symbology.UPC_E,
        "r": Symbology.DATABAR,
        "s": Symbology.DATABAR,
        "t": Symbology.DATABAR,
        "S": Symbology.MICRO_QR,
        "V": Symbology.PDF417,
    },
}
"""``]X`` is the vendor's own. ``]X0`` is Bookland and ISSN (an EAN-13 by its bars) at both."""

_EAN_DIGITS: Mapping[int, Symbology] = {
    8: Symbology.UPC_E,
    12: Symbology.UPC_A,
    13: Symbology.EAN13,
}
"""What ``]E0`` is by its digits; UPC-A sent as 13 digits is the EAN-13 that it then is."""


def symbology(aim: str | None, data: bytes = b"", vendor: Vendor = Vendor.NONE) -> Symbology | None:
    """The symbology that an AIM identifier names (``]Q1`` is ``qr``), or None: it names none.

    ``data``, the code, tells EAN-13 from UPC, which share ``]E0``; ``vendor`` gives ``]X`` a
    meaning. ``]Z`` is data that came from no bar code: None.
    """
    if aim is None or len(aim) != 3 or aim[0] != "]":
        return None
    character, modifier = aim[1], aim[2]
    if character == "X":
        return _VENDOR_X.get(vendor, {}).get(modifier, Symbology.OTHER)
    if aim == "]E0" and data.isdigit():
        return _EAN_DIGITS.get(len(data), Symbology.EAN)
    named = _BY_MODIFIER.get(character + modifier) or _BY_CHARACTER.get(character)
    return named or (Symbology.OTHER if character in _OTHERS else None)


_TYPICAL: Mapping[Symbology, str] = {
    **{symbol: f"]{character}0" for character, symbol in _BY_CHARACTER.items()},
    Symbology.QR: "]Q1",
    Symbology.MICRO_QR: "]Q1",
    Symbology.GS1_QR: "]Q3",
    Symbology.GS1_128: "]C1",
    Symbology.GS1_DATA_MATRIX: "]d2",
    Symbology.MICRO_PDF417: "]L0",
    Symbology.EAN13: "]E0",
    Symbology.UPC_A: "]E0",
    Symbology.UPC_E: "]E0",
    Symbology.EAN8: "]E4",
    Symbology.OTHER: "]X0",
}


def identifier(symbol: Symbology | None) -> str | None:
    """The AIM identifier that a plain code of this symbology has; None for None.

    For scanners that name the symbology in their own way: checks read AIM identifiers.
    """
    return None if symbol is None else _TYPICAL[symbol]
