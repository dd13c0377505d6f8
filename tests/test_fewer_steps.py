"""F24: how many questions people are asked, over the shipped packs and a real guard.

The low-risk path of a shop's day asks at most one thing beyond what the till asked before; what
costs more is named here with its price, so that nobody adds a step unseen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pos_guard.decision import Decision
from pos_guard.frames.codes import classify
from pos_guard.model import Intent, IntentKind, Outcome, Result, Source, Tender
from pos_guard.money import Money
from tests.shop import MERCHANT, PINS, TERMINAL_ID, Shop, shop

PACKED = f"""
name = "shop"
version = 1
currency = "EUR"
extends = ["card-data", "{{pack}}", "wechat", "alipay", "schemes"]

[payees]
terminals = ["{TERMINAL_ID}"]
wechat = ["{MERCHANT}"]
"""
LINK = "zvt"
CODE = "134621000053364349"


@dataclass
class Day:
    """A guard with a shipped pack, and the moves of its till."""

    shop: Shop
    seller: str

    def sell(self, amount: int, tender: Tender = Tender.CARD, who: str = "anna") -> Decision:
        """A bill, and its charge."""
        guard = self.shop.guard
        self.shop.sign_in(who)
        guard.tell_order(None, Money(amount, "EUR"), Source.BILL)
        intent = Intent(IntentKind.SALE, tender, amount, "EUR")
        if tender is Tender.WECHAT:
            intent = Intent(IntentKind.SALE, tender, amount, "EUR", payee=MERCHANT)
            assert guard.judge_code(classify(CODE), link="scanner").allowed
            intent = guard.codes.charging(intent, CODE)
        return guard.judge(intent, link="wechat" if tender is Tender.WECHAT else LINK)

    def sold(self, amount: int) -> str:
        """A paid card sale; its id."""
        decision = self.sell(amount, who=self.seller)
        assert decision.allowed, decision.say.en
        paid = Outcome(Result.APPROVED, amount, "EUR", f"{decision.id:04}")
        self.shop.guard.settle(decision.id, paid)
        self.shop.clock.advance(300)
        assert decision.sale_id is not None
        return decision.sale_id

    def undo(
        self, who: str, amount: int | None, *, reason: str | None = "wrong-item", paid: int = 9000
    ) -> Decision:
        """A refund, or with no amount a void, of a sale whose receipt was scanned."""
        guard, sale_id = self.shop.guard, self.sold(paid)
        self.shop.sign_in(who)
        assert guard.tell_original(sale_id, Source.SCAN)
        if reason is not None:
            guard.tell_reason(reason, Source.APP)
        kind = IntentKind.VOID if amount is None else IntentKind.REFUND
        return guard.judge(Intent(kind, Tender.CARD, amount, "EUR"), link=LINK)


@pytest.fixture
def day(tmp_path: Path) -> Iterator[Callable[[str], Day]]:
    made: list[Shop] = []

    def start(pack: str) -> Day:
        corner = shop(tmp_path, policy=PACKED.format(pack=pack))
        made.append(corner)
        corner.store.people.add("olga", "Olga", "owner", "628413")
        for person, pin in {**PINS, "olga": "628413"}.items():
            corner.guard.begin_shift(person, pin)
        corner.guard.payee_reported(LINK, TERMINAL_ID)
        return Day(corner, "olga" if pack == "one-person" else "anna")

    yield start
    for corner in made:
        corner.store.close()


Scenario = Callable[[Day], Decision]

BUDGET: list[tuple[str, str, Scenario, int]] = [
    # What happens all day costs nothing.
    ("retail", "a card sale", lambda day: day.sell(1250), 0),
    ("retail", "a large card sale", lambda day: day.sell(99_999), 0),
    ("retail", "a wallet's code", lambda day: day.sell(1250, Tender.WECHAT), 0),
    ("retail", "cash", lambda day: day.sell(1250, Tender.CASH), 0),
    ("one-person", "an owner's sale", lambda day: day.sell(1250, who="olga"), 0),
    ("retail", "a senior's return", lambda day: day.undo("ben", 1250), 0),
    ("retail", "a manager's return", lambda day: day.undo("maya", 9000), 0),
    ("one-person", "an owner's return", lambda day: day.undo("olga", 1250), 0),
    # From a till that says no reason: one question.
    ("retail", "a senior's return, unsaid", lambda day: day.undo("ben", 1250, reason=None), 1),
    ("one-person", "an owner's, unsaid", lambda day: day.undo("olga", 1250, reason=None), 1),
    # A second pair of eyes is one question, also where much is asked about.
    ("retail", "a cashier's return", lambda day: day.undo("anna", 1250), 1),
    ("retail", "a cashier's void", lambda day: day.undo("anna", None, reason="till-error"), 1),
    ("retail", "a very large sale", lambda day: day.sell(100_001), 1),
]


@pytest.mark.parametrize(
    ("pack", "what", "scenario", "most"), BUDGET, ids=[f"{row[0]}: {row[1]}" for row in BUDGET]
)
def test_the_low_risk_path_asks_at_most_one_thing(
    day: Callable[[str], Day], pack: str, what: str, scenario: Scenario, most: int
) -> None:
    decision = scenario(day(pack))
    assert decision.allowed or decision.needs_person or decision.reentry, decision.say.en
    assert decision.steps == most, (what, sorted(decision.needs))
    assert most <= 1


DANGEROUS: list[tuple[str, Scenario]] = [
    ("retail", lambda day: day.undo("maya", 90_000, reason=None, paid=99_000)),
    ("one-person", lambda day: day.undo("olga", 9000)),
]


@pytest.mark.parametrize(("pack", "scenario"), DANGEROUS)
def test_what_is_dangerous_costs_more_and_all_of_it_is_asked_at_once(
    day: Callable[[str], Day], pack: str, scenario: Scenario
) -> None:
    held = scenario(day(pack))
    assert held.needs_person
    assert held.steps == len(held.needs) == 2
