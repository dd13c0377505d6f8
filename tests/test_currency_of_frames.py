"""A frame that names no currency means the shop's: in the ledger, too, and for what comes after."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_guard.model import Intent, IntentKind, Outcome, Result, Tender
from tests.shop import TERMINAL_ID, Shop, shop

LINK = "card"


@pytest.fixture
def corner(tmp_path: Path) -> Iterator[Shop]:
    found = shop(tmp_path)
    found.sign_in("ben")
    yield found
    found.store.close()


def sold(corner: Shop, answered: str | None = None) -> int:
    """A sale of 12.50 whose request named no currency; the number of its entry."""
    corner.order(1250)
    corner.guard.payee_reported(LINK, TERMINAL_ID)
    decision = corner.guard.judge(Intent(IntentKind.SALE, Tender.CARD, 1250), link=LINK)
    assert decision.allowed, decision.say.en
    corner.guard.settle(decision.id, Outcome(Result.APPROVED, 1250, answered, "0001"))
    return decision.id


@pytest.mark.parametrize("named", [None, "EUR"])
@pytest.mark.parametrize(
    ("kind", "amount"), [(IntentKind.REFUND, 500), (IntentKind.REVERSAL, None)]
)
def test_what_was_sold_so_can_be_given_back(
    kind: IntentKind, amount: int | None, named: str | None, corner: Shop
) -> None:
    sold(corner)
    back = Intent(kind, Tender.CARD, amount, named, original="0001")
    decision = corner.guard.judge(back, link=LINK)
    assert decision.allowed, decision.say.en


def test_the_ledger_names_the_shops_currency_for_every_request(corner: Shop) -> None:
    sale = corner.store.ledger.entry(sold(corner))
    refund = corner.guard.judge(
        Intent(IntentKind.REFUND, Tender.CARD, 500, original="0001"), link=LINK
    )
    assert sale.currency == "EUR"
    assert corner.store.ledger.entry(refund.id).currency == "EUR"
    assert sale.sale_id is not None
    state = corner.store.ledger.sale(sale.sale_id)
    assert state is not None
    assert state.currency == "EUR"


def test_an_approval_in_another_currency_freezes_the_link(corner: Shop) -> None:
    sold(corner, answered="USD")
    assert corner.store.links.frozen(LINK)


def test_another_currency_stays_another_one(corner: Shop) -> None:
    corner.order(1250)
    decision = corner.guard.judge(Intent(IntentKind.SALE, Tender.CARD, 1250, "USD"), link=LINK)
    assert not decision.allowed
    assert corner.store.ledger.entry(decision.id).currency == "USD"
