"""What a WeChat Pay v3 reply says of the money.

States and codes: 付款码支付 (merchant/4012382150), 查询订单 (merchant/4013070356), 申请退款
(apiv3/apis/chapter3_1_9), the v2 table of 提交付款码支付, whose code names v3 keeps. Whoever is not
sure says UNKNOWN: nothing here may turn silence into "paid" or "not paid".
"""

from __future__ import annotations

import json

from pos_guard.errors import FrameError
from pos_guard.frames.decoded import Json
from pos_guard.frames.json_strict import is_object, parse_object
from pos_guard.frames.wechat import (
    Close,
    CodePay,
    QueryOrder,
    QueryRefund,
    Refund,
    Request,
    Reverse,
)
from pos_guard.model import Outcome, Result

MAX_REPLY = 1_048_576
"""As for the HTTP body that carries it."""

_ORDER_STATES = {
    "SUCCESS": Result.APPROVED,
    "REFUND": Result.APPROVED,  # it was paid; its refunds have entries of their own
    "CLOSED": Result.DECLINED,
    "REVOKED": Result.DECLINED,
    "PAYERROR": Result.DECLINED,
}

_REFUND_STATES = {
    "SUCCESS": Result.APPROVED,
    # Accepted: the provider owes it from now on and works it off by itself (within days for a
    # bank card), so it counts against what may still be refunded. ABNORMAL needs a person.
    "PROCESSING": Result.APPROVED,
    "CLOSED": Result.DECLINED,
}

_REVERSED_STATES = {
    "REVOKED": Result.APPROVED,
    "CLOSED": Result.APPROVED,
    "REFUND": Result.APPROVED,
}

_DEFINITE = frozenset(
    {
        "ACCOUNT_ERROR",
        "APPID_MCHID_NOT_MATCH",
        "APPID_NOT_EXIST",
        "AUTHCODEEXPIRE",
        "AUTH_CODE_ERROR",
        "AUTH_CODE_EXPIRED",
        "AUTH_CODE_INVALID",
        "BUYER_MISMATCH",
        "FREQUENCY_LIMITED",
        "INVALID_REQUEST",
        "INVALID_REQ_TOO_MUCH",
        "INVALID_TRANSACTIONID",
        "LACK_PARAMS",
        "MCHID_NOT_EXIST",
        "MCH_NOT_EXISTS",
        "NOAUTH",
        "NOTENOUGH",
        "NOTSUPORTCARD",
        "NOT_ENOUGH",
        "NO_AUTH",
        "ORDERCLOSED",
        "ORDERNOTEXIST",
        "ORDERREVERSED",
        "ORDER_CLOSED",
        "ORDER_NOT_EXIST",
        "ORDER_REVERSED",
        "PARAM_ERROR",
        "REQUEST_BLOCKED",
        "RESOURCE_NOT_EXISTS",
        "REVERSE_EXPIRE",
        "RULE_LIMIT",
        "RULELIMIT",
        "SIGNERROR",
        "SIGN_ERROR",
        "TRADE_OVERDUE",
        "USER_ACCOUNT_ABNORMAL",
    }
)
"""This request moved nothing and never will.

Not in here, though the tables call them failures: ORDERPAID and OUT_TRADE_NO_USED (an earlier
request under this number may have moved money), TRADE_ERROR (its text says which of many),
USERPAYING, BANKERROR, SYSTEMERROR, BIZERR_NEED_RETRY, and whatever is new.
"""

_DONE_BEFORE = frozenset({"ORDERREVERSED", "ORDER_REVERSED"})
"""The answer to a second reversal: an earlier one did it, perhaps the one that is not known."""


def outcome_of(request: Request, status: int, body: bytes) -> Outcome:
    """What a reply says came of the request that it answers.

    For a query it is the outcome of the order or refund asked for. Refunds count as approved
    once accepted (PROCESSING). Unreadable, 5xx, or not about this request: UNKNOWN.
    """
    try:
        reply = parse_object(body, limit=MAX_REPLY) if body else {}
    except FrameError as error:
        return Outcome(Result.UNKNOWN, code=error.code)
    if status in {200, 204}:
        return _accepted(request, reply)
    code = _text(reply, "code")
    if 400 <= status < 500 and code in _DEFINITE and _decisive(request, code):
        return Outcome(Result.DECLINED, code=code)
    return _unknown(code or str(status))


def reversed_outcome(status: int, body: bytes) -> Outcome:
    """What an order query says of a reversal of that order: undone, or not yet known."""
    outcome = outcome_of(QueryOrder(), status, body)
    result = _REVERSED_STATES.get(outcome.code or "", Result.UNKNOWN)
    return Outcome(result, code=outcome.code)


def order_number(body: bytes) -> str | None:
    """The out_trade_no that a reply to a query by transaction id speaks of, or None."""
    try:
        return _text(parse_object(body, limit=MAX_REPLY), "out_trade_no")
    except FrameError:
        return None


def error_body(code: str, message: str, *, issue: str | None = None) -> bytes:
    """An error in the provider's shape: ``code``, ``message`` and perhaps ``detail``."""
    body: dict[str, Json] = {"code": code, "message": message}
    if issue is not None:
        body["detail"] = {"location": "body", "issue": issue}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _accepted(request: Request, reply: dict[str, Json]) -> Outcome:
    match request:
        case CodePay():
            about = _same(reply, "out_trade_no", request.out_trade_no)
            about = about and _same(reply, "mchid", request.mchid)
            return _paid(reply) if about else _about_another(reply, "out_trade_no")
        case QueryOrder():
            about = _same(reply, "out_trade_no", request.out_trade_no)
            about = about and _same(reply, "transaction_id", request.transaction_id)
            return _paid(reply) if about else _about_another(reply, "out_trade_no")
        case Refund() | QueryRefund():
            about = _same(reply, "out_refund_no", request.out_refund_no)
            return _refunded(reply) if about else _about_another(reply, "out_refund_no")
        case Reverse():
            again = _text(reply, "recall") == "Y"  # "call again": not done yet
            return _unknown("recall") if again else Outcome(Result.APPROVED, code="REVOKED")
        case Close():
            return Outcome(Result.APPROVED, code="CLOSED")
        case _:
            return _unknown(None)


def _paid(reply: dict[str, Json]) -> Outcome:
    """An order's state. A payment by code answers like a query, or without any state when paid."""
    state = _text(reply, "trade_state")
    if state is None and _text(reply, "transaction_id") and _text(reply, "success_time"):
        state = "SUCCESS"
    result = _ORDER_STATES.get(state or "", Result.UNKNOWN)
    if result is not Result.APPROVED:
        return Outcome(result, code=state)
    amount = _amount(reply, "total")
    if amount is None:
        return _unknown("no-amount")
    return Outcome(
        result,
        amount,
        _currency(reply),
        _text(reply, "transaction_id"),
        _text(reply, "mchid"),
        state,
        _text(reply, "out_trade_no"),
    )


def _refunded(reply: dict[str, Json]) -> Outcome:
    state = _text(reply, "status")
    result = _REFUND_STATES.get(state or "", Result.UNKNOWN)
    if result is not Result.APPROVED:
        return Outcome(result, code=state)
    amount = _amount(reply, "refund")
    if amount is None:
        return _unknown("no-amount")
    return Outcome(
        result,
        amount,
        _currency(reply),
        _text(reply, "refund_id"),
        code=state,
        reference=_text(reply, "out_refund_no"),
    )


def _decisive(request: Request, code: str) -> bool:
    """Whether an error says what came of the request; of what a query asked for it says nothing."""
    if isinstance(request, Reverse):
        return code not in _DONE_BEFORE
    return isinstance(request, CodePay | Refund | Close)


def _same(reply: dict[str, Json], name: str, wanted: str | None) -> bool:
    """Whether a number that both request and reply name is the same."""
    return wanted is None or reply.get(name) in (None, wanted)


def _amount(reply: dict[str, Json], name: str) -> int | None:
    amount = reply.get("amount")
    value = amount.get(name) if is_object(amount) else None
    return value if type(value) is int else None


def _currency(reply: dict[str, Json]) -> str | None:
    amount = reply.get("amount")
    return _text(amount, "currency") if is_object(amount) else None


def _text(reply: dict[str, Json], name: str) -> str | None:
    value = reply.get(name)
    return value if isinstance(value, str) and value else None


def _about_another(reply: dict[str, Json], number: str) -> Outcome:
    """The reply speaks of something else than was asked: it settles nothing, and says of what."""
    return Outcome(Result.UNKNOWN, code="mismatch", reference=_text(reply, number))


def _unknown(code: str | None) -> Outcome:
    return Outcome(Result.UNKNOWN, code=code)
