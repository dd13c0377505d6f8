"""Limits and patterns through the whole guard: what the store counted reaches the rules."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_guard.decision import Decision
from pos_guard.links import owed
from pos_guard.model import Intent, IntentKind, Outcome, Result, Source, Tender
from pos_guard.policy.verdict import Need
from tests.shop import PINS, POLICY, Shop, shop

WATCHFUL = (
    POLICY
    + """
[[limits]]
id = "hourly"
operations = ["refund"]
per = "operator"
window = "1h"
count = 2
then = "require"

[rules.duplicate-window]
within_s = 300
then = "approve"
"""
)


@pytest.fixture
def corner(tmp_path: Path) -> Iterator[Shop]:
    made = shop(tmp_path, policy=WATCHFUL)
    yield made
    made.store.close()


def give_back(corner: Shop, sale_id: str, amount: int, operator: str = "ben") -> Decision:
    """A refund of a known sale, posted where it is allowed at once."""
    corner.sign_in(operator)
    assert corner.guard.tell_original(sale_id, Source.SCAN)
    intent = Intent(IntentKind.REFUND, Tender.CARD, amount, "EUR")
    decision = corner.guard.judge(intent, link="zvt")
    if decision.allowed:
        corner.guard.settle(decision.id, Outcome(Result.APPROVED, amount, "EUR", "0900"))
        owed.close(corner.guard, "zvt", decision.id)
    return decision


def test_velocity_counts_what_was_submitted_and_this_request(corner: Shop) -> None:
    sale = corner.paid_sale(5_000)
    for amount in (101, 102):
        assert give_back(corner, sale, amount).allowed
        corner.clock.advance(400)
    third = give_back(corner, sale, 103)
    assert third.verdict.needs == {Need.APPROVAL}
    assert third.verdict.decisive.rule == "limits"
    assert third.verdict.decisive.inputs["sum"] == 306
    corner.guard.approve(third.id, "maya", PINS["maya"])
    assert corner.guard.rejudge(third.id).allowed


def test_odoo_230300_the_same_refund_at_another_operators_till_is_held(corner: Shop) -> None:
    sale = corner.paid_sale(5_000)
    assert give_back(corner, sale, 600).allowed
    corner.clock.advance(30)
    second = give_back(corner, sale, 600, "maya")
    assert second.verdict.needs == {Need.APPROVAL}
    found = second.verdict.decisive
    assert (found.rule, found.inputs["same"]) == ("duplicate-window", "sale")
    corner.guard.abandon(second.id)
    corner.clock.advance(300)
    assert give_back(corner, sale, 600).allowed
