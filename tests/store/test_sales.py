"""Sales as typed state: sums, status, who paid, what was bought, whether it is settled."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pos_guard.clock import SECOND, ManualClock
from pos_guard.errors import StoreError
from pos_guard.model import MONEY_IN, MONEY_OUT, Cart, CartLine, IntentKind, Tender
from pos_guard.policy.request import RefundPace, SaleState, SaleStatus
from pos_guard.store.ledger import OrderSums, Phase
from pos_guard.store.store import Store
from tests.store.store_help import BASE, REFUND, VOID, Changes, add, add_in, entry

COUNTED = {
    Phase.POSTED: OrderSums(posted=1250),
    Phase.RESERVED: OrderSums(reserved=1250),
    Phase.UNKNOWN: OrderSums(unknown=1250),
}

SALE_ID = "T1-000001"


def sale(store: Store) -> SaleState:
    found = store.ledger.sale(SALE_ID)
    assert found is not None
    return found


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("kind", IntentKind)
def test_a_sale_counts_money_out_that_may_have_moved(
    store: Store, clock: ManualClock, kind: IntentKind, phase: Phase
) -> None:
    add_in(store, Phase.POSTED, sale_id=SALE_ID, amount=2000, payee="52001233", operator="ben")
    add_in(store, phase, kind=kind, sale_id=SALE_ID)
    sums = COUNTED.get(phase, OrderSums()) if kind in MONEY_OUT else OrderSums()
    more = 1250 if kind in MONEY_IN and phase is Phase.POSTED else 0
    back = kind in MONEY_OUT and phase is Phase.POSTED
    assert store.ledger.sale(SALE_ID) == SaleState(
        sale_id=SALE_ID,
        paid=2000 + more,
        currency="EUR",
        tender=Tender.CARD,
        payee="52001233",
        posted=sums.posted,
        reserved=sums.reserved,
        unknown=sums.unknown,
        status=SaleStatus.PART_REFUNDED if back else SaleStatus.PAID,
        age_us=clock.wall_us() - BASE.wall_us,
        operator="ben",
    )


STATUS = {
    Phase.WAITING: SaleStatus.OPEN,
    Phase.RESERVED: SaleStatus.SUBMITTED,
    Phase.UNKNOWN: SaleStatus.UNKNOWN,
    Phase.VOIDED: SaleStatus.VOIDED,
}


@pytest.mark.parametrize("phase", [phase for phase in Phase if phase is not Phase.POSTED])
def test_a_sale_that_is_not_paid_has_its_status_and_nothing_left(
    store: Store, phase: Phase
) -> None:
    add_in(store, phase, sale_id=SALE_ID)
    found = store.ledger.sale(SALE_ID)
    if phase not in STATUS:
        assert found is None
        return
    assert found is not None
    assert (found.status, found.paid, found.remaining) == (STATUS[phase], 0, 0)
    assert store.ledger.pace(SALE_ID) is None


@pytest.mark.parametrize(
    ("kind", "amounts", "status"),
    [
        (VOID, (1250,), SaleStatus.VOIDED),
        (IntentKind.REVERSAL, (1250,), SaleStatus.VOIDED),
        (REFUND, (1250,), SaleStatus.REFUNDED),
        (REFUND, (1249,), SaleStatus.PART_REFUNDED),
        (REFUND, (1249, 1), SaleStatus.REFUNDED),
        (VOID, (1249,), SaleStatus.PART_REFUNDED),
    ],
)
def test_a_paid_sale_says_what_went_back(
    store: Store, kind: IntentKind, amounts: tuple[int, ...], status: SaleStatus
) -> None:
    add_in(store, Phase.POSTED, sale_id=SALE_ID)
    for amount in amounts:
        add_in(store, Phase.POSTED, sale_id=SALE_ID, kind=kind, amount=amount)
    assert (sale(store).status, sale(store).paid) == (status, 1250)


def test_a_sale_undone_after_its_approval_is_a_void_sale_not_an_unknown_one(store: Store) -> None:
    number = add_in(store, Phase.POSTED, sale_id=SALE_ID, receipt="0001", reference="W-1")
    with store.transaction():
        store.ledger.move(number, Phase.VOIDED)
    assert sale(store).status is SaleStatus.VOIDED
    assert store.ledger.sale_by(link="zvt", receipt="0001") == SALE_ID
    assert store.ledger.sale_by(reference="W-1") == SALE_ID


def test_a_refund_is_no_sale_to_refund_again(store: Store) -> None:
    """Odoo #271109: a refund was itself refunded."""
    add_in(store, Phase.POSTED, kind=REFUND, sale_id="T1-000009", receipt="0009")
    assert store.ledger.sale("T1-000009") is None
    assert store.ledger.sale_by(receipt="0009") is None


def test_a_sale_keeps_its_own_payee_and_tender_after_a_tip(store: Store) -> None:
    add_in(store, Phase.POSTED, sale_id=SALE_ID, payee="52001233")
    tip = Changes(
        kind=IntentKind.TIP, tender=Tender.CASH, payee="other", sale_id=SALE_ID, amount=100
    )
    add_in(store, Phase.POSTED, **tip)
    assert (sale(store).paid, sale(store).tender) == (1350, Tender.CARD)
    assert sale(store).payee == "52001233"


def test_a_thousand_refused_refunds_do_not_make_a_sale_slower_to_read(store: Store) -> None:
    add_in(store, Phase.POSTED, sale_id=SALE_ID)
    for _ in range(20):
        add_in(store, Phase.REFUSED, sale_id=SALE_ID, kind=REFUND)
    assert len(store.ledger._parts(SALE_ID)) == 1


def test_a_sale_is_found_by_receipt_or_reference(store: Store) -> None:
    add_in(store, Phase.POSTED, sale_id=SALE_ID, receipt="0001", reference="W-1")
    add_in(store, Phase.POSTED, sale_id="T1-000002", receipt="0002", link="other")
    add_in(store, Phase.FAILED, sale_id="T1-000003", receipt="0003")
    by = store.ledger.sale_by
    assert by(receipt="0001") == by(link="zvt", receipt="0001") == SALE_ID
    assert by(reference="W-1") == by(link="zvt", receipt="0001", reference="W-1") == SALE_ID
    assert by(link="zvt", receipt="0002") is by(receipt="0003") is by(receipt="0004") is None
    assert by(link="zvt") is by() is None


def test_a_receipt_number_that_came_round_means_the_newest_sale(store: Store) -> None:
    for sale_id in (SALE_ID, "T1-000002"):
        add_in(store, Phase.POSTED, sale_id=sale_id, receipt="0001")
    assert store.ledger.sale_by(link="zvt", receipt="0001") == "T1-000002"


def test_the_pace_counts_refunds_that_may_have_moved(store: Store, clock: ManualClock) -> None:
    first = replace(entry(phase=Phase.POSTED, sale_id=SALE_ID), wall_us=clock.wall_us())
    with store.transaction():
        store.ledger.add(first)
    clock.advance(3600)
    refund = replace(entry(kind=REFUND, sale_id=SALE_ID, amount=1), wall_us=clock.wall_us())
    with store.transaction():
        store.ledger.add(refund)
        store.ledger.add(replace(refund, phase=Phase.REFUSED))
    clock.advance(30)
    assert store.ledger.pace(SALE_ID) == RefundPace(3630 * SECOND, 1, 30 * SECOND)


def test_money_goes_back_to_whom_the_sale_was_paid_by(store: Store) -> None:
    paid = replace(entry(phase=Phase.POSTED, sale_id=SALE_ID), payer_token="p1")
    with store.transaction():
        store.ledger.add(paid)
        silent = store.ledger.add(entry(kind=REFUND, sale_id=SALE_ID, amount=1))
        other = store.ledger.add(
            replace(entry(kind=REFUND, sale_id=SALE_ID, amount=1), payer_token="p2")
        )
    assert store.ledger.entry(silent).payer_token == "p1"
    assert store.ledger.entry(other).payer_token == "p2"
    assert sale(store).payer_token == "p1"


def test_what_was_sold_and_what_came_back_is_counted_by_article(store: Store) -> None:
    """ERPNext #24259: two were sold, and three came back in three returns."""
    with store.transaction():
        cart = Cart((CartLine("tea", 2, 500), CartLine("mug", 1, 250), CartLine("tea", 1, 500)))
        store.ledger.add(entry(phase=Phase.POSTED, sale_id=SALE_ID), cart)
        back = Cart((CartLine("tea", 1, 500),))
        refund = entry(kind=REFUND, sale_id=SALE_ID, amount=500)
        posted = store.ledger.add(refund, back)
        store.ledger.move(posted, Phase.POSTED)
        store.ledger.add(refund, back)
        failed = store.ledger.add(refund, back)
        store.ledger.move(failed, Phase.FAILED)
        store.ledger.add(replace(refund, phase=Phase.REFUSED), back)
    assert sale(store).sold == (("mug", 1), ("tea", 3))
    assert sale(store).returned == (("tea", 2),)


@pytest.mark.parametrize("lines", ['{"a":1}', "[[1,2,3]]", '[["a",2]]', '[["a","2",3]]', "7"])
def test_a_cart_that_nobody_wrote_is_an_error(store: Store, lines: str) -> None:
    number = add(store, sale_id=SALE_ID, phase=Phase.POSTED)
    with store.transaction():
        store._database.write("INSERT INTO carts VALUES (?, ?)", number, lines)
    with pytest.raises(StoreError):
        store.ledger.sale(SALE_ID)


def test_a_card_sale_is_settled_once_its_links_batch_is_closed(store: Store) -> None:
    add_in(store, Phase.POSTED, sale_id=SALE_ID)
    assert sale(store).settled is None
    with store.transaction():
        store.batches.closed("other")
    assert sale(store).settled is None
    with store.transaction():
        store.batches.closed("zvt")
    assert sale(store).settled is True
    add_in(store, Phase.POSTED, sale_id="T1-000002")
    later = store.ledger.sale("T1-000002")
    assert later is not None
    assert later.settled is False


@pytest.mark.parametrize("phase", [Phase.RESERVED, Phase.UNKNOWN])
def test_what_had_no_outcome_when_the_batch_closed_is_not_in_it(store: Store, phase: Phase) -> None:
    number = add_in(store, phase, sale_id=SALE_ID)
    with store.transaction():
        assert store.batches.closed("zvt") == number
        store.ledger.move(number, Phase.POSTED)
    assert sale(store).settled is False
    with store.transaction():
        store.batches.closed("zvt")
    assert sale(store).settled is True


def test_a_wallet_has_no_batch(store: Store) -> None:
    add_in(store, Phase.POSTED, sale_id=SALE_ID, tender=Tender.WECHAT)
    with store.transaction():
        store.batches.closed("zvt")
    assert sale(store).settled is None
