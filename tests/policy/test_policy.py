"""A policy as a value: its hash, its modes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pos_guard.frames.receipt_words import ReceiptWords
from pos_guard.policy.payees import Payees
from pos_guard.policy.policy import Ages, Policy, Role, RuleSetting
from pos_guard.policy.registry import RULES
from pos_guard.policy.verdict import Mode
from tests.policy.cases import POLICY


def test_equal_content_has_an_equal_hash_whatever_the_order() -> None:
    one = Policy("p", 1, "EUR", payees=Payees(terminals=("1", "2")), roles=dict(POLICY.roles))
    backwards = {name: POLICY.roles[name] for name in reversed(list(POLICY.roles))}
    other = Policy("p", 1, "EUR", payees=Payees(terminals=("2", "1")), roles=backwards)
    assert one.hash == other.hash
    assert len(one.hash) == 64


@pytest.mark.parametrize(
    "changed",
    [
        replace(POLICY, name="other"),
        replace(POLICY, version=2),
        replace(POLICY, currency="CNY"),
        replace(POLICY, mode=Mode.WARN),
        replace(POLICY, roles={"cashier": Role("cashier")}),
        replace(POLICY, payees=Payees()),
        replace(POLICY, rules={"remaining": RuleSetting(Mode.OBSERVE)}),
        replace(POLICY, rules={"code-fresh": RuleSetting(options={"max_age_s": 30})}),
        replace(POLICY, context=Ages(order_s=1)),
        replace(POLICY, receipts=ReceiptWords(copies=3)),
        replace(POLICY, receipts=ReceiptWords(paid=("x",))),
    ],
)
def test_whatever_decides_is_in_the_hash(changed: Policy) -> None:
    assert changed.hash != POLICY.hash


def test_a_rule_that_is_not_named_has_the_mode_of_the_policy() -> None:
    assert POLICY.setting("remaining").mode is Mode.ENFORCE
    assert replace(POLICY, mode=Mode.WARN).setting("remaining").mode is Mode.WARN


def test_a_trial_run_changes_modes_and_nothing_else() -> None:
    policy = replace(POLICY, rules={"code-fresh": RuleSetting(options={"max_age_s": 30})})
    trial = policy.with_mode(Mode.OBSERVE)
    assert {trial.setting(rule.id).mode for rule in RULES} == {Mode.OBSERVE}
    assert trial.setting("code-fresh").options == {"max_age_s": 30}
    assert trial.with_mode(Mode.ENFORCE).hash == policy.hash


def test_an_unknown_role_is_no_role() -> None:
    assert POLICY.role("nobody") is None
