"""What an override, a break-glass and a lock do to findings, as tables; and what they never do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from pos_guard.model import IntentKind, Words
from pos_guard.policy.engine import NEVER_LIFTED, NO_RULE, RULE_FAILED, judge
from pos_guard.policy.policy import Policy, RuleSetting
from pos_guard.policy.request import Override, Person, Request
from pos_guard.policy.rule import Rule
from pos_guard.policy.verdict import Finding, Input, Level, Mode, Need, Reason
from tests.policy.cases import POLICY, intent, scan

ASK = Request(subject=intent(IntentKind.SALE, 1250), operator=Person("anna", "cashier"))
BACK = Request(subject=intent(IntentKind.REFUND, 1250), operator=Person("anna", "cashier"))
LIFTS = Override("override-1", frozenset({"r"}))
NOTHING: Mapping[str, Input] = {}


def finds(level: Level, rule: str = "r") -> Rule:
    """A rule that always finds this."""

    def check(request: Request, policy: Policy) -> Finding:
        del request, policy
        return Finding(rule, level, Reason.OVER_LIMIT, Words("不", "no"), NOTHING)

    return Rule(rule, check, "a test")


def fails(rule: str = "r") -> Rule:
    """A rule with a defect."""

    def check(request: Request, policy: Policy) -> Finding:
        raise RuntimeError(str(request) + policy.name)

    return Rule(rule, check, "a test")


@pytest.mark.parametrize(
    ("level", "then"),
    [
        (Level.ALLOW, Level.ALLOW),
        (Level.WARN, Level.WARN),
        (Level.REQUIRE, Level.WARN),
        (Level.DENY_OVERRIDABLE, Level.WARN),
        (Level.DENY, Level.DENY),
        (Level.DENY_LOCKED, Level.DENY_LOCKED),
    ],
)
def test_an_override_lifts_what_asks_and_what_says_so(level: Level, then: Level) -> None:
    verdict = judge(replace(ASK, overrides=(LIFTS,)), POLICY, [finds(level)])
    assert verdict.level is then
    lifted = level in {Level.REQUIRE, Level.DENY_OVERRIDABLE}
    assert verdict.findings[0].lifted == ("override-1" if lifted else None)
    assert verdict.would_be is level  # the trace keeps what was found


@pytest.mark.parametrize(
    ("override", "request_", "lifted"),
    [
        (LIFTS, ASK, True),
        (LIFTS, BACK, True),
        (replace(LIFTS, rules=frozenset({"other"})), ASK, False),
        (replace(LIFTS, operations=frozenset({"sale"})), ASK, True),
        (replace(LIFTS, operations=frozenset({"refund"})), ASK, False),
        (replace(LIFTS, operations=frozenset({"refund_unreferenced"})), BACK, True),
        (replace(LIFTS, operations=frozenset({"refund"})), BACK, False),
        (replace(LIFTS, roles=frozenset({"cashier"})), ASK, True),
        (replace(LIFTS, roles=frozenset({"senior"})), ASK, False),
        (replace(LIFTS, roles=frozenset({"cashier"})), replace(ASK, operator=None), False),
        (replace(LIFTS, up_to=1250), ASK, True),
        (replace(LIFTS, up_to=1249), ASK, False),
        (replace(LIFTS, up_to=9999), replace(ASK, subject=intent(IntentKind.SALE, None)), False),
        (LIFTS, replace(ASK, subject=scan()), False),
    ],
)
def test_an_override_counts_only_for_what_it_was_given(
    override: Override, request_: Request, lifted: bool
) -> None:
    rules = [finds(Level.DENY_OVERRIDABLE)]
    verdict = judge(replace(request_, overrides=(override,)), POLICY, rules)
    assert verdict.allowed is lifted


@pytest.mark.parametrize("level", [Level.REQUIRE, Level.DENY_OVERRIDABLE, Level.DENY])
def test_break_glass_lifts_every_finding_of_a_sale_but_locked_ones(level: Level) -> None:
    verdict = judge(replace(ASK, break_glass="break-glass-1"), POLICY, [finds(level)])
    assert verdict.level is Level.WARN
    assert verdict.findings[0].lifted == "break-glass-1"


@pytest.mark.parametrize(
    ("request_", "rules"),
    [
        (ASK, [finds(Level.DENY_LOCKED)]),
        (BACK, [finds(Level.DENY)]),
        (BACK, [fails()]),
        (replace(ASK, subject=intent(IntentKind.PREAUTH, 5)), [finds(Level.DENY)]),
        (replace(ASK, subject=intent(IntentKind.VOID, 5)), [finds(Level.REQUIRE)]),
        (ASK, [finds(Level.DENY, "payee-known")]),
        (ASK, [finds(Level.DENY, "link-trusted")]),
        (ASK, [finds(Level.DENY, "link-resolved")]),
        (replace(ASK, same_reference=True), [finds(Level.DENY, "not-paid-twice")]),
        (replace(ASK, reused="amount"), [finds(Level.DENY, "reference-reused")]),
        (ASK, [fails("payee-known")]),
        (ASK, [fails("link-trusted")]),
        (ASK, []),
    ],
)
def test_break_glass_never_lifts(request_: Request, rules: list[Rule]) -> None:
    verdict = judge(replace(request_, break_glass="break-glass-1"), POLICY, rules)
    assert not verdict.allowed
    assert all(finding.lifted is None for finding in verdict.findings)


def test_break_glass_is_for_a_check_that_fails() -> None:
    verdict = judge(replace(ASK, break_glass="break-glass-1"), POLICY, [fails()])
    assert (verdict.decisive.rule, verdict.level) == (RULE_FAILED, Level.WARN)
    assert not judge(ASK, POLICY, [fails()]).allowed
    assert judge(replace(ASK, break_glass="g"), POLICY, []).decisive.rule == NO_RULE


def test_what_is_never_lifted_is_a_rule() -> None:
    from pos_guard.policy.registry import RULES

    assert {rule.id for rule in RULES} >= NEVER_LIFTED


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize(
    ("level", "then"),
    [
        (Level.WARN, Level.WARN),
        (Level.REQUIRE, Level.REQUIRE),
        (Level.DENY_OVERRIDABLE, Level.DENY_OVERRIDABLE),
        (Level.DENY, Level.DENY_LOCKED),
        (Level.DENY_LOCKED, Level.DENY_LOCKED),
    ],
)
def test_a_locked_rule_is_enforced_and_its_no_is_nobodys_to_lift(
    mode: Mode, level: Level, then: Level
) -> None:
    policy = replace(POLICY, rules={"r": RuleSetting(mode, locked="schemes@1")})
    assert judge(ASK, policy, [finds(level)]).level is then
    assert judge(replace(ASK, overrides=(LIFTS,)), policy, [finds(level)]).level is then
    glass = judge(replace(ASK, break_glass="g", overrides=(LIFTS,)), policy, [finds(level)])
    assert glass.allowed is (level in {Level.WARN, Level.REQUIRE, Level.DENY_OVERRIDABLE})


def test_what_is_lifted_is_no_longer_needed() -> None:
    rules = [finds(Level.REQUIRE), finds(Level.REQUIRE, "other")]
    verdict = judge(replace(ASK, overrides=(LIFTS,)), POLICY, rules)
    assert verdict.needs == {Need.APPROVAL}
    both = replace(LIFTS, rules=frozenset({"r", "other"}))
    assert judge(replace(ASK, overrides=(both,)), POLICY, rules).needs == frozenset()


@pytest.mark.parametrize(
    ("operator", "level", "need", "lifted"),
    [
        # Whoever signed it is nobody's second person but others'.
        ("maya", Level.REQUIRE, Need.APPROVAL, False),
        ("MAYA", Level.REQUIRE, Need.APPROVAL, False),
        ("maya", Level.REQUIRE, Need.OWNER, False),
        ("anna", Level.REQUIRE, Need.APPROVAL, True),
        # What asks no person to vouch, and what policy leaves to a signature.
        ("maya", Level.REQUIRE, Need.CONFIRMATION, True),
        ("maya", Level.REQUIRE, Need.REASON, True),
        ("maya", Level.DENY_OVERRIDABLE, Need.APPROVAL, True),
    ],
)
def test_nobody_signs_an_override_to_approve_himself(
    operator: str, level: Level, need: Need, lifted: bool
) -> None:
    def check(request: Request, policy: Policy) -> Finding:
        del request, policy
        return Finding("r", level, Reason.OVER_LIMIT, Words("不", "no"), NOTHING, need=need)

    own = replace(LIFTS, by="maya")
    asked = replace(BACK, operator=Person(operator, "manager"), overrides=(own,))
    verdict = judge(asked, POLICY, [Rule("r", check, "a test")])
    assert verdict.allowed is lifted
    # One that somebody else signed counts, whichever stands first.
    both = replace(asked, overrides=(own, replace(LIFTS, by="omar")))
    assert judge(both, POLICY, [Rule("r", check, "a test")]).allowed
