"""What the guard concludes when a smaller sale, which took a payment's place, came to nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_guard.model import Intent, IntentKind, Outcome, Result, Source, Tender
from pos_guard.policy.request import SaleStatus
from pos_guard.store.ledger import OrderSums, Phase
from tests.shop import PINS, Shop, shop


@pytest.fixture
def corner(tmp_path: Path) -> Iterator[Shop]:
    made = shop(tmp_path)
    yield made
    made.store.close()


def lowered(corner: Shop) -> tuple[int, int]:
    """A payment of 24.50, receipt 0007, that the till lowered to 20.00, not yet answered."""
    corner.paid_sale(2450, receipt="0007")
    before = corner.store.ledger.search(limit=1)[0].id
    decision = corner.guard.lower(before, 2000)
    assert decision.allowed, decision.say.en
    return before, decision.id


def order_sums(corner: Shop, number: int) -> OrderSums:
    key = corner.store.ledger.entry(number).order_key
    assert key is not None
    return corner.store.ledger.order_state(key)


def test_a_no_that_names_the_full_payment_makes_it_count_again(corner: Shop) -> None:
    before, smaller = lowered(corner)
    assert order_sums(corner, before) == OrderSums(reserved=2000)
    corner.guard.settle(smaller, Outcome(Result.DECLINED, 2450, "EUR", "0007"))
    entry = corner.store.ledger.entry(before)
    assert (entry.phase, entry.amount, entry.receipt) == (Phase.POSTED, 2450, "0007")
    assert corner.store.ledger.entry(smaller).phase is Phase.FAILED
    assert order_sums(corner, before) == OrderSums(posted=2450)
    assert entry.sale_id is not None
    sale = corner.store.ledger.sale(entry.sale_id)
    assert sale is not None
    assert (sale.status, sale.paid) == (SaleStatus.PAID, 2450)
    case = next(corner.store.audit.records(kind="case"))
    assert (case.body["entry"], case.body["instead_of"]) == (before, smaller)
    assert case.body["why"] == "not-lowered"


@pytest.mark.parametrize(
    "outcome",
    [
        Outcome(Result.DECLINED),
        Outcome(Result.DECLINED, 2450, "EUR"),
        Outcome(Result.DECLINED, 2450, "EUR", "0006"),
        Outcome(Result.DECLINED, 2000, "EUR", "0007"),
        Outcome(Result.APPROVED, 2000, "EUR", "0007"),
    ],
    ids=["no more", "no receipt", "another receipt", "another amount", "approved"],
)
def test_any_other_outcome_leaves_the_first_payment_void(corner: Shop, outcome: Outcome) -> None:
    before, smaller = lowered(corner)
    corner.guard.settle(smaller, outcome)
    assert corner.store.ledger.entry(before).phase is Phase.VOIDED
    assert not list(corner.store.audit.records(kind="case"))


def test_a_payment_that_nobody_lowered_is_not_touched(corner: Shop) -> None:
    corner.paid_sale(2450, receipt="0007")
    before = corner.store.ledger.search(limit=1)[0].id
    corner.guard.revoke(before)
    corner.order(2000)
    decision = corner.guard.judge(Intent(IntentKind.SALE, Tender.CARD, 2000, "EUR"), link="zvt")
    corner.guard.settle(decision.id, Outcome(Result.DECLINED, 2450, "EUR", "0007"))
    assert corner.store.ledger.entry(before).phase is Phase.VOIDED


@pytest.mark.parametrize(
    ("result", "after"),
    [
        (Result.APPROVED, OrderSums(posted=2450)),
        (Result.DECLINED, OrderSums()),
    ],
)
def test_a_person_answers_for_the_smaller_sale_and_then_for_the_full_one(
    corner: Shop, result: Result, after: OrderSums
) -> None:
    before, smaller = lowered(corner)
    corner.guard.settle(smaller, Outcome(Result.UNKNOWN))
    corner.guard.resolve(smaller, Result.DECLINED, "maya", PINS["maya"])
    assert [entry.id for entry in corner.guard.unresolved("zvt")] == [before]
    assert order_sums(corner, before) == OrderSums(unknown=2450)
    assert len(list(corner.store.audit.records(kind="case", entry=before))) == 1
    corner.guard.resolve(before, result, "maya", PINS["maya"])
    assert order_sums(corner, before) == after


def test_while_the_full_payment_is_unknown_nothing_is_given_back_of_it(corner: Shop) -> None:
    before, smaller = lowered(corner)
    corner.guard.settle(smaller, Outcome(Result.UNKNOWN))
    corner.guard.resolve(smaller, Result.DECLINED, "maya", PINS["maya"])
    sale_id = corner.store.ledger.entry(before).sale_id
    assert sale_id is not None
    sale = corner.store.ledger.sale(sale_id)
    assert sale is not None
    assert sale.status is SaleStatus.UNKNOWN
    corner.sign_in("ben")
    refund = Intent(IntentKind.REFUND, Tender.CARD, 100, "EUR")
    corner.guard.tell_original(sale_id, Source.SCAN)
    assert not corner.guard.judge(refund, link="zvt").allowed
