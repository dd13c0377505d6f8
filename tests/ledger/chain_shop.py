"""A merchant with several terminals, each a real guard over its own store, on one shared ledger."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pos_guard.clock import SECOND, ManualClock
from pos_guard.decision import Decision
from pos_guard.guard import Guard
from pos_guard.ledger.port import SharedLedger
from pos_guard.model import Intent, IntentKind, Outcome, Result, Source, Tender
from pos_guard.money import Money
from pos_guard.policy.load import parse_policy
from pos_guard.policy.policy import Policy
from pos_guard.shared import Shared
from pos_guard.store.store import Store
from tests.ledger.cable import Cable
from tests.shop import MERCHANT, PINS, POLICY, TERMINAL_ID

HOUR = 3600 * SECOND
LINK = "zvt"
PAYEES = {Tender.CARD: None, Tender.WECHAT: MERCHANT}
RULES = parse_policy(POLICY, "policy.toml")


@dataclass
class Till:
    """One terminal: its guard, store and clock, and the cable to the ledger."""

    name: str
    directory: Path
    clock: ManualClock
    cable: Cable
    lease_us: int
    policy: Policy
    store: Store
    guard: Guard

    def sell(self, amount: int, receipt: str = "0001", tender: Tender = Tender.CARD) -> str:
        """A whole sale, from the bill to the approval; returns its id."""
        decision = self.ask_sale(amount, tender)
        self.guard.settle(decision.id, Outcome(Result.APPROVED, amount, "EUR", receipt))
        assert decision.sale_id is not None
        return decision.sale_id

    def ask_sale(self, amount: int, tender: Tender = Tender.CARD) -> Decision:
        """A sale that is allowed, and still without an answer of the terminal."""
        self.guard.tell_operator("ben", Source.SCAN)
        self.guard.tell_order(None, Money(amount, "EUR"), Source.BILL)
        sale = Intent(IntentKind.SALE, tender, amount, "EUR", payee=PAYEES[tender])
        decision = self.guard.judge(sale, link=self._link(tender))
        assert decision.allowed, decision.say.en
        return decision

    def ask(
        self,
        sale_id: str,
        amount: int,
        reference: str | None = None,
        operator: str = "ben",
        tender: Tender = Tender.CARD,
    ) -> Decision:
        """Ask for a refund of a sale."""
        self.guard.tell_operator(operator, Source.SCAN)
        self.guard.tell_original(sale_id, Source.SCAN)
        refund = Intent(
            IntentKind.REFUND, tender, amount, "EUR", payee=PAYEES[tender], reference=reference
        )
        return self.guard.judge(refund, link=self._link(tender))

    def _link(self, tender: Tender) -> str:
        """Where the tender goes; a card terminal says who it is."""
        if tender is not Tender.CARD:
            return str(tender)
        self.guard.payee_reported(LINK, TERMINAL_ID)
        return LINK

    def refund(
        self,
        sale_id: str,
        amount: int,
        result: Result = Result.APPROVED,
        operator: str = "ben",
    ) -> Decision:
        """A whole refund, if it is allowed."""
        decision = self.ask(sale_id, amount, operator=operator)
        if decision.allowed:
            moved = amount if result is Result.APPROVED else None
            self.guard.settle(decision.id, Outcome(result, moved, "EUR"))
        return decision

    def unreferenced(self, amount: int) -> Decision:
        """Ask to give money back for no sale that is known."""
        refund = Intent(IntentKind.REFUND, Tender.CARD, amount, "EUR")
        return self.guard.judge(refund, link=LINK)

    def tell(self) -> int:
        """Tell the ledger what is owed, however lately it was not reached."""
        assert self.guard.shared is not None
        return self.guard.shared.teller.deliver()

    def crash(self) -> None:
        """The process dies and comes again."""
        self.store.close()
        self.store, self.guard = opened(
            self.directory, self.clock, self.cable, self.lease_us, self.policy
        )


def opened(
    directory: Path, clock: ManualClock, cable: Cable, lease_us: int, policy: Policy = RULES
) -> tuple[Store, Guard]:
    store = Store.open(directory, clock=clock, durable=False)
    shared = Shared(store, clock, cable, merchant="chain", lease_us=lease_us)
    return store, Guard(store, policy, clock, shared=shared)


def till(
    root: Path,
    name: str,
    ledger: SharedLedger,
    clock: ManualClock,
    lease_us: int = 0,
    policy: str = POLICY,
) -> Till:
    """A new terminal with its people; close ``store`` at the end."""
    directory = root / name
    with Store.create(
        directory, clock=clock, terminal_id=name, durable=False, scrypt_log2n=2
    ) as store:
        for person, role in (("ben", "senior"), ("maya", "manager")):
            store.people.add(person, person.title(), role, PINS[person])
    cable = Cable(ledger)
    rules = parse_policy(policy, "policy.toml")
    store, guard = opened(directory, clock, cable, lease_us, rules)
    return Till(name, directory, clock, cable, lease_us, rules, store, guard)
