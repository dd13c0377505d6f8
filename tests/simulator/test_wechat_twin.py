"""The simulated provider keeps the provider's own rules about money."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from pos_guard.clock import ManualClock
from pos_guard.frames.http import Exchange, HttpReply, HttpRequest
from pos_guard.links.session import CloseApp, ToApp
from pos_guard.model import Result
from pos_guard_simulator.wechat import Move, Script, WechatTwin
from tests.wechat_calls import code_pay, outcome_of

MERCHANT = "1900000109"
ORDER = "ORDER-0001"
CODE = "130061098828009406"  # the document's own sample
SECOND_CODE = "134669410611194349"


@dataclass
class Client:
    """Speaks HTTP to the twin."""

    twin: WechatTwin = field(
        default_factory=lambda: WechatTwin(ManualClock(), frozenset({MERCHANT}))
    )

    def ask(self, method: str, target: str, body: dict[str, Any] | None = None) -> HttpReply | None:
        """One request on a new connection; None when the twin stays silent."""
        raw = b"" if body is None else json.dumps(body).encode()
        exchange = Exchange(HttpRequest(method, target, (), raw), "pay")
        self.twin.connected()
        reply = None
        for effect in self.twin.data(exchange.to_send):
            assert isinstance(effect, ToApp)
            reply = exchange.feed(effect.data)
        self.twin.closed()
        return reply

    def pay(self, total: int, *, number: str = ORDER, code: str = CODE, **more: str) -> Any:
        """Charge a code: status, and the state or error code."""
        body: dict[str, Any] = {"mchid": MERCHANT, "out_trade_no": number}
        body |= {"payer": {"auth_code": code}, "amount": {"total": total, "currency": "CNY"}} | more
        return short(self.ask("POST", "/v3/pay/transactions/codepay", body))

    def refund(self, number: str, fen: int, total: int, order: str = ORDER) -> Any:
        """Refund: status, and the state or error code."""
        body = {
            "out_trade_no": order,
            "out_refund_no": number,
            "amount": {"refund": fen, "total": total, "currency": "CNY"},
        }
        return short(self.ask("POST", "/v3/refund/domestic/refunds", body))

    def query(self, order: str = ORDER) -> Any:
        """An order's state."""
        target = f"/v3/pay/transactions/out-trade-no/{order}?mchid={MERCHANT}"
        return short(self.ask("GET", target))

    def undo(self, what: str, order: str = ORDER) -> Any:
        """Reverse or close."""
        target = f"/v3/pay/transactions/out-trade-no/{order}/{what}"
        return short(self.ask("POST", target, {"mchid": MERCHANT}))


def short(reply: HttpReply | None) -> Any:
    """What matters of a reply."""
    if reply is None or not reply.body:
        return reply and (reply.status, None)
    body = json.loads(reply.body)
    return reply.status, body.get("trade_state") or body.get("status") or body.get("code")


def test_a_payment_and_its_refunds_never_give_back_more_than_was_paid() -> None:
    client = Client()
    assert client.pay(1250) == (200, "SUCCESS")
    assert client.refund("R1", 1000, 1250) == (200, "PROCESSING")
    assert client.refund("R1", 1000, 1250) == (200, "PROCESSING")  # the same refund
    assert client.refund("R1", 999, 1250) == (400, "PARAM_ERROR")  # its number, another amount
    assert client.refund("R2", 251, 1250) == (400, "INVALID_REQUEST")
    assert client.refund("R2", 250, 1251) == (400, "INVALID_REQUEST")
    assert client.refund("R2", 250, 1250) == (200, "PROCESSING")
    assert client.query() == (200, "REFUND")
    assert short(client.ask("GET", "/v3/refund/domestic/refunds/R1")) == (200, "SUCCESS")
    assert client.twin.moved == [
        Move("paid", ORDER, 1250),
        Move("refunded", "R1", 1000),
        Move("refunded", "R2", 250),
    ]


def test_a_code_pays_once_and_an_order_once() -> None:
    client = Client()
    assert client.pay(100) == (200, "SUCCESS")
    assert client.pay(100, number="ORDER-0002") == (400, "AUTHCODEEXPIRE")
    assert client.pay(100, code=SECOND_CODE) == (400, "ORDERPAID")
    assert client.pay(100, number="ORDER-0003", code="284041811574401") == (400, "PARAM_ERROR")
    assert client.pay(100, number="ORDER-0003", code="2840418115744013") == (
        400,
        "AUTH_CODE_INVALID",
    )
    assert client.twin.moved == [Move("paid", ORDER, 100)]


def test_another_merchant_is_not_served() -> None:
    client = Client()
    assert client.pay(100, mchid="1900000999") == (400, "MCH_NOT_EXISTS")
    assert client.twin.moved == []


SCRIPTS = [
    (Script.APPROVE, (200, "SUCCESS"), 1),
    (Script.DECLINE, (403, "NOTENOUGH"), 0),
    (Script.USERPAYING, (200, "USERPAYING"), 0),
    (Script.SILENT, None, 0),
    (Script.SILENT_MOVED, None, 1),
    (Script.SYSTEM_ERROR, (500, "SYSTEM_ERROR"), 1),
]


@pytest.mark.parametrize(("script", "said", "moves"), SCRIPTS)
def test_a_script_decides_by_amount(script: Script, said: object, moves: int) -> None:
    client = Client()
    client.twin.book.scripts[500] = script
    assert client.pay(500) == said
    assert len(client.twin.moved) == moves
    assert client.pay(501, number="ORDER-0002", code=SECOND_CODE) == (200, "SUCCESS")


def test_a_payer_with_a_password_has_paid_after_two_queries() -> None:
    client = Client()
    client.twin.book.scripts[500] = Script.USERPAYING
    client.pay(500)
    assert client.query() == (200, "USERPAYING")
    assert client.query() == (200, "SUCCESS")
    assert client.query() == (200, "SUCCESS")
    assert client.twin.moved == [Move("paid", ORDER, 500)]


@pytest.mark.parametrize(
    ("script", "said", "moves"),
    [
        (Script.DECLINE, (403, "NOT_ENOUGH"), 0),
        (Script.SILENT, None, 0),
        (Script.SILENT_MOVED, None, 1),
        (Script.SYSTEM_ERROR, (500, "SYSTEM_ERROR"), 1),
    ],
)
def test_a_refund_script_and_its_retry(script: Script, said: object, moves: int) -> None:
    client = Client()
    client.pay(1250)
    client.twin.book.refund_scripts[100] = script
    assert client.refund("R1", 100, 1250) == said
    assert len(client.twin.moved) == 1 + moves
    del client.twin.book.refund_scripts[100]
    assert client.refund("R1", 100, 1250) == (200, "PROCESSING")
    assert len(client.twin.moved) == 2


def test_reverse_and_close() -> None:
    client = Client()
    client.pay(1250)
    client.refund("R1", 250, 1250)
    assert client.undo("close") == (400, "ORDERPAID")
    assert client.undo("reverse") == (204, None)
    assert client.undo("reverse") == (400, "ORDERREVERSED")
    assert client.query() == (200, "REVOKED")
    assert client.twin.moved[-1] == Move("reversed", ORDER, 1000)
    assert client.undo("reverse", "ORDER-0002") == (204, None)  # it never arrived
    assert client.pay(100, number="ORDER-0002", code=SECOND_CODE) == (400, "ORDERREVERSED")
    client.twin.book.scripts[300] = Script.USERPAYING
    client.pay(300, number="ORDER-0003", code=SECOND_CODE)
    assert client.undo("close", "ORDER-0003") == (204, None)
    assert client.query("ORDER-0003") == (200, "CLOSED")
    assert client.undo("close", "ORDER-0009") == (404, "ORDER_NOT_EXIST")
    assert client.query("ORDER-0009") == (404, "ORDER_NOT_EXIST")
    assert client.refund("R9", 1, 300, "ORDER-0003") == (404, "RESOURCE_NOT_EXISTS")


def test_its_answer_is_understood_as_paid() -> None:
    client = Client()
    client.twin.connected()
    reply = client.ask(
        "POST",
        "/v3/pay/transactions/codepay",
        {
            "mchid": MERCHANT,
            "out_trade_no": ORDER,
            "payer": {"auth_code": CODE},
            "amount": {"total": 100},
        },
    )
    assert reply is not None
    outcome = outcome_of(code_pay(MERCHANT, ORDER, 100), reply.status, reply.body)
    assert (outcome.result, outcome.amount, outcome.payee) == (Result.APPROVED, 100, MERCHANT)
    assert b"2026-01-01T08:00:00+08:00" in reply.body


def test_garbage_is_answered_and_the_connection_closed() -> None:
    twin = WechatTwin(ManualClock(), frozenset({MERCHANT}))
    assert twin.data(b"GET / HTTP/1.1\r\n") == []  # nobody connected
    twin.connected()
    effects = twin.data(b"GET / HTTP/1.1\nHost: a\n\n")
    assert isinstance(effects[0], ToApp)
    assert effects[0].data.startswith(b"HTTP/1.1 400 ")
    assert isinstance(effects[1], CloseApp)
    assert twin.heard == ["garbage: line-end"]
    assert twin.timer("x") == []


def test_one_connection_serves_many_requests_and_heard_holds_no_code() -> None:
    twin = WechatTwin(ManualClock(), frozenset({MERCHANT}))
    twin.connected()
    request = b"GET /v3/certificates HTTP/1.1\r\nHost: a\r\n\r\n"
    for _ in range(2):
        (effect,) = twin.data(request)
        assert isinstance(effect, ToApp)
        assert effect.data.startswith(b"HTTP/1.1 404 ")
    assert twin.heard == ["GET /v3/certificates"] * 2
    head = b"POST /v3/x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
    assert twin.data(head) == [ToApp(b"HTTP/1.1 100 Continue\r\n\r\n")]
