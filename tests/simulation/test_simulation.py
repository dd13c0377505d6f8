"""One shop from one seed: tills, guard, terminals, people, power cuts, and the eleven rules."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.simulation.play import WEIGHTS, play


def test_the_eleven_rules_hold_after_every_step(
    seeds: range, template: Path, memory: Path, request: pytest.FixtureRequest
) -> None:
    for seed in seeds:
        played = play(seed, template, memory)
        assert played.seen["audit verdict"] > 0
        if request.config.getoption("--seed", None) is not None:
            print("\n".join(played.trace))  # noqa: T201 - the trace is what was asked for


def test_a_seed_is_the_same_shop_again(template: Path, memory: Path) -> None:
    first, second = (play(4, template, memory) for _ in range(2))
    assert first == second


MUST_HAPPEN = {
    *(f"step {step.__name__}" for step in WEIGHTS),
    "PAID printed",
    "copy printed",
    "cash receipt printed",
    "person asked",
    "approval used",
    "approved by a person",
    "declined by a person",
    "approval refused: wrong-pin",
    "approval refused: self",
    "approval refused: cashier",
    "refund within the limit",
    "refund without its sale",
    "resolved by a person: approved",
    "resolved by a person: declined",
    "sale posted",
    "sale failed",
    "sale unknown",
    "sale voided",
    "sale refused",
    "refund posted",
    "refund refused",
    "refund waiting",
    "refund abandoned",
    "refund unknown",
    "reversal posted",
    "heard sale on zvt",
    "heard refund on zvt",
    "heard reversal on zvt",
    "heard sale on wechat",
    "heard refund on wechat",
    "heard reversal on wechat",
    "audit recovery",
    "audit freeze",
    "audit thaw",
    "audit retry",
    "audit case",
    "link failed",
    "power cut",
    "terminal swapped",
    "till: sale approved",
    "till: refund approved",
    "till: wechat paid",
    *(
        f"deny by {rule}"
        for rule in (
            "amount-matches-order",
            "cash-declared",
            "clock-trusted",
            "code-channel",
            "code-kind",
            "link-resolved",
            "link-trusted",
            "not-paid-twice",
            "operation-permitted",
            "operator-signed-in",
            "original-tender",
            "payee-known",
            "receipt-paid",
            "receipt-total",
            "remaining",
            "unreferenced",
        )
    ),
    "require by within-limit",
    "require by unreferenced",
    "deny_locked by link.malformed",
    "killed before-transaction",
    "killed before-commit",
    "killed after-commit",
    "killed before-ToDevice",
    "killed before-ToApp",
    "killed after-effects",
}


def test_everything_that_can_happen_does(template: Path, memory: Path) -> None:
    """So that the simulation is not green because nothing happens in it."""
    seen: Counter[str] = Counter()
    for seed in range(400):
        seen += play(seed, template, memory).seen
        if seen.keys() >= MUST_HAPPEN:
            break
    assert not MUST_HAPPEN - seen.keys()
