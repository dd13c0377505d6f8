"""A small shop for tests: a real guard over a real store, with people and a policy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pos_guard.clock import ManualClock
from pos_guard.guard import Guard
from pos_guard.links import owed
from pos_guard.model import Intent, IntentKind, Outcome, Result, Source, Tender
from pos_guard.money import Money
from pos_guard.policy.load import parse_policy
from pos_guard.policy.verdict import Mode
from pos_guard.store.store import Store
from pos_guard_simulator.guarded.policy import MERCHANT, TERMINAL_ID, policy_text
from pos_guard_simulator.guarded.store import PINS, make_store

__all__ = ["MERCHANT", "PINS", "POLICY", "TERMINAL_ID", "Shop", "shop"]

POLICY = policy_text("EUR")
"""Anna is a cashier, ben a senior who may refund, maya the manager."""


@dataclass
class Shop:
    """A guard and what it stands on."""

    guard: Guard
    store: Store
    clock: ManualClock
    directory: Path

    def order(self, amount: int, order_id: str | None = None, source: Source = Source.BILL) -> str:
        """The till prints a bill; returns the order's key."""
        return self.guard.tell_order(order_id, Money(amount, "EUR"), source).key

    def sign_in(self, operator: str) -> None:
        """The operator scans the badge."""
        assert self.guard.tell_operator(operator, Source.SCAN)

    def paid_sale(self, amount: int, *, link: str = "zvt", receipt: str = "0001") -> str:
        """A whole sale: bill, verdict, approval. Returns the sale id."""
        self.order(amount)
        self.guard.payee_reported(link, TERMINAL_ID)
        sale = Intent(IntentKind.SALE, Tender.CARD, amount, "EUR")
        decision = self.guard.judge(sale, link=link)
        assert decision.allowed, decision.say.en
        self.guard.settle(decision.id, Outcome(Result.APPROVED, amount, "EUR", receipt))
        owed.close(self.guard, link, decision.id)
        assert decision.sale_id is not None
        return decision.sale_id

    def reopened(self) -> Shop:
        """The same shop after the process died: nothing is closed cleanly, nothing is lost."""
        self.store.close()
        store = Store.open(self.directory, clock=self.clock, durable=False)
        return Shop(Guard(store, self.guard.policy, self.clock), store, self.clock, self.directory)


def shop(
    directory: Path, *, policy: str = POLICY, mode: Mode | None = None, durable: bool = False
) -> Shop:
    """A shop in ``directory``; close ``shop.store`` at the end of the test."""
    clock = ManualClock()
    state = directory / "state"
    directory.mkdir(parents=True, exist_ok=True)
    make_store(state, frozen=True, terminal_id="T1")
    store = Store.open(state, clock=clock, durable=durable)
    rules = parse_policy(policy, "policy.toml")
    if mode is not None:
        rules = rules.with_mode(mode)
    return Shop(Guard(store, rules, clock), store, clock, state)
