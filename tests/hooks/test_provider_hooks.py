"""Requests of HTTP clients in the app itself: judged before they leave, settled when answered."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests

from pos_guard.consoles.callback import Approve, Question
from pos_guard.frames.http import HttpReply
from pos_guard.frames.provider_profile_file import profile
from pos_guard.hooks.over_httpx import AsyncGuardedTransport, GuardedTransport
from pos_guard.hooks.over_requests import GuardedAdapter
from pos_guard.hooks.provider import Outgoing, ProviderHook
from pos_guard.model import Source, Words
from pos_guard.money import Money
from pos_guard.store.ledger import Phase
from pos_guard_simulator.provider_twin import ProviderTwin, Script
from tests.hooks.provider_server import TwinServer
from tests.shop import MERCHANT, PINS, POLICY, Shop, shop

V3 = profile("wechat-v3")
PAY = "/v3/pay/transactions/codepay"
REFUND = "/v3/refund/domestic/refunds"
QUERY = f"/v3/pay/transactions/out-trade-no/ORDER-0001?mchid={MERCHANT}"
CODE = "130061098828009406"
SIGNED = {"Authorization": f'WECHATPAY2-SHA256-RSA2048 mchid="{MERCHANT}",signature="c2ln"'}


def payment(fen: int = 1250, order: str = "ORDER-0001") -> dict[str, Any]:
    """The body of a payment by code."""
    return {
        "mchid": MERCHANT,
        "out_trade_no": order,
        "description": "面包",
        "payer": {"auth_code": CODE},
        "amount": {"total": fen, "currency": "CNY"},
    }


def refund(fen: int, total: int = 1250) -> dict[str, Any]:
    """The body of a refund."""
    amount = {"refund": fen, "total": total, "currency": "CNY"}
    return {"out_trade_no": "ORDER-0001", "out_refund_no": "R1", "amount": amount}


@dataclass
class App:
    """A shop, its provider, and what the cashier was told."""

    shop: Shop
    server: TwinServer
    told: list[Words] = field(default_factory=list[Words])

    @property
    def base(self) -> str:
        """The provider's address."""
        return f"http://127.0.0.1:{self.server.port}"

    def hook(self, **options: Any) -> ProviderHook:
        """The hook of this app."""
        hosts = frozenset({"127.0.0.1"})
        tell = self.told.append
        return ProviderHook("app", self.shop.guard, V3, hosts=hosts, tell=tell, **options)

    def entries(self) -> list[tuple[str, Phase]]:
        """Kind and phase of every entry, oldest first."""
        found = sorted(self.shop.store.ledger.search(), key=lambda entry: entry.id)
        return [(str(entry.kind), entry.phase) for entry in found]


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    yuan = shop(tmp_path, policy=POLICY.replace('"EUR"', '"CNY"'))
    yuan.sign_in("anna")
    yuan.guard.tell_order(None, Money(1250, "CNY"), Source.BILL)
    with TwinServer(ProviderTwin(V3, yuan.clock, frozenset({MERCHANT}))) as server:
        yield App(yuan, server)
    yuan.store.close()


Answer = tuple[int, dict[str, Any]]
Ask = Callable[[App, ProviderHook, str, str, dict[str, Any] | None], Answer]


def by_httpx(app: App, hook: ProviderHook, method: str, path: str, body: Any) -> Answer:
    with httpx.Client(transport=GuardedTransport(httpx.HTTPTransport(), hook)) as client:
        reply = client.request(method, app.base + path, json=body, headers=SIGNED)
        return reply.status_code, reply.json()


def by_async_httpx(app: App, hook: ProviderHook, method: str, path: str, body: Any) -> Answer:
    async def ask() -> Answer:
        transport = AsyncGuardedTransport(httpx.AsyncHTTPTransport(), hook)
        async with httpx.AsyncClient(transport=transport) as client:
            reply = await client.request(method, app.base + path, json=body, headers=SIGNED)
            return reply.status_code, reply.json()

    return asyncio.run(ask())


def by_requests(app: App, hook: ProviderHook, method: str, path: str, body: Any) -> Answer:
    with requests.Session() as session:
        session.mount("http://", GuardedAdapter(hook))
        reply = session.request(method, app.base + path, json=body, headers=SIGNED, timeout=10)
        return reply.status_code, reply.json()


ALL = pytest.mark.parametrize("ask", [by_httpx, by_async_httpx, by_requests])


@ALL
def test_a_payment_leaves_and_its_answer_is_in_the_ledger_first(app: App, ask: Ask) -> None:
    status, body = ask(app, app.hook(), "POST", PAY, payment())
    assert (status, body["trade_state"]) == (200, "SUCCESS")
    assert app.entries() == [("sale", Phase.POSTED)]
    assert app.server.twin.heard == [f"POST {PAY}"]


@ALL
def test_an_amount_slip_never_leaves(app: App, ask: Ask) -> None:
    status, body = ask(app, app.hook(), "POST", PAY, payment(12500))
    assert (status, body["code"]) == (400, "PARAM_ERROR")
    assert app.server.twin.heard == []
    assert app.entries() == [("sale", Phase.REFUSED)]
    assert app.told[0].zh in body["message"]


@ALL
def test_what_no_profile_knows_never_leaves(app: App, ask: Ask) -> None:
    path = "/v3/fund-app/mch-transfer/transfer-bills"
    assert ask(app, app.hook(), "POST", path, {"amount": 1})[0] == 400
    assert ask(app, app.hook(), "DELETE", "/v3/certificates", None)[0] == 400
    assert app.server.twin.heard == []


@ALL
def test_another_host_is_refused(app: App, ask: Ask) -> None:
    hook = ProviderHook("app", app.shop.guard, V3)  # only the profile's own
    assert ask(app, hook, "POST", PAY, payment())[0] == 400
    assert app.entries() == []


@ALL
def test_a_lost_answer_is_unknown_until_the_apps_query(app: App, ask: Ask) -> None:
    app.server.twin.book.scripts[1250] = Script.SILENT_MOVED
    with pytest.raises((httpx.RemoteProtocolError, requests.ConnectionError)):
        ask(app, app.hook(), "POST", PAY, payment())
    assert app.entries() == [("sale", Phase.UNKNOWN)]
    status, body = ask(app, app.hook(), "GET", QUERY, None)
    assert (status, body["trade_state"]) == (200, "SUCCESS")
    assert app.entries() == [("sale", Phase.POSTED)]


@ALL
def test_without_a_connection_nothing_left_and_the_order_is_free(
    app: App, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(app.server, "port", 1)  # nobody listens there
        with pytest.raises((httpx.ConnectError, requests.ConnectionError)):
            ask(app, app.hook(), "POST", PAY, payment())
    assert app.entries() == [("sale", Phase.FAILED)]


@ALL
def test_a_refund_by_whom_it_is_permitted(app: App, ask: Ask) -> None:
    ask(app, app.hook(), "POST", PAY, payment())
    assert ask(app, app.hook(), "POST", REFUND, refund(500))[0] == 403
    app.shop.sign_in("ben")
    assert ask(app, app.hook(), "POST", REFUND, refund(500))[0] == 200
    assert [move.fen for move in app.server.twin.moved] == [1250, 500]


def big_sale(app: App) -> None:
    """A paid order of 50.00, more than the senior may refund alone."""
    app.shop.guard.tell_order(None, Money(5000, "CNY"), Source.BILL)
    by_httpx(app, app.hook(), "POST", PAY, payment(5000))
    app.shop.sign_in("ben")


def test_a_console_in_the_app_asks_a_second_person(app: App) -> None:
    big_sale(app)
    asked: list[Question] = []

    def console(question: Question) -> Approve:
        asked.append(question)
        return Approve("maya", PINS["maya"])

    hook = app.hook(console=console)
    assert by_httpx(app, hook, "POST", REFUND, refund(3000, 5000))[0] == 200
    assert [question.amount for question in asked] == [3000]
    assert app.entries()[-1] == ("refund", Phase.POSTED)


def test_without_a_console_what_needs_a_person_is_refused(app: App) -> None:
    big_sale(app)
    assert by_httpx(app, app.hook(), "POST", REFUND, refund(3000, 5000))[0] == 403
    assert app.entries()[-1] == ("refund", Phase.ABANDONED)
    assert len(app.server.twin.moved) == 1


RAW = json.dumps(payment()).encode()
ODD = [
    Outgoing("POST", "127.0.0.1", PAY, [], None),
    Outgoing("POST", "127.0.0.1", PAY, [], b"x" * 70_000),
    Outgoing("POST", "127.0.0.1", PAY, [("X-HTTP-Method-Override", "DELETE")], RAW),
    Outgoing("POST", "127.0.0.1", PAY, [("A", "1"), ("a", "2")], RAW),
    Outgoing("POST", "127.0.0.1", PAY, [("A", "1\r\nB: 2")], RAW),
    Outgoing("POST", "127.0.0.1", PAY, [("A", "面")], RAW),
    Outgoing("POST", "127.0.0.1", f"http://evil.example{PAY}", [], RAW),
    Outgoing("POST", "127.0.0.1", PAY, [("Content-Encoding", "gzip")], RAW),
]


@pytest.mark.parametrize("outgoing", ODD)
def test_what_could_be_read_in_two_ways_is_refused(app: App, outgoing: Outgoing) -> None:
    reply = app.hook().before(outgoing)
    assert isinstance(reply, HttpReply)
    assert reply.status == 400
    assert app.entries() == []


@pytest.mark.parametrize("kind", ["generator", "file"])
def test_a_streamed_body_is_refused(app: App, kind: str, tmp_path: Path) -> None:
    path = tmp_path / "body"
    path.write_bytes(RAW)
    with requests.Session() as session, path.open("rb") as stream:
        session.mount("http://", GuardedAdapter(app.hook()))
        body: Any = stream if kind == "file" else iter([RAW])
        assert session.post(app.base + PAY, data=body, timeout=10).status_code == 400
    assert app.server.twin.heard == []
