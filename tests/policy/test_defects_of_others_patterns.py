"""Known defects of other systems that rules over sums, people and patterns prevent here.

Each test is named after the system and its public issue number. Whole verdicts, all rules.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from pos_guard.model import Context, Intent, IntentKind, Known, Source
from pos_guard.policy.engine import judge
from pos_guard.policy.policy import Limit, Per, Policy, RuleSetting, Window
from pos_guard.policy.request import (
    Answers,
    OperatorState,
    PayerState,
    Person,
    Recent,
    Request,
    Tier,
    Total,
)
from pos_guard.policy.rules import (
    duplicate_window,
    payer_net,
    payer_repeats,
    probation,
    refund_ratio,
    split_under_limit,
    void_after_tender,
)
from pos_guard.policy.verdict import Level, Need, Verdict
from tests.policy.cases import ANNA, BEN, MAYA, POLICY, intent, refund, sale
from tests.policy.pattern_cases import VOID, paid_by, recent

REFUNDS = frozenset({"refund"})


def judged(request: Request, policy: Policy = POLICY) -> Verdict:
    """The verdict of all rules, at our terminal."""
    assert isinstance(request.subject, Intent)
    return judge(replace(request, subject=replace(request.subject, payee="52001233")), policy)


def limited(*limits: Limit) -> Policy:
    """The test policy with limits."""
    return replace(POLICY, limits=limits)


def ruled(**rules: dict[str, str | int]) -> Policy:
    """The test policy with options of several rules; ``_`` in a name stands for ``-``."""
    settings = {
        name.replace("_", "-"): RuleSetting(options=options) for name, options in rules.items()
    }
    return replace(POLICY, rules=settings)


def test_core_pos_455_the_item_being_submitted_counts_in_the_limit() -> None:
    policy = limited(Limit("day", REFUNDS, Per.OPERATOR, Window.DAY, amount=5_000, then=Level.DENY))
    below = Request(refund(1_000), operator=BEN, sale=sale(9_999), totals={"day": Total(4_500, 3)})
    verdict = judged(below, policy)
    assert verdict.level is Level.DENY
    assert (verdict.decisive.rule, verdict.decisive.inputs["sum"]) == ("limits", 5_500)
    fits = replace(below, subject=refund(500))
    assert judged(fits, policy).allowed


def test_core_pos_455_the_first_request_of_all_is_counted_too() -> None:
    policy = limited(Limit("day", REFUNDS, Per.OPERATOR, Window.DAY, count=0, then=Level.DENY))
    first = Request(refund(1), operator=BEN, sale=sale(), totals={"day": Total()})
    assert judged(first, policy).level is Level.DENY


def test_gooderp_1907_a_sale_that_became_a_return_is_judged_as_a_return() -> None:
    # Created as a sale and edited: only what is submitted at the end is judged, and as a whole.
    draft = Request(refund(2_001), operator=BEN, sale=sale(9_999))
    assert judged(draft).needs == {Need.APPROVAL}
    as_sale = Request(intent(amount=2_001), operator=ANNA)
    edited = replace(as_sale, subject=refund(2_001), sale=sale(9_999), operator=ANNA)
    assert judged(edited).level is Level.DENY
    assert judged(edited).decisive.rule == "operation-permitted"


def test_gooderp_1907_an_approval_does_not_cover_a_larger_amount_than_the_approver_has() -> None:
    approved = Request(refund(50_000), operator=BEN, approver=MAYA, sale=sale(99_999))
    assert judged(approved).allowed
    edited = replace(approved, subject=refund(50_001))
    assert judged(edited).level is Level.DENY


@pytest.mark.parametrize("source", list(Source))
@pytest.mark.parametrize("kind", [IntentKind.REFUND, VOID, IntentKind.REVERSAL])
def test_odoo_217160_no_way_of_entering_it_gives_a_right(source: Source, kind: IntentKind) -> None:
    context = Context(operator=Known("anna", source, 0), original=Known("T1-000001", source, 0))
    request = Request(intent(kind), context, operator=ANNA, sale=sale())
    verdict = judged(request)
    assert verdict.level is Level.DENY
    assert "operation-permitted" in {
        found.rule for found in verdict.findings if found.level is Level.DENY
    }


@pytest.mark.parametrize("amount", [-1_250, -1, 0])
def test_odoo_217160_a_sale_of_less_than_nothing_is_no_refund_in_disguise(amount: int) -> None:
    assert judged(Request(intent(amount=amount), operator=ANNA)).level is Level.DENY


def test_odoo_217160_an_amount_below_zero_takes_nothing_off_a_limit() -> None:
    policy = limited(Limit("day", REFUNDS, Per.SHOP, Window.DAY, amount=100, then=Level.DENY))
    request = Request(refund(-9_999), operator=BEN, sale=sale(), totals={"day": Total(101, 1)})
    findings = {found.rule: found for found in judged(request, policy).findings}
    assert findings["limits"].inputs["sum"] == 101
    assert judged(request, policy).level is Level.DENY


@pytest.mark.parametrize("operator", ["ben", "another", None])
def test_odoo_230300_the_second_of_two_open_drafts_is_held(operator: str | None) -> None:
    policy = ruled(duplicate_window={"within_s": 300, "then": "approve"})
    first = recent(20, 600, sale_id="T1-000001", operator=operator)
    second = Request(refund(600), operator=BEN, sale=sale(1_250, 600), recent=(first,))
    assert judged(second).allowed
    verdict = judged(second, policy)
    assert verdict.needs == {Need.APPROVAL}
    assert verdict.decisive.rule == duplicate_window.ID
    assert judged(replace(second, approver=MAYA), policy).allowed


def test_odoo_272408_the_same_line_again_is_asked_about() -> None:
    policy = ruled(duplicate_window={"within_s": 300})
    past = recent(20, 600, sale_id="T1-000001")
    again = Request(refund(600), operator=BEN, sale=sale(1_800, 600), recent=(past,))
    assert judged(again, policy).needs == {Need.CONFIRMATION}
    meant = replace(again, answers=Answers(confirmed=600))
    assert judged(meant, policy).allowed
    slipped = replace(again, answers=Answers(confirmed=60))
    assert judged(slipped, policy).level is Level.DENY


def test_pos_awesome_6_many_returns_of_one_invoice_have_an_end() -> None:
    policy = limited(
        Limit("per-sale", REFUNDS, Per.SALE, Window.ROLLING, 30 * 86_400, count=2, then=Level.DENY)
    )
    third = Request(
        refund(100), operator=BEN, sale=sale(9_999, 200), totals={"per-sale": Total(200, 2)}
    )
    assert judged(third, policy).level is Level.DENY
    second = replace(third, totals={"per-sale": Total(100, 1)})
    assert judged(second, policy).allowed


def test_pos_awesome_152_a_manager_can_agree_at_the_moment_of_the_act() -> None:
    asked = Request(refund(2_001), operator=BEN, sale=sale(9_999))
    assert judged(asked).needs == {Need.APPROVAL}
    verdict = judged(replace(asked, approver=MAYA))
    assert verdict.allowed
    assert "maya" in {found.inputs.get("approver") for found in verdict.findings}


ASKING: dict[str, tuple[Policy, Request]] = {
    "limits": (
        limited(Limit("x", REFUNDS, amount=100)),
        Request(refund(200), operator=BEN, sale=sale()),
    ),
    duplicate_window.ID: (
        ruled(duplicate_window={"within_s": 60, "then": "approve"}),
        Request(
            refund(200),
            operator=BEN,
            sale=sale(),
            recent=(recent(1, 200, sale_id="T1-000001"),),
        ),
    ),
    "self-refund": (
        POLICY,
        Request(refund(200), operator=BEN, sale=sale(), payer=PayerState(999, staff="anna")),
    ),
    payer_net.ID: (
        ruled(payer_net={"above": "require"}),
        Request(refund(200), operator=BEN, sale=sale(), payer=PayerState(100)),
    ),
    payer_repeats.ID: (
        ruled(payer_repeats={"within_s": 60, "refunds": 1}),
        Request(refund(200), operator=BEN, sale=paid_by("t1"), recent=(recent(1, 5, payer="t1"),)),
    ),
    split_under_limit.ID: (
        ruled(split_under_limit={"within_s": 60}),
        Request(refund(900), operator=BEN, sale=sale(), recent=(recent(1, 1_900),) * 2),
    ),
    void_after_tender.ID: (
        ruled(void_after_tender={"within_s": 60, "voids": 1}),
        Request(intent(VOID), operator=BEN, sale=sale(), recent=(recent(1, 9, VOID),)),
    ),
    refund_ratio.ID: (
        ruled(refund_ratio={"compare": "on"}),
        Request(
            refund(200),
            operator=BEN,
            sale=sale(),
            desk=OperatorState(sold=10**6, refunded=10**6, shop_ppm=1, peers=5),
        ),
    ),
    probation.ID: (
        ruled(probation={"percent": 0}),
        Request(refund(200), operator=BEN, sale=sale(), desk=OperatorState(Tier.PROBATION)),
    ),
}


@pytest.mark.parametrize("rule", ASKING)
def test_flocafe_166_whatever_asks_for_a_second_person_can_be_answered(rule: str) -> None:
    policy, request = ASKING[rule]
    verdict = judged(request, policy)
    assert verdict.needs == {Need.APPROVAL}
    assert verdict.decisive.rule == rule
    answered = judged(replace(request, approver=MAYA), policy)
    assert answered.allowed
    assert {found.rule for found in answered.findings} >= {rule}


@pytest.mark.parametrize("rule", ASKING)
@pytest.mark.parametrize("name", ["ben", "Ben", "BEN"])
def test_flocafe_716_the_approver_is_somebody_else_by_id(rule: str, name: str) -> None:
    # Two people with one PIN are two people; one person with two spellings is one.
    policy, request = ASKING[rule]
    oneself = replace(request, approver=Person(name, "manager"))
    assert judged(oneself, policy).level is Level.DENY
    other = replace(request, approver=Person("ben2", "manager"))
    assert judged(other, policy).allowed


def test_square_refund_velocity_by_number_and_by_amount() -> None:
    policy = limited(
        Limit("hour", REFUNDS, Per.OPERATOR, Window.ROLLING, 3_600, count=5),
        Limit("today", REFUNDS, Per.OPERATOR, Window.DAY, amount=30_000, then=Level.DENY),
    )
    request = Request(refund(1_000), operator=BEN, sale=sale(9_999))
    table = (
        (Total(4_000, 4), Total(4_000, 4), Level.ALLOW),
        (Total(5_000, 5), Total(5_000, 5), Level.REQUIRE),
        (Total(5_000, 4), Total(29_001, 9), Level.DENY),
        (Total(5_000, 5), Total(29_001, 9), Level.DENY),
    )
    for hour, today, level in table:
        known = replace(request, totals={"hour": hour, "today": today})
        assert judged(known, policy).level is level


@pytest.mark.parametrize(
    ("past", "level"),
    [
        ((), Level.ALLOW),
        ((recent(60, 1_800, sale_id="S1"), recent(90, 1_700, sale_id="S2")), Level.REQUIRE),
    ],
)
def test_envysion_negative_balance_and_splits_are_seen_before_they_are_paid(
    past: tuple[Recent, ...], level: Level
) -> None:
    policy = ruled(split_under_limit={"within_s": 600})
    request = Request(refund(1_900), operator=BEN, sale=sale(9_999), recent=past)
    assert judged(request, policy).level is level
    negative = replace(request, payer=PayerState(charged=5_000, refunded=3_101))
    assert judged(negative, policy).level is Level.DENY
