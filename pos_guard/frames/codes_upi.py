"""UPI codes: ``upi://pay?pa=…`` (NPCI UPI Linking Specification 1.6).

Nothing protects such a code from alteration but an optional signature, which only a bank can check.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_plus

from pos_guard.frames.codes_model import Code, Kind, invalid
from pos_guard.money import Money, MoneyError, exponent

MAX_PARAMETERS = 32
"""Query parameters read from one code: the specification defines 20."""

_CURRENCY = "INR"
_PAYEE = re.compile(r"[A-Za-z0-9._-]{1,255}@[A-Za-z][A-Za-z0-9.-]{1,63}")
_LITERAL = re.compile(r"(?:[!-$&-~]|%[0-9A-Fa-f]{2})*")
_NAMES = {"pn": "name", "tr": "reference", "tn": "note", "mc": "category", "url": "url"}
_NOTHING = frozenset({"", "null"})
"""What writers put where they have no minimum amount (the specification's own sample has null)."""
_LIMITS = {"mc": 4, "tr": 35, "tn": 80}


def classify_upi(text: str) -> Code:
    """A text that starts like a UPI payment: ``pa`` is paid, ``am`` may be absent or empty."""
    query = text.partition("?")[2].partition("#")[0]
    if query.count("&") >= MAX_PARAMETERS:
        return invalid("parameters", scheme="upi", size=len(text))
    pairs = [_pair(part) for part in query.split("&") if part]
    # Apps differ in whether PA is pa: a code that has both says two things.
    values = {name.lower(): value for name, value in pairs}
    payee = values.get("pa", "")
    if len(values) < len(pairs):
        return invalid("duplicate", scheme="upi", size=len(text))
    if "@" not in payee or not payee.isascii() or not payee.isprintable():
        return invalid("payee", scheme="upi", size=len(text))
    currency = (values.get("cu") or _CURRENCY).upper()
    try:
        exponent(currency)
    except MoneyError:
        return invalid("currency", scheme="upi", size=len(text))
    try:
        money = _money(values.get("am", ""), currency)
    except MoneyError:
        return invalid("amount", scheme="upi", size=len(text))
    return Code(
        Kind.MERCHANT_CODE,
        "upi",
        payee={"pa": payee},
        payees=(f"upi:pa:{payee.lower()}",),
        amount=None if money is None else money.amount,
        currency=currency,
        problems=tuple(_problems(text, values, money)),
        flavour="upi",
        facts=_facts(values),
        masked=f"upi://pay?pa={payee[:2]}…@{payee.rpartition('@')[2][:24]}",
        text=text,
    )


def _pair(part: str) -> tuple[str, str]:
    name, _, value = part.partition("=")
    if "%" in part or "+" in part:
        return unquote_plus(name), unquote_plus(value)
    return name, value


def _money(text: str, currency: str) -> Money | None:
    """The amount, None for none.

    :raises MoneyError: an unreadable one is never taken for none, nor one in an unknown currency.
    """
    money = Money.parse(text or "0", currency)
    return money if text else None


def _problems(text: str, values: dict[str, str], money: Money | None) -> list[str]:
    minimum = values.get("mam", "")
    checks = {
        "upi-payee": not _PAYEE.fullmatch(values["pa"]),
        "upi-currency": bool(values.get("cu")) and values["cu"] != _CURRENCY,
        "upi-minimum": minimum not in _NOTHING and not _is_at_most(minimum, money),
        "upi-length": any(len(values.get(name, "")) > limit for name, limit in _LIMITS.items()),
        "upi-text": not all(map(str.isprintable, values.values())),
        "zero-amount": money is not None and money.amount == 0,
        "unencoded": not _LITERAL.fullmatch(text),
    }
    return [name for name, wrong in checks.items() if wrong]


def _is_at_most(text: str, money: Money | None) -> bool:
    try:
        minimum = Money.parse(text, _CURRENCY)
    except MoneyError:
        return False
    return money is None or money.currency != _CURRENCY or minimum <= money


def _facts(values: dict[str, str]) -> dict[str, str]:
    facts = {fact: values[name] for name, fact in _NAMES.items() if values.get(name)}
    if values.get("mam", "") not in _NOTHING:
        facts["minimum"] = values["mam"]
    if values.get("sign"):
        facts["signed"] = "yes"
    return facts
