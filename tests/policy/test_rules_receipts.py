"""What paper may say: receipt-paid, receipt-total, cash-declared, receipt-payees, copies."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pos_guard.model import Receipt, Tender
from pos_guard.money import Money
from pos_guard.policy.request import PaidState, Request
from pos_guard.policy.rules import (
    cash_declared,
    receipt_copies,
    receipt_paid,
    receipt_payees,
    receipt_total,
)
from tests.policy.cases import (
    OK,
    POLICY,
    brief,
    intent,
    paid,
    receipt,
    scan,
    with_option,
)

UNPAID = ("DENY", "not-paid")
WRONG = ("DENY", "amount")
CARD, CASH, WECHAT, UNIONPAY = Tender.CARD, Tender.CASH, Tender.WECHAT, Tender.UNIONPAY
BILL = Receipt(False, "A1", Money(1250, "EUR"))


@pytest.mark.parametrize(
    ("paper", "state", "expected"),
    [
        (receipt(), paid(card=1250), OK),
        (receipt(), paid(card=1249), UNPAID),
        (receipt(), paid(), UNPAID),
        (receipt(), None, UNPAID),
        (receipt(1250, (CASH, 1250), drawer=True), paid(), OK),
        (receipt(1250, (CASH, 2000), drawer=True), paid(), OK),
        (receipt(1250, (CASH, 1249), drawer=True), paid(), UNPAID),
        (receipt(1250, (CASH, 1250)), paid(), UNPAID),
        (receipt(1250, (CASH, 1250)), paid(cash=1250), OK),
        (receipt(1250, (CARD, 1000), (CASH, 250), drawer=True), paid(card=1000), OK),
        (receipt(1250, (CARD, 1000), (CASH, 250)), paid(card=1000), UNPAID),
        (receipt(1250, (CARD, 1250)), paid(), UNPAID),
        (receipt(1250, (CASH, 600), (CASH, 650), drawer=True), paid(), OK),
        # Cash in the ledger and cash on a reprint are the same cash.
        (receipt(1250, (CASH, 700), drawer=True), paid(cash=600), UNPAID),
        (replace(receipt(), refund=True), paid(), UNPAID),
        (BILL, None, OK),
        (replace(BILL, refund=True), None, OK),
    ],
)
def test_no_paid_paper_before_the_money(
    paper: Receipt, state: PaidState | None, expected: tuple[str, str]
) -> None:
    assert brief(receipt_paid.check(Request(paper, paid=state), POLICY)) == expected


def test_the_cashier_reads_what_is_missing() -> None:
    finding = receipt_paid.check(Request(receipt(), paid=paid(card=1000)), POLICY)
    assert finding is not None
    assert "2.50" in finding.say.zh
    assert "2.50" in finding.say.en


@pytest.mark.parametrize(
    ("paper", "state", "expected"),
    [
        (receipt(1250, (CASH, 1250), drawer=True), paid(), OK),
        (receipt(1250, (CASH, 1250)), paid(), UNPAID),
        (receipt(1250, (CASH, 1250)), None, UNPAID),
        (receipt(1250, (CASH, 1250)), paid(cash=1250), OK),
        (receipt(1250, (CARD, 1250)), paid(card=1250), None),
        (receipt(), paid(), None),
        (BILL, None, None),
    ],
)
def test_cash_counts_once_the_drawer_opened(
    paper: Receipt, state: PaidState | None, expected: tuple[str, str] | None
) -> None:
    assert brief(cash_declared.check(Request(paper, paid=state), POLICY)) == expected


def test_a_till_without_a_drawer_may_be_taken_at_its_word() -> None:
    policy = with_option("cash-declared", proof="word")
    request = Request(receipt(1250, (CASH, 1250)), paid=paid())
    assert brief(cash_declared.check(request, policy)) == OK
    assert brief(receipt_paid.check(request, policy)) == OK


@pytest.mark.parametrize(
    ("paper", "state", "expected"),
    [
        (receipt(1250), paid(card=1250), OK),
        (receipt(12500), paid(card=1250), WRONG),
        (receipt(1249), paid(card=1250), WRONG),
        (receipt(None), paid(card=1250), WRONG),
        (receipt(1250, (CARD, 1250)), paid(card=1250), OK),
        (receipt(1250, (CARD, 1000), (CASH, 250)), paid(card=1250), WRONG),
        (receipt(1250, (CARD, 1000), (CASH, 250)), paid(card=1000), OK),
        (receipt(1250, (CASH, 1250)), paid(card=1250), WRONG),
        (receipt(1250, (WECHAT, 1250)), paid(card=1250), WRONG),
        (receipt(1250, (UNIONPAY, 1250)), paid(card=1250), OK),
        (receipt(1250, (CARD, 600), (CARD, 650)), paid(card=1250), OK),
        (receipt(1250), None, None),
        (BILL, paid(card=1250), None),
    ],
)
def test_the_paper_states_what_was_paid(
    paper: Receipt, state: PaidState | None, expected: tuple[str, str] | None
) -> None:
    assert brief(receipt_total.check(Request(paper, paid=state), POLICY)) == expected


def test_a_total_in_another_currency_is_wrong() -> None:
    dollars = replace(receipt(), total=Money(1250, "USD"))
    finding = receipt_total.check(Request(dollars, paid=paid(card=1250)), POLICY)
    assert brief(finding) == ("DENY", "currency")


@pytest.mark.parametrize(
    ("option", "expected"), [("allow", OK), ("warn", ("WARN", "amount")), ("deny", WRONG)]
)
def test_a_paper_without_a_total_is_what_the_policy_says(
    option: str, expected: tuple[str, str]
) -> None:
    policy = with_option("receipt-total", missing_total=option)
    request = Request(receipt(None), paid=paid(card=1250))
    assert brief(receipt_total.check(request, policy)) == expected


@pytest.mark.parametrize(
    ("payees", "expected"),
    [
        ((), None),
        (("emv:pix:shop@ours",), OK),
        (("emv:pix:thief",), ("DENY", "payee")),
        (("emv:pix:shop@ours", "emv:pix:thief"), ("DENY", "payee")),
    ],
)
def test_a_printed_code_pays_the_shop(
    payees: tuple[str, ...], expected: tuple[str, str] | None
) -> None:
    for paper in (receipt(), BILL):
        request = Request(replace(paper, payees=payees))
        assert brief(receipt_payees.check(request, POLICY)) == expected


@pytest.mark.parametrize(
    ("printed", "expected"),
    [(0, OK), (1, OK), (2, ("WARN", "duplicate")), (7, ("WARN", "duplicate"))],
)
def test_a_reprint_is_told(printed: int, expected: tuple[str, str]) -> None:
    request = Request(receipt(), paid=paid(card=1250, copies=printed))
    assert brief(receipt_copies.check(request, POLICY)) == expected


def test_receipt_rules_leave_money_and_scans_alone() -> None:
    rules = (receipt_paid, receipt_total, cash_declared, receipt_payees, receipt_copies)
    for subject in (intent(), scan()):
        request = Request(subject, paid=paid(card=1250))
        assert [rule.check(request, POLICY) for rule in rules] == [None] * len(rules)
