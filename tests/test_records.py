"""The hash that an approval is bound to: the same in every version, whoever writes the JSON."""

from __future__ import annotations

import hashlib

import pytest
import rfc8785

from pos_guard.errors import StoreError
from pos_guard.model import Context, Intent, IntentKind, Known, Order, Source, Tender
from pos_guard.money import Money
from pos_guard.records import again_hash, frame_hash, request_hash

REFUND = Intent(IntentKind.REFUND, Tender.CARD, 480, "EUR", original="0007", reference="r-1")
REFUND_JSON: dict[str, str | int | None] = {
    "kind": "refund",
    "tender": "card",
    "amount": 480,
    "currency": "EUR",
    "original": "0007",
    "payee": None,
    "reference": "r-1",
    "payer": None,
    "code": None,
}
ASKED = {
    "link": "终端 1",
    "frame": hashlib.sha256(b"\x06\x31").hexdigest(),
    "intent": REFUND_JSON,
    "operator": 'ben "€"',
    "order": "bill-7",
    "original": None,
    "reason_code": "broken",
}


def known() -> Context:
    return Context(
        operator=Known('ben "€"', Source.SCAN, 1),
        order=Known(Order("bill-7", Money(480, "EUR")), Source.BILL, 2),
        reason=Known("broken", Source.APP, 3),
    )


def test_a_request_is_hashed_as_rfc_8785_writes_it() -> None:
    """By the standard's own encoder: what was approved before an update stays approved."""
    expected = hashlib.sha256(rfc8785.dumps(ASKED)).hexdigest()
    assert request_hash(REFUND, known(), "终端 1", frame_hash(b"\x06\x31")) == expected


def test_what_is_asked_again_has_the_same_hash_under_another_number() -> None:
    again = ASKED | {"frame": "", "intent": {**REFUND_JSON, "reference": None}}
    expected = hashlib.sha256(rfc8785.dumps(again)).hexdigest()
    assert again_hash(REFUND, known(), "终端 1") == expected


def test_what_cannot_be_written_down_is_no_request() -> None:
    with pytest.raises(StoreError, match="cannot be recorded"):
        request_hash(REFUND, known(), "half a \ud800", "")
