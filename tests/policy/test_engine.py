"""The engine: every rule runs, the strictest decides, failures deny, nothing is over-refunded."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.model import MONEY_IN, MONEY_OUT, Intent, IntentKind, Tender
from pos_guard.policy.engine import NO_RULE, RULE_FAILED, judge
from pos_guard.policy.policy import Policy
from pos_guard.policy.registry import RULES
from pos_guard.policy.request import LinkState, OrderState, Person, Request, SaleState
from pos_guard.policy.rule import Rule
from pos_guard.policy.verdict import Finding, Level, Mode, Reason
from tests.policy.cases import (
    ANNA,
    BEN,
    EMPTY,
    MAYA,
    NOBODY,
    POLICY,
    intent,
    order,
    paid,
    receipt,
    refund,
    sale,
    scan,
)

OURS = LinkState("zvt", payee="52001233")


def broken(request: Request, policy: Policy) -> Finding | None:
    """A rule with a defect; its error text quotes what no log may hold."""
    del policy
    raise ZeroDivisionError(f"6222 0200 0000 0000 {request}")


def silent(request: Request, policy: Policy) -> Finding | None:
    """A rule that never applies."""
    del request, policy
    return None


BROKEN = Rule("broken", broken, "fails")
SILENT = Rule("silent", silent, "says nothing")


def test_a_good_sale_passes_with_every_finding_in_the_trace() -> None:
    verdict = judge(Request(intent(), link=OURS, order=order()), POLICY)
    assert verdict.level is Level.ALLOW
    assert [finding.rule for finding in verdict.findings] == [
        "link-trusted",
        "currency",
        "not-paid-twice",
        "link-resolved",
        "payee-known",
        "amount-matches-order",
    ]
    assert all(finding.inputs for finding in verdict.findings)


def test_all_rules_run_although_the_first_denies() -> None:
    request = Request(refund(2001), link=replace(OURS, frozen="why"), clock_trusted=False)
    verdict = judge(request, POLICY)
    denied = [f.rule for f in verdict.findings if f.level is Level.DENY]
    assert denied == ["link-trusted", "clock-trusted", "operator-signed-in", "unreferenced"]
    assert verdict.decisive.reason is Reason.FROZEN


@pytest.mark.parametrize("mode", list(Mode))
def test_a_rule_that_raises_denies_in_every_mode(mode: Mode) -> None:
    policy = POLICY.with_mode(mode)
    verdict = judge(Request(intent(), link=OURS, order=order()), policy, [*RULES, BROKEN])
    assert verdict.level is Level.DENY_LOCKED
    assert verdict.decisive.rule == RULE_FAILED
    assert verdict.decisive.reason is Reason.GUARD
    assert verdict.decisive.inputs == {"failed": "broken", "error": "ZeroDivisionError"}
    assert len(verdict.findings) == 7


@pytest.mark.parametrize("rules", [[], [SILENT]])
@pytest.mark.parametrize("mode", list(Mode))
def test_nothing_that_applies_denies_in_every_mode(mode: Mode, rules: list[Rule]) -> None:
    verdict = judge(Request(intent()), POLICY.with_mode(mode), rules)
    assert verdict.level is Level.DENY_LOCKED
    assert verdict.decisive.rule == NO_RULE


@pytest.mark.parametrize(
    ("mode", "level"),
    [(Mode.OBSERVE, Level.ALLOW), (Mode.WARN, Level.WARN), (Mode.ENFORCE, Level.DENY)],
)
def test_the_mode_decides_what_a_finding_does_and_the_record_keeps_it(
    mode: Mode, level: Level
) -> None:
    verdict = judge(Request(intent(amount=12500), link=OURS, order=order()), POLICY.with_mode(mode))
    assert verdict.level is level
    assert verdict.would_be is Level.DENY


@pytest.mark.parametrize(
    "request_",
    [
        Request(refund(99999), link=replace(OURS, frozen="why", unresolved=3), sale=sale()),
        Request(refund(), operator=ANNA, clock_trusted=False),
        Request(intent(amount=None), order=order(unknown=1), same_reference=True),
        Request(scan("receive_code")),
        Request(replace(scan("merchant_code"), payees=("thief",))),
        Request(receipt(), paid=None),
        Request(receipt(99999), paid=paid()),
    ],
)
def test_observing_blocks_nothing(request_: Request) -> None:
    verdict = judge(request_, POLICY.with_mode(Mode.OBSERVE))
    assert verdict.level is Level.ALLOW
    assert verdict.would_be >= Level.DENY


def test_rule_ids_are_unique_and_every_rule_has_a_purpose() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)
    assert all(rule.purpose for rule in RULES)
    assert all(option.accepts(option.default) for rule in RULES for option in rule.options.values())


amounts = st.one_of(st.none(), st.integers(0, 30_000))
cents = st.integers(0, 20_000)
people = st.sampled_from([None, ANNA, BEN, MAYA, NOBODY, EMPTY])
intents = st.builds(
    Intent,
    kind=st.sampled_from(IntentKind),
    tender=st.sampled_from(Tender),
    amount=amounts,
    currency=st.sampled_from([None, "EUR", "USD"]),
    payee=st.sampled_from([None, "52001233", "1900000109", "other"]),
    payer_token=st.sampled_from([None, "t0"]),
)
requests = st.builds(
    Request,
    subject=intents,
    link=st.sampled_from([OURS, LinkState("zvt"), replace(OURS, unresolved=1)]),
    operator=people,
    approver=people,
    order=st.none() | st.builds(
        OrderState, st.just("A1"), cents, st.just("EUR"), cents, cents, cents
    ),
    sale=st.none() | st.builds(
        SaleState, st.just("S1"), cents, st.just("EUR"), st.just(Tender.CARD), st.none(), cents,
        st.just(0), cents,
    ),
    same_reference=st.booleans(),
    clock_trusted=st.booleans(),
)  # fmt: skip


def may_approve(approver: Person | None, operator: Person | None, amount: int) -> bool:
    """Written again from the rule's sentence: another person, with the right and the limit."""
    return approver == MAYA and operator not in (None, MAYA) and amount <= 50_000


@settings(max_examples=400, deadline=None)
@given(requests)
def test_whatever_is_allowed_keeps_the_promises(request: Request) -> None:
    verdict = judge(request, POLICY)
    assert verdict.decisive.rule not in (RULE_FAILED, NO_RULE)
    subject = request.subject
    assert isinstance(subject, Intent)
    if not verdict.allowed or subject.kind is IntentKind.BALANCE:
        return
    assert request.link.unresolved == 0
    assert not request.same_reference
    assert subject.currency != "USD"
    if subject.kind in MONEY_IN and subject.kind is not IntentKind.TIP:
        assert request.order is not None
        assert subject.amount is not None
        assert 0 < subject.amount <= request.order.due
    if subject.kind in MONEY_OUT:
        _assert_refund_promises(request, subject)


def _assert_refund_promises(request: Request, subject: Intent) -> None:
    assert request.operator in (BEN, MAYA)
    assert request.clock_trusted
    assert subject.amount is not None
    assert subject.amount > 0
    agreed = may_approve(request.approver, request.operator, subject.amount)
    limit = 2000 if request.operator == BEN else 10000
    if request.sale is None:
        assert agreed
        assert subject.amount <= 1500
    else:
        given_back = request.sale.posted + request.sale.reserved + request.sale.unknown
        assert given_back + subject.amount <= request.sale.paid
        assert subject.amount <= limit or agreed


@settings(max_examples=150, deadline=None)
@given(requests, st.integers(0, 30_000))
def test_a_larger_refund_is_never_judged_more_mildly(request: Request, less: int) -> None:
    subject = request.subject
    assert isinstance(subject, Intent)
    large = replace(subject, kind=IntentKind.REFUND, amount=30_000)
    small = replace(large, amount=max(1, less))
    levels = [judge(replace(request, subject=each), POLICY).level for each in (small, large)]
    assert levels[0] <= levels[1]
