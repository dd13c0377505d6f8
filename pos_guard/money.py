"""Money as integer minor units with an ISO 4217 currency. No float ever touches an amount.

The currency list, its numbers and its exponents come from the standard's own file (package
``iso4217``). It parses XML, which costs a daemon 3 MB and a tenth of a second: it is loaded for a
currency that is not among the usual ones.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from pos_guard.errors import LocalError

# ISO 8583 field 4 and ZVT BMP 04 hold twelve digits: nothing larger can be submitted anywhere.
MAX_AMOUNT = 999_999_999_999

# Number and digits after the point, as ISO 4217 has them; a test holds them against its list.
_USUAL = {
    "BRL": (986, 2), "CAD": (124, 2), "CHF": (756, 2), "CLP": (152, 0), "CNY": (156, 2),
    "COP": (170, 2), "CZK": (203, 2), "DKK": (208, 2), "EUR": (978, 2), "GBP": (826, 2),
    "HKD": (344, 2), "HUF": (348, 2), "IDR": (360, 2), "INR": (356, 2), "JPY": (392, 0),
    "KRW": (410, 0), "MOP": (446, 2), "MXN": (484, 2), "MYR": (458, 2), "NOK": (578, 2),
    "PEN": (604, 2), "PHP": (608, 2), "PLN": (985, 2), "SEK": (752, 2), "SGD": (702, 2),
    "THB": (764, 2), "TWD": (901, 2), "USD": (840, 2), "VND": (704, 0), "ZAR": (710, 2),
}  # fmt: skip
_BY_NUMBER = {number: code for code, (number, _) in _USUAL.items()}

_PLAIN = re.compile(r"(?P<units>\d{1,12})(?:\.(?P<minor>\d{1,4}))?", re.ASCII)


class MoneyError(LocalError, ValueError):
    """Not an amount of money; the message says what would be."""


@cache
def exponent(currency: str) -> int:
    """Digits after the decimal point: EUR 2, JPY 0, KWD 3.

    :raises MoneyError: when ISO 4217 does not know the code, or it has no minor units (XAU).
    """
    if currency in _USUAL:
        return _USUAL[currency][1]
    from iso4217 import Currency

    try:
        digits = Currency(currency.upper()).exponent
    except ValueError:
        digits = None
    if digits is None or currency != currency.upper():
        raise MoneyError(f"{currency!r} is not an ISO 4217 currency code such as EUR or CNY")
    return int(digits)


@cache
def currency_of_number(number: int) -> str | None:
    """The alphabetic code of an ISO 4217 number (978 is EUR), or None."""
    if number in _BY_NUMBER:
        return _BY_NUMBER[number]
    from iso4217 import Currency

    for currency in Currency:
        if currency.number == number:
            return str(currency.code)
    return None


@cache
def number_of_currency(currency: str) -> int:
    """The ISO 4217 number of an alphabetic code (EUR is 978).

    :raises MoneyError: when ISO 4217 does not know the code.
    """
    if currency in _USUAL:
        return _USUAL[currency][0]
    from iso4217 import Currency

    exponent(currency)
    return int(Currency(currency).number)


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount in minor units (cents, fen) of one currency, from 0 to twelve digits.

    :raises MoneyError: for a float, a bool, a negative or too large amount, an unknown currency.
    """

    amount: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.amount) is not int or not 0 <= self.amount <= MAX_AMOUNT:
            raise MoneyError(f"{self.amount!r} is not an amount in minor units (0 to {MAX_AMOUNT})")
        exponent(self.currency)

    def __str__(self) -> str:
        return f"{format_amount(self.amount, self.currency)} {self.currency}"

    @classmethod
    def parse(cls, text: str, currency: str) -> Money:
        """Read ``12.50`` exactly; ``12.5`` is 12.50, ``12.505`` is an error in EUR.

        :raises MoneyError: for anything but digits with at most one decimal point.
        """
        match = _PLAIN.fullmatch(text)
        digits = exponent(currency)
        minor = (match["minor"] or "") if match else ""
        if match is None or len(minor) > digits:
            raise MoneyError(f"{text!r} is not an amount in {currency}, such as {_sample(digits)}")
        return cls(int(match["units"] + minor.ljust(digits, "0")), currency)


def format_amount(amount: int, currency: str) -> str:
    """Minor units as people write them: 1250 EUR is ``12.50``, 1250 JPY is ``1250``."""
    digits = exponent(currency)
    if digits == 0:
        return str(amount)
    text = str(abs(amount)).rjust(digits + 1, "0")
    sign = "-" if amount < 0 else ""
    return f"{sign}{text[:-digits]}.{text[-digits:]}"


def _sample(digits: int) -> str:
    return "12" if digits == 0 else "12." + "50".ljust(digits, "0")[:digits]
