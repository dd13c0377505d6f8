"""Amounts as receipts write them, read exactly or not at all.

A number that can be read in two ways (``1,250`` euro) is no amount: the caller is told, nobody
guesses.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pos_guard.errors import RemoteError
from pos_guard.money import Money, MoneyError, exponent

MAX_WIDTH = 64
"""Longest text that is looked at as an amount: a line of the widest paper."""

_SYMBOLS = {
    "¥": ("CNY", "JPY"),
    "元": ("CNY",),
    "圆": ("CNY",),
    "RMB": ("CNY",),
    "€": ("EUR",),
    "£": ("GBP",),
    "HK$": ("HKD",),
    "US$": ("USD",),
    "$": ("USD", "HKD", "SGD", "AUD", "CAD", "TWD", "NZD", "MOP"),
}
_CURRENCY = r"¥|元|圆|€|£|HK\$|US\$|\$|RMB|[A-Z]{3}"

# Columns may stand apart: TOTAL EUR    12.50.
_AMOUNT = re.compile(
    rf"(?P<minus>-?) ?(?:(?P<before>{_CURRENCY}) {{0,{MAX_WIDTH}}})? ?(?P<minus2>-?)"
    rf"(?P<number>\d[\d.,']{{0,24}})(?: {{0,{MAX_WIDTH}}}(?P<after>{_CURRENCY}))? ?(?P<minus3>-?)",
    re.IGNORECASE,
)
_NUMERIC = re.compile(rf"(?:{_CURRENCY}|[\d\s.,'+-])*\d(?:{_CURRENCY}|[\d\s.,'+-])*")

_GROUPED_POINT = re.compile(r"\d{1,3}(?:[,']\d{3})+\.\d+")
_GROUPED_COMMA = re.compile(r"\d{1,3}(?:\.\d{3})+,\d+")
_GROUPED = re.compile(r"\d{1,3}(?:[,']\d{3})+")
_COMMA = re.compile(r"\d{1,12},\d+")


@dataclass(frozen=True, slots=True)
class Stated:
    """An amount as it stands on paper, without its sign."""

    money: Money
    negative: bool = False


class UnclearError(RemoteError):
    """A number stands there, and it cannot be read in exactly one way; ``code`` says why."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def read_amount(text: str, currency: str) -> Stated | None:
    """The amount that ``text`` consists of, with or without its currency; None: no number there.

    :raises UnclearError: ``currency`` when another one is named, ``amount`` when the digits can be
        read in two ways or have too many decimals.
    """
    found = _AMOUNT.fullmatch(text)
    if found is None:
        if len(text) <= MAX_WIDTH and _NUMERIC.fullmatch(text):
            raise UnclearError("amount")
        return None
    for name in (found["before"], found["after"]):
        if name is not None and not _is(name, currency):
            if name.isalpha() and name.isascii() and not _known(name.upper()):
                return None
            raise UnclearError("currency")
    signs = sum(bool(found[name]) for name in ("minus", "minus2", "minus3"))
    try:
        return Stated(Money.parse(_plain(found["number"], currency), currency), signs == 1)
    except MoneyError:
        raise UnclearError("amount") from None


def _is(name: str, currency: str) -> bool:
    name = name.upper()
    return name == currency or currency in _SYMBOLS.get(name, ())


def _known(name: str) -> bool:
    try:
        exponent(name)
    except MoneyError:
        return name in _SYMBOLS
    return True


def _plain(number: str, currency: str) -> str:
    """Digits with at most one decimal point; what is left unclear stays as it is."""
    digits = exponent(currency)
    groups = number.count(",") + number.count("'")
    if _GROUPED_POINT.fullmatch(number):
        return number.replace(",", "").replace("'", "")
    if _GROUPED_COMMA.fullmatch(number):
        return number.replace(".", "").replace(",", ".")
    if _GROUPED.fullmatch(number) and (digits == 0 or groups > 1 or "'" in number):
        return number.replace(",", "").replace("'", "")
    # Three digits after a comma are thousands to some and decimals to others.
    decimals = len(number) - number.rfind(",") - 1
    if _COMMA.fullmatch(number) and decimals == digits != 3:
        return number.replace(",", ".")
    return number
