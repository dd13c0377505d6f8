"""What a reply says of the money: paid and not paid only where the provider says so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.frames.provider_reply import order_number, reversed_outcome
from pos_guard.frames.provider_request import Meaning
from pos_guard.model import Outcome, Result
from tests.wechat_calls import (
    V3,
    code_pay,
    error_body,
    outcome_of,
    query,
    query_refund,
    read,
    refund,
    undo,
)

GOLDEN: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "golden" / "wechat.json").read_text(encoding="utf-8")
)
NUMBER = "1217752501201407033233368018"
PAY = code_pay("1230000109", NUMBER, 100)
GIVE = refund(NUMBER, NUMBER, 100, 100)
UNDO = undo("reverse", "1230000109", NUMBER)
SDK_ORDER = "44_2126281063_5504"
SDK_REFUND = "sdk12345678920210326145039"


def another(number: str) -> Outcome:
    """The outcome of a reply about another order or refund: it settles nothing, and names it."""
    return Outcome(Result.UNKNOWN, code="mismatch", reference=number)


DOCUMENTED = [
    (
        "refund reply, done",
        GIVE,
        Outcome(
            Result.APPROVED, 100, "CNY", "50000000382019052709732678859", None, "SUCCESS", NUMBER
        ),
    ),
    (
        "refund reply, accepted",
        query_refund(SDK_REFUND),
        Outcome(
            Result.APPROVED,
            1,
            "CNY",
            "50001307732021032607480019805",
            None,
            "PROCESSING",
            SDK_REFUND,
        ),
    ),
    ("refund reply, accepted", GIVE, another(SDK_REFUND)),
    (
        "order query reply, paid",
        query(SDK_ORDER),
        Outcome(
            Result.APPROVED,
            1,
            "CNY",
            "4200000891202103228088184743",
            "1900006XXX",
            "SUCCESS",
            SDK_ORDER,
        ),
    ),
    ("order query reply, paid", query(NUMBER), another(SDK_ORDER)),
    ("order query reply, paid", PAY, another(SDK_ORDER)),
    ("codepay reply, paying", PAY, Outcome(Result.UNKNOWN, code="USERPAYING")),
    ("error", PAY, Outcome(Result.DECLINED, code="PARAM_ERROR")),
    ("error", query(NUMBER), Outcome(Result.UNKNOWN, code="PARAM_ERROR")),
]


@pytest.mark.parametrize(("name", "request_", "expected"), DOCUMENTED)
def test_documented_reply(name: str, request_: Meaning, expected: Outcome) -> None:
    golden = GOLDEN[name]
    assert outcome_of(request_, golden["status"], golden["body"].encode()) == expected


def paid(**changes: object) -> bytes:
    """A paid order as the provider tells it, but for the changes."""
    body: dict[str, object] = {
        "mchid": "1230000109",
        "out_trade_no": NUMBER,
        "transaction_id": "4200000891202103228088184743",
        "trade_state": "SUCCESS",
        "success_time": "2021-03-22T10:29:05+08:00",
        "amount": {"total": 100, "currency": "CNY"},
    }
    return json.dumps({key: value for key, value in (body | changes).items() if value}).encode()


STATES = [
    # (reply to a payment and to its query, result)
    (paid(), Result.APPROVED),
    (paid(trade_state=None), Result.APPROVED),
    (paid(trade_state=None, success_time=None), Result.UNKNOWN),
    (paid(trade_state="REFUND"), Result.APPROVED),
    (paid(trade_state="NOTPAY"), Result.UNKNOWN),
    (paid(trade_state="ACCEPT"), Result.UNKNOWN),
    (paid(trade_state="success"), Result.UNKNOWN),
    (paid(trade_state="CLOSED"), Result.DECLINED),
    (paid(trade_state="REVOKED"), Result.DECLINED),
    (paid(trade_state="PAYERROR"), Result.DECLINED),
    (paid(amount=None), Result.UNKNOWN),
    (paid(amount={"total": "100"}), Result.UNKNOWN),
    (paid(amount={"total": True}), Result.UNKNOWN),
    (paid(out_trade_no=NUMBER + "1"), Result.UNKNOWN),
    (paid(out_trade_no=["a"]), Result.UNKNOWN),
    (b"", Result.UNKNOWN),
    (b"{}", Result.UNKNOWN),
    (b"<html>", Result.UNKNOWN),
    (b'{"trade_state":"SUCCESS","trade_state":"PAYERROR"}', Result.UNKNOWN),
]


@pytest.mark.parametrize("request_", [PAY, query(NUMBER)], ids=["codepay", "query"])
@pytest.mark.parametrize(("body", "result"), STATES)
def test_state_of_an_order(request_: Meaning, body: bytes, result: Result) -> None:
    assert outcome_of(request_, 200, body).result is result


ERRORS = [
    (400, "PARAM_ERROR", Result.DECLINED),
    (403, "NOTENOUGH", Result.DECLINED),
    (400, "AUTHCODEEXPIRE", Result.DECLINED),
    (400, "AUTH_CODE_INVALID", Result.DECLINED),
    (401, "SIGN_ERROR", Result.DECLINED),
    (400, "USERPAYING", Result.UNKNOWN),
    (202, "USERPAYING", Result.UNKNOWN),
    (400, "ORDERPAID", Result.UNKNOWN),
    (403, "OUT_TRADE_NO_USED", Result.UNKNOWN),
    (403, "TRADE_ERROR", Result.UNKNOWN),
    (400, "SOMETHING_NEW", Result.UNKNOWN),
    (500, "SYSTEM_ERROR", Result.UNKNOWN),
    (500, "SYSTEMERROR", Result.UNKNOWN),
    (500, "BANKERROR", Result.UNKNOWN),
    (500, "PARAM_ERROR", Result.UNKNOWN),
    (502, "", Result.UNKNOWN),
    (302, "PARAM_ERROR", Result.UNKNOWN),
]


@pytest.mark.parametrize("request_", [PAY, GIVE, UNDO], ids=["codepay", "refund", "reverse"])
@pytest.mark.parametrize(("status", "code", "result"), ERRORS)
def test_an_error_is_a_decline_only_when_nothing_can_have_moved(
    request_: Meaning, status: int, code: str, result: Result
) -> None:
    outcome = outcome_of(request_, status, error_body(code) if code else b"Bad Gateway")
    assert outcome.result is result
    assert outcome.amount is None


REFUND_STATES = [
    ("SUCCESS", Result.APPROVED),
    ("PROCESSING", Result.APPROVED),
    ("CLOSED", Result.DECLINED),
    ("ABNORMAL", Result.UNKNOWN),
    ("", Result.UNKNOWN),
]


@pytest.mark.parametrize(("state", "result"), REFUND_STATES)
def test_state_of_a_refund(state: str, result: Result) -> None:
    body = {"out_refund_no": NUMBER, "status": state, "amount": {"refund": 100, "total": 100}}
    raw = json.dumps(body).encode()
    assert outcome_of(GIVE, 200, raw).result is result
    assert outcome_of(query_refund(NUMBER), 200, raw).result is result
    del body["amount"]
    raw = json.dumps(body).encode()
    assert outcome_of(GIVE, 200, raw).result is not Result.APPROVED


@pytest.mark.parametrize(
    ("status", "body", "result"),
    [
        (204, b"", Result.APPROVED),
        (200, b"{}", Result.APPROVED),
        (200, b'{"recall":"N"}', Result.APPROVED),
        (200, b'{"recall":"Y"}', Result.UNKNOWN),
        (200, b"<", Result.UNKNOWN),
        (403, error_body("REVERSE_EXPIRE"), Result.DECLINED),
        (403, error_body("ORDERREVERSED"), Result.UNKNOWN),
    ],
)
def test_reply_to_a_reversal(status: int, body: bytes, result: Result) -> None:
    assert outcome_of(UNDO, status, body).result is result


@pytest.mark.parametrize(
    ("state", "result"),
    [
        ("REVOKED", Result.APPROVED),
        ("CLOSED", Result.APPROVED),
        ("REFUND", Result.APPROVED),
        ("SUCCESS", Result.UNKNOWN),
        ("USERPAYING", Result.UNKNOWN),
        ("PAYERROR", Result.UNKNOWN),
    ],
)
def test_what_an_order_query_says_of_a_reversal(state: str, result: Result) -> None:
    assert reversed_outcome(V3, query(NUMBER), 200, paid(trade_state=state)).result is result


def test_close_is_done_or_not() -> None:
    close = undo("close", "1230000109", NUMBER)
    assert outcome_of(close, 204, b"").result is Result.APPROVED
    assert outcome_of(close, 400, error_body("ORDERPAID")).result is Result.UNKNOWN


def test_nothing_follows_from_other_answers() -> None:
    assert (
        outcome_of(read("GET", "/v3/certificates", None, b""), 200, paid()).result is Result.UNKNOWN
    )
    assert order_number(V3, query(NUMBER), paid()) == NUMBER
    assert order_number(V3, query(NUMBER), b"[]") is None


@given(st.sampled_from([PAY, GIVE, UNDO, query(NUMBER)]), st.integers(200, 599), st.binary())
@settings(max_examples=150, deadline=None)
def test_garbage_is_unknown(request_: Meaning, status: int, body: bytes) -> None:
    if body and not body.isspace():
        assert outcome_of(request_, status, b"\x00" + body).result is Result.UNKNOWN
