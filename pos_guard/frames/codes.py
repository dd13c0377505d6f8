"""What a scanned code is: the one question before anything is charged.

The order of the tests cannot mis-file a code: whatever is no whole, exact payment code of a known
wallet is not payable.
"""

from __future__ import annotations

import re
from dataclasses import replace

from pos_guard.frames.codes_gs1 import classify_gs1, is_gs1
from pos_guard.frames.codes_lines import classify_lines
from pos_guard.frames.codes_model import Code, Kind, Payee, invalid, mask_text
from pos_guard.frames.codes_numbers import classify_digits, id_card, is_id_card
from pos_guard.frames.codes_urls import classify_url
from pos_guard.model import Scan
from pos_guard.money import MAX_AMOUNT, Money

__all__ = ["MAX_CODE", "Code", "Kind", "Payee", "classify", "scan_of"]

MAX_CODE = 7089
"""Characters in the largest code there is: a version 40-L QR code in numeric mode."""

_AIM = re.compile(r"\][A-Za-z][0-9A-Za-z]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1c\x1e\x1f\x7f-\x9f]")
_END = re.compile(r"(?:\r\n|\r|\n|\t)\Z")
_DIGITS = re.compile(r"[0-9]+")
_TAG_AND_LENGTH = re.compile(r"[0-9]{4}")
# ISO/IEC 15424 identifiers that mean GS1 data: GS1-128, DataBar, GS1 DataMatrix, GS1 QR.
_GS1_AIMS = re.compile(r"\](?:C1|e.|d2|Q3)")


def classify(
    payload: bytes | str,
    encoding: str = "utf-8",
    *,
    aim: str | None = None,
    also: frozenset[str] = frozenset(),
) -> Code:
    """Say what ``payload`` is; never raises for its content.

    One line end at its end, and an AIM identifier at its start unless ``aim`` was given, are not
    part of the code. ``encoding`` is the one the scanner is set to; other bytes are ``invalid``.
    ``also`` names wallets that are recognised only by configuration.
    """
    try:
        text = payload.decode(encoding) if isinstance(payload, bytes) else payload
        raw = payload if isinstance(payload, bytes) else payload.encode()
    except UnicodeError:
        return invalid("encoding", size=len(payload))
    if _CONTROL.search(text):
        return invalid("control-characters", size=len(text))
    text, raw = _without_end(text, raw)
    if aim is None and _AIM.match(text):
        aim, text, raw = text[:3], text[3:], raw[3:]
    if not text or len(text) > MAX_CODE:
        return invalid("empty" if not text else "length", size=len(text))
    code = _kind_of(text, raw, aim, also)
    return code if aim is None and code.text == text else replace(code, aim=aim, text=text)


def _without_end(text: str, raw: bytes) -> tuple[str, bytes]:
    end = _END.search(text)
    return (text, raw) if end is None else (text[: end.start()], raw[: -len(end[0].encode())])


def _kind_of(text: str, raw: bytes, aim: str | None, also: frozenset[str]) -> Code:
    if aim is not None and aim[1] == "Z":
        return Code(Kind.CONTROL, masked=mask_text(text))
    if aim is not None and _GS1_AIMS.match(aim):
        return classify_gs1(text)
    if _DIGITS.fullmatch(text):
        return classify_digits(text, aim, also)
    if is_id_card(text):
        return id_card(text)
    if "\x1d" in text and is_gs1(text):
        return classify_gs1(text)
    return _structured(text, raw) or classify_url(text) or Code(Kind.TEXT, masked=mask_text(text))


def _structured(text: str, raw: bytes) -> Code | None:
    """The formats that announce themselves; their parsers load only when one is met."""
    if text.startswith("hQVDUFY"):
        from pos_guard.frames.emv_cpm import classify_consumer

        return classify_consumer(text)
    if text.startswith("0002"):
        from pos_guard.frames.emv_dialects import classify_merchant

        return classify_merchant(text, raw)
    lines = classify_lines(text)
    if lines is not None or not _TAG_AND_LENGTH.match(text):
        return lines
    from pos_guard.frames.emv_dialects import classify_slip, classify_unordered, is_slip

    return classify_slip(text) if is_slip(text) else classify_unordered(text, raw)


def scan_of(code: Code, token: str) -> Scan:
    """What the guard judges: payees, money and kind of ``code``, with ``token`` in its place.

    ``token`` is the guard's keyed hash of the payment code; the code itself stays outside.
    """
    if (code.amount or 0) > MAX_AMOUNT:  # no till and no bank can charge it
        code = invalid("amount", scheme=code.scheme, text=code.text)
    known = code.amount is not None and code.currency is not None
    return Scan(
        kind=str(code.kind),
        scheme=code.scheme,
        payable=code.payable,
        token=token,
        masked=code.masked,
        # Whom a static or order code pays matters to nobody here: its kind alone is refused, and
        # the cashier must read why.
        payees=code.payees if code.kind is Kind.MERCHANT_CODE else (),
        money=Money(code.amount or 0, code.currency or "") if known else None,
        checksum=code.checksum,
        say=code.say,
        currency=code.currency,
        problems=code.problems,
    )
