"""Proofs over the shipped packs: what no request can do, whatever numbers, people and history."""

from __future__ import annotations

from functools import partial

import pytest
import z3

from pos_guard.model import MONEY_OUT, IntentKind
from pos_guard.policy.packs import SHOP_PACKS
from pos_guard.policy.verdict import Level, Verdict
from tests.proofs.prover import Prover, chosen, instead, kind_is, number, passes, there
from tests.proofs.questions import (
    offline_beyond_its_limit,
    over_limit,
    over_refund,
    self_approval,
    unseen_above_own_limit,
    unseen_without_its_sale,
)
from tests.proofs.shops import proved, shop_policy
from tests.proofs.symbols import Formula

packs = pytest.mark.parametrize("pack", SHOP_PACKS)


@packs
def test_nothing_over_refunds(pack: str) -> None:
    prover = proved(pack)
    assert prover.find(prover.allowed, over_refund()) is None


@packs
def test_nobody_approves_himself(pack: str) -> None:
    prover = proved(pack)
    assert prover.find(self_approval(prover)) is None


@packs
def test_above_the_own_limit_a_second_person_agreed_or_the_owner_proved_himself(pack: str) -> None:
    prover = proved(pack)
    assert prover.find(prover.allowed, unseen_above_own_limit(prover.policy)) is None


@packs
def test_without_its_sale_nothing_goes_out_above_the_cap_or_alone(pack: str) -> None:
    prover = proved(pack)
    assert prover.find(prover.allowed, unseen_without_its_sale(prover.policy)) is None


@packs
def test_offline_nothing_goes_out_above_its_limit_or_from_elsewhere(pack: str) -> None:
    prover = proved(pack)
    assert prover.find(prover.allowed, offline_beyond_its_limit(prover.policy)) is None


@packs
def test_no_limit_is_passed_by_state_and_this_request(pack: str) -> None:
    prover = proved(pack)
    for limit in prover.policy.limits:
        assert prover.find(prover.allowed, over_limit(limit, prover.policy)) is None, limit.id


@packs
def test_the_policy_is_not_vacuous(pack: str) -> None:
    prover = proved(pack)
    wanted = [z3.And(kind_is(IntentKind.SALE), there("amount"))]
    wanted += [
        z3.And(kind_is(IntentKind.REFUND), there("sale"), chosen("operator", place))
        for place, role in enumerate(prover.policy.roles.values(), start=1)
        if "refund" in role.may
    ]
    assert len(wanted) > 1
    for formula in wanted:
        assert prover.witness(passes, prover.allowed, formula) is not None


SLEEPING = {
    "retail": {},
    "restaurant": {},
    "one-person": {
        "split-under-limit": "one person's small refunds are held by the limits of day and hour",
        "payer-repeats": "a limit per payer over seven days stands in its place",
        "refund-ratio": "there are no colleagues to compare with",
        "probation": "there is no newcomer",
    },
    "unattended": {
        "customer-matches": "nobody asks at a machine; the desk refunds by receipt",
        "amount-usual": "a machine's prices are set, and no larger sale is possible",
        "amount-confirmed": "no machine sells for as much",
        "split-under-limit": "one claim a day of the same payer is all there is",
        "void-after-tender": "nobody stands at the machine to void in a row",
        "refund-ratio": "the desk has no sales to compare with",
        "probation": "no newcomer works there",
        "fatigue": "machines do not tire",
    },
}
"""Rules that a pack leaves switched off, and why: all others speak."""


def _warns(rule: str, verdict: Verdict) -> bool:
    return any(f.rule == rule and f.effective >= Level.WARN for f in verdict.findings)


def _alone(rule: str, verdict: Verdict) -> bool:
    return [f.rule for f in verdict.findings if f.effective >= Level.REQUIRE] == [rule]


@packs
def test_every_rule_is_live_and_the_engine_says_so_of_the_witness(pack: str) -> None:
    prover = proved(pack)
    silent: set[str] = set()
    for rule in prover.rules:
        spoke = partial(_warns, rule.id)
        if prover.witness(spoke, prover.finds(rule.id, Level.WARN)) is None:
            silent.add(rule.id)
    assert silent == set(SLEEPING[pack])


SHADOWED = {
    "receipt-copies": "it only warns",
    "tender-chosen": "it only warns, as this pack sets it",
    "cash-declared": "cash that is not declared is not counted by receipt-paid either; it says why",
    "code-lookalike": "what imitates a wallet cannot be charged anyway; it says that it is fraud",
    "original-payee": "original-tender compares the same two ids; it is for those not known",
}
"""Rules that never decide alone in the retail pack, and what they are there for."""


def test_nearly_every_rule_decides_alone_for_some_request() -> None:
    prover = proved("retail")
    never = set[str]()
    for rule in prover.rules:
        alone = partial(_alone, rule.id)
        held = prover.held[rule.id]
        if prover.witness(alone, held, prover.passes_but_for(rule.id)) is None:
            never.add(rule.id)
    assert never == set(SHADOWED)


UNEVEN = {
    "duplicate-window": "the same amount again is what it looks for; one cent more is another one",
}
"""Rules that are not monotone by nature, for money out."""


@packs
@pytest.mark.parametrize("level", [Level.REQUIRE, Level.DENY_OVERRIDABLE])
def test_a_larger_refund_never_passes_more_easily(pack: str, level: Level) -> None:
    prover = proved(pack)
    found = z3.Or([prover.finds(name, level) for name in prover.trees if name not in UNEVEN])
    assert prover.find(*eases(found)) is None


def eases(found: Formula) -> list[Formula]:
    """A refund is stopped, and a larger one is not; everything else is the same for both.

    A void states the whole sale, so only refunds are compared; the amount was not entered again,
    which would have to be the other one.
    """
    larger = z3.Int("larger amount")
    return [
        kind_is(IntentKind.REFUND),
        there("amount"),
        z3.Not(there("answers.confirmed")),
        z3.And(number("amount") > 0, larger > number("amount")),
        z3.And(found, z3.Not(instead(found, amount=larger))),
    ]


@packs
def test_what_is_locked_stays_locked_under_overrides_and_break_glass(pack: str) -> None:
    policy = shop_policy(pack)
    names = {name for name, setting in policy.rules.items() if setting.locked is not None}
    rules = [rule for rule in proved(pack).rules if rule.id in names]
    assert len(rules) > 10
    prover = Prover(policy, rules, lifts=True)
    for rule in rules:
        held = prover.finds(rule.id, Level.DENY)
        unlifted = instead(held, overrides=0, glass=0)
        assert prover.find(unlifted, z3.Not(held)) is None, rule.id
    lifted = z3.Not(prover.finds("remaining", Level.DENY_LOCKED))
    assert prover.find(over_refund(), there("amount"), lifted) is None


def test_a_rule_that_is_not_locked_is_lifted_so_that_the_proof_above_says_something() -> None:
    retail = proved("retail")
    rules = [rule for rule in retail.rules if rule.id == "amount-matches-order"]
    prover = Prover(retail.policy, rules, lifts=True)
    held = prover.finds("amount-matches-order", Level.DENY)
    found = prover.find(instead(held, overrides=0, glass=0), z3.Not(held))
    assert found is not None
    assert prover.judge(found).allowed


@packs
def test_money_out_is_what_the_questions_are_about(pack: str) -> None:
    prover = proved(pack)
    for kind in MONEY_OUT:
        found = prover.witness(passes, kind_is(kind), prover.allowed)
        some_role_may = any(str(kind) in role.may for role in prover.policy.roles.values())
        assert (found is not None) == some_role_may, kind
