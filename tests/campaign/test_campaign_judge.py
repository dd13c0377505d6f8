"""What a campaign makes of what a till believes and what is true."""

from __future__ import annotations

import pytest

from pos_guard.model import IntentKind, Tender
from pos_guard.policy.states import Phase
from pos_guard.store.entry import Entry
from pos_guard_simulator.campaign.claims import Claim, Told, What
from pos_guard_simulator.campaign.judge import judge
from pos_guard_simulator.campaign.outcome import Outcome, worst
from pos_guard_simulator.campaign.truth import Moved, Truth

S, R, U, B = Outcome.SURVIVED, Outcome.REFUSED, Outcome.UNKNOWN, Outcome.BROKEN


def entry(phase: Phase, amount: int = 1250) -> Entry:
    """A sale in the guard's ledger."""
    return Entry(
        id=1, link="terminal", kind=IntentKind.SALE, tender=Tender.CARD, phase=phase,
        amount=amount, boot_id="", boot_us=0, wall_us=0,
    )  # fmt: skip


PAID, BACK = Moved(What.SALE, 1250), Moved(What.SALE, 1250, back=True)


@pytest.mark.parametrize(
    ("told", "moved", "phase", "outcome"),
    [
        (Told.YES, [PAID], Phase.POSTED, S),
        (Told.YES, [], Phase.POSTED, B),
        (Told.YES, [], Phase.UNKNOWN, U),
        (Told.YES, [PAID, PAID], Phase.POSTED, B),
        (Told.YES, [PAID], Phase.UNKNOWN, U),
        (Told.YES, [PAID], Phase.FAILED, B),
        (Told.NO, [], Phase.POSTED, B),
        (Told.YES, [BACK, PAID], Phase.POSTED, S),
        (Told.YES, [BACK], Phase.POSTED, B),
        (Told.YES, [BACK], Phase.VOIDED, B),
        (Told.YES, [BACK], Phase.UNKNOWN, U),
        (Told.NO, [], None, R),
        (Told.NO, [], Phase.FAILED, R),
        (Told.NO, [PAID], Phase.UNKNOWN, U),
        (Told.NO, [PAID], Phase.POSTED, B),
        (Told.NO, [PAID], Phase.FAILED, B),
        (Told.NOTHING, [PAID], Phase.UNKNOWN, U),
        (Told.NOTHING, [], Phase.UNKNOWN, U),
        (Told.NOTHING, [PAID], Phase.RESERVED, U),
        (Told.NOTHING, [PAID], Phase.POSTED, U),
        (Told.NOTHING, [], Phase.FAILED, U),
        (Told.NOTHING, [PAID], Phase.FAILED, B),
        (Told.NOTHING, [], Phase.POSTED, B),
        (Told.NOTHING, [PAID, PAID], Phase.UNKNOWN, B),
    ],
)
def test_money(told: Told, moved: list[Moved], phase: Phase | None, outcome: Outcome) -> None:
    ledger = () if phase is None else (entry(phase),)
    claim = Claim(What.SALE, told, 1250, note="because")
    assert judge([claim], Truth(tuple(moved), ledger))[0] is outcome


@pytest.mark.parametrize(
    "truth",
    [
        Truth((Moved(What.SALE, 1251),)),
        Truth((Moved(What.REFUND, 1250),)),
        Truth((PAID,), (entry(Phase.POSTED),), tampered="record 3"),
        Truth((PAID,), (entry(Phase.POSTED),), problems=("the guard has ended",)),
    ],
)
def test_what_must_never_be(truth: Truth) -> None:
    outcome, why = judge([Claim(What.SALE, Told.YES, 1250)], truth)
    assert outcome is B
    assert why


def test_a_case_that_people_look_at_is_unknown() -> None:
    claim = Claim(What.SALE, Told.YES, 1250)
    assert judge([claim], Truth((BACK,), (entry(Phase.VOIDED),), cases=1))[0] is U


@pytest.mark.parametrize(
    ("claim", "outcome"),
    [
        (Claim(What.PAPER, Told.YES), S),
        (Claim(What.PAPER, Told.NO), S),
        (Claim(What.PAPER, Told.YES, right=False), U),
        (Claim(What.PAPER, Told.NO, right=False), R),
        (Claim(What.PAPER, Told.NOTHING, right=False), R),
        (Claim(What.CODE, Told.YES), S),
        (Claim(What.CODE, Told.YES, right=False), U),
        (Claim(What.CODE, Told.NO), R),
    ],
)
def test_papers_and_codes(claim: Claim, outcome: Outcome) -> None:
    assert judge([claim], Truth())[0] is outcome


def test_the_worst_counts_and_its_reason_is_told() -> None:
    paid, paper = Claim(What.SALE, Told.YES, 1250), Claim(What.PAPER, Told.NO, right=False)
    outcome, why = judge([paid, paper], Truth((PAID,), (entry(Phase.POSTED),)))
    assert (outcome, why) == (R, "paper: ")
    assert worst() is S
    assert worst(S, B, U) is B
