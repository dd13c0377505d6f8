"""The provider link between a till that speaks HTTP and a simulated WeChat Pay."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pos_guard.links.provider import ProviderSession
from pos_guard.store.ledger import Phase
from pos_guard_simulator.wechat import Move, Script
from tests.links.provider_rig import Rig, bill, make_rig
from tests.shop import MERCHANT, PINS, POLICY, shop

HOST = "api.mch.weixin.qq.com"
LINK = "wechat"
CODE = "130061098828009406"  # the document's own sample
SECOND_CODE = "134669410611194349"
SIGNATURE = f'WECHATPAY2-SHA256-RSA2048 mchid="{MERCHANT}",nonce_str="n",signature="c2ln"'


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """A shop in CNY with a cashier who has billed 12.50, and a provider that is connected."""
    yuan = shop(tmp_path, policy=POLICY.replace('"EUR"', '"CNY"'))
    yield make_rig(yuan, "wechat-v3", LINK, HOST, frozenset({MERCHANT}))
    yuan.store.close()


def post(target: str, body: dict[str, Any], *more: str) -> bytes:
    """A POST as a till's HTTP client writes it."""
    raw = json.dumps(body, ensure_ascii=False).encode()
    lines = [
        f"POST {target} HTTP/1.1",
        "Host: 127.0.0.1:8080",
        f"Authorization: {SIGNATURE}",
        "Accept-Encoding: gzip",
        f"Content-Length: {len(raw)}",
        *more,
    ]
    return "\r\n".join([*lines, "", ""]).encode() + raw


def codepay(
    total: int = 1250, *, number: str = "ORDER-0001", code: str = CODE, **more: Any
) -> bytes:
    """A payment by code."""
    body = {
        "appid": "wxd678efh567hg6787",
        "mchid": MERCHANT,
        "description": "面包",
        "out_trade_no": number,
        "payer": {"auth_code": code},
        "amount": {"total": total, "currency": "CNY"},
    }
    return post("/v3/pay/transactions/codepay", body | more)


def refund(fen: int, *, number: str = "R1", order: str = "ORDER-0001", total: int = 1250) -> bytes:
    """A refund."""
    amount = {"refund": fen, "total": total, "currency": "CNY"}
    body = {"out_trade_no": order, "out_refund_no": number, "amount": amount}
    return post("/v3/refund/domestic/refunds", body)


def get(target: str) -> bytes:
    """A GET."""
    return (
        f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: {SIGNATURE}\r\n\r\n".encode()
    )


def query(number: str = "ORDER-0001") -> bytes:
    """An order query."""
    return get(f"/v3/pay/transactions/out-trade-no/{number}?mchid={MERCHANT}")


def reverse(number: str = "ORDER-0001") -> bytes:
    """A reversal."""
    return post(f"/v3/pay/transactions/out-trade-no/{number}/reverse", {"mchid": MERCHANT})


PAID = Move("paid", "ORDER-0001", 1250)


# -- sales -------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", [0, 1, 7])
def test_a_payment_passes_and_its_very_bytes_arrive(rig: Rig, step: int) -> None:
    raw = codepay()
    rig.send(raw, step=step)
    assert rig.reply() == (200, "SUCCESS")
    assert rig.twin.moved == [PAID]
    assert rig.entries() == [("sale", Phase.POSTED)]
    assert rig.all()[0].receipt == rig.twin.book.orders["ORDER-0001"].transaction_id
    (sent,) = rig.sent
    head, _, body = sent.partition(b"\r\n\r\n")
    assert body == raw.partition(b"\r\n\r\n")[2]
    assert head.startswith(b"POST /v3/pay/transactions/codepay HTTP/1.1\r\nHost: " + HOST.encode())
    assert b"Authorization: " + SIGNATURE.encode() in head
    assert b"gzip" not in head
    assert rig.open
    assert rig.waits == set()


def test_the_reply_reaches_the_till_unchanged(rig: Rig) -> None:
    rig.send(codepay())
    order = rig.twin.book.orders["ORDER-0001"]
    assert order.transaction_id.encode() in rig.till
    assert b"Request-ID: SIM" in rig.till
    assert b"Connection:" not in rig.till  # the next request may come


@pytest.mark.parametrize("fen", [12500, 125000, 125])
def test_an_amount_slip_never_reaches_the_provider(rig: Rig, fen: int) -> None:
    rig.send(codepay(fen))
    status, code = rig.reply()
    assert (status, code) == (400, "PARAM_ERROR")
    assert rig.twin.heard == []
    assert rig.told
    assert rig.told[0].say.zh in rig.till.decode()
    assert rig.entries() == [("sale", Phase.REFUSED)]


def test_another_merchant_is_refused(rig: Rig) -> None:
    body = {
        "mchid": "1900000999",
        "out_trade_no": "ORDER-0001",
        "payer": {"auth_code": CODE},
        "amount": {"total": 1250, "currency": "CNY"},
    }
    raw = post("/v3/pay/transactions/codepay", body)
    rig.send(raw.replace(SIGNATURE.encode(), SIGNATURE.replace(MERCHANT, "1900000999").encode()))
    assert rig.reply() == (403, "NO_AUTH")
    assert rig.twin.heard == []


def test_a_code_is_used_once(rig: Rig) -> None:
    rig.send(codepay())
    bill(rig, 300)
    rig.send(codepay(300, number="ORDER-0002"))
    assert rig.reply()[0] == 400
    assert rig.twin.moved == [PAID]
    dump = b"".join(path.read_bytes() for path in rig.shop.directory.glob("*") if path.is_file())
    assert CODE.encode() not in dump


def test_a_decline_is_a_failure_and_the_next_code_pays(rig: Rig) -> None:
    rig.twin.book.scripts[1250] = Script.DECLINE
    rig.send(codepay())
    assert rig.reply() == (403, "NOTENOUGH")
    assert rig.entries() == [("sale", Phase.FAILED)]
    rig.twin.book.scripts.clear()
    rig.send(codepay(number="ORDER-0002", code=SECOND_CODE))
    assert rig.reply() == (200, "SUCCESS")


# -- unknown outcomes --------------------------------------------------------------------------


def test_a_payer_with_a_password_is_unknown_until_a_query_says_paid(rig: Rig) -> None:
    rig.twin.book.scripts[1250] = Script.USERPAYING
    rig.send(codepay())
    assert rig.reply() == (200, "USERPAYING")
    assert rig.entries() == [("sale", Phase.UNKNOWN)]
    rig.send(codepay(number="ORDER-0002", code=SECOND_CODE))
    assert rig.reply()[0] == 403  # no second charge while the first is open
    rig.send(query())
    assert rig.reply() == (200, "USERPAYING")
    assert rig.entries()[0] == ("sale", Phase.UNKNOWN)
    rig.send(query())
    assert rig.reply() == (200, "SUCCESS")
    assert rig.entries()[0] == ("sale", Phase.POSTED)
    assert rig.twin.moved == [PAID]


@pytest.mark.parametrize("script", [Script.SILENT_MOVED, Script.SILENT])
def test_silence_is_unknown_and_a_reversal_resolves_it(rig: Rig, script: Script) -> None:
    rig.twin.book.scripts[1250] = script
    rig.send(codepay())
    assert rig.till == b""
    assert rig.waits == {"reply"}
    rig.fire("reply")
    assert rig.reply() == (500, "SYSTEM_ERROR")
    assert rig.entries() == [("sale", Phase.UNKNOWN)]
    assert not rig.device  # the late answer must not meet the next request
    rig.connect_device()
    rig.send(reverse())
    assert rig.reply()[0] == 204
    assert rig.entries() == [("sale", Phase.FAILED)]


def test_silence_is_resolved_by_the_tills_query(rig: Rig) -> None:
    rig.twin.book.scripts[1250] = Script.SILENT_MOVED
    rig.send(codepay())
    rig.fire("reply")
    rig.connect_device()
    rig.send(query())
    assert rig.reply() == (200, "SUCCESS")
    assert rig.entries() == [("sale", Phase.POSTED)]


def test_a_query_that_finds_no_order_resolves_nothing(rig: Rig) -> None:
    rig.twin.book.scripts[1250] = Script.SILENT
    rig.send(codepay())
    rig.fire("reply")
    rig.connect_device()
    rig.send(query())
    assert rig.reply() == (404, "ORDER_NOT_EXIST")
    assert rig.entries() == [("sale", Phase.UNKNOWN)]


@pytest.mark.parametrize(
    "data",
    [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{", b"garbage\r\n\r\n"],
    ids=["nothing", "half", "garbage"],
)
def test_a_lost_answer_is_unknown(rig: Rig, data: bytes) -> None:
    rig.twin.book.scripts[1250] = Script.SILENT_MOVED
    rig.send(codepay())
    if data:
        rig.run(rig.session.device_data(data))
    rig.lose_device()
    assert rig.reply() == (500, "SYSTEM_ERROR")
    assert rig.entries() == [("sale", Phase.UNKNOWN)]
    assert rig.waits == set()


def test_a_system_error_is_unknown_and_relayed(rig: Rig) -> None:
    rig.twin.book.scripts[1250] = Script.SYSTEM_ERROR
    rig.send(codepay())
    assert rig.reply() == (500, "SYSTEM_ERROR")
    assert rig.entries() == [("sale", Phase.UNKNOWN)]


def test_a_till_that_leaves_meanwhile_changes_nothing_for_the_ledger(rig: Rig) -> None:
    rig.twin.book.scripts[1250] = Script.SILENT_MOVED
    rig.send(codepay())
    rig.hang_up()
    rig.send(query())  # a new connection waits for the first exchange
    assert rig.till == b""
    rig.fire("reply")
    assert rig.entries() == [("sale", Phase.UNKNOWN)]
    assert rig.till == b""  # the first answer is not for the second connection
    rig.connect_device()
    assert rig.reply() == (200, "SUCCESS")
    assert rig.entries() == [("sale", Phase.POSTED)]


def test_a_restart_leaves_the_request_to_be_resolved(rig: Rig) -> None:
    rig.twin.book.scripts[1250] = Script.SILENT_MOVED
    rig.send(codepay())
    again = rig.shop.reopened()
    try:
        second = Rig(again, ProviderSession(LINK, again.guard, HOST), rig.twin)
        second.connect_device()
        second.send(query())
        assert second.reply() == (200, "SUCCESS")
        assert second.entries() == [("sale", Phase.POSTED)]
    finally:
        again.store.close()


# -- refunds -----------------------------------------------------------------------------------


def paid(rig: Rig, who: str) -> None:
    """A paid order, and that person at the till."""
    rig.send(codepay())
    assert rig.reply() == (200, "SUCCESS")
    rig.shop.sign_in(who)
    rig.twin.heard.clear()


def test_a_cashier_without_permission_refunds_nothing(rig: Rig) -> None:
    paid(rig, "anna")
    rig.send(refund(100))
    assert rig.reply() == (403, "NO_AUTH")
    assert rig.twin.heard == []


def test_refunds_up_to_the_exact_remainder(rig: Rig) -> None:
    paid(rig, "ben")
    rig.send(refund(1000, number="R1"))
    assert rig.reply() == (200, "PROCESSING")
    rig.shop.clock.advance(60)
    rig.send(refund(251, number="R2"))
    assert rig.reply()[0] == 403
    rig.send(refund(250, number="R3"))
    assert rig.reply() == (200, "PROCESSING")
    rig.send(refund(1, number="R4"))
    assert rig.reply()[0] == 403
    assert [move.fen for move in rig.twin.moved] == [1250, 1000, 250]


def test_the_same_refund_again_is_counted_once(rig: Rig) -> None:
    paid(rig, "ben")
    for _ in range(3):
        rig.send(refund(700))
        assert rig.reply() == (200, "PROCESSING")
    assert rig.entries()[1:] == [("refund", Phase.POSTED)]
    assert [move.fen for move in rig.twin.moved] == [1250, 700]


def test_an_unknown_refund_is_resolved_by_its_retry_and_by_its_query(rig: Rig) -> None:
    paid(rig, "ben")
    rig.twin.book.refund_scripts = {100: Script.SYSTEM_ERROR, 200: Script.SYSTEM_ERROR}
    rig.send(refund(100))
    assert rig.entries()[1:] == [("refund", Phase.UNKNOWN)]
    rig.send(refund(100))
    assert rig.reply() == (200, "PROCESSING")
    assert rig.entries()[1:] == [("refund", Phase.POSTED)]
    rig.shop.clock.advance(60)
    rig.send(refund(200, number="R2"))
    assert rig.entries()[2:] == [("refund", Phase.UNKNOWN)]
    rig.send(get("/v3/refund/domestic/refunds/R2"))
    assert rig.reply() == (200, "SUCCESS")
    assert rig.entries()[2:] == [("refund", Phase.POSTED)]
    assert [move.fen for move in rig.twin.moved] == [1250, 100, 200]


def big_sale(rig: Rig) -> None:
    """A paid order of 50.00, more than the senior may refund alone."""
    bill(rig, 5000)
    rig.send(codepay(5000, number="ORDER-0009"))
    assert rig.reply() == (200, "SUCCESS")
    rig.shop.sign_in("ben")


def test_a_refund_above_the_limit_waits_for_a_second_person(rig: Rig) -> None:
    big_sale(rig)
    rig.send(refund(3000, order="ORDER-0009", total=5000))
    assert rig.till == b""
    (asked,) = rig.asked
    assert rig.waits == {"hold"}
    rig.shop.guard.approve(asked.decision, "maya", PINS["maya"])
    rig.run(rig.session.answered(asked.decision))
    assert rig.reply() == (200, "PROCESSING")
    assert rig.entries()[-1] == ("refund", Phase.POSTED)
    assert rig.waits == set()


def test_a_second_person_says_no(rig: Rig) -> None:
    big_sale(rig)
    rig.send(refund(3000, order="ORDER-0009", total=5000))
    decision = rig.asked[0].decision
    rig.shop.guard.decline(decision, "maya")
    rig.run(rig.session.answered(decision))
    assert rig.reply()[0] == 403
    assert rig.entries()[-1] == ("refund", Phase.REFUSED)
    assert len(rig.twin.moved) == 1


def test_nobody_answers_in_time(rig: Rig) -> None:
    big_sale(rig)
    rig.send(refund(3000, order="ORDER-0009", total=5000))
    rig.fire("hold")
    assert rig.reply()[0] == 403
    assert rig.entries()[-1] == ("refund", Phase.ABANDONED)
    decision = rig.asked[0].decision
    rig.run(rig.session.answered(decision))  # too late
    assert len(rig.twin.moved) == 1


def test_a_till_that_hangs_up_while_held_is_never_forwarded(rig: Rig) -> None:
    big_sale(rig)
    rig.send(refund(3000, order="ORDER-0009", total=5000))
    rig.hang_up()
    assert rig.entries()[-1] == ("refund", Phase.ABANDONED)
    assert rig.waits == set()
    rig.run(rig.session.answered(rig.asked[0].decision))
    assert len(rig.twin.moved) == 1


def test_an_approval_waits_for_the_provider_to_be_there(rig: Rig) -> None:
    big_sale(rig)
    rig.send(refund(3000, order="ORDER-0009", total=5000))
    rig.lose_device()
    decision = rig.asked[0].decision
    rig.shop.guard.approve(decision, "maya", PINS["maya"])
    rig.run(rig.session.answered(decision))
    assert rig.till == b""
    rig.connect_device()
    assert rig.reply() == (200, "PROCESSING")


def test_a_refund_that_failed_may_be_asked_again_under_its_number(rig: Rig) -> None:
    paid(rig, "ben")
    rig.twin.book.refund_scripts = {100: Script.DECLINE}
    rig.send(refund(100))
    assert rig.reply() == (403, "NOT_ENOUGH")
    rig.twin.book.refund_scripts.clear()
    rig.send(refund(100))
    assert rig.reply() == (200, "PROCESSING")
    assert rig.entries()[1:] == [("refund", Phase.FAILED), ("refund", Phase.POSTED)]


def test_reversing_a_paid_order_is_judged_as_money_out(rig: Rig) -> None:
    paid(rig, "anna")
    rig.send(reverse())
    assert rig.reply() == (403, "NO_AUTH")
    assert rig.twin.heard == []
    rig.shop.sign_in("ben")
    rig.send(reverse())
    assert rig.reply()[0] == 204
    assert rig.twin.moved == [PAID, Move("reversed", "ORDER-0001", 1250)]
    rig.send(refund(100))
    assert rig.reply()[0] == 403


# -- connections -------------------------------------------------------------------------------


def test_a_request_waits_for_the_provider_and_is_judged_only_then(rig: Rig) -> None:
    rig.lose_device()
    rig.send(codepay())
    assert rig.entries() == []
    assert rig.waits == {"connect"}
    rig.connect_device()
    assert rig.reply() == (200, "SUCCESS")


def test_without_a_provider_nothing_is_reserved_and_the_till_is_told(rig: Rig) -> None:
    rig.lose_device()
    rig.send(codepay())
    rig.fire("connect")
    assert rig.reply() == (403, "RULE_LIMIT")
    assert rig.entries() == []
    rig.send(query())
    rig.fire("connect")
    assert rig.reply() == (500, "SYSTEM_ERROR")
    rig.send(codepay())
    rig.hang_up()
    rig.connect_device()
    assert rig.sent == []


def test_a_provider_that_speaks_first_is_hung_up_on(rig: Rig) -> None:
    rig.run(rig.session.device_data(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
    assert not rig.device
    rig.connect_device()
    rig.send(codepay())
    assert rig.reply() == (200, "SUCCESS")


def test_a_till_may_ask_leave_to_send_its_body(rig: Rig) -> None:
    head, _, body = post("/v3/x", {}, "Expect: 100-continue").partition(b"\r\n\r\n")
    rig.send(head + b"\r\n\r\n")
    assert rig.till == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert rig.waits == {"request"}
    rig.run(rig.session.app_data(body))
    assert b"PARAM_ERROR" in rig.till


def test_half_a_request_is_refused_after_a_while(rig: Rig) -> None:
    rig.send(codepay()[:-3])
    rig.fire("request")
    assert rig.reply() == (400, "PARAM_ERROR")
    assert not rig.open
    assert rig.sent == []


# -- what is no plain request ------------------------------------------------------------------

HARMLESS = get("/v3/certificates")
SMUGGLED = [
    ("a refund behind a harmless query", HARMLESS + refund(100)),
    ("a refund behind a payment", codepay() + refund(100)),
    ("two lengths", codepay().replace(b"Accept-", b"Transfer-Encoding: chunked\r\nAccept-")),
    ("a body in a GET", HARMLESS[:-2] + b"Content-Length: 2\r\n\r\n{}"),
    ("another host", codepay().replace(b" /v3", b" http://evil.example/v3", 1)),
    ("two amounts", codepay().replace(b'"total": 1250', b'"total": 1250, "total": 125000')),
    ("an amount as text", codepay().replace(b'"total": 1250', b'"total": "1250"')),
    ("an unknown field", codepay(sub_mchid="1900000999")),
    ("an unknown request", post("/v3/fund-app/mch-transfer/transfer-bills", {"amount": 1})),
    ("another method", codepay().replace(b"POST", b"PUT", 1)),
    ("a transfer by GET override", HARMLESS[:-2] + b"X-HTTP-Method-Override: POST\r\n\r\n"),
    ("bare line feeds", HARMLESS.replace(b"\r\n", b"\n")),
    ("an endless head", b"GET /" + b"a" * 17_000),
    ("an endless body", post("/v3/pay/transactions/codepay", {"a": "b" * 70_000})),
    ("ZVT on the wrong port", bytes.fromhex("0600060000000978")),
]


@pytest.mark.parametrize("raw", [raw for _, raw in SMUGGLED], ids=[name for name, _ in SMUGGLED])
@pytest.mark.parametrize("step", [0, 4000])
def test_smuggling_reaches_nobody(rig: Rig, raw: bytes, step: int) -> None:
    paid(rig, "ben")
    sent = len(rig.sent)
    rig.send(raw, step=step)
    if step and rig.till == b"" and "request" in rig.timers:
        rig.fire("request")
    assert rig.reply() == (400, "PARAM_ERROR")
    assert rig.sent[sent:] == []
    assert not rig.open
    assert rig.waits == set()
    rig.send(query())  # the next connection is served
    assert rig.reply() == (200, "SUCCESS")


def test_what_follows_a_whole_request_is_never_read(rig: Rig) -> None:
    rig.twin.book.scripts[1250] = Script.SILENT_MOVED
    rig.send(codepay())
    rig.run(rig.session.app_data(refund(100)))
    rig.fire("reply")
    assert rig.twin.heard == ["POST /v3/pay/transactions/codepay"]


@given(garbage=st.binary(max_size=80), cut=st.integers(0, 400), step=st.sampled_from([0, 1, 50]))
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_garbage_moves_no_money(rig: Rig, garbage: bytes, cut: int, step: int) -> None:
    raw = refund(100)
    rig.send(raw[:cut] + garbage + (raw[cut + len(garbage) :]), step=step)
    if rig.open:
        rig.hang_up()
    assert rig.twin.moved == []
    rig.twin.heard.clear()
