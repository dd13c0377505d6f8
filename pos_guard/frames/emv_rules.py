"""The rules of a merchant-presented code that is whole, each deviation by name.

Clauses are those of EMVCo QRCPS MPM v1.1. A deviation leaves the code readable; which of them
block a payment is the policy's business. Names end in the id of the object they are about.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pos_guard.errors import FrameError
from pos_guard.frames.emv_mpm import MAX_PAYLOAD, Merchant, Objects, objects
from pos_guard.money import currency_of_number

_MANDATORY = ("00", "52", "53", "58", "59", "60", "63")
_LIMITS = (("54", 13), ("59", 25), ("60", 15), ("61", 10))
# What is absent or empty has its own name.
_FORMATS = (
    ("52", re.compile(r"(?:[0-9]{4})?")),
    ("53", re.compile(r"(?:[0-9]{3})?")),
    ("58", re.compile(r"(?:[A-Z]{2})?")),
)
_GUID_LIMIT = 32
_LABEL_LIMIT = 25
_LABELS = frozenset({"01", "02", "03", "04", "05", "06", "07", "08"})
_ASKS = re.compile(r"(?!.*(.).*\1)[AME]{1,3}")
_ADDITIONAL = {"10": 20, "11": 3}
_FEE = re.compile(r"(?=.*[1-9])[0-9]{1,12}(?:\.[0-9]{0,3})?")
_PERCENT = re.compile(r"(?=.*[1-9])[0-9]{1,2}(?:\.[0-9]{0,2})?")
_FEES = {"01": "", "02": "56", "03": "57"}


def problems_of(merchant: Merchant) -> list[str]:
    """Every deviation from the standard, in the order of its sections."""
    found = merchant.objects
    named = [*_of_objects(found), *_of_the_whole(merchant)]
    named += [f"ans-{tag}" for tag in ("59", "60", "61") if not found.get(tag, "").isascii()]
    for tag, account in merchant.accounts.items():
        if not isinstance(account, str):
            named += _guid(tag, account)
    if merchant.additional:
        named += _additional(merchant.additional)
    if "55" in found or "56" in found or "57" in found:
        named += _fees(found)
    if "64" in found:
        named += _language(found["64"])
    return named + [name for tag in found if tag >= "80" for name in _unreserved(tag, found[tag])]


def _of_objects(found: Objects) -> Iterator[str]:
    """What stands in the tables above."""
    yield from (f"absent-{tag}" for tag in _MANDATORY if tag not in found)
    yield from (f"long-{tag}" for tag, limit in _LIMITS if len(found.get(tag, "")) > limit)
    yield from (f"empty-{tag}" for tag, value in found.items() if not value)
    for tag, form in _FORMATS:
        if not form.fullmatch(found.get(tag, "")):
            yield f"format-{tag}"


def _of_the_whole(merchant: Merchant) -> Iterator[str]:
    found = merchant.objects
    if found.get("00", "01") != "01":  # 4.7.1.1
        yield "version"
    if "00" in found and next(iter(found)) != "00":  # 4.6.1.1
        yield "order-00"
    if "63" in found and next(reversed(found)) != "63":  # 4.6.1.2
        yield "order-63"
    if found.get("01", "11") not in {"11", "12"}:
        yield "initiation"
    if not merchant.accounts:
        yield "account"
    if "53" in found and not currency_known(found["53"]):
        yield "currency"
    if "54" in found and not found["54"].strip("0."):  # 4.7.4
        yield "zero-amount"
    yield from _tolerated(merchant)


def _tolerated(merchant: Merchant) -> Iterator[str]:
    """What writers in the field do, and readers must put up with."""
    found = merchant.objects
    if merchant.unit == "bytes":  # 4.4.1.1 counts characters
        yield "byte-lengths"
    if merchant.short_checksum:  # 4.7.3 wants four digits
        yield "crc-short"
    checksum = found.get("63", "")
    if checksum.upper() != checksum:
        yield "crc-case"
    if sum(map(len, found.values())) + 4 * len(found) > MAX_PAYLOAD:  # 4.1
        yield "long-payload"


def currency_of(text: str) -> str | None:
    """The alphabetic code of object 53, or None."""
    digits = len(text) == 3 and text.isascii() and text.isdigit()
    return currency_of_number(int(text)) if digits else None


def currency_known(text: str) -> bool:
    """Object 53 is the number of a currency of ISO 4217."""
    return currency_of(text) is not None


def _guid(tag: str, template: Objects) -> Iterator[str]:
    """Templates say in 00 whose they are, in at most 32 characters (4.11.1.2)."""
    if not template.get("00"):
        yield f"guid-{tag}"
    elif len(template["00"]) > _GUID_LIMIT:
        yield f"long-{tag}-00"


def _unreserved(tag: str, value: str) -> Iterator[str]:
    template = _template(value)
    if template is None:
        yield f"template-{tag}"
    else:
        yield from _guid(tag, template)


def _additional(found: Objects) -> Iterator[str]:
    """Object 62: labels up to 25 characters; 09 asks for some of A, M and E, each once."""
    for tag, value in found.items():
        limit = _LABEL_LIMIT if tag in _LABELS else _ADDITIONAL.get(tag, 99)
        if not value:
            yield f"empty-62-{tag}"
        elif len(value) > limit:
            yield f"long-62-{tag}"
        elif tag == "09" and not _ASKS.fullmatch(value):
            yield "format-62-09"
        elif tag >= "50":
            yield from _unreserved(f"62-{tag}", value)


def _fees(found: Objects) -> Iterator[str]:
    """Objects 55 to 57: with them the payer pays more than 54 says, so this is always named."""
    yield "fee"
    wanted = _FEES.get(found.get("55", ""))
    if wanted is None:
        yield "format-55"
    for tag, form in (("56", _FEE), ("57", _PERCENT)):
        if (tag in found) is not (tag == wanted):
            yield f"fee-{tag}"
        elif tag in found and not form.fullmatch(found[tag]):
            yield f"format-{tag}"


def _language(value: str) -> Iterator[str]:
    """Object 64: the merchant's name and city in another language."""
    template = _template(value)
    if template is None:
        yield "template-64"
        return
    for tag, longest, needed in (("00", 2, True), ("01", 25, True), ("02", 15, False)):
        if not template.get(tag):
            if needed:
                yield f"absent-64-{tag}"
        elif len(template[tag]) > longest:
            yield f"long-64-{tag}"


def _template(value: str) -> Objects | None:
    try:
        return objects(value)
    except FrameError:
        return _template_of_bytes(value)


def _template_of_bytes(value: str) -> Objects | None:
    try:
        return objects(value, "bytes")
    except FrameError:
        return None
