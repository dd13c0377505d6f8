"""Orders and the paid receipts printed for them."""

from __future__ import annotations

import pytest

from pos_guard.clock import ManualClock
from pos_guard.errors import StoreError
from pos_guard.model import Order, Source
from pos_guard.money import Money
from pos_guard.store.ledger import RECEIPT_WINDOW_US, Phase
from pos_guard.store.store import Store
from tests.store.store_help import add_in


def put(store: Store, key: str, amount: int, currency: str = "EUR") -> Order:
    order = Order(key, Money(amount, currency))
    with store.transaction():
        store.ledger.put_order(order, Source.BILL)
    return order


def test_an_order_is_kept_and_its_total_may_change(store: Store) -> None:
    assert store.ledger.order("A-1") is None
    put(store, "A-1", 1250)
    assert store.ledger.order("A-1") == Order("A-1", Money(1250, "EUR"))
    put(store, "A-1", 990)
    assert store.ledger.order("A-1") == Order("A-1", Money(990, "EUR"))


def test_newest_orders_are_the_open_ones_last_told_first(store: Store) -> None:
    one, two, three = (put(store, key, 100) for key in ("A-1", "A-2", "A-3"))
    put(store, "A-1", 100)
    assert store.ledger.newest_orders() == (one, three, two)
    with store.transaction():
        store.ledger.close_order("A-3")
    assert store.ledger.newest_orders(1) == (one,)
    assert store.ledger.newest_orders() == (one, two)


def test_closing_an_order_that_is_none_is_an_error(store: Store) -> None:
    with pytest.raises(StoreError, match="no order"), store.transaction():
        store.ledger.close_order("A-1")


def test_copies_are_counted_per_order(store: Store) -> None:
    assert store.ledger.copies("A-1") == 0
    with store.transaction():
        assert [store.ledger.count_copy("A-1") for _ in range(3)] == [1, 2, 3]
        assert store.ledger.count_copy("A-2") == 1
    assert (store.ledger.copies("A-1"), store.ledger.copies("A-2")) == (3, 1)


def test_a_receipt_without_a_number_belongs_to_the_newest_unprinted_paid_order(
    store: Store,
) -> None:
    total = Money(1250, "EUR")
    for key in ("A-1", "A-2", "A-3"):
        put(store, key, 1250)
    assert store.ledger.paid_order(total) is None
    for key in ("A-1", "A-2"):
        add_in(store, Phase.POSTED, order_key=key)
    add_in(store, Phase.UNKNOWN, order_key="A-3")
    assert store.ledger.paid_order(total) == "A-2"
    with store.transaction():
        store.ledger.count_copy("A-2")
    assert store.ledger.paid_order(total) == "A-1"
    with store.transaction():
        store.ledger.count_copy("A-1")
    assert store.ledger.paid_order(total) == "A-2"


def test_a_receipt_of_another_total_or_time_belongs_to_no_order(
    store: Store, clock: ManualClock
) -> None:
    put(store, "A-1", 1250)
    add_in(store, Phase.POSTED, order_key="A-1")
    assert store.ledger.paid_order(Money(1251, "EUR")) is None
    assert store.ledger.paid_order(Money(1250, "CNY")) is None
    clock.advance(RECEIPT_WINDOW_US // 1_000_000)
    assert store.ledger.paid_order(Money(1250, "EUR")) == "A-1"
    clock.advance(1)
    assert store.ledger.paid_order(Money(1250, "EUR")) is None
