"""What each national scheme asks of its account object, beyond EMVCo: keys, expiry, templates.

A check yields the deviations by name; a fact is something worth showing that proves nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone

from pos_guard.errors import FrameError
from pos_guard.frames.codes_checks import cnpj_ok, cpf_ok
from pos_guard.frames.emv_mpm import Merchant, Objects, objects

_SINGAPORE = timezone(timedelta(hours=8))
_MILLISECONDS = re.compile(r"[0-9]{13}")

_EMAIL = re.compile(r"[^@\s]{1,64}@[A-Za-z0-9.-]{1,190}")
_BAKONG = re.compile(r"[^@\s]{1,30}@[^@\s]{1,30}")
_EVP = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_PIX_PHONE = re.compile(r"\+55[0-9]{10,11}")
_TXID = re.compile(r"\*\*\*|[A-Za-z0-9]{1,25}")
_PIX_URL = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{1,60}\.[A-Za-z]{2,24}(?::[0-9]{1,5})?/[!-~]{1,77}")
_PROMPTPAY = {
    "01": re.compile(r"00[1-9][0-9]{10}"),
    "02": re.compile(r"[0-9]{13}"),
    "03": re.compile(r"[0-9]{15}"),
    "04": re.compile(r"[0-9]{4,43}"),
}
_BILLER = re.compile(r"[0-9]{13,15}")
_REFERENCE = re.compile(r"[0-9A-Za-z]{1,20}")
_PAYNOW = {"0": re.compile(r"\+[0-9]{7,15}"), "2": re.compile(r"[0-9A-Z]{9,13}")}
_FPS = {
    "02": re.compile(r"[0-9]{7,9}"),
    "03": re.compile(r"\+[0-9]{1,3}-?[0-9]{5,14}"),
    "04": _EMAIL,
}
_BANK = re.compile(r"[0-9]{6}")
_ACCOUNT = re.compile(r"[0-9A-Za-z]{1,19}")
_NMID = re.compile(r"ID[0-9]{13}")
_QRIS_SIZES = frozenset({"UMI", "UKE", "UME", "UBE", "URE", "PSO", "BLU"})


@dataclass(slots=True)
class Findings:
    """What the checks of one account collect."""

    problems: list[str] = field(default_factory=list[str])
    facts: dict[str, str] = field(default_factory=dict[str, str])
    expires: datetime | None = None


Check = Callable[[str, Objects, Merchant, Findings], Iterator[str]]


def check(scheme: str, tag: str, account: Objects, merchant: Merchant, into: Findings) -> None:
    """Add what ``scheme`` says of the account object ``tag`` to ``into``."""
    own = _CHECKS.get(scheme)
    if own is not None:
        into.problems += own(tag, account, merchant, into)


def _pix(_: str, account: Objects, merchant: Merchant, into: Findings) -> Iterator[str]:
    """Banco Central do Brasil, Manual do BR Code; Manual de Padrões para Iniciação do Pix."""
    key, url, recurrence = account.get("01"), account.get("25"), _recurrence(merchant)
    if recurrence:
        into.facts["recurrence"] = recurrence
    if key is not None and url is not None:
        yield "pix-key-and-url"
    elif key is None and url is None and not recurrence:
        yield "pix-no-key"
    if key is not None:
        into.facts["key_type"] = kind = pix_key_type(key)
        if not kind:
            yield "pix-key"
    if url is not None:
        into.facts["url"] = url
        if not _PIX_URL.fullmatch(url):
            yield "pix-url"
        if "01" not in merchant.objects:  # the standard's mark of a code for one payment
            yield "pix-initiation"
    yield from _pix_reference(merchant, into)


def _pix_reference(merchant: Merchant, into: Findings) -> Iterator[str]:
    """Sub-object 05 of 62: the payment's own id, or three stars."""
    txid = merchant.additional.get("05")
    if txid is None:
        yield "pix-no-txid"
    elif not _TXID.fullmatch(txid):
        yield "pix-txid"
    else:
        into.facts["reference"] = txid


def _recurrence(merchant: Merchant) -> str:
    """The address of a recurring charge (Pix Automático): sub-object 25 of 80."""
    try:
        template = objects(merchant.objects.get("80", ""))
    except FrameError:
        return ""
    ours = template.get("00", "").lower() == "br.gov.bcb.pix"
    return template.get("25", "") if ours else ""


def pix_key_type(key: str) -> str:
    """``cpf``, ``cnpj``, ``phone``, ``evp`` or ``email``; empty for none of them.

    Check digits count: eleven digits that are no tax number are no key either.
    """
    if _PIX_PHONE.fullmatch(key):
        return "phone"
    if _EVP.fullmatch(key):
        return "evp"
    if len(key) <= 77 and _EMAIL.fullmatch(key):
        return "email"
    if cpf_ok(key):
        return "cpf"
    return "cnpj" if cnpj_ok(key) else ""


def _promptpay(tag: str, account: Objects, _: Merchant, into: Findings) -> Iterator[str]:
    """Bank of Thailand, Thai QR Code specification: tag 29 credit transfer, tag 30 bill payment."""
    if account["00"].endswith("12"):
        yield from _promptpay_bill(tag, account, into)
        return
    ids = [name for name in _PROMPTPAY if name in account]
    if len(ids) != 1 or not _PROMPTPAY[ids[0]].fullmatch(account[ids[0]]):
        yield "promptpay-id"
    if tag != "29":
        yield "promptpay-tag"


def _promptpay_bill(tag: str, account: Objects, into: Findings) -> Iterator[str]:
    if not _BILLER.fullmatch(account.get("01", "")):
        yield "promptpay-biller"
    for name, fact in (("02", "reference"), ("03", "reference2")):
        if name in account:
            into.facts[fact] = account[name]
            if not _REFERENCE.fullmatch(account[name]):
                yield "promptpay-reference"
    if tag != "30":
        yield "promptpay-tag"


def _paynow(_: str, account: Objects, merchant: Merchant, into: Findings) -> Iterator[str]:
    """ABS PayNow: 01 says what 02 is (0 phone, 2 UEN), 03 whether the amount is open."""
    form = _PAYNOW.get(account.get("01", ""))
    if form is None or not form.fullmatch(account.get("02", "")):
        yield "paynow-id"
    editable = account.get("03")
    if editable not in {"0", "1"}:
        yield "paynow-editable"
    else:
        into.facts["amount_editable"] = "yes" if editable == "1" else "no"
        if editable == "0" and "54" not in merchant.objects:
            yield "paynow-no-amount"
    if "04" in account:
        into.expires = _singapore_time(account["04"])
        if into.expires is None:
            yield "paynow-expiry"


def _singapore_time(text: str) -> datetime | None:
    """``yyyymmdd``, to the end of that day, or ``yyyymmddhhmmss``, in Singapore's time."""
    whole = f"{text}235959" if len(text) == 8 else text
    if len(whole) != 14 or not whole.isascii() or not whole.isdigit():
        return None
    parts = [int(whole[:4]), *(int(whole[at : at + 2]) for at in range(4, 14, 2))]
    try:
        return datetime(
            parts[0], parts[1], parts[2], parts[3], parts[4], parts[5], tzinfo=_SINGAPORE
        )
    except ValueError:
        return None


def _fps(_: str, account: Objects, __: Merchant, ___: Findings) -> Iterator[str]:
    """HKICL, Common QR Code Specification for Retail Payments in Hong Kong."""
    ids = [name for name in _FPS if name in account]
    if len(ids) != 1 or not _FPS[ids[0]].fullmatch(account[ids[0]]):
        yield "fps-id"


def _khqr(tag: str, account: Objects, merchant: Merchant, into: Findings) -> Iterator[str]:
    """National Bank of Cambodia, KHQR: the account stands where others have their identifier."""
    yield f"khqr-{tag}"  # sub-00 is no GUID: the named tolerance
    if len(account["00"]) > 32 or not _BAKONG.fullmatch(account["00"]):
        yield "khqr-account"
    if any(len(account.get(name, "")) > 32 for name in ("01", "02")):
        yield "khqr-long"
    dynamic = merchant.objects.get("01") == "12"
    if dynamic and "54" not in merchant.objects:
        yield "khqr-no-amount"
    if "99" not in merchant.objects:
        if dynamic:
            yield "khqr-no-time"
        return
    times, readable = _times(merchant.objects["99"])
    if "01" in times:
        into.expires = times["01"]
    elif dynamic:  # codes made before 2024 say only when they were made
        yield "khqr-no-expiry"
    if not readable or "00" not in times or times.get("01", _MAX) < times["00"]:
        yield "khqr-time"


_MAX = datetime.max.replace(tzinfo=UTC)


def _times(value: str) -> tuple[dict[str, datetime], bool]:
    """Object 99 of KHQR: 00 made, 01 expires; 13 digits of milliseconds since 1970 each.

    Also whether what is there could be read.
    """
    try:
        found = objects(value)
    except FrameError:
        return {}, False
    written = {tag: text for tag, text in found.items() if tag in {"00", "01"}}
    times = {
        tag: datetime.fromtimestamp(int(text) // 1000, UTC)
        for tag, text in written.items()
        if _MILLISECONDS.fullmatch(text)
    }
    return times, len(times) == len(written)


def _vietqr(_: str, account: Objects, __: Merchant, into: Findings) -> Iterator[str]:
    """NAPAS VietQR: 01 holds 00 the bank and 01 the account or card; 02 is the service."""
    try:
        inner = objects(account.get("01", ""))
    except FrameError:
        inner = {}
    if not _BANK.fullmatch(inner.get("00", "")) or not _ACCOUNT.fullmatch(inner.get("01", "")):
        yield "vietqr-account"
    if account.get("02", "QRPUSH") not in {"QRIBFTTA", "QRIBFTTC", "QRPUSH", "QRCASH"}:
        yield "vietqr-service"
    into.facts.update({"bank": inner["00"]} if "00" in inner else {})


def _duitnow(_: str, account: Objects, __: Merchant, into: Findings) -> Iterator[str]:
    """PayNet DuitNow QR: 01 the acquirer's six digits, 02 the merchant's id."""
    if not _BANK.fullmatch(account.get("01", "")):
        yield "duitnow-acquirer"
    if not account.get("02"):
        yield "duitnow-id"
    into.facts.update({"bank": account["01"]} if "01" in account else {})


def _qris(_: str, account: Objects, __: Merchant, into: Findings) -> Iterator[str]:
    """Bank Indonesia QRIS: 02 the national merchant id, 03 the merchant's size."""
    if account["00"].upper() == "ID.CO.QRIS.WWW" and not _NMID.fullmatch(account.get("02", "")):
        yield "qris-nmid"
    if account.get("03", "UMI") not in _QRIS_SIZES:
        yield "qris-criteria"
    into.facts.update({"size": account["03"]} if "03" in account else {})


_CHECKS: dict[str, Check] = {
    "pix": _pix,
    "promptpay": _promptpay,
    "paynow": _paynow,
    "fps": _fps,
    "khqr": _khqr,
    "vietqr": _vietqr,
    "duitnow": _duitnow,
    "qris": _qris,
}
