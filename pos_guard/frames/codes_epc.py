"""EPC codes for SEPA credit transfers: European Payments Council, EPC069-12 version 3.0.

Elements stand in fixed order, one a line; the last ones may be left out with their line ends.
"""

from __future__ import annotations

import re

from pos_guard.frames.codes_checks import (
    creditor_reference_ok,
    iban_length_fits,
    is_bic,
    is_iban,
    mod97,
    plain,
)
from pos_guard.frames.codes_model import Code, Kind, invalid
from pos_guard.frames.codes_split import mixed_ends, split_lines

MAX_EPC = 331
"""Bytes in an EPC code: version 13, error level M."""
MAX_LINES = 12

_AMOUNT = re.compile(r"EUR([0-9]{1,9})(?:\.([0-9]{1,2}))?")
_PURPOSE = re.compile(r"[A-Z0-9]{0,4}")
_CHARSETS = {
    "1": "utf-8",
    "2": "iso8859-1",
    "3": "iso8859-2",
    "4": "iso8859-4",
    "5": "iso8859-5",
    "6": "iso8859-7",
    "7": "iso8859-10",
    "8": "iso8859-15",
}


def classify_epc(text: str) -> Code:
    """A text that starts with ``BCD`` and a line end."""
    lines = split_lines(text)
    while lines and not lines[-1]:
        lines.pop()
    if not 7 <= len(lines) <= MAX_LINES:
        return invalid("lines", scheme="epc", size=len(text))
    lines += [""] * (MAX_LINES - len(lines))
    iban = plain(lines[6])
    if not is_iban(iban):
        return invalid("iban", scheme="epc", size=len(text))
    match = _AMOUNT.fullmatch(lines[7]) if lines[7] else None
    amount = None if match is None else int(match[1] + (match[2] or "").ljust(2, "0"))
    if lines[7] and not amount:
        return invalid("amount", scheme="epc", size=len(text))
    return Code(
        Kind.MERCHANT_CODE,
        "epc",
        payee={"iban": iban},
        payees=(f"epc:iban:{iban}",),
        amount=amount,
        currency="EUR",
        checksum="ok" if mod97(iban) else "bad",
        problems=tuple(_problems(text, lines, iban)),
        flavour="epc",
        facts={"name": lines[5], **({"reference": lines[9]} if lines[9] else {})},
        masked=f"epc {iban[:4]}…{iban[-4:]}",
        text=text,
    )


def _problems(text: str, lines: list[str], iban: str) -> list[str]:
    _, version, charset, service, bic, name, _, amount, purpose, reference, note, info = lines
    checks = {
        "version": version not in {"001", "002"},
        "charset": charset not in _CHARSETS or not _fits(text, charset),
        "service": service != "SCT",
        "bic": not bic and version == "001",
        "bic-format": bool(bic) and not is_bic(bic),
        "name": not 1 <= len(name.strip()) <= 70,
        "iban-format": iban != lines[6],
        "iban-length": not iban_length_fits(iban),
        "amount-format": len(amount) > 4 and amount[3] == "0" and amount[4] != ".",
        "purpose": not _PURPOSE.fullmatch(purpose),
        "reference": bool(reference) and bool(note),
        "reference-check": reference.startswith("RF") and not creditor_reference_ok(reference),
        "long": len(reference) > 35 or len(note) > 140 or len(info) > 70,
        "long-payload": _size(text, charset) > MAX_EPC,
        "mixed-ends": mixed_ends(text),
    }
    return [name for name, wrong in checks.items() if wrong]


def _fits(text: str, charset: str) -> bool:
    """The text has only characters of the set that it names."""
    if text.isascii():
        return True
    try:
        text.encode(_CHARSETS[charset])
    except UnicodeEncodeError:
        return False
    return True


def _size(text: str, charset: str) -> int:
    return len(text.encode(_CHARSETS.get(charset, "utf-8"), "replace"))
