"""A provider that answers with something else than was asked, in every field that is compared."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_guard.frames.decoded import Json
from pos_guard.frames.provider_request import Meaning
from pos_guard.model import Intent, IntentKind, Outcome, Result, Source, Tender
from pos_guard.money import Money
from pos_guard.store.ledger import Phase
from tests.shop import MERCHANT, POLICY, Shop, shop
from tests.wechat_calls import code_pay, outcome_of, refund

LINK = "wechat"
ORDER, REFUND, OTHER = "order-0001", "refund-0001", "order-0009"
PAY = code_pay(MERCHANT, ORDER, 1250)
GIVE = refund(REFUND, ORDER, 500, 1250)
PAID: dict[str, Json] = {
    "mchid": MERCHANT,
    "out_trade_no": ORDER,
    "transaction_id": "4200000891202103228088184743",
    "trade_state": "SUCCESS",
    "amount": {"total": 1250, "currency": "CNY"},
}
GIVEN: dict[str, Json] = {
    "out_refund_no": REFUND,
    "refund_id": "50000000382019052709732678859",
    "status": "SUCCESS",
    "amount": {"refund": 500, "currency": "CNY"},
}


@pytest.fixture
def yuan(tmp_path: Path) -> Iterator[Shop]:
    made = shop(tmp_path, policy=POLICY.replace('"EUR"', '"CNY"'))
    made.sign_in("ben")
    yield made
    made.store.close()


def said(request: Meaning, body: dict[str, Json]) -> Outcome:
    return outcome_of(request, 200, json.dumps(body).encode())


def charge(yuan: Shop) -> int:
    yuan.guard.tell_order(ORDER, Money(1250, "CNY"), Source.APP)
    sale = Intent(IntentKind.SALE, Tender.WECHAT, 1250, "CNY", payee=MERCHANT, reference=ORDER)
    decision = yuan.guard.judge(sale, link=LINK)
    assert decision.allowed, decision.say.en
    return decision.id


def give_back(yuan: Shop) -> int:
    yuan.guard.settle(charge(yuan), said(PAY, PAID))
    yuan.clock.advance(61)
    back = Intent(
        IntentKind.REFUND, Tender.WECHAT, 500, "CNY", ORDER, payee=MERCHANT, reference=REFUND
    )
    decision = yuan.guard.judge(back, link=LINK)
    assert decision.allowed, decision.say.en
    return decision.id


def cases(yuan: Shop) -> list[Json]:
    return [record.body["differs"] for record in yuan.store.audit.records(kind="case")]


def test_an_answer_that_repeats_what_was_asked_is_no_case(yuan: Shop) -> None:
    number = give_back(yuan)
    outcome = said(GIVE, GIVEN)
    assert outcome.reference == REFUND
    assert yuan.guard.settle(number, outcome) is None
    assert yuan.store.ledger.entry(number).phase is Phase.POSTED
    assert cases(yuan) == []


@pytest.mark.parametrize(
    ("altered", "differs"),
    [
        ({"amount": {"total": 12500, "currency": "CNY"}}, "amount"),
        ({"amount": {"total": 1250, "currency": "USD"}}, "currency"),
    ],
)
def test_an_altered_approval_freezes_the_link(
    yuan: Shop, altered: dict[str, Json], differs: str
) -> None:
    words = yuan.guard.settle(charge(yuan), said(PAY, PAID | altered))
    assert words is not None
    assert cases(yuan) == [[differs]]
    assert yuan.store.links.frozen(LINK) is not None


def test_a_payment_answered_with_another_order_stays_unknown_and_is_a_case(yuan: Shop) -> None:
    number = charge(yuan)
    words = yuan.guard.settle(number, said(PAY, PAID | {"out_trade_no": OTHER}))
    assert words is not None
    assert OTHER in words.en
    assert yuan.store.ledger.entry(number).phase is Phase.UNKNOWN
    assert cases(yuan) == [["reference"]]
    assert yuan.store.links.frozen(LINK) is None
    # The true answer settles it after all.
    assert yuan.guard.settle(number, said(PAY, PAID)) is None
    assert yuan.store.ledger.entry(number).phase is Phase.POSTED


def test_a_refund_answered_with_another_refund_stays_unknown_and_is_a_case(yuan: Shop) -> None:
    number = give_back(yuan)
    words = yuan.guard.settle(number, said(GIVE, GIVEN | {"out_refund_no": "refund-0002"}))
    assert words is not None
    assert yuan.store.ledger.entry(number).phase is Phase.UNKNOWN
    assert cases(yuan) == [["reference"]]


def test_a_payment_to_another_merchant_settles_nothing(yuan: Shop) -> None:
    number = charge(yuan)
    outcome = said(PAY, PAID | {"mchid": "1900000110"})
    assert outcome.result is Result.UNKNOWN
    yuan.guard.settle(number, outcome)
    assert yuan.store.ledger.entry(number).phase is Phase.UNKNOWN
