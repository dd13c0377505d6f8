"""What limits and patterns count, one question at a time."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from typing import cast

import pytest

from pos_guard.clock import SECOND, ManualClock
from pos_guard.errors import StoreError
from pos_guard.model import IntentKind, Tender
from pos_guard.policy.policy import REFUND_UNREFERENCED
from pos_guard.policy.request import MAX_RECENT, PayerState, Total, Usual
from pos_guard.store.counters import KEPT_US, USUAL_COUNT, Counters, Spread, Whose
from pos_guard.store.ledger import NewEntry, Phase
from pos_guard.store.store import Store
from tests.store.old_stores import downgrade
from tests.store.store_help import BASE, REFUND, SALE, VOID, Changes, entry, interrupted

REFUNDS = frozenset({"refund"})
SHOP = Whose()
BEN = Whose(operator="ben")
MINUTE, HOUR = 60, 3600


class Till:
    """A store whose entries are made now, or so many seconds ago."""

    def __init__(self, store: Store, clock: ManualClock) -> None:
        clock.advance(40 * 86_400 + 1234)
        self.store, self.clock = store, clock

    def add(self, new: NewEntry, final: Phase = Phase.POSTED, ago: int = 0) -> int:
        at = self.clock.wall_us() - ago * SECOND
        first = final if final in (Phase.REFUSED, Phase.WAITING) else Phase.RESERVED
        with self.store.transaction():
            number = self.store.ledger.add(replace(new, wall_us=at, phase=first))
            if final is not first:
                self.store.ledger.move(number, final)
        return number

    def total(self, whose: Whose, operations: frozenset[str], seconds: int) -> tuple[int, int]:
        since = self.clock.wall_us() - seconds * SECOND
        found = self.store.counters.total(whose, operations, since)
        return found.amount, found.count


@pytest.fixture
def till(store: Store, clock: ManualClock) -> Till:
    return Till(store, clock)


BACK = replace(BASE, kind=REFUND, sale_id="T1-000001", operator="ben", amount=500)


@pytest.mark.parametrize("phase", [*Phase])
@pytest.mark.parametrize("kind", IntentKind)
def test_what_was_submitted_and_did_not_fail_is_counted(
    till: Till, kind: IntentKind, phase: Phase
) -> None:
    if phase is Phase.ABANDONED:
        number = till.add(replace(BACK, kind=kind), Phase.WAITING)
        with till.store.transaction():
            till.store.ledger.move(number, phase)
    else:
        till.add(replace(BACK, kind=kind), phase)
    counted = phase in (Phase.RESERVED, Phase.UNKNOWN, Phase.POSTED)
    expected = (500, 1) if counted else (0, 0)
    for whose in (SHOP, BEN, Whose(sale_id="T1-000001")):
        assert till.total(whose, frozenset({str(kind)}), HOUR) == expected
    assert till.total(Whose(operator="anna"), frozenset({str(kind)}), HOUR) == (0, 0)


@pytest.mark.parametrize("seconds", [1, 59, 899, 900, 901, 3600, 86_399, 86_400, 30 * 86_400])
def test_a_window_begins_at_its_very_microsecond(till: Till, seconds: int) -> None:
    since = till.clock.wall_us() - seconds * SECOND
    till.add(replace(BACK, amount=1), ago=seconds)
    with till.store.transaction():
        early = replace(BACK, amount=100, wall_us=since - 1)
        till.store.ledger.add(replace(early, phase=Phase.POSTED))
    for whose in (SHOP, BEN, Whose(sale_id="T1-000001")):
        assert till.store.counters.total(whose, REFUNDS, since) == Total(1, 1)
        assert till.store.counters.total(whose, REFUNDS, since - 1) == Total(101, 2)


def test_a_refund_without_its_sale_is_its_own_operation(till: Till) -> None:
    till.add(BACK, ago=10)
    till.add(replace(BACK, sale_id=None, amount=70), ago=10)
    both = REFUNDS | {REFUND_UNREFERENCED}
    for whose in (SHOP, BEN):
        assert till.total(whose, REFUNDS, HOUR) == (500, 1)
        assert till.total(whose, frozenset({REFUND_UNREFERENCED}), HOUR) == (70, 1)
        assert till.total(whose, both, HOUR) == till.total(whose, both, 20) == (570, 2)


def test_what_the_terminal_really_moved_is_counted(till: Till) -> None:
    number = till.add(BACK, Phase.RESERVED)
    with till.store.transaction():
        till.store.ledger.move(number, Phase.POSTED, amount=480)
    assert till.total(BEN, REFUNDS, HOUR) == (480, 1)
    with till.store.transaction():
        till.store.ledger.move(number, Phase.VOIDED)
    assert till.total(BEN, REFUNDS, HOUR) == till.total(BEN, REFUNDS, 1) == (0, 0)


def test_what_was_rolled_back_is_not_counted(till: Till) -> None:
    new = replace(BACK, wall_us=till.clock.wall_us())
    interrupted(till.store.transaction(), lambda: till.store.ledger.add(new))
    assert till.total(BEN, REFUNDS, HOUR) == (0, 0)


def test_a_payer_is_counted_also_where_the_refund_does_not_name_him(till: Till) -> None:
    till.add(replace(BASE, sale_id="T1-000001", payer_token="p1", amount=900))
    till.add(replace(BASE, sale_id="T1-000002", payer_token="p1", amount=100), Phase.UNKNOWN)
    till.add(BACK)
    till.add(replace(BACK, amount=50), Phase.UNKNOWN)
    till.add(replace(BACK, amount=30), Phase.FAILED)
    assert till.total(Whose(payer_token="p1"), REFUNDS, HOUR) == (550, 2)
    assert till.store.counters.payer("p1") == PayerState(charged=900, refunded=550, refunds=2)
    assert till.store.counters.payer("p2") == PayerState()


def test_recent_requests_are_the_newest_of_operator_payer_or_order(till: Till) -> None:
    till.add(replace(BASE, operator="ben", order_key="A-1", amount=1), ago=50)
    till.add(replace(BASE, operator="anna", payer_token="p1", amount=2), ago=40)
    till.add(replace(BASE, operator="anna", order_key="A-2", amount=3), ago=30)
    till.add(replace(BASE, operator="eve", amount=4), ago=20)
    till.add(replace(BASE, operator="ben", amount=5), Phase.REFUSED, ago=10)
    till.add(replace(BASE, operator="ben", amount=6), ago=86_400)
    found = till.store.counters.recent("ben", "p1", "A-2")
    assert [(past.amount, past.age_us) for past in found] == [
        (3, 30 * SECOND),
        (2, 40 * SECOND),
        (1, 50 * SECOND),
    ]
    assert till.store.counters.recent(None, None, None) == ()
    last = found[-1]
    assert (last.operator, last.order_key, last.tender, last.kind, last.link) == (
        "ben",
        "A-1",
        Tender.CARD,
        SALE,
        "zvt",
    )


def test_recent_requests_of_a_sale_are_anybodys_and_without_a_clue_those_of_its_kind(
    till: Till,
) -> None:
    till.add(replace(BASE, operator="eve", sale_id="T1-000001", amount=900), ago=90)
    till.add(replace(BACK, operator="eve", amount=1), ago=50)
    till.add(replace(BASE, operator="anna", amount=2), ago=40)
    till.add(replace(BASE, operator=None, amount=3), ago=30)
    recent = till.store.counters.recent
    assert [past.amount for past in recent("ben", None, None, "T1-000001", REFUND)] == [1, 900]
    assert [past.amount for past in recent(None, None, None, None, SALE)] == [3, 2, 900]
    assert recent("ben", None, None, None, SALE) == ()


def test_a_busy_morning_does_not_push_the_refunds_out(till: Till) -> None:
    for number in range(40):
        till.add(replace(BACK, amount=number + 1), ago=7200 + number)
    for _ in range(70):
        till.add(replace(BASE, operator="ben"), ago=60)
    found = till.store.counters.recent("ben", None, None)
    assert len(found) == MAX_RECENT
    back = [past for past in found if past.kind is REFUND]
    assert [past.amount for past in back] == list(range(1, MAX_RECENT // 2 + 1))
    assert [past.age_us for past in found] == sorted(past.age_us for past in found)


@pytest.mark.parametrize(
    ("reason", "counts"),
    [
        (None, True),
        ("amount", True),
        ("over-limit", True),
        ("original", True),
        ("not-permitted", True),
        ("duplicate", False),
        ("frozen", False),
        ("guard", False),
        ("offline", False),
        ("unresolved", False),
    ],
)
def test_errors_are_refusals_for_what_the_operator_did(
    till: Till, reason: str | None, counts: bool
) -> None:
    refused = replace(BACK, refused_for=reason)
    till.add(refused, Phase.REFUSED, ago=1799)
    till.add(refused, Phase.REFUSED, ago=1800)
    till.add(BACK)
    assert till.store.counters.errors("ben", 1800 * SECOND) == int(counts)
    assert till.store.counters.errors("anna", 1800 * SECOND) == 0


def test_an_operators_month_is_sold_and_refunded(till: Till) -> None:
    till.add(replace(BASE, operator="ben", amount=10_000), ago=29 * 86_400)
    till.add(replace(BASE, operator="ben", amount=999), ago=32 * 86_400)
    till.add(replace(BASE, operator="anna", amount=7))
    till.add(BACK)
    till.add(replace(BACK, kind=VOID, amount=40))
    till.add(replace(BACK, sale_id=None, amount=3))
    till.add(replace(BASE, operator="ben", kind=IntentKind.TIP, amount=100))
    assert till.store.counters.sold_and_refunded("ben") == (10_100, 543)
    assert till.store.counters.sold_and_refunded("eve") == (0, 0)


def test_the_spread_is_whole_numbers_over_all_who_sold(till: Till) -> None:
    assert till.store.counters.spread() == Spread()
    till.clock.advance(601)
    for operator, back in (("ben", 100), ("anna", 300), ("eve", 200)):
        till.add(replace(BASE, operator=operator, amount=1000))
        till.add(replace(BACK, operator=operator, amount=back))
    till.add(replace(BACK, operator="only-refunds"))
    assert till.store.counters.spread() == Spread(200_000, 81_649, 3)


def test_the_spread_and_the_usual_are_believed_for_ten_minutes(till: Till) -> None:
    for _ in range(100):
        till.add(replace(BASE, operator="ben", amount=1000))
    before = till.store.counters.spread(), till.store.counters.usual(SALE)
    till.add(replace(BASE, operator="ben", amount=9000))
    till.add(replace(BACK, amount=9000))
    till.clock.advance(KEPT_US // SECOND - 1)
    assert (till.store.counters.spread(), till.store.counters.usual(SALE)) == before
    till.clock.advance(1)
    assert till.store.counters.spread() != before[0]
    assert till.store.counters.usual(SALE).highest == 9000


@pytest.mark.parametrize(
    ("amounts", "usual"),
    [
        ([], Usual()),
        ([5], Usual(1, 5, 5, 5)),
        ([3, 1], Usual(2, 1, 1, 3)),
        ([1, 2, 9], Usual(3, 2, 2, 9)),
        (range(1, 102), Usual(101, 51, 100, 101)),
    ],
)
def test_the_usual_is_of_what_was_posted(till: Till, amounts: list[int], usual: Usual) -> None:
    for amount in amounts:
        till.add(replace(BASE, amount=amount))
    till.add(replace(BASE, amount=99_999), Phase.FAILED)
    till.add(replace(BASE, amount=99_999), Phase.UNKNOWN)
    till.add(BACK)
    assert till.store.counters.usual(SALE) == usual


def test_only_the_newest_thousand_are_usual(till: Till) -> None:
    old = replace(BASE, phase=Phase.POSTED, amount=99_999, wall_us=1)
    with till.store.transaction():
        till.store.ledger.add(old)
        for _ in range(USUAL_COUNT):
            till.store.ledger.add(replace(old, amount=10, wall_us=2))
    assert till.store.counters.usual(SALE) == Usual(USUAL_COUNT, 10, 10, 10)


def test_counters_that_cannot_be_read_are_an_error(till: Till) -> None:
    till.store.close()
    counters = till.store.counters
    for read in (
        lambda: counters.total(BEN, REFUNDS, 0),
        lambda: counters.recent("ben", None, None),
        lambda: counters.payer("p1"),
        lambda: counters.errors("ben", 1),
        lambda: counters.sold_and_refunded("ben"),
        counters.spread,
        lambda: counters.usual(SALE),
    ):
        with pytest.raises(StoreError, match="closed"):
            read()


def test_an_entry_of_a_kind_that_nobody_wrote_is_an_error(till: Till) -> None:
    till.add(replace(BASE, operator="ben"))
    with till.store.transaction():
        till.store._database.write("UPDATE entries SET tender = 'gold'")
    with pytest.raises(StoreError, match="gold"):
        till.store.counters.recent("ben", None, None)


def test_a_store_of_version_2_counts_what_it_held(till: Till) -> None:
    till.add(replace(BASE, sale_id="T1-000001", payer_token="p1", operator="ben"))
    till.add(BACK)
    till.add(replace(BACK, sale_id=None, amount=7, operator=None), Phase.UNKNOWN)
    till.add(replace(BACK, amount=9), Phase.FAILED)
    store = till.store
    with store.transaction():
        store._database.write("UPDATE entries SET payer_token = NULL WHERE kind = 'refund'")
    store.close()
    downgrade(store.directory, 2, store.keys.mac)
    with Store.open(store.directory, clock=till.clock, durable=False) as again:
        till.store = again
        assert till.total(BEN, REFUNDS, HOUR) == (500, 1)
        assert till.total(SHOP, REFUNDS | {REFUND_UNREFERENCED}, HOUR) == (507, 2)
        assert till.total(Whose(payer_token="p1"), REFUNDS, HOUR) == (500, 1)
        assert again.counters.sold_and_refunded("ben") == (1250, 500)


PLANS: dict[str, tuple[str, Callable[[Counters], object]]] = {
    "an operator's total": ("tallies", lambda c: c.total(BEN, REFUNDS, 1)),
    "a sale's total": ("entries_by_sale", lambda c: c.total(Whose(sale_id="x"), REFUNDS, 1)),
    "a payer's total": ("entries_by_payer", lambda c: c.total(Whose(payer_token="x"), REFUNDS, 1)),
    "recent of an operator": ("entries_by_operator", lambda c: c.recent("ben", None, None)),
    "recent of a payer": ("entries_by_payer", lambda c: c.recent(None, "p", None)),
    "recent of an order": ("entries_by_order", lambda c: c.recent(None, None, "A")),
    "recent of a sale": ("entries_by_sale", lambda c: c.recent(None, None, None, "S")),
    "recent of a kind": ("entries_by_kind", lambda c: c.recent(None, None, None, None, SALE)),
    "a payer": ("entries_by_payer", lambda c: c.payer("p")),
    "errors": ("entries_by_operator", lambda c: c.errors("ben", 1)),
    "a month": ("days", lambda c: c.sold_and_refunded("ben")),
    "the usual": ("entries_by_kind", lambda c: c.usual(SALE)),
}


@pytest.mark.parametrize(("index", "read"), PLANS.values(), ids=list(PLANS))
def test_no_counter_reads_the_whole_ledger(
    store: Store, index: str, read: Callable[[Counters], object]
) -> None:
    statements: list[str] = []
    connection = cast("sqlite3.Connection", store._database._connection)
    connection.set_trace_callback(statements.append)
    read(store.counters)
    connection.set_trace_callback(None)
    plans = [
        " ".join(str(row[3]) for row in store._database.rows(f"EXPLAIN QUERY PLAN {sql}"))
        for sql in statements
    ]
    assert any(index in plan for plan in plans)
    for plan in plans:
        assert "SCAN entries" not in plan
        assert "SCAN tallies" not in plan


def test_entries_of_the_help_are_what_they_say() -> None:
    changes = Changes(kind=REFUND, operator="ben", amount=500, sale_id="T1-000001")
    assert entry(**changes) == BACK
