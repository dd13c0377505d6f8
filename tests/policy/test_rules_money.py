"""How much: amount-matches-order, not-paid-twice, remaining, original-tender, currency."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pos_guard.model import Intent, IntentKind, Tender
from pos_guard.policy.request import LinkState, OrderState, Person, Request, SaleState
from pos_guard.policy.rules import (
    amount_matches_order,
    currency,
    not_paid_twice,
    original_tender,
    remaining,
)
from pos_guard.policy.slips import Slip, find_slip
from tests.policy.cases import (
    ANNA,
    BEN,
    IN,
    MAYA,
    OK,
    OTHER,
    OUT,
    POLICY,
    brief,
    intent,
    order,
    receipt,
    refund,
    sale,
    scan,
    with_option,
)

WRONG = ("DENY", "amount")
PART = ("WARN", "amount")


@pytest.mark.parametrize(
    ("amount", "due", "slip"),
    [
        (12500, 1250, Slip.TIMES_10),
        (125000, 1250, Slip.TIMES_100),
        (125, 1250, Slip.TENTH),
        (1250, 125000, Slip.HUNDREDTH),
        (2150, 1250, Slip.SWAPPED),
        (1520, 1250, Slip.SWAPPED),
        (1205, 1250, Slip.SWAPPED),
        (5210, 1250, None),
        (1250, 1250, None),
        (1251, 1250, None),
        (125, 1255, None),
        (1250000, 1250, None),
        (0, 1250, None),
        (100, 0, None),
        (100, -100, None),
    ],
)
def test_slips_of_the_hand_are_told_apart(amount: int, due: int, slip: Slip | None) -> None:
    assert find_slip(amount, due) is slip


@pytest.mark.parametrize(
    ("amount", "state", "expected"),
    [
        (1250, order(), OK),
        (12500, order(), WRONG),
        (125000, order(), WRONG),
        (125, order(), WRONG),
        (2150, order(), WRONG),
        (1251, order(), WRONG),
        (1000, order(), PART),
        (1, order(), PART),
        (250, order(posted=1000), OK),
        (1250, order(posted=1000), WRONG),
        (250, order(reserved=1000), OK),
        (1250, order(unknown=1250), WRONG),
        (1, order(posted=1250), WRONG),
        (1, order(posted=2000), WRONG),
        (0, order(), WRONG),
        (None, order(), WRONG),
    ],
)
def test_a_sale_asks_for_what_is_due(
    amount: int | None, state: OrderState, expected: tuple[str, str]
) -> None:
    request = Request(intent(amount=amount), order=state)
    assert brief(amount_matches_order.check(request, POLICY)) == expected


@pytest.mark.parametrize(
    ("amount", "zh", "en"),
    [
        (12500, "10 倍", "ten times"),
        (125000, "100 倍", "a hundred times"),
        (2150, "颠倒", "swapped"),
        (2000, "多于", "more than"),
    ],
)
def test_the_cashier_reads_the_slip_and_the_right_amount(amount: int, zh: str, en: str) -> None:
    finding = amount_matches_order.check(Request(intent(amount=amount), order=order()), POLICY)
    assert finding is not None
    assert zh in finding.say.zh
    assert en in finding.say.en
    assert "12.50" in finding.say.zh
    assert "12.50" in finding.say.en


@pytest.mark.parametrize(
    ("option", "approver", "expected"),
    [
        ("allow", None, OK),
        ("warn", None, PART),
        ("deny", None, WRONG),
        ("deny", MAYA, WRONG),
        ("require", None, ("REQUIRE", "amount")),
        ("require", MAYA, OK),
        ("require", BEN, WRONG),
        ("require", ANNA, WRONG),
    ],
)
def test_a_sale_without_an_order_is_what_the_policy_says(
    option: str, approver: Person | None, expected: tuple[str, str]
) -> None:
    policy = with_option("amount-matches-order", missing_order=option)
    request = Request(intent(), operator=ANNA, approver=approver)
    assert brief(amount_matches_order.check(request, policy)) == expected


def test_a_sale_without_an_order_is_denied_when_the_policy_is_silent() -> None:
    assert brief(amount_matches_order.check(Request(intent()), POLICY)) == WRONG


@pytest.mark.parametrize(("amount", "expected"), [(200, OK), (1250, OK), (1300, WRONG)])
def test_a_tip_comes_on_top_of_a_paid_order(amount: int, expected: tuple[str, str]) -> None:
    request = Request(intent(IntentKind.TIP, amount), order=order(posted=1250))
    assert brief(amount_matches_order.check(request, POLICY)) == expected


@pytest.mark.parametrize("kind", [*OUT, *OTHER])
def test_only_money_in_is_matched_with_the_order(kind: IntentKind) -> None:
    assert amount_matches_order.check(Request(intent(kind), order=order()), POLICY) is None


def test_amounts_of_two_currencies_are_never_compared() -> None:
    dollars = replace(order(), currency="USD")
    for subject in (intent(), intent(currency="USD"), intent(currency=None)):
        finding = amount_matches_order.check(Request(subject, order=dollars), POLICY)
        assert brief(finding) == ("DENY", "currency")


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (order(), OK),
        (order(posted=1000), OK),
        (order(posted=1250), ("DENY", "duplicate")),
        (order(posted=1300), ("DENY", "duplicate")),
        (order(reserved=1250), ("DENY", "unresolved")),
        (order(reserved=1), ("DENY", "unresolved")),
        (order(unknown=1250), ("DENY", "unresolved")),
        (order(posted=1249, unknown=1), ("DENY", "unresolved")),
        (None, None),
    ],
)
def test_an_order_is_paid_once(state: OrderState | None, expected: tuple[str, str] | None) -> None:
    for kind in (IntentKind.SALE, IntentKind.PREAUTH, IntentKind.COMPLETION):
        assert brief(not_paid_twice.check(Request(intent(kind), order=state), POLICY)) == expected


@pytest.mark.parametrize("kind", [IntentKind.TIP, *OUT, IntentKind.PREAUTH_VOID])
def test_a_paid_order_may_be_tipped_and_undone(kind: IntentKind) -> None:
    assert not_paid_twice.check(Request(intent(kind), order=order(posted=1250)), POLICY) is None


@pytest.mark.parametrize("kind", [*IN, *OUT])
def test_one_request_number_is_one_request(kind: IntentKind) -> None:
    request = Request(intent(kind), same_reference=True)
    assert brief(not_paid_twice.check(request, POLICY)) == ("DENY", "duplicate")


LEFT = ("DENY", "remaining")


@pytest.mark.parametrize(
    ("amount", "state", "expected"),
    [
        (1250, sale(), OK),
        (1, sale(), OK),
        (1251, sale(), LEFT),
        (250, sale(posted=1000), OK),
        (251, sale(posted=1000), LEFT),
        (250, sale(reserved=1000), OK),
        (251, sale(reserved=1000), LEFT),
        (250, sale(unknown=1000), OK),
        (251, sale(unknown=1000), LEFT),
        (1, sale(posted=1250), LEFT),
        (50, sale(posted=400, reserved=400, unknown=400), OK),
        (51, sale(posted=400, reserved=400, unknown=400), LEFT),
        (0, sale(), WRONG),
        (None, sale(), WRONG),
        (1250, None, None),
        (1250, replace(sale(), currency="USD"), ("DENY", "currency")),
    ],
)
def test_never_more_back_than_is_left(
    amount: int | None, state: SaleState | None, expected: tuple[str, str] | None
) -> None:
    assert brief(remaining.check(Request(refund(amount), sale=state), POLICY)) == expected


@pytest.mark.parametrize(
    ("amount", "state", "expected"),
    [
        (1250, sale(), OK),
        (None, sale(), OK),
        (1000, sale(), WRONG),
        (1251, sale(), WRONG),
        (250, sale(posted=1000), LEFT),
        (1250, sale(posted=1), LEFT),
        (None, sale(unknown=1), LEFT),
        (1250, sale(posted=1250), LEFT),
    ],
)
def test_a_void_takes_back_the_whole_sale_or_nothing(
    amount: int | None, state: SaleState, expected: tuple[str, str]
) -> None:
    for kind in (IntentKind.VOID, IntentKind.REVERSAL, IntentKind.COMPLETION_VOID):
        assert brief(remaining.check(Request(intent(kind, amount), sale=state), POLICY)) == expected


OURS = LinkState("zvt", payee="52001233")
OTHERS = LinkState("zvt", payee="52009999")


@pytest.mark.parametrize(
    ("subject", "link", "state", "expected"),
    [
        (refund(), LinkState("zvt"), sale(), OK),
        (refund(), OURS, sale(), OK),
        (refund(), OTHERS, sale(), ("DENY", "payee")),
        (refund(), OTHERS, replace(sale(), payee=None), OK),
        (replace(refund(), payee="52001233"), OTHERS, sale(), OK),
        (refund(tender=Tender.WECHAT), OURS, sale(), ("DENY", "original")),
        (refund(tender=Tender.CASH), OURS, sale(), ("DENY", "original")),
        (refund(), OURS, None, None),
        (intent(), OURS, sale(), None),
    ],
)
def test_money_goes_back_the_way_it_came(
    subject: Intent, link: LinkState, state: SaleState | None, expected: tuple[str, str] | None
) -> None:
    request = Request(subject, link=link, sale=state)
    assert brief(original_tender.check(request, POLICY)) == expected


@pytest.mark.parametrize(
    ("stated", "expected"),
    [("EUR", OK), (None, OK), ("USD", ("DENY", "currency")), ("CNY", ("DENY", "currency"))],
)
def test_the_currency_is_the_shops(stated: str | None, expected: tuple[str, str]) -> None:
    for kind in (*IN, *OUT, *OTHER):
        assert brief(currency.check(Request(intent(kind, currency=stated)), POLICY)) == expected


def test_money_rules_leave_scans_and_paper_alone() -> None:
    rules = (amount_matches_order, not_paid_twice, remaining, original_tender, currency)
    for subject in (scan(), receipt()):
        request = Request(subject, order=order(), sale=sale())
        assert [rule.check(request, POLICY) for rule in rules] == [None] * len(rules)
