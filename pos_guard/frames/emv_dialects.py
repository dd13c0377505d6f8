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
from pos_guard.frames.codes_confusable import skeleton
from pos_guard.frames.codes_model import Code, Kind, invalid
from pos_guard.frames.emv_mpm import Merchant, Objects
from pos_guard.frames.emv_rules import currency_of, problems_of
from pos_guard.frames.emv_schemes import Findings, check
from pos_guard.money import MAX_AMOUNT, MoneyError, exponent

_AMOUNT = re.compile(r"(?=\.?[0-9])([0-9]{0,13})(?:\.([0-9]{0,12}))?")
_SLIP_TAIL = re.compile(r"5102TH9104[0-9A-Fa-f]{4}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_LONGEST_AMOUNT = 13
_IDENTIFIER = re.compile(r"[0-9a-f]{10,32}|[^@]+\.[^@]+")
"""An application's id, or a reverse domain: what sub-00 should be (4.11.1.2)."""
_TOLERATED_99 = "guid-99"


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one scheme names its payee inside an account object, and where it is used."""

    scheme: str
    guid: str
    starts: bool
    ids: tuple[str, ...]
    country: str
    currency: str
    source: str


@dataclass(frozen=True, slots=True)
class PaidTo:
    """One account object: whose it is, by which identifier, and the id of the payee in it."""

    scheme: str
    guid: str
    payee: str
    dialect: Dialect | None = None

    def __str__(self) -> str:
        return f"{self.scheme}:{self.guid}:{self.payee}"


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
            row["country"],
            row["currency"],
            row["source"],
        )
        for row in tomllib.loads(text)["dialect"]
    )


def _dialect_of(guid: str) -> Dialect | None:
    dialect = _by_guid().get(guid)
    if dialect is not None or not guid:
        return dialect
    return next((one for one in dialects() if one.starts and guid.startswith(one.guid)), None)


@cache
def _by_guid() -> dict[str, Dialect]:
    return {dialect.guid: dialect for dialect in dialects() if dialect.guid}


@cache
def _bakong() -> Dialect:
    return next(dialect for dialect in dialects() if dialect.scheme == "khqr")


def classify_merchant(text: str, raw: bytes) -> Code:
    """A payload that starts like a merchant-presented code."""
    try:
        merchant = emv_mpm.parse(text, raw)
        currency = currency_of(merchant.objects.get("53", ""))
        amount = _amount(merchant.objects, currency)
    except FrameError as error:
        return invalid(error.code, scheme="emv", size=len(text))
    paid = [_paid_to(tag, account, merchant) for tag, account in merchant.accounts.items()]
    scheme = next((one.scheme for one in paid if one.scheme != "emv"), "emv")
    findings = _findings(merchant, paid)
    return Code(
        Kind.MERCHANT_CODE,
        scheme,
        payee=dict(merchant.accounts) or None,
        payees=tuple(map(str, paid)),
        amount=amount,
        currency=currency,
        checksum=merchant.checksum,
        problems=tuple(findings.problems),
        flavour=scheme,
        facts=findings.facts,
        expires=findings.expires,
        masked=f"{scheme} {text[:4]}…{text[-4:]}",
        text=text,
    )


def classify_unordered(text: str, raw: bytes) -> Code | None:
    """A merchant-presented code that does not begin with 00; None unless its checksum says so."""
    try:
        merchant = emv_mpm.parse(text, raw)
    except FrameError:
        return None
    return classify_merchant(text, raw) if merchant.checksum == "ok" else None


def is_slip(text: str) -> bool:
    """A Thai transfer slip ends with country and checksum under 91."""
    return text.startswith("00") and _SLIP_TAIL.fullmatch(text[-14:]) is not None


def classify_slip(text: str) -> Code:
    """A Thai transfer slip (mini QR): proof for a bank to check, never a payment."""
    try:
        found = emv_mpm.objects(text)
        inner = emv_mpm.objects(found.get("00", ""))
    except FrameError as error:
        return invalid(error.code, scheme="thai-slip", size=len(text))
    checksum = found.get("91", "")
    problems = {
        "crc-case": checksum.upper() != checksum,
        "slip-reference": not {"00", "01", "02"} <= inner.keys(),
    }
    return Code(
        Kind.SLIP,
        "thai-slip",
        checksum="ok" if checksum.upper() == emv_mpm.crc(text[:-4].encode()) else "bad",
        problems=tuple(name for name, wrong in problems.items() if wrong),
        facts={"bank": inner["01"]} if "01" in inner else {},
        masked=f"thai-slip {text[:4]}…{text[-4:]}",
        text=text,
    )


def _amount(found: Objects, currency: str | None) -> int | None:
    """Object 54 in minor units of the currency of 53.

    :raises FrameError: ``amount``: nobody may take an unreadable amount for an absent one.
    """
    text = found.get("54")
    if text is None:
        return None
    match = _AMOUNT.fullmatch(text) if text.isascii() else None
    if match is None or currency is None:
        raise FrameError("amount", "object 54 is no amount in the currency of 53")
    digits, minor = _digits_of(currency), match[2] or ""
    # A currency without minor units is often written with two zeros all the same.
    if minor[digits:].strip("0"):
        raise FrameError("amount", f"object 54 has more than {digits} digits after its point")
    amount = int(f"0{match[1]}{minor[:digits].ljust(digits, '0')}")
    if amount > MAX_AMOUNT and len(text) > _LONGEST_AMOUNT:
        raise FrameError("amount", "object 54 is larger than any amount")
    return amount


def _digits_of(currency: str) -> int:
    try:
        return exponent(currency)
    except MoneyError as error:
        raise FrameError("amount", "object 53 is no currency of payments") from error


def _paid_to(tag: str, account: str | Objects, merchant: Merchant) -> PaidTo:
    """Scheme, identifier and id of one account object."""
    if isinstance(account, str):
        return PaidTo("emv", tag, account)
    guid = account.get("00", "").lower()
    if tag in {"29", "30"} and _is_bakong(guid, merchant.objects.get("58", "")):
        # KHQR puts the Bakong account where others have their identifier; a shop is in 01 of 30.
        known = {"00": guid, **({"01": account["01"]} if "01" in account else {})}
        ids = ("00", "01") if tag == "30" else ("00",)
        return PaidTo("khqr", "bakong", _id(known, ids), _bakong())
    dialect = _dialect_of(guid)
    if dialect is None and merchant.objects.get("58") == "ID" and guid.endswith(".www"):
        # The acquirers of QRIS name themselves: COM.…WWW, ID.CO.…WWW.
        return PaidTo("qris", _escape(guid, ":"), _id(account, ("01", "02")))
    if dialect is None:
        others = sorted(sub for sub in account if sub != "00")
        return PaidTo("emv", _escape(guid or tag, ":"), _id(account, ("", *others)))
    return PaidTo(dialect.scheme, _escape(guid, ":"), _id(account, dialect.ids), dialect)


def _is_bakong(guid: str, country: str) -> bool:
    """A Bakong account is no identifier; without a country, its form alone says so."""
    if _COUNTRY.fullmatch(country) and country != "KH":
        return False
    return "@" in guid or (country == "KH" and bool(guid) and not _IDENTIFIER.fullmatch(guid))


def _id(account: Objects, tags: tuple[str, ...]) -> str:
    """The sub-objects that name the payee: the usual one by its value, others by tag as well."""
    there = [tag for tag in tags if tag in account]
    if there == [tags[0]]:
        return _escape(account[there[0]], ";=")
    return ";".join(f"{tag}={_escape(account[tag], ';=')}" for tag in there)


def _escape(text: str, separators: str) -> str:
    """Percent signs and separators escaped, so that two payees never read the same."""
    for char in f"%{separators}":
        if char in text:
            text = text.replace(char, f"%{ord(char):02X}")
    return text


def _findings(merchant: Merchant, paid: list[PaidTo]) -> Findings:
    found = merchant.objects
    facts = {name: found[tag] for name, tag in (("name", "59"), ("city", "60")) if tag in found}
    findings = Findings(problems_of(merchant), facts)
    for one, (tag, account) in zip(paid, merchant.accounts.items(), strict=True):
        if isinstance(account, str) or "00" not in account:
            continue
        findings.problems += _look_alike(one, account["00"])
        if one.scheme != "emv":
            findings.problems += _place(one, merchant)
            check(one.scheme, tag, account, merchant, findings)
    if any(one.scheme == "khqr" for one in paid) and _TOLERATED_99 in findings.problems:
        findings.problems[findings.problems.index(_TOLERATED_99)] = "khqr-99"
    findings.problems = list(dict.fromkeys(findings.problems))
    return findings


def _place(one: PaidTo, merchant: Merchant) -> list[str]:
    """A scheme belongs to one country and, but for KHQR, to one currency."""
    dialect, found = one.dialect, merchant.objects
    if dialect is None:
        return []
    country = "58" in found and found["58"] != dialect.country
    currency = "53" in found and found["53"] not in dialect.currency.split()
    named = [f"{dialect.scheme}-country"] if country else []
    return [*named, f"{dialect.scheme}-currency"] if currency else named


def _look_alike(one: PaidTo, guid: str) -> list[str]:
    """An identifier that only looks like a scheme's."""
    if one.dialect is not None or "@" in guid:
        return []
    other = _dialects_by_look().get(skeleton("".join(guid.split())))
    return [] if other is None else [f"lookalike:{other}"]


@cache
def _dialects_by_look() -> dict[str, str]:
    return {skeleton(dialect.guid): dialect.guid for dialect in dialects() if dialect.guid}
