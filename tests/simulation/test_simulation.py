"""One shop from one seed: tills, guard, terminals, people, power cuts, and the eleven rules."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.simulation.play import WITH_PEOPLE, play


@pytest.fixture(scope="session")
def happened() -> dict[int, Counter[str]]:
    """What happened in each seed that this process has played."""
    return {}


def test_the_eleven_rules_hold_after_every_step(
    seeds: range,
    template: Path,
    memory: Path,
    happened: dict[int, Counter[str]],
    request: pytest.FixtureRequest,
) -> None:
    for seed in seeds:
        played = play(seed, template, memory)
        happened[seed] = played.seen
        assert played.seen["audit verdict"] > 0
        if request.config.getoption("--seed", None) is not None:
            print("\n".join(played.trace))  # noqa: T201 - the trace is what was asked for


def test_a_seed_is_the_same_shop_again(template: Path, memory: Path) -> None:
    first, second = (play(4, template, memory) for _ in range(2))
    assert first == second


MUST_HAPPEN = {
    *(f"step {step.__name__}" for step in WITH_PEOPLE),
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
    "approval refused: spelling",
    "amount confirmed",
    "amount entered again",
    "confirmed: right",
    "a console answered twice",
    "explained by a person",
    "override given",
    "limit overridden",
    "glass broken",
    "sale through the glass",
    "sale frozen",
    "terminal frozen",
    "operator frozen",
    "sale offline",
    "money back at night",
    "shift ended",
    "batch closed",
    "goods brought back",
    "over refunds-of-an-hour",
    "clock set",
    "clock trusted by a person",
    "disk bad",
    "disk full",
    "disk low",
    "paper out",
    "zvt unplugged",
    "wechat unplugged",
    "printer unplugged",
    *(f"file edited: {how}" for how in ("cut", "drop", "flip", "repeat", "swap")),
    *(f"judged by the terms: {kind}" for kind in ("sale", "refund", "reversal")),
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
    *(f"audit {kind}" for kind in ("abandon", "approval", "batch-closed", "break-glass", "cash")),
    *(f"audit {kind}" for kind in ("clock", "closed", "confirmed", "declined", "explained", "gap")),
    *(f"audit {kind}" for kind in ("override", "pin-refused", "resolved", "scan", "shift")),
    "link failed",
    "power cut",
    "terminal swapped",
    "till: sale approved",
    "till: refund approved",
    "till: resent",
    "till: another payload under the same number",
    "till: same wechat refund again",
    "till: wechat paid",
    *(
        f"deny by {rule}"
        for rule in (
            "amount-matches-order",
            "cash-declared",
            "clock-trusted",
            "code-channel",
            "code-kind",
            "code-typed",
            "disk-trusted",
            "frozen-scope",
            "items-returned",
            "limits",
            "link-resolved",
            "link-trusted",
            "not-paid-twice",
            "offline",
            "operation-fits-state",
            "operation-permitted",
            "operator-signed-in",
            "original-tender",
            "payee-known",
            "reason-given",
            "receipt-paid",
            "receipt-refunded",
            "receipt-total",
            "remaining",
            "unreferenced",
        )
    ),
    *(
        f"require by {rule}"
        for rule in ("amount-confirmed", "limits", "reason-given", "unreferenced", "within-limit")
    ),
    "deny_overridable by limits",
    "deny_overridable by opening-hours",
    *(
        f"warn by {rule}"
        for rule in (
            "amount-matches-order",
            "disk-trusted",
            "not-paid-twice",
            "offline",
            "opening-hours",
            "operation-fits-state",
            "original-payer",
            "payee-known",
        )
    ),
    *(f"deny_locked by link.{why}" for why in ("code", "guard", "malformed", "not-permitted")),
    "killed before-transaction",
    "killed before-commit",
    "killed after-commit",
    "killed before-ToDevice",
    "killed before-ToApp",
    "killed before-Tell",
    "killed before-SetTimer",
    "killed before-CancelTimer",
    "killed after-effects",
}


def test_everything_that_can_happen_does(
    template: Path, memory: Path, happened: dict[int, Counter[str]]
) -> None:
    """So that the simulation is not green because nothing happens in it."""
    seen = sum(happened.values(), Counter[str]())
    for seed in range(400):
        if seen.keys() >= MUST_HAPPEN:
            break
        if seed not in happened:
            seen += play(seed, template, memory).seen
    assert not MUST_HAPPEN - seen.keys()
