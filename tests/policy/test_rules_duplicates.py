"""The same again a moment later: duplicate-window."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from pos_guard.model import Intent, IntentKind, Tender
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import Answers, LinkState, OrderState, Person, Recent, Request
from pos_guard.policy.rules import duplicate_window
from tests.policy.cases import (
    BEN,
    MAYA,
    POLICY,
    intent,
    order,
    receipt,
    refund,
    sale,
    scan,
    with_option,
)
from tests.policy.pattern_cases import OK, VOID, Told, inputs_of, paid_by, recent, told

ID = duplicate_window.ID
SALE = IntentKind.SALE
AGAIN: Told = ("REQUIRE", "duplicate", "confirmation")
ASKED: Told = ("REQUIRE", "duplicate", "approval")
REFUSED: Told = ("DENY", "duplicate", None)

WITHIN = with_option(ID, within_s=60)


def paying(token: str | None = None, tender: Tender = Tender.CARD, amount: int = 1250) -> Intent:
    """A sale of a payer who is known by his token."""
    return replace(intent(SALE, amount, tender), payer_token=token)


@pytest.mark.parametrize(
    ("past", "expected"),
    [
        (recent(0, kind=SALE, payer="t1"), AGAIN),
        (recent(59, kind=SALE, payer="t1"), AGAIN),
        (recent(60, kind=SALE, payer="t1"), OK),
        # A clock that was turned back hides nothing.
        (recent(-500, kind=SALE, payer="t1"), AGAIN),
        (recent(1, kind=SALE, payer="t2"), OK),
        (recent(1, kind=SALE), OK),
        (recent(1, kind=SALE, payer="t1", amount=1251), OK),
        (recent(1, kind=SALE, payer="t1", tender=Tender.WECHAT), OK),
        (recent(1, payer="t1"), OK),
        (recent(1, kind=IntentKind.TIP, payer="t1"), OK),
        (recent(1, kind=SALE, payer="t1", operator="someone else"), AGAIN),
    ],
)
def test_same_payer_tender_and_amount_within_the_window(past: Recent, expected: Told) -> None:
    finding = duplicate_window.check(Request(paying("t1"), recent=(past,)), WITHIN)
    assert told(finding) == expected
    if expected == OK:
        assert inputs_of(finding) == {"amount": 1250, "within_s": 60}
    else:
        age_s = past.age_us // 1_000_000
        same: Mapping[str, object] = {
            "amount": 1250,
            "same": "payer",
            "age_s": age_s,
            "within_s": 60,
        }
        assert inputs_of(finding) == same


@pytest.mark.parametrize(
    ("subject", "known_order", "past", "expected", "same"),
    [
        (paying(), order(), recent(kind=SALE, order_key="A1"), AGAIN, "order"),
        (paying("t1"), order(), recent(kind=SALE, order_key="A1", payer="t9"), AGAIN, "order"),
        (paying(), order(), recent(kind=SALE, order_key="A2"), OK, None),
        (paying(), order(), recent(kind=SALE), OK, None),
        (paying(), None, recent(kind=SALE, order_key="A1"), OK, None),
        (
            paying(amount=600),
            order(),
            recent(amount=600, kind=SALE, order_key="A1"),
            AGAIN,
            "order",
        ),
    ],
)
def test_same_order(
    subject: Intent, known_order: OrderState | None, past: Recent, expected: Told, same: str | None
) -> None:
    request = Request(subject, order=known_order, recent=(recent(5, 1, SALE), past))
    finding = duplicate_window.check(request, WITHIN)
    assert told(finding) == expected
    assert inputs_of(finding).get("same") == same


@pytest.mark.parametrize(
    ("subject", "past", "expected"),
    [
        (refund(500), recent(amount=500, sale_id="T1-000001"), AGAIN),
        (refund(500), recent(amount=500, sale_id="T1-000002"), OK),
        (refund(500), recent(amount=501, sale_id="T1-000001"), OK),
        # A void undoes the same money as a refund does.
        (intent(VOID, 500), recent(amount=500, sale_id="T1-000001"), AGAIN),
        (refund(500), recent(amount=500, kind=VOID, sale_id="T1-000001"), AGAIN),
        (refund(500), recent(amount=500, kind=SALE, sale_id="T1-000001"), OK),
    ],
)
def test_same_sale(subject: Intent, past: Recent, expected: Told) -> None:
    finding = duplicate_window.check(Request(subject, sale=sale(), recent=(past,)), WITHIN)
    assert told(finding) == expected
    assert inputs_of(finding).get("same") == ("sale" if expected == AGAIN else None)


def test_the_payer_of_a_refund_is_that_of_its_sale() -> None:
    past = recent(amount=500, sale_id="another", payer="t1")
    finding = duplicate_window.check(
        Request(refund(500), sale=paid_by("t1"), recent=(past,)), WITHIN
    )
    assert told(finding) == AGAIN
    assert inputs_of(finding)["same"] == "payer"


@pytest.mark.parametrize(
    ("then", "answers", "approver", "expected"),
    [
        ("confirm", Answers(), None, AGAIN),
        ("confirm", Answers(confirmed=1250), None, OK),
        ("confirm", Answers(confirmed=1205), None, ("DENY", "amount", None)),
        ("confirm", Answers(), MAYA, AGAIN),
        ("approve", Answers(), None, ASKED),
        ("approve", Answers(confirmed=1250), None, ASKED),
        ("approve", Answers(), MAYA, OK),
        ("approve", Answers(), BEN, REFUSED),
        ("deny", Answers(confirmed=1250), MAYA, REFUSED),
    ],
)
def test_what_it_takes(
    then: str, answers: Answers, approver: Person | None, expected: Told
) -> None:
    past = recent(kind=SALE, payer="t1")
    request = Request(
        paying("t1"), operator=BEN, approver=approver, recent=(past,), answers=answers
    )
    policy = with_option(ID, within_s=60, then=then)
    assert told(duplicate_window.check(request, policy)) == expected


@pytest.mark.parametrize(
    ("option", "link", "subject", "known_order", "expected"),
    [
        ("allow", "zvt", paying(), None, OK),
        ("same-till", "zvt", paying(), None, AGAIN),
        ("same-till", "other", paying(), None, OK),
        ("same-till", "zvt", paying("t1"), None, OK),
        ("same-till", "zvt", paying(), order(), OK),
        ("same-till", "zvt", paying(amount=1), None, OK),
    ],
)
def test_with_nothing_known_the_till_may_count(
    option: str, link: str, subject: Intent, known_order: OrderState | None, expected: Told
) -> None:
    past = recent(kind=SALE, link="zvt")
    request = Request(subject, link=LinkState(link), order=known_order, recent=(past,))
    finding = duplicate_window.check(request, with_option(ID, within_s=60, anonymous=option))
    assert told(finding) == expected


@pytest.mark.parametrize("policy", [POLICY, with_option(ID, within_s=0, then="deny")])
def test_it_is_off_until_a_window_is_set(policy: Policy) -> None:
    past = recent(0, kind=SALE, payer="t1")
    assert duplicate_window.check(Request(paying("t1"), recent=(past,)), policy) is None


def test_questions_scans_paper_and_unknown_amounts_are_left_alone() -> None:
    for subject in (intent(IntentKind.BALANCE), intent(VOID, None), scan(), receipt()):
        assert duplicate_window.check(Request(subject, recent=(recent(),)), WITHIN) is None


def test_the_cashier_who_typed_another_amount_reads_both() -> None:
    past = recent(kind=SALE, payer="t1")
    request = Request(paying("t1"), recent=(past,), answers=Answers(confirmed=1205))
    finding = duplicate_window.check(request, WITHIN)
    assert finding is not None
    assert "12.05" in finding.say.zh
    assert "12.50" in finding.say.en
    assert finding.inputs["confirmed"] == 1205
