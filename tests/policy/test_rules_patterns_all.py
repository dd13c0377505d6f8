"""What holds for every pattern rule: total, silent by default, and only ever stricter."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.clock import SECOND
from pos_guard.model import IntentKind, Tender
from pos_guard.policy.engine import judge
from pos_guard.policy.policy import Hours, Policy, RuleSetting
from pos_guard.policy.request import (
    Answers,
    LinkState,
    Moment,
    OperatorState,
    PayerState,
    Person,
    Recent,
    Request,
    Tier,
)
from pos_guard.policy.rule import Choice, Rule, Whole, allow
from pos_guard.policy.rules_patterns import PATTERN_RULES
from pos_guard.policy.verdict import Level, Mode, Verdict
from tests.policy.cases import ANNA, BEN, EMPTY, MAYA, NOBODY, POLICY, intent, order
from tests.policy.pattern_cases import paid_by

PEOPLE = st.sampled_from([None, ANNA, BEN, MAYA, NOBODY, EMPTY, Person("t1", "senior")])
TOKENS = st.sampled_from([None, "t1", "t2"])
AMOUNTS = st.integers(1, 3_000)

RECENT = st.builds(
    Recent,
    age_us=st.integers(-10, 7_200).map(lambda age_s: age_s * SECOND),
    kind=st.sampled_from(IntentKind),
    tender=st.sampled_from([Tender.CARD, Tender.WECHAT]),
    amount=st.sampled_from([500, 1_250, 1_700, 1_900, 2_000]),
    operator=st.sampled_from([None, "ben", "maya"]),
    sale_id=st.sampled_from([None, "T1-000001", "T1-000002"]),
    order_key=st.sampled_from([None, "A1"]),
    payer_token=TOKENS,
    link=st.sampled_from(["", "zvt"]),
)
DESK = st.builds(
    OperatorState,
    tier=st.sampled_from(Tier),
    on_shift_us=st.one_of(st.none(), st.integers(0, 86_400 * SECOND)),
    errors=st.integers(0, 20),
    sold=st.integers(0, 2_000_000),
    refunded=st.integers(0, 500_000),
    shop_ppm=st.integers(0, 200_000),
    spread_ppm=st.integers(0, 100_000),
    peers=st.integers(0, 8),
)
PAYER = st.builds(
    PayerState,
    charged=st.integers(0, 5_000),
    refunded=st.integers(0, 5_000),
    refunds=st.integers(0, 9),
    staff=st.sampled_from([None, "ben", "anna", "gone"]),
)


@st.composite
def requests(draw: st.DrawFn, *, answered: bool = True) -> Request:
    """Any request to move money, with any state around it that a store may give."""
    tender = draw(st.sampled_from([Tender.CARD, Tender.WECHAT]))
    amount = draw(st.one_of(st.none(), st.sampled_from([500, 1_250, 1_900]), AMOUNTS))
    subject = intent(draw(st.sampled_from(IntentKind)), amount, tender)
    answers = Answers(draw(st.one_of(st.none(), AMOUNTS)), totp=draw(st.booleans()))
    return Request(
        replace(subject, payer_token=draw(TOKENS)),
        link=LinkState(draw(st.sampled_from(["", "zvt"]))),
        operator=draw(PEOPLE),
        approver=draw(PEOPLE) if answered else None,
        order=draw(st.sampled_from([None, order()])),
        sale=draw(st.sampled_from([None, paid_by(None), paid_by("t1")])),
        recent=tuple(draw(st.lists(RECENT, max_size=6))),
        payer=draw(st.one_of(st.none(), PAYER)),
        desk=draw(st.one_of(st.none(), DESK)),
        moment=draw(st.sampled_from([None, Moment(0, 600, "2026-11-23"), Moment(0, 1_439, "")])),
        answers=answers if answered else Answers(),
    )


def values(option: object) -> st.SearchStrategy[str | int]:
    """Values of an option: near its bounds and its default, and any."""
    if isinstance(option, Choice):
        return st.sampled_from(option.values)
    assert isinstance(option, Whole)
    near = {option.lowest, option.lowest + 1, 2, 3, 60, 3_600, option.default, option.highest}
    return st.sampled_from(sorted(value for value in near if option.accepts(value)))


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """The test policy with any options."""
    rules = {
        rule.id: RuleSetting(
            Mode.ENFORCE, {name: draw(values(option)) for name, option in rule.options.items()}
        )
        for rule in PATTERN_RULES
    }
    return replace(POLICY, rules=rules, hours=Hours(settled_at=draw(st.sampled_from([0, 601]))))


_ALLOWED = allow("all-else", "可以。", "Fine.")


def found(request: Request, policy: Policy) -> Verdict:
    """The verdict of the pattern rules; a request that none concerns is allowed."""
    allowed = Rule("all-else", lambda _request, _policy: _ALLOWED, "the other rules agree")
    return judge(request, policy, (allowed, *PATTERN_RULES))


@given(request=requests(), policy=policies())
@settings(max_examples=80, deadline=None)
def test_no_request_and_no_policy_makes_a_rule_fail(request: Request, policy: Policy) -> None:
    for finding in found(request, policy).findings:
        assert finding.rule != "engine.rule-failed"
        assert finding.say.zh
        assert finding.say.en


@given(request=requests(answered=False), policy=policies(), data=st.data())
@settings(max_examples=120, deadline=None)
def test_a_tighter_option_is_never_a_milder_verdict(
    request: Request, policy: Policy, data: st.DataObject
) -> None:
    rule = data.draw(st.sampled_from([rule for rule in PATTERN_RULES if rule.options]))
    name = data.draw(st.sampled_from(sorted(rule.options)))
    one, other = data.draw(values(rule.options[name])), data.draw(values(rule.options[name]))
    tight, loose = (other, one) if rule.options[name].loosens(one, other) else (one, other)

    def verdict(value: str | int) -> Level:
        setting = policy.setting(rule.id)
        changed = replace(setting, options={**setting.options, name: value})
        return found(request, replace(policy, rules={**policy.rules, rule.id: changed})).level

    assert verdict(tight) >= verdict(loose)


@given(request=requests(answered=False))
@settings(max_examples=80, deadline=None)
def test_a_policy_that_says_nothing_asks_for_nothing_but_facts(request: Request) -> None:
    strict = {
        finding.rule for finding in found(request, POLICY).findings if finding.level > Level.WARN
    }
    payer = request.payer
    assert strict <= {"self-refund", "payer-net"}
    if payer is None:
        assert strict == set()


@given(request=requests(), policy=policies())
@settings(max_examples=80, deadline=None)
def test_nobody_gets_further_by_approving_himself(request: Request, policy: Policy) -> None:
    oneself = replace(request, approver=request.operator)
    if found(oneself, policy).allowed:
        assert found(replace(request, approver=None), policy).allowed


@pytest.mark.parametrize("rule", PATTERN_RULES, ids=lambda rule: rule.id)
def test_a_rule_says_what_it_is_for_and_its_defaults_are_values(rule: Rule) -> None:
    assert rule.purpose
    for option in rule.options.values():
        assert option.accepts(option.default)
        assert not option.loosens(option.default, option.default)
