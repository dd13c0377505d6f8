"""Finds card numbers, and phone numbers, in texts that people type, so that none is ever kept.

Bare Luhn hits one number in ten; here the issuer's range, its lengths and Luhn must all agree.
Ranges: ISO/IEC 7812-1 issuer identification numbers as the card schemes publish them. Left out are
two ranges that begin with 1 (UATP, Indonesia's GPN 1946): no terminal here takes them, and the
microseconds of a clock look like them.
"""

from __future__ import annotations

import re

_RANGES: tuple[tuple[int, int, range], ...] = (
    (2200, 2205, range(16, 20)),  # Mir, BORICA
    (2221, 2720, range(16, 17)),  # Mastercard
    (300, 305, range(14, 20)),  # Diners Club
    (3095, 3095, range(14, 20)),
    (31, 31, range(19, 20)),  # China T-Union
    (34, 34, range(15, 16)),  # American Express
    (3528, 3589, range(16, 20)),  # JCB; RuPay and LankaPay within
    (36, 36, range(14, 20)),  # Diners Club
    (37, 37, range(15, 16)),  # American Express
    (38, 39, range(14, 20)),  # Diners Club
    (4, 4, range(13, 20, 3)),  # Visa: 13, 16, 19
    (50, 50, range(12, 20)),  # Maestro, Verve, Dankort
    (51, 55, range(16, 17)),  # Mastercard
    (56, 58, range(12, 20)),  # Maestro
    (60, 60, range(16, 20)),  # Discover 6011, RuPay, UkrCard
    (62, 62, range(16, 20)),  # UnionPay
    (63, 63, range(12, 20)),  # Maestro, InterPayment, InstaPayment
    (644, 649, range(16, 20)),  # Discover
    (65, 65, range(16, 20)),  # Discover, RuPay, Verve, Troy
    (67, 67, range(12, 20)),  # Maestro
    (81, 82, range(16, 20)),  # UnionPay, RuPay
    (8600, 8600, range(16, 17)),  # Uzcard
    (9704, 9704, range(16, 20, 3)),  # NAPAS: 16, 19
    (9792, 9792, range(16, 17)),  # Troy
    (9860, 9860, range(16, 17)),  # Humo
)
"""First and last prefix of a range, and the lengths of its numbers."""

_SHORTEST, _LONGEST = 12, 19

_RUN = re.compile(r"\d+(?:[ .\-\u2010-\u2015\u3000\u00a0]{1,3}\d+)*")
"""Digits of any script, in groups with a separator or three between them."""


_PHONE = re.compile(
    r"(?<!\d)(?:"
    r"(?:(?:\+|00)?86[ \-]?)?1[3-9]\d(?:[ \-]?\d{4}){2}"  # a mobile number in China
    r"|0\d{2,3}-\d{7,8}"  # a landline there, with its area code
    r"|\+[1-9](?:[ \-().]{0,2}\d){6,14}"  # ITU-T E.164: at most 15 digits
    r")(?!\d)"
)


def holds_card_number(text: str) -> bool:
    """Whether some digits of ``text``, alone or in groups, are a card number."""
    return any(_in_groups(re.findall(r"\d+", run[0])) for run in _RUN.finditer(text))


def holds_phone_number(text: str) -> bool:
    """Whether ``text`` holds what looks like somebody's phone number.

    Seven bare digits are an order number as well: only a Chinese mobile number is known bare,
    all others by their area code or ``+``.
    """
    return _PHONE.search(text) is not None


def is_card_number(digits: str) -> bool:
    """Whether a string of digits is in a card scheme's range, of its length, and passes Luhn."""
    if not digits.isdecimal() or not _SHORTEST <= len(digits) <= _LONGEST:
        return False
    plain = "".join(str(int(digit)) for digit in digits)
    return any(_in_range(plain, *known) for known in _RANGES) and _luhn(plain)


def _in_groups(groups: list[str]) -> bool:
    """Whether neighbouring groups together are one: an order number may stand before a card."""
    for first in range(len(groups)):
        digits = ""
        for group in groups[first:]:
            digits += group
            if len(digits) > _LONGEST:
                break
            if is_card_number(digits):
                return True
    return False


def _in_range(digits: str, first: int, last: int, lengths: range) -> bool:
    return first <= int(digits[: len(str(first))]) <= last and len(digits) in lengths


def _luhn(digits: str) -> bool:
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0
