"""Swiss QR-bills: SIX, Swiss Implementation Guidelines QR-bill, version 2.3 (and 2.2 before it)."""

from __future__ import annotations

import re

from pos_guard.frames.codes_checks import creditor_reference_ok, is_iban, mod97, plain, qrr_ok
from pos_guard.frames.codes_model import Code, Kind, invalid
from pos_guard.frames.codes_split import mixed_ends, split_lines

MAX_SWISS = 997
"""Characters in a Swiss QR-bill (guidelines 4.2.4)."""
MAX_SCHEMES = 2
"""Alternative procedures at the end, 100 characters each."""

_FIRST_LINES = 31
_AMOUNT = re.compile(r"(0|[1-9][0-9]{0,8})\.([0-9]{2})")
_COUNTRY = re.compile(r"[A-Z]{2}")
_VERSION = re.compile(r"02[0-9]{2}")
_LIMITS_S = (70, 70, 16, 16, 35)
_LIMITS_K = (70, 70, 70, 0, 0)
_MESSAGE = 140


def classify_swiss(text: str) -> Code:
    """A text that starts with ``SPC`` and a line end."""
    lines = split_lines(text)
    while len(lines) > _FIRST_LINES and not lines[-1]:
        lines.pop()
    if not _FIRST_LINES <= len(lines) <= _FIRST_LINES + 1 + MAX_SCHEMES:
        return invalid("lines", scheme="swiss", size=len(text))
    if not _VERSION.fullmatch(lines[1]) or lines[30] != "EPD":
        name = "trailer" if lines[30] != "EPD" else "version"
        return invalid(name, scheme="swiss", size=len(text))
    iban = plain(lines[3])
    if not is_iban(iban):
        return invalid("iban", scheme="swiss", size=len(text))
    amount, currency = lines[18], lines[19]
    match = _AMOUNT.fullmatch(amount) if amount else None
    if currency not in {"CHF", "EUR"} or (amount and match is None):
        return invalid("amount", scheme="swiss", size=len(text))
    return Code(
        Kind.MERCHANT_CODE,
        "swiss",
        payee={"iban": iban},
        payees=(f"swiss:iban:{iban}",),
        amount=None if match is None else int(match[1] + match[2]),
        currency=currency,
        checksum="ok" if mod97(iban) else "bad",
        problems=tuple(_problems(text, lines, iban)),
        flavour="swiss",
        facts={"name": lines[5], **({"reference": lines[28]} if lines[28] else {})},
        masked=f"swiss {iban[:4]}…{iban[-4:]}",
        text=text,
    )


def _problems(text: str, lines: list[str], iban: str) -> list[str]:
    checks = {
        "version": lines[1] != "0200",
        "coding": lines[2] != "1",
        "country": iban[:2] not in {"CH", "LI"},
        "iban-format": iban != lines[3],
        "iban-length": iban[:2] in {"CH", "LI"} and len(iban) != 21,
        "creditor": not _address_fits(lines[4:11]),
        "final-creditor": any(lines[11:18]),  # reserved, must be empty
        "debtor": any(lines[20:27]) and not _address_fits(lines[20:27]),
        "zero-amount": lines[18] == "0.00",
        "reference-check": not _reference_fits(lines[27], lines[28]),
        "qr-iban": (lines[27] == "QRR") is not _is_qr_iban(iban),
        "message": len("".join([lines[29], *lines[31:32]])) > _MESSAGE,
        "schemes": any(not 1 <= len(line) <= 100 for line in lines[32:]),
        "long-payload": len(text) > MAX_SWISS,
        "mixed-ends": mixed_ends(text),
    }
    return [name for name, wrong in checks.items() if wrong]


def _address_fits(lines: list[str]) -> bool:
    """Kind, name, street, number, postal code, town, country (S), or two free lines (K)."""
    kind, *values, country = lines
    limits = {"S": _LIMITS_S, "K": _LIMITS_K}.get(kind)
    if limits is None or not _COUNTRY.fullmatch(country):
        return False
    if any(len(value) > limit for value, limit in zip(values, limits, strict=True)):
        return False
    # Mandatory: the name; of S postal code and town, of K the second line.
    return bool(values[0]) and (bool(values[3] and values[4]) if kind == "S" else bool(values[2]))


def _reference_fits(kind: str, reference: str) -> bool:
    if kind == "QRR":
        return qrr_ok(reference)
    if kind == "SCOR":
        return creditor_reference_ok(reference)
    return kind == "NON" and not reference


def _is_qr_iban(iban: str) -> bool:
    """The institution (positions 5 to 9) is from 30000 to 31999: for QR references only."""
    return "30000" <= iban[4:9] <= "31999"
