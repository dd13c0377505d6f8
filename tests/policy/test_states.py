"""The typed states of sales and refunds: the whole tables, and what a real guard makes of them."""

from __future__ import annotations

import itertools
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from pos_guard.model import MONEY_IN, Intent, IntentKind, Outcome, Result, Source, Tender
from pos_guard.policy.request import RefundStatus, SaleStatus
from pos_guard.policy.states import (
    FIRST,
    MOVES,
    REFUND_FOLLOWS,
    SALE_FOLLOWS,
    Class,
    Phase,
    classify,
    refund_status,
    sale_status,
)
from tests.shop import PINS, TERMINAL_ID, shop

S, R, P, C = SaleStatus, RefundStatus, Phase, Class


@pytest.mark.parametrize(
    ("phase", "status"),
    [
        (P.WAITING, S.OPEN),
        (P.RESERVED, S.SUBMITTED),
        (P.UNKNOWN, S.UNKNOWN),
        (P.VOIDED, S.VOIDED),
        (P.REFUSED, None),
        (P.FAILED, None),
        (P.ABANDONED, None),
    ],
)
@pytest.mark.parametrize("undone", [True, False])
def test_a_sale_that_is_not_posted_has_the_status_of_its_request(
    phase: Phase, status: SaleStatus | None, undone: bool
) -> None:
    assert sale_status(phase, paid=0, returned=0, undone=undone) is status


@pytest.mark.parametrize(
    ("paid", "returned", "undone", "status"),
    [
        (1250, 0, False, S.PAID),
        (1250, 0, True, S.PAID),
        (1250, 1, False, S.PART_REFUNDED),
        (1250, 1249, True, S.PART_REFUNDED),
        (1250, 1250, False, S.REFUNDED),
        (1250, 1250, True, S.VOIDED),
        (1250, 1300, True, S.VOIDED),
        (1250, 1300, False, S.REFUNDED),
        (0, 0, False, S.PAID),
    ],
)
def test_a_posted_sale_has_the_status_of_its_sums(
    paid: int, returned: int, undone: bool, status: SaleStatus
) -> None:
    assert sale_status(P.POSTED, paid=paid, returned=returned, undone=undone) is status


@pytest.mark.parametrize(
    ("phase", "sent", "status"),
    [
        (P.WAITING, False, R.REQUESTED),
        (P.RESERVED, False, R.RESERVED),
        (P.RESERVED, True, R.SUBMITTED),
        (P.UNKNOWN, True, R.UNKNOWN),
        (P.POSTED, True, R.POSTED),
        (P.REFUSED, False, R.FAILED),
        (P.FAILED, True, R.FAILED),
        (P.VOIDED, True, R.FAILED),
        (P.ABANDONED, False, R.FAILED),
    ],
)
def test_a_refund_has_the_status_of_its_request(
    phase: Phase, sent: bool, status: RefundStatus
) -> None:
    assert refund_status(phase, sent=sent) is status


def test_every_move_of_a_refund_is_in_its_table() -> None:
    for first, sent in itertools.product(FIRST - {P.REFUSED}, (False, True)):
        begun = refund_status(first, sent=sent)
        assert begun in REFUND_FOLLOWS[None] or begun is R.SUBMITTED
    for before, afters in MOVES.items():
        for after, sent in itertools.product(afters, (False, True)):
            old, new = refund_status(before, sent=sent), refund_status(after, sent=sent)
            allowed = new in REFUND_FOLLOWS[old]
            assert allowed or new is old or (old, new) == (R.REQUESTED, R.SUBMITTED)


def test_what_is_unknown_is_never_submitted_again() -> None:
    assert REFUND_FOLLOWS[R.UNKNOWN] == {R.POSTED, R.FAILED}
    assert S.SUBMITTED not in SALE_FOLLOWS[S.UNKNOWN]
    assert REFUND_FOLLOWS[R.FAILED] == frozenset()


def test_every_status_can_be_reached() -> None:
    assert set(SALE_FOLLOWS) == {None, *S} == {None}.union(*SALE_FOLLOWS.values())
    assert set(REFUND_FOLLOWS) == {None, *R}
    assert set(R) == frozenset[RefundStatus]().union(*REFUND_FOLLOWS.values())


_RETURN_KINDS = {IntentKind.REFUND}
_ERROR_KINDS = {
    IntentKind.VOID,
    IntentKind.REVERSAL,
    IntentKind.PREAUTH_VOID,
    IntentKind.COMPLETION_VOID,
}


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("kind", IntentKind)
def test_every_entry_has_a_class(kind: IntentKind, phase: Phase) -> None:
    expected = {
        P.WAITING: C.OPEN,
        P.RESERVED: C.OPEN,
        P.UNKNOWN: C.OPEN,
        P.VOIDED: C.ERROR,
        P.REFUSED: C.NOTHING,
        P.FAILED: C.NOTHING,
        P.ABANDONED: C.NOTHING,
    }
    posted = {
        **dict.fromkeys(MONEY_IN, C.PURCHASE),
        **dict.fromkeys(_RETURN_KINDS, C.RETURN),
        **dict.fromkeys(_ERROR_KINDS, C.ERROR),
        IntentKind.PREAUTH: C.NOTHING,
        IntentKind.BALANCE: C.NOTHING,
    }
    assert classify(kind, phase) is expected.get(phase, posted[kind])


@pytest.mark.parametrize("status", SaleStatus)
def test_a_sale_that_was_voided_is_an_error_and_a_refunded_one_a_purchase(
    status: SaleStatus,
) -> None:
    expected = C.ERROR if status is S.VOIDED else C.PURCHASE
    assert classify(IntentKind.SALE, P.POSTED, status) is expected
    assert classify(IntentKind.REFUND, P.POSTED, status) is C.RETURN


class ShopMachine(RuleBasedStateMachine):
    """A real guard: whatever is asked and answered, sales change only as the table says."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.corner = shop(Path(self.folder.name))
        self.corner.guard.payee_reported("zvt", TERMINAL_ID)
        self.corner.sign_in("ben")
        self.sales: dict[str, SaleStatus | None] = {}
        self.open: list[int] = []
        self.waiting: list[int] = []
        self.posted: list[int] = []

    @rule(amount=st.integers(1, 3000))
    def sell(self, amount: int) -> None:
        self.corner.order(amount)
        self._ask(Intent(IntentKind.SALE, Tender.CARD, amount, "EUR"))

    @precondition(lambda self: self.sales)
    @rule(data=st.data(), kind=st.sampled_from(("refund", "void", "reversal")))
    def give_back(self, data: st.DataObject, kind: str) -> None:
        sale = data.draw(st.sampled_from(sorted(self.sales)))
        amount = data.draw(st.integers(1, 3000) | st.none())
        self.corner.clock.advance(61)
        self.corner.guard.tell_original(sale, Source.SCAN)
        self._ask(Intent(IntentKind(kind), Tender.CARD, amount, "EUR"))

    @precondition(lambda self: self.waiting)
    @rule(approved=st.booleans())
    def answer(self, approved: bool) -> None:
        number = self.waiting.pop()
        if approved:
            self.corner.guard.approve(number, "maya", PINS["maya"])
        else:
            self.corner.guard.decline(number, "maya")
        if self.corner.guard.rejudge(number).allowed:
            self.open.append(number)

    @precondition(lambda self: self.open)
    @rule(result=st.sampled_from(Result))
    def settle(self, result: Result) -> None:
        number = self.open[-1]
        self.corner.guard.settle(number, Outcome(result))
        if result is not Result.UNKNOWN:
            self.open.pop()
        if result is Result.APPROVED:
            self.posted.append(number)

    @precondition(lambda self: self.posted)
    @rule()
    def revoke(self) -> None:
        self.corner.guard.revoke(self.posted.pop())

    @invariant()
    def sales_change_as_the_table_says(self) -> None:
        for sale, before in self.sales.items():
            state = self.corner.store.ledger.sale(sale)
            status = None if state is None else state.status
            assert status is before or status in SALE_FOLLOWS[before], f"{before} to {status}"
            self.sales[sale] = status
            if state is not None and before not in (None, S.VOIDED):
                assert state.posted + state.reserved + state.unknown <= max(state.paid, 0) or (
                    status is S.VOIDED
                )

    def _ask(self, intent: Intent) -> None:
        decision = self.corner.guard.judge(intent, link="zvt")
        if decision.needs_person:
            self.waiting.append(decision.id)
        if decision.allowed:
            self.open.append(decision.id)
        if decision.sale_id is not None and intent.kind in MONEY_IN:
            self.sales.setdefault(decision.sale_id, None)

    def teardown(self) -> None:
        self.corner.store.close()
        self.folder.cleanup()


TestShopStates = ShopMachine.TestCase
TestShopStates.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
