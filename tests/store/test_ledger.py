"""The ledger: which phase may follow which, and the sums that rules 3 and 6 stand on."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from pos_guard.errors import StoreError
from pos_guard.model import MONEY_IN, MONEY_OUT, IntentKind, Tender
from pos_guard.money import MAX_AMOUNT
from pos_guard.store import sales
from pos_guard.store.ledger import FIRST, MOVES, Entry, OrderSums, Phase
from pos_guard.store.store import Store
from tests.store.store_help import (
    REFUND,
    SALE,
    VOID,
    add,
    add_in,
    entry,
    interrupted,
    move,
)

ALLOWED = {
    ("waiting", "reserved"),
    ("waiting", "refused"),
    ("waiting", "abandoned"),
    ("reserved", "posted"),
    ("reserved", "failed"),
    ("reserved", "unknown"),
    ("reserved", "voided"),
    ("unknown", "posted"),
    ("unknown", "failed"),
    ("unknown", "voided"),
    ("posted", "voided"),
}


@pytest.mark.parametrize(("before", "after"), list(itertools.product(Phase, Phase)))
def test_only_the_moves_of_the_table_are_possible(
    store: Store, before: Phase, after: Phase
) -> None:
    number = add_in(store, before)
    if (before, after) in ALLOWED:
        move(store, number, after)
        assert store.ledger.entry(number).phase is after
    else:
        with pytest.raises(StoreError, match=f"is {before} and cannot become {after}"):
            move(store, number, after)
        assert store.ledger.entry(number).phase is before


AGAIN = {("voided", "posted"), ("voided", "unknown")}


@pytest.mark.parametrize(("before", "after"), list(itertools.product(Phase, Phase)))
def test_only_what_was_void_may_count_again(store: Store, before: Phase, after: Phase) -> None:
    number = add_in(store, before)
    found = store.ledger.entry(number)
    if (before, after) in AGAIN:
        with store.transaction():
            store.ledger.restore(found, after)
        assert store.ledger.entry(number) == replace(found, phase=after)
    else:
        refused = pytest.raises(StoreError, match=f"is {before}: it cannot count as {after}")
        with refused, store.transaction():
            store.ledger.restore(found, after)
        assert store.ledger.entry(number) == found


def test_the_table_names_every_phase() -> None:
    assert set(MOVES) == set(Phase)


@pytest.mark.parametrize("phase", Phase)
def test_an_entry_begins_only_in_a_first_phase(store: Store, phase: Phase) -> None:
    if phase in FIRST:
        assert store.ledger.entry(add(store, phase=phase)).phase is phase
    else:
        with pytest.raises(StoreError, match="no entry begins"):
            add(store, phase=phase)


def test_an_entry_comes_back_as_it_was_written(store: Store) -> None:
    new = entry(
        kind=REFUND,
        tender=Tender.WECHAT,
        order_key="A-1",
        sale_id="T1-000001",
        operator="anna",
        payee="1900000109",
        reference="REF-1",
        receipt="0007",
    )
    with store.transaction():
        number = store.ledger.add(new)
    values = {name: getattr(new, name) for name in new.__slots__}
    assert store.ledger.entry(number) == Entry(id=number, **values)


def test_a_move_keeps_what_it_is_not_told(store: Store) -> None:
    number = add(store, receipt="0001")
    with store.transaction():
        moved = store.ledger.move(number, Phase.POSTED, amount=1200, approver="maya")
    assert (moved.amount, moved.receipt, moved.approver) == (1200, "0001", "maya")


@pytest.mark.parametrize("kind", sorted(MONEY_IN | MONEY_OUT))
@pytest.mark.parametrize("phase", [Phase.RESERVED, Phase.POSTED])
def test_money_is_never_reserved_without_an_amount(
    store: Store, kind: IntentKind, phase: Phase
) -> None:
    with pytest.raises(StoreError, match="reserved_amount_is_known"):
        add(store, kind=kind, phase=phase, amount=None)
    waiting = add(store, kind=kind, phase=Phase.WAITING, amount=None)
    with pytest.raises(StoreError, match="reserved_amount_is_known"):
        move(store, waiting, Phase.RESERVED)


@pytest.mark.parametrize("amount", [-1, MAX_AMOUNT + 1, 2**63, 12.5])
def test_only_amounts_in_minor_units_are_kept(store: Store, amount: int) -> None:
    with pytest.raises(StoreError):
        add(store, amount=amount)
    assert store.ledger.search() == ()


def test_writing_needs_a_transaction(store: Store) -> None:
    with pytest.raises(StoreError, match="outside a transaction"):
        store.ledger.add(entry())
    with pytest.raises(StoreError, match="outside a transaction"):
        store.ledger.next_sale_id()
    assert store.ledger.search() == ()


def test_an_unknown_entry_is_an_error(store: Store) -> None:
    with pytest.raises(StoreError, match="no entry 7"):
        store.ledger.entry(7)


COUNTED = {
    Phase.POSTED: OrderSums(posted=1250),
    Phase.RESERVED: OrderSums(reserved=1250),
    Phase.UNKNOWN: OrderSums(unknown=1250),
}


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("kind", IntentKind)
def test_an_order_counts_money_in_that_may_have_moved(
    store: Store, kind: IntentKind, phase: Phase
) -> None:
    add_in(store, phase, kind=kind, order_key="A-1")
    expected = COUNTED.get(phase, OrderSums()) if kind in MONEY_IN else OrderSums()
    assert store.ledger.order_state("A-1") == expected
    assert store.ledger.order_state("A-2") == OrderSums()


def test_open_entries_come_oldest_first_and_by_link(store: Store) -> None:
    first = add_in(store, Phase.UNKNOWN)
    other = add_in(store, Phase.UNKNOWN, link="wechat")
    waiting = add_in(store, Phase.WAITING)
    last = add_in(store, Phase.UNKNOWN)
    reserved = add_in(store, Phase.RESERVED)
    assert [found.id for found in store.ledger.unresolved()] == [first, other, last]
    assert [found.id for found in store.ledger.unresolved("zvt")] == [first, last]
    assert [found.id for found in store.ledger.waiting()] == [waiting]
    assert [found.id for found in store.ledger.reserved()] == [reserved]


def test_the_same_reference_is_found_unless_it_was_refused(store: Store) -> None:
    posted = add_in(store, Phase.POSTED, reference="R-1")
    add_in(store, Phase.REFUSED, reference="R-1")
    add_in(store, Phase.REFUSED, reference="R-2")
    found = store.ledger.same_reference("zvt", "R-1")
    assert found is not None
    assert found.id == posted
    assert store.ledger.same_reference("zvt", "R-2") is None
    assert store.ledger.same_reference("wechat", "R-1") is None


def test_paid_tenders_add_up_posted_money_in(store: Store) -> None:
    add_in(store, Phase.POSTED, order_key="A-1", amount=500)
    add_in(store, Phase.POSTED, order_key="A-1", amount=700, tender=Tender.CASH)
    add_in(store, Phase.POSTED, order_key="A-1", amount=50)
    add_in(store, Phase.UNKNOWN, order_key="A-1", amount=900)
    add_in(store, Phase.POSTED, order_key="A-1", amount=300, kind=VOID)
    assert store.ledger.paid_tenders("A-1") == ((Tender.CARD, 550), (Tender.CASH, 700))


@pytest.mark.parametrize("kind", sorted(MONEY_OUT))
@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("amounts", [(1250,), (500, 750), (1249,)])
def test_only_a_sale_that_was_wholly_voided_leaves_its_order_to_be_paid_again(
    store: Store, kind: IntentKind, phase: Phase, amounts: tuple[int, ...]
) -> None:
    add_in(store, Phase.POSTED, order_key="A-1", sale_id="T1-000001", amount=1250)
    add_in(store, Phase.POSTED, order_key="A-1", sale_id="T1-000002", amount=300)
    *before, last = amounts
    for amount in before:
        add_in(store, Phase.POSTED, kind=REFUND, sale_id="T1-000001", amount=amount)
    add_in(store, phase, kind=kind, sale_id="T1-000001", amount=last)
    undone = kind is not REFUND and phase is Phase.POSTED and sum(amounts) == 1250
    assert store.ledger.order_state("A-1") == OrderSums(posted=300 if undone else 1550)
    assert store.ledger.paid_tenders("A-1") == ((Tender.CARD, 300 if undone else 1550),)
    sale = store.ledger.sale("T1-000001")
    assert sale is not None
    assert sale.paid == 1250
    assert (store.ledger.sale_of_order("A-1")) == "T1-000002"


def test_an_undone_sale_is_not_on_the_receipt_of_its_order(store: Store) -> None:
    add_in(store, Phase.POSTED, order_key="A-1", sale_id="T1-000001")
    assert store.ledger.sale_of_order("A-1") == "T1-000001"
    add_in(store, Phase.POSTED, kind=VOID, sale_id="T1-000001")
    assert store.ledger.sale_of_order("A-1") is None
    assert store.ledger.sale("T1-000001") is not None


def test_the_last_receipt_is_that_of_the_newest_posted_entry(store: Store) -> None:
    assert store.ledger.last_receipt("zvt") is None
    add_in(store, Phase.POSTED, receipt="0001")
    add_in(store, Phase.FAILED, receipt="0002")
    assert store.ledger.last_receipt("zvt") == "0001"


def test_the_receipt_of_an_order_names_its_newest_electronic_sale(store: Store) -> None:
    assert store.ledger.sale_of_order("A-1") is None

    def sold(sale_id: str, tender: Tender) -> None:
        add_in(store, Phase.POSTED, sale_id=sale_id, order_key="A-1", tender=tender)

    sold("T1-000001", Tender.CASH)
    assert store.ledger.sale_of_order("A-1") == "T1-000001"
    sold("T1-000002", Tender.CARD)
    sold("T1-000003", Tender.CASH)
    assert store.ledger.sale_of_order("A-1") == "T1-000002"


def test_sale_ids_count_up_and_a_rolled_back_one_is_given_again(store: Store) -> None:
    with store.transaction():
        assert store.ledger.next_sale_id() == "T1-000001"
        assert store.ledger.next_sale_id() == "T1-000002"
    interrupted(store.transaction(), store.ledger.next_sale_id)
    with store.transaction():
        assert store.ledger.next_sale_id() == "T1-000003"


def test_search_finds_the_newest_that_fit_all_filters(store: Store) -> None:
    anna = [add(store, operator="anna", order_key=key) for key in ("A-1", "A-2", "A-3")]
    add(store, operator="ben", link="wechat", phase=Phase.REFUSED)
    ids = [found.id for found in store.ledger.search(operator="anna", limit=2)]
    assert ids == anna[:0:-1]
    assert [found.operator for found in store.ledger.search(phase=Phase.REFUSED)] == ["ben"]
    assert store.ledger.search(operator="anna", link="wechat") == ()
    assert [found.id for found in store.ledger.search(order_key="A-2")] == [anna[1]]


@pytest.mark.parametrize(("view", "kinds"), [("taken", MONEY_IN), ("given_back", MONEY_OUT)])
def test_the_views_hold_exactly_the_kinds_of_the_model(
    store: Store, view: str, kinds: frozenset[IntentKind]
) -> None:
    for kind in IntentKind:
        add(store, kind=kind)
    rows = store._database.rows(f"SELECT kind FROM {view}")
    assert {row[0] for row in rows} == {str(kind) for kind in kinds}


@pytest.mark.parametrize(
    ("sql", "index"),
    [
        ("SELECT posted FROM order_sums WHERE order_key = 'x'", "entries_by_order"),
        (sales._OF_SALE.replace("?", "'x'"), "entries_by_sale"),
        ("SELECT * FROM entries WHERE phase = 'unknown'", "entries_by_phase"),
        ("SELECT * FROM kept WHERE order_key = 'x'", "entries_by_order"),
        (sales._BY_RECEIPT, "entries_by_receipt"),
        (sales._BY_REFERENCE, "entries_by_reference"),
    ],
)
def test_a_verdict_does_not_read_the_whole_ledger(store: Store, sql: str, index: str) -> None:
    values = ("zvt", "1", "2") if "?3" in sql else ()
    rows = store._database.rows(f"EXPLAIN QUERY PLAN {sql}", *values)
    plan = " ".join(str(row[3]) for row in rows)
    assert index in plan
    assert "SCAN entries" not in plan
    assert "MATERIALIZE" not in plan


def test_entries_are_never_deleted(store: Store) -> None:
    number = add(store)
    with pytest.raises(StoreError, match="never deleted"), store.transaction():
        store._database.write("DELETE FROM entries")
    assert store.ledger.entry(number).kind is SALE


@pytest.mark.parametrize("change", ["phase = 'lost'", "kind = 'gift'", "tender = 'gold'"])
def test_a_value_that_nobody_wrote_is_an_error(store: Store, change: str) -> None:
    number = add(store, phase=Phase.WAITING)
    with store.transaction():
        store._database.write(f"UPDATE entries SET {change}")
    with pytest.raises(StoreError, match=f"ledger entry {number}"):
        store.ledger.entry(number)
