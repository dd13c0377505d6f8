"""What a merchant-presented code means: its national dialect, payees, amount and deviations.

Merchants are compared by the id inside their account object; name and city (59, 60) are free text
and prove nothing.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from pos_guard.errors import FrameError
from pos_guard.frames import emv_mpm
from pos_guard.frames.codes_model import Code, Kind, invalid
from pos_guard.frames.emv_mpm import Merchant, Objects
from pos_guard.money import Money, MoneyError, currency_of_number, exponent

_MANDATORY = ("52", "53", "58", "59", "60", "63")
_LIMITS = {"54": 13, "59": 25, "60": 15, "61": 10}
_AMOUNT = re.compile(r"[0-9]{1,12}(?:\.[0-9]{0,12})?")
_SLIP_TAIL = re.compile(r"5102TH9104[0-9A-Fa-f]{4}")


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one scheme names its payee inside an account object."""

    scheme: str
    guid: str
    starts: bool
    ids: tuple[str, ...]
    source: str


@cache
def dialects() -> tuple[Dialect, ...]:
    """The table of dialects, read once."""
    text = files("pos_guard.frames").joinpath("data/dialects.toml").read_text(encoding="utf-8")
    return tuple(
        Dialect(
            row["scheme"],
            row["guid"],
            row.get("starts", False),
            tuple(row["id"]),
            row["source"],
        )
        for row in tomllib.loads(text)["dialect"]
    )


def classify_merchant(text: str, raw: bytes) -> Code:
    """A payload that starts like a merchant-presented code."""
    try:
        merchant = emv_mpm.parse(text, raw)
        money = _money(merchant.objects)
    except FrameError as error:
        return invalid(error.code, scheme="emv", size=len(text))
    payees = [_payee(tag, account, merchant) for tag, account in merchant.accounts.items()]
    known = [scheme for scheme, _, _ in payees if scheme != "emv"]
    scheme = known[0] if known else "emv"
    return Code(
        Kind.MERCHANT_CODE,
        scheme,
        payee=dict(merchant.accounts) or None,
        payees=tuple(":".join(payee) for payee in payees),
        amount=None if money is None else money.amount,
        currency=currency_of_number(_digits(merchant.objects.get("53", ""))),
        checksum=merchant.checksum,
        problems=tuple(_problems(merchant)),
        masked=f"{scheme} {text[:4]}…{text[-4:]}",
    )


def is_slip(text: str) -> bool:
    """A Thai transfer slip ends with country and checksum under 91."""
    return text.startswith("00") and _SLIP_TAIL.fullmatch(text[-14:]) is not None


def classify_slip(text: str) -> Code:
    """A Thai transfer slip (mini QR): proof for a bank to check, never a payment."""
    try:
        found = emv_mpm.objects(text)
    except FrameError as error:
        return invalid(error.code, scheme="thai-slip", size=len(text))
    good = found.get("91", "").upper() == emv_mpm.crc(text[:-4].encode())
    return Code(
        Kind.SLIP,
        "thai-slip",
        checksum="ok" if good else "bad",
        masked=f"thai-slip {text[:4]}…{text[-4:]}",
    )


def _money(found: Objects) -> Money | None:
    """Object 54 in the currency of 53.

    :raises FrameError: ``amount``: nobody may take an unreadable amount for an absent one.
    """
    text = found.get("54")
    if text is None:
        return None
    currency = currency_of_number(_digits(found.get("53", "")))
    if currency is None or not _AMOUNT.fullmatch(text):
        raise FrameError("amount", "object 54 is no amount in the currency of 53")
    try:
        units, _, minor = text.partition(".")
        # A currency without minor units is often written with two zeros all the same.
        rest = minor[exponent(currency) :]
        kept = minor[: exponent(currency)] if not rest.strip("0") else minor
        return Money.parse(f"{units}.{kept}" if kept else units, currency)
    except MoneyError as error:
        raise FrameError("amount", "object 54 is no amount in the currency of 53") from error


def _digits(text: str) -> int:
    return int(text) if len(text) == 3 and text.isascii() and text.isdigit() else 0


def _payee(tag: str, account: str | Objects, merchant: Merchant) -> tuple[str, str, str]:
    """Scheme, identifier and id of one account object."""
    if isinstance(account, str):
        return "emv", tag, account
    guid = account.get("00", "")
    if "@" in guid and tag in {"29", "30"} and merchant.objects.get("58") == "KH":
        # KHQR puts the Bakong account where others have their identifier; a shop is in 01 of 30.
        known = {"00": guid.lower(), **({"01": account["01"]} if "01" in account else {})}
        return "khqr", "bakong", _id(known, ("00", "01") if tag == "30" else ("00",))
    for dialect in dialects():
        folded = guid.lower()
        if folded == dialect.guid or (dialect.starts and folded.startswith(dialect.guid)):
            return dialect.scheme, _escape(folded, ":"), _id(account, dialect.ids)
    others = sorted(sub for sub in account if sub != "00")
    return "emv", _escape(guid.lower() or tag, ":"), _id(account, ("", *others))


def _id(account: Objects, tags: tuple[str, ...]) -> str:
    """The sub-objects that name the payee: the usual one by its value, others by tag as well."""
    there = [tag for tag in tags if tag in account]
    if there == [tags[0]]:
        return _escape(account[there[0]], ";=")
    return ";".join(f"{tag}={_escape(account[tag], ';=')}" for tag in there)


def _escape(text: str, separators: str) -> str:
    """Percent signs and separators escaped, so that two payees never read the same."""
    for char in f"%{separators}":
        text = text.replace(char, f"%{ord(char):02X}")
    return text


def _problems(merchant: Merchant) -> list[str]:
    """Deviations from MPM v1.1 that leave the code readable, each by name."""
    found = merchant.objects
    tags = list(found)
    problems = [f"absent-{tag}" for tag in _MANDATORY if tag not in found]
    problems += [f"long-{tag}" for tag, limit in _LIMITS.items() if len(found.get(tag, "")) > limit]
    problems += [f"empty-{tag}" for tag, value in found.items() if not value]
    problems += [
        f"guid-{tag}"
        for tag, account in merchant.accounts.items()
        if not isinstance(account, str) and "00" not in account
    ]
    checks = {
        "version": found.get("00") != "01" or tags[0] != "00",
        "initiation": found.get("01", "11") not in {"11", "12"},
        "account": not merchant.accounts,
        "zero-amount": "54" in found and not found["54"].strip("0."),
        "fee": any(tag in found for tag in ("55", "56", "57")),
        "byte-lengths": merchant.unit == "bytes",
        "crc-case": found.get("63", "").upper() != found.get("63", ""),
    }
    return problems + [name for name, wrong in checks.items() if wrong]
