"""A small shop for tests: a real guard over a real store, with people and a policy."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pos_guard.clock import ManualClock
from pos_guard.guard import Guard
from pos_guard.links import owed
from pos_guard.model import Intent, IntentKind, Outcome, Result, Source, Tender
from pos_guard.money import Money
from pos_guard.policy.load import parse_policy
from pos_guard.policy.verdict import Mode
from pos_guard.store.store import Store

TERMINAL_ID = "52001233"
"""The terminal id on the shop's list; public test value of a ZVT capture."""

MERCHANT = "1900000109"
"""The WeChat merchant id on the shop's list; the provider's documented sample."""

PINS = {"anna": "482915", "ben": "730264", "maya": "918357"}
"""Operators: anna is a cashier, ben a senior who may refund, maya the manager."""

POLICY = """
name = "corner shop"
version = 1
currency = "EUR"

[payees]
terminals = ["52001233"]
wechat = ["1900000109"]
codes = []

[roles.cashier]
may = ["sale", "preauth", "completion"]

[roles.senior]
may = ["sale", "refund", "void", "reversal", "refund_unreferenced", "preauth_void"]
refund_limit = "20.00"
unreferenced_limit = "50.00"

[roles.manager]
may = ["sale", "refund", "void", "reversal", "refund_unreferenced"]
refund_limit = "100.00"
unreferenced_limit = "100.00"
may_approve = true
approve_limit = "500.00"
may_resolve = true
"""


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
    _furnish(state)
    store = Store.open(state, clock=clock, durable=durable)
    rules = parse_policy(policy, "policy.toml")
    if mode is not None:
        rules = rules.with_mode(mode)
    return Shop(Guard(store, rules, clock), store, clock, state)


def _furnish(state: Path) -> None:
    """A young store's files, with its people in it."""
    state.mkdir(mode=0o700, parents=True)
    for name, mode, data in _young_store():
        path = state / name
        if data is None:
            path.mkdir()
        else:
            path.write_bytes(data)
        path.chmod(mode)


@cache
def _young_store() -> tuple[tuple[Path, int, bytes | None], ...]:
    """Made once a process: to make one takes longer than most tests. None is a directory."""
    with tempfile.TemporaryDirectory() as place:
        state = Path(place) / "state"
        clock = ManualClock()
        with Store.create(
            state, clock=clock, terminal_id="T1", durable=False, scrypt_log2n=4
        ) as store:
            for person, role in (("anna", "cashier"), ("ben", "senior"), ("maya", "manager")):
                store.people.add(person, person.title(), role, PINS[person])
        return tuple(
            (
                path.relative_to(state),
                path.stat().st_mode & 0o777,
                path.read_bytes() if path.is_file() else None,
            )
            for path in sorted(state.rglob("*"))
        )
