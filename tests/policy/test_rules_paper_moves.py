"""Paper that gives money back, and pulses of the cash drawer: receipt-refunded, drawer-reason."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pos_guard.model import Context, Receipt, Tender, TenderLine
from pos_guard.money import Money
from pos_guard.policy.policy import NO_SALE, Role
from pos_guard.policy.request import Person, Request
from pos_guard.policy.rules import drawer_reason, receipt_refunded
from tests.policy.cases import OK, POLICY, brief, context, intent, order, receipt, with_option

SLIP = Receipt(False, None, Money(500, "EUR"), refund=True)
CASH_SLIP = replace(SLIP, tenders=(TenderLine(Tender.CASH, 500),))
SPLIT_SLIP = replace(SLIP, tenders=(TenderLine(Tender.CASH, 200), TenderLine(Tender.CARD, 300)))
UNKNOWN = ("DENY", "not-paid")


@pytest.mark.parametrize(
    ("paper", "refunded", "expected"),
    [
        (SLIP, 500, OK),
        (SLIP, 800, OK),
        (SLIP, 499, UNKNOWN),
        (SLIP, 0, UNKNOWN),
        (replace(SLIP, total=None), 500, UNKNOWN),
        (CASH_SLIP, 0, ("WARN", "not-paid")),
        (SPLIT_SLIP, 0, UNKNOWN),
        (replace(SLIP, refund=False), 0, None),
        (replace(SLIP, claims_paid=True), 0, None),
    ],
)
def test_a_refund_slip_states_what_was_given_back(
    paper: Receipt, refunded: int, expected: tuple[str, str] | None
) -> None:
    assert brief(receipt_refunded.check(Request(paper, refunded=refunded), POLICY)) == expected


@pytest.mark.parametrize("level", ["allow", "warn", "deny"])
def test_how_strict_an_unknown_refund_is_the_policy_says(level: str) -> None:
    policy = with_option(receipt_refunded.ID, unknown=level)
    finding = receipt_refunded.check(Request(SLIP), policy)
    assert finding is not None
    assert finding.level.name == level.upper()


def test_the_cashier_reads_how_much_was_given_back() -> None:
    finding = receipt_refunded.check(Request(SLIP, refunded=300), POLICY)
    assert finding is not None
    assert "3.00" in finding.say.zh
    assert "3.00" in finding.say.en


PULSE = Receipt(False, None, None, drawer=True)
SHUT = ("DENY", "not-permitted")


@pytest.mark.parametrize(
    ("paper", "said", "expected"),
    [
        (PULSE, Context(), SHUT),
        (receipt(1250, drawer=True), Context(), OK),
        (replace(SLIP, drawer=True), Context(), OK),
        (PULSE, context(tender=Tender.CASH), OK),
        (PULSE, context(tender=Tender.CARD), SHUT),
        (replace(PULSE, drawer=False), Context(), None),
    ],
)
def test_the_drawer_opens_for_a_paper_or_for_cash(
    paper: Receipt, said: Context, expected: tuple[str, str] | None
) -> None:
    request = Request(paper, said, order=order())
    assert brief(drawer_reason.check(request, POLICY)) == expected


def test_cash_that_was_chosen_for_no_order_opens_nothing() -> None:
    request = Request(PULSE, context(tender=Tender.CASH))
    assert brief(drawer_reason.check(request, POLICY)) == SHUT


@pytest.mark.parametrize(("may", "expected"), [(NO_SALE, OK), ("refund", SHUT)])
def test_a_person_with_the_right_opens_the_drawer(may: str, expected: tuple[str, str]) -> None:
    policy = replace(POLICY, roles={"lead": Role("lead", may=frozenset({may}))})
    assert brief(drawer_reason.check(Request(PULSE, operator=Person("p1", "lead")), policy)) == (
        expected
    )


def test_neither_rule_looks_at_anything_but_paper() -> None:
    request = Request(intent())
    assert drawer_reason.check(request, POLICY) is None
    assert receipt_refunded.check(request, POLICY) is None
