"""Two hooks of one app (two HTTP clients, two locks): the guard itself lets one attempt through."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import requests

from pos_guard.frames.http import HttpReply
from pos_guard.hooks.over_httpx import GuardedTransport
from pos_guard.hooks.over_requests import GuardedAdapter
from pos_guard.hooks.provider import Outgoing, Passed
from pos_guard.store.ledger import Phase
from tests.hooks import test_provider_hooks as hooks
from tests.hooks.test_provider_hooks import PAY, REFUND, App
from tests.shop import MERCHANT

app = hooks.app  # the fixture
SECOND_CODE = "134669410611194349"


def outgoing(path: str, body: dict[str, Any]) -> Outgoing:
    headers = list(hooks.SIGNED.items())
    return Outgoing("POST", "127.0.0.1", path, headers, json.dumps(body).encode())


def second_attempt() -> dict[str, Any]:
    """The same bill once more, under another number and with another code."""
    return hooks.payment(order="ORDER-0002") | {"payer": {"auth_code": SECOND_CODE}}


def test_a_second_attempt_of_the_same_order_is_refused_while_the_first_is_open(app: App) -> None:
    one, other = app.hook(), app.hook()
    first = one.before(outgoing(PAY, hooks.payment()))
    assert isinstance(first, Passed)
    refused = other.before(outgoing(PAY, second_attempt()))
    assert isinstance(refused, HttpReply)
    assert refused.status == 403
    one.lost(first, "silent")
    assert isinstance(other.before(outgoing(PAY, second_attempt())), HttpReply)
    assert app.entries()[0] == ("sale", Phase.UNKNOWN)


def test_the_same_refund_is_not_under_way_twice(app: App) -> None:
    one, other = app.hook(), app.hook()
    paid = one.before(outgoing(PAY, hooks.payment()))
    assert isinstance(paid, Passed)
    body = json.dumps(
        {"out_trade_no": "ORDER-0001", "trade_state": "SUCCESS", "transaction_id": "T1"}
        | {"mchid": MERCHANT, "amount": {"total": 1250, "currency": "CNY"}}
    )
    one.after(paid, HttpReply(200, (), body.encode()))
    app.shop.sign_in("ben")
    assert isinstance(one.before(outgoing(REFUND, hooks.refund(1000))), Passed)
    more = hooks.refund(1000) | {"out_refund_no": "R2"}
    assert isinstance(other.before(outgoing(REFUND, more)), HttpReply)


@pytest.mark.parametrize("turn", range(5))
def test_two_clients_that_pay_at_the_same_moment_charge_once(app: App, turn: int) -> None:
    """httpx and requests, each behind a hook of its own, let go together."""
    del turn
    start = threading.Barrier(2)
    found: list[int] = []

    def by_httpx() -> None:
        transport = GuardedTransport(httpx.HTTPTransport(), app.hook())
        with httpx.Client(transport=transport, headers=hooks.SIGNED, timeout=20) as client:
            start.wait(10)
            found.append(client.post(app.base + PAY, json=hooks.payment()).status_code)

    def by_requests() -> None:
        with requests.Session() as session:
            session.mount("http://", GuardedAdapter(app.hook()))
            start.wait(10)
            reply = session.post(
                app.base + PAY, json=second_attempt(), headers=hooks.SIGNED, timeout=20
            )
            found.append(reply.status_code)

    clients: list[Callable[[], None]] = [by_httpx, by_requests]
    threads = [threading.Thread(target=client) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(found) == [200, 403]
    assert len(app.server.twin.moved) == 1
    assert sorted(phase for _, phase in app.entries()) == sorted([Phase.POSTED, Phase.REFUSED])
