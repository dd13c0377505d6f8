"""Codes that are digits only: payment codes, identity cards, goods, and the rest."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

from pos_guard.frames.codes_model import Code, Kind, mask_digits

# GB/T 2260: first two digits of the place where a Chinese identity number was issued.
_PROVINCES = frozenset(
    int(code)
    for row in (
        "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46",
        "50 51 52 53 54 61 62 63 64 65 71 81 82 83 91",
    )
    for code in row.split()
)
_ID_CARD = re.compile(r"[0-9]{17}[0-9Xx]")
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"

_GOODS = {8: "ean8", 12: "upc", 13: "ean13", 14: "gs1"}


_SHORTEST = 16
"""Digits in the shortest payment code of any wallet: no goods number is as long."""


@dataclass(frozen=True, slots=True)
class Wallet:
    """How the payment codes of one wallet look; ``source`` says who states it."""

    scheme: str
    prefixes: tuple[str, ...]
    shortest: int
    longest: int
    default: bool
    source: str

    def matches(self, digits: str) -> bool:
        """The whole string has this wallet's length and prefix."""
        return self.shortest <= len(digits) <= self.longest and digits.startswith(self.prefixes)


@cache
def wallets() -> tuple[Wallet, ...]:
    """The table of wallets, read once."""
    text = files("pos_guard.frames").joinpath("data/wallets.toml").read_text(encoding="utf-8")
    return tuple(
        Wallet(
            row["scheme"],
            tuple(row["prefixes"]),
            row["lengths"][0],
            row["lengths"][1],
            row["default"],
            row["source"],
        )
        for row in tomllib.loads(text)["wallet"]
    )


def is_id_card(text: str) -> bool:
    """A Chinese identity number: place, birthday from 1900 on, check digit (GB 11643)."""
    if not _ID_CARD.fullmatch(text) or int(text[:2]) not in _PROVINCES:
        return False
    year, month, day = int(text[6:10]), int(text[10:12]), int(text[12:14])
    if not 1900 <= year <= 2099:
        return False
    try:
        date(year, month, day)
    except ValueError:
        return False
    total = sum(int(d) * w for d, w in zip(text, _ID_WEIGHTS, strict=False))
    return _ID_CHECKS[total % 11] == text[17].upper()


def gtin_ok(digits: str) -> bool:
    """The last digit is the GS1 check digit of the others (weights 3 and 1 from the right)."""
    if not digits.isascii() or not digits.isdigit():
        return False
    values = [ord(digit) & 15 for digit in digits]  # ASCII digits: 0x30 to 0x39
    return (sum(values[-1::-2]) + 3 * sum(values[-2::-2])) % 10 == 0


def upc_a_of(digits: str) -> str | None:
    """The twelve digits that a UPC-E code of eight stands for; None when it is none.

    Source: GS1 General Specifications 5.2.2.4 (suppression of zeros).
    """
    if len(digits) != 8 or digits[0] not in "01":
        return None
    number, body, last, check = digits[0], digits[1:6], digits[6], digits[7]
    if last in "012":
        whole = f"{body[:2]}{last}0000{body[2:]}"
    elif last == "3":
        whole = f"{body[:3]}00000{body[3:]}"
    elif last == "4":
        whole = f"{body[:4]}00000{body[4:]}"
    else:
        whole = f"{body}0000{last}"
    long = f"{number}{whole}{check}"
    return long if gtin_ok(long) else None


def _goods(digits: str) -> Code | None:
    scheme = _GOODS.get(len(digits))
    if scheme is not None and gtin_ok(digits):
        gtin = digits
    elif (expanded := upc_a_of(digits)) is not None:
        scheme, gtin = "upc", expanded
    else:
        return None
    facts = {"gtin": gtin.rjust(14, "0")}
    return Code(Kind.GOODS, scheme, checksum="ok", facts=facts, masked=digits, text=digits)


def classify_digits(digits: str, aim: str | None, also: frozenset[str]) -> Code:
    """What a string of ASCII digits is; identity cards first, because some look like WeChat codes.

    ``also`` names wallets beyond the usual three. A symbology that no wallet draws (``]E0``,
    ``]I1``) makes a payment code not payable.
    """
    if is_id_card(digits):
        return id_card(digits)
    for wallet in wallets() if len(digits) >= _SHORTEST else ():
        if (wallet.default or wallet.scheme in also) and wallet.matches(digits):
            drawn = aim is None or aim[1] in "QC"
            return Code(
                Kind.PAYMENT_CODE,
                wallet.scheme,
                payable=drawn,
                problems=() if drawn else ("symbology",),
                flavour=wallet.scheme,
                masked=mask_digits(digits),
                text=digits,
            )
    return _goods(digits) or Code(Kind.NUMBER, masked=mask_digits(digits))


def id_card(text: str) -> Code:
    """An identity number, of which only the place is shown."""
    return Code(Kind.ID_CARD, "cn", checksum="ok", masked=text[:2] + "*" * 16)
