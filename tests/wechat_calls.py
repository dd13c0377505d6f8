"""Requests of WeChat Pay v3 as its profile reads them, and what replies to them mean."""

from __future__ import annotations

import json

from pos_guard.frames import provider_reply, provider_request
from pos_guard.frames.provider_profile_file import profile
from pos_guard.frames.provider_request import Asked, Meaning
from pos_guard.model import Intent, Outcome

V3 = profile("wechat-v3")


def read(method: str, target: str, authorization: bytes | None, body: bytes) -> Meaning:
    """One request; ``authorization`` is the only header there is."""

    def header(name: bytes) -> bytes | None:
        return authorization if name == b"authorization" else None

    return provider_request.read(V3, Asked(method, target, body, header))


def post(target: str, body: object) -> Meaning:
    """A POST without a signature."""
    return read("POST", target, None, json.dumps(body).encode())


def intent_of(request: Meaning) -> Intent | None:
    """What a request means for the guard."""
    return provider_request.intent_of(V3, request)


def code_pay(mchid: str, order: str, total: int, code: str = "130061098828009406") -> Meaning:
    """A payment by code."""
    body = {"mchid": mchid, "out_trade_no": order, "payer": {"auth_code": code}}
    return post("/v3/pay/transactions/codepay", body | {"amount": {"total": total}})


def refund(number: str, order: str, fen: int, total: int) -> Meaning:
    """A refund."""
    amount = {"refund": fen, "total": total, "currency": "CNY"}
    body = {"out_refund_no": number, "out_trade_no": order, "amount": amount}
    return post("/v3/refund/domestic/refunds", body)


def undo(what: str, mchid: str, order: str) -> Meaning:
    """A reversal, or a closing."""
    return post(f"/v3/pay/transactions/out-trade-no/{order}/{what}", {"mchid": mchid})


def query(order: str) -> Meaning:
    """An order query."""
    return read("GET", f"/v3/pay/transactions/out-trade-no/{order}", None, b"")


def query_refund(number: str) -> Meaning:
    """A refund query."""
    return read("GET", f"/v3/refund/domestic/refunds/{number}", None, b"")


def outcome_of(request: Meaning, status: int, body: bytes) -> Outcome:
    """What a reply says."""
    return provider_reply.outcome_of(V3, request, status, body)


def error_body(code: str) -> bytes:
    """An error as the provider writes it."""
    return json.dumps({"code": code, "message": "x"}).encode()
