"""GS1 element strings: goods with their attributes (GS1 General Specifications, release 24).

An element is an application identifier and its value; elements without a predefined length end in
GS (FNC1). Only what names the goods is read.
"""

from __future__ import annotations

import re

from pos_guard.frames.codes_model import Code, Kind, mask_text
from pos_guard.frames.codes_numbers import gtin_ok

# Figure 7.8.5-2: the first two digits of identifiers whose elements have a predefined length,
# identifier included.
_LENGTHS = {
    "00": 20,
    "01": 16,
    "02": 16,
    "03": 16,
    "04": 18,
    **dict.fromkeys(("11", "12", "13", "14", "15", "16", "17", "18", "19"), 8),
    "20": 4,
    **dict.fromkeys(("31", "32", "33", "34", "35", "36"), 10),
    "41": 16,
}
_ELEMENT = re.compile(r"[0-9]{2,4}[!-z]{1,90}")
_SEPARATOR = "\x1d"
MAX_ELEMENTS = 64
"""Elements read of one code: the largest GS1 symbol of goods holds fewer than 50."""
_GOODS = ("01", "02")


def elements(text: str) -> list[str] | None:
    """The element strings; None when it is cut wrongly."""
    found: list[str] = []
    for part in text.removeprefix(_SEPARATOR).split(_SEPARATOR, MAX_ELEMENTS):
        rest = part
        while (size := _LENGTHS.get(rest[:2])) is not None:
            if len(rest) < size or len(found) >= MAX_ELEMENTS:
                return None
            found.append(rest[:size])
            rest = rest[size:]
        if rest:
            found.append(rest)
    if len(found) > MAX_ELEMENTS or not all(map(_ELEMENT.fullmatch, found)):
        return None
    return found


def is_gs1(text: str) -> bool:
    """Text with separators that is whole, and whose goods have a right check digit."""
    found = elements(text)
    gtins = [element[2:] for element in found or () if element.startswith(_GOODS)]
    return bool(gtins) and all(map(gtin_ok, gtins))


def classify_gs1(text: str) -> Code:
    """Data of a GS1 symbol: goods, whatever else is in it."""
    found = elements(text)
    gtin = next((element[2:] for element in found or () if element.startswith(_GOODS)), None)
    checksum = "none" if gtin is None else "ok" if gtin_ok(gtin) else "bad"
    return Code(
        Kind.GOODS,
        "gs1",
        checksum=checksum,
        problems=("elements",) if found is None else (),
        facts={} if gtin is None else {"gtin": gtin},
        masked=mask_text(text),
    )
