"""The proofs speak of the real thing: trees and engine agree on every rule of random requests."""

from __future__ import annotations

import pytest

from pos_guard.policy.packs import SHOP_PACKS
from pos_guard.policy.policy import Policy
from pos_guard.policy.rules import limits
from pos_guard.policy.verdict import Level
from tests.proofs.prover import LONGEST, SILENT, Dice
from tests.proofs.shops import proved
from tests.proofs.world import World

SEEDS = 800


@pytest.mark.parametrize("pack", SHOP_PACKS)
def test_trees_and_engine_agree_on_every_rule_of_random_requests(pack: str) -> None:
    prover = proved(pack)
    near = numbers(prover.policy)
    compared, levels = 0, dict[int, int]()
    for seed in range(SEEDS):
        dice = Dice(seed, near)
        request = World(prover.policy, LONGEST).build(dice)
        for limit in prover.policy.limits:
            request.totals.get(limit.id)
        found = {item.rule: int(item.effective) for item in prover.judge(dice.values).findings}
        for rule in prover.rules:
            said = prover.says(rule.id, dice.values)
            if said is None:
                continue
            real = found.get(rule.id, SILENT)
            assert coarse(rule.id, said) == coarse(rule.id, real), (seed, rule.id, dice.values)
            compared += 1
            levels[real] = levels.get(real, 0) + 1
    assert compared > 0.9 * SEEDS * len(prover.rules)
    assert all(levels.get(level, 0) > SEEDS // 20 for level in (0, 1, 2, 4, 5)), levels


def coarse(rule: str, level: int) -> int:
    """The limits are explored one by one: together they refuse in one way or the other."""
    return min(level, Level.DENY_OVERRIDABLE) if rule == limits.ID else level


def numbers(policy: Policy) -> list[int]:
    """Every number that the policy decides by, so that dice fall on both sides of it."""
    found = {1000, 4000, 60_000_000, 120_000_000, 300_000_000, 86_400_000_000 * 365}
    for role in policy.roles.values():
        found |= {role.refund_limit or 0, role.unreferenced_limit or 0, role.approve_limit or 0}
        found |= set() if role.alone is None else {role.alone.limit}
    for limit in policy.limits:
        found |= {limit.amount or 0, limit.count or 0}
    for setting in policy.rules.values():
        found |= {value for value in setting.options.values() if isinstance(value, int)}
    return sorted(found)


def test_a_choice_that_was_never_explored_is_said_to_be_unknown() -> None:
    prover = proved("retail")
    values = {**dict.fromkeys(prover.bounds, 0), "recent": LONGEST}
    assert prover.says("duplicate-window", values) is None
    assert prover.says("duplicate-window", {**values, "recent": 0}) == Level.ALLOW
