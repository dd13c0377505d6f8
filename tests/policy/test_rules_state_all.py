"""All rules about state together: total, silent where nothing is configured, monotone, tighter."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.model import Cart, CartLine, Intent, IntentKind, Purpose, Tender, Words
from pos_guard.policy.asks import Concern
from pos_guard.policy.engine import RULE_FAILED, judge
from pos_guard.policy.grades import GRADES, found, grade
from pos_guard.policy.policy import Policy, RuleSetting
from pos_guard.policy.registry import RULES
from pos_guard.policy.request import (
    Answers,
    Disk,
    Freeze,
    LinkState,
    Moment,
    Network,
    OrderState,
    RefundPace,
    Request,
    SaleState,
    SaleStatus,
    Usual,
)
from pos_guard.policy.rule import Choice, OptionKind, Tighter, Whole
from pos_guard.policy.rules_state import STATE_RULES
from pos_guard.policy.verdict import Level, Mode, Reason
from tests.policy.cases import ANNA, BEN, MAYA, NOBODY, POLICY, refund, sale
from tests.policy.state_cases import told
from tests.policy.test_rules_times import HOURS

OLD_RULES = [rule for rule in RULES if rule not in STATE_RULES]

texts = st.sampled_from([None, "", "42", "1187", "12.50", "broken", "不对"])
cents = st.integers(0, 5000)
carts = st.builds(
    Cart,
    st.lists(
        st.builds(CartLine, st.sampled_from("ab"), st.integers(-1, 3), st.integers(-1, 900)),
        max_size=3,
    ).map(tuple),
    st.integers(-1, 100),
    st.integers(-1, 100),
)
pairs = st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 3)), max_size=2).map(tuple)
people = st.sampled_from([None, ANNA, BEN, MAYA, NOBODY])
intents = st.builds(
    Intent,
    kind=st.sampled_from(IntentKind),
    tender=st.sampled_from(Tender),
    amount=st.none() | st.integers(0, 6000),
    currency=st.sampled_from([None, "EUR"]),
    payee=st.sampled_from([None, "52001233"]),
    payer_token=st.sampled_from([None, "t0", "t1"]),
)
sales = st.builds(
    SaleState,
    sale_id=st.just("S1"),
    paid=cents,
    currency=st.just("EUR"),
    tender=st.sampled_from(Tender),
    payee=st.sampled_from([None, "52001233", "other"]),
    posted=cents,
    status=st.sampled_from(SaleStatus),
    settled=st.sampled_from([None, True, False]),
    payer_token=st.sampled_from([None, "t0"]),
    order_key=texts,
    receipt=texts,
    sold=pairs,
    returned=pairs,
    home=st.booleans(),
)
contexts = st.builds(
    told,
    items=st.none() | carts,
    purpose=st.none() | st.sampled_from(Purpose),
    reason=texts,
    customer=texts,
    original=st.sampled_from([None, "S1"]),
)
requests = st.builds(
    Request,
    subject=intents,
    context=contexts,
    link=st.just(LinkState("zvt", payee="52001233")),
    operator=people,
    approver=people,
    order=st.none() | st.builds(OrderState, st.just("A1"), cents, st.just("EUR"), cents),
    sale=st.none() | sales,
    pace=st.none() | st.builds(RefundPace, st.integers(-10, 10**15), st.integers(0, 99)),
    usual=st.none() | st.builds(Usual, st.integers(0, 200), cents, cents, cents),
    moment=st.none() | st.builds(
        Moment, st.integers(0, 6), st.integers(0, 1439), st.sampled_from(["2026-11-25", "x"])
    ),
    network=st.sampled_from(Network),
    disk=st.sampled_from(Disk),
    freezes=st.sampled_from([(), (Freeze("sale", "S1", "-"),), (Freeze("operator", "ben", "-"),)]),
    answers=st.builds(Answers, st.none() | cents),
    original_kind=st.sampled_from([None, IntentKind.REFUND]),
)  # fmt: skip


def values(option: OptionKind) -> st.SearchStrategy[str | int]:
    """Any value of an option, small numbers preferred."""
    if isinstance(option, Choice):
        return st.sampled_from(option.values)
    assert isinstance(option, Whole)
    return st.integers(option.lowest, min(option.highest, 3000)) | st.just(option.highest)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """The test policy with hours, reasons and any options of the rules about state."""
    rules = {
        rule.id: RuleSetting(
            Mode.ENFORCE,
            {name: draw(values(option)) for name, option in rule.options.items()},
        )
        for rule in STATE_RULES
        if bool(rule.options) and draw(st.booleans())
    }
    hours = HOURS if draw(st.booleans()) else POLICY.hours
    reasons = draw(st.sampled_from([frozenset[str](), frozenset({"broken"})]))
    return replace(POLICY, rules=rules, hours=hours, reasons=reasons)


@settings(max_examples=500, deadline=None)
@given(requests, policies())
def test_no_rule_fails_and_every_finding_is_fit_to_be_said(
    request: Request, policy: Policy
) -> None:
    for finding in judge(request, policy, STATE_RULES).findings:
        assert finding.rule != RULE_FAILED
        assert finding.say.zh
        assert finding.say.en
        assert (finding.level is Level.ALLOW) == (finding.reason is Reason.OK)


@settings(max_examples=300, deadline=None)
@given(requests)
def test_where_nothing_is_configured_and_nothing_is_wrong_the_old_verdict_stands(
    request: Request,
) -> None:
    """Facts count at once; without them no rule of this family changes anything."""
    plain = replace(
        request,
        context=told(original="S1"),
        sale=None if request.sale is None else replace(sale(), paid=request.sale.paid),
        subject=replace(request.subject, payer_token=None),  # type: ignore[arg-type]  # an Intent
        link=LinkState("zvt", payee="52001233"),
        network=Network.ONLINE,
        disk=Disk.GOOD,
        freezes=(),
        original_kind=None,
    )
    with_all, without = judge(plain, POLICY), judge(plain, POLICY, OLD_RULES)
    assert with_all.level is without.level
    assert with_all.decisive == without.decisive


@settings(max_examples=300, deadline=None)
@given(requests, policies(), st.integers(1, 6000), st.integers(0, 6000))
def test_a_larger_refund_is_never_judged_more_mildly(
    request: Request, policy: Policy, less: int, more: int
) -> None:
    """The settlement words differ, the level does not; what people answered is left out."""
    silent = replace(request, answers=Answers())
    levels = [
        judge(replace(silent, subject=refund(amount)), policy, STATE_RULES).level
        for amount in (less, less + more)
    ]
    assert levels[0] <= levels[1]


OPTIONS = [
    pytest.param(option, id=f"{rule.id}.{name}")
    for rule in STATE_RULES
    for name, option in rule.options.items()
]


@pytest.mark.parametrize("option", OPTIONS)
def test_every_option_can_be_locked(option: OptionKind) -> None:
    assert option.accepts(option.default)
    assert not option.loosens(option.default, option.default)
    assert isinstance(option, (Choice, Whole))
    assert option.tighter is not Tighter.FIXED


@pytest.mark.parametrize(
    ("value", "locked", "loosens"),
    [(0, 0, False), (0, 100, True), (100, 0, False), (99, 100, False), (101, 100, True)],
)
def test_a_check_that_is_off_is_the_loosest(value: int, locked: int, loosens: bool) -> None:
    option = Whole(0, 1000, 0, Tighter.LOWER, zero_is_off=True)
    assert option.loosens(value, locked) is loosens


@pytest.mark.parametrize(
    ("word", "approved", "level"),
    [
        ("allow", False, Level.ALLOW),
        ("warn", False, Level.WARN),
        ("require", False, Level.REQUIRE),
        ("require", True, Level.ALLOW),
        ("override", True, Level.DENY_OVERRIDABLE),
        ("deny", True, Level.DENY),
    ],
)
def test_each_word_of_a_grade_is_a_level(word: str, approved: bool, level: Level) -> None:
    request = Request(refund(), operator=BEN, approver=MAYA if approved else None)
    finding = found(word, Concern("x", Reason.TIME, Words("不", "No"), {"a": 1}), request, POLICY)
    assert finding.level is level
    assert finding.inputs["a"] == 1
    assert finding.reason is (Reason.OK if level is Level.ALLOW else Reason.TIME)


def test_the_words_of_a_grade_grow_stricter() -> None:
    option = grade("override", "warn")
    assert option.values == GRADES[1:]
    assert option.loosens("warn", "deny")
    assert not option.loosens("deny", "warn")
    assert option.loosens("allow", "deny")
