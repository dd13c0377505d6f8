"""A merchant's terminals, their cables and the acquirer, played from one seed.

The acquirer's book is the truth: it says what really moved, whatever the guards believe.
"""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from pos_guard.clock import ManualClock
from pos_guard.decision import Decision
from pos_guard.ledger.sqlite import SqliteLedger
from pos_guard.model import Outcome, Result
from pos_guard.store.ledger import Phase
from tests.ledger.cable import Cable
from tests.ledger.chain_shop import HOUR, LINK, RULES, Till, opened, till

TILLS = ("A", "B", "C")
STEPS = 40


class Killed(BaseException):
    """The process of a terminal is dead. No product code may catch it."""


def make_templates(root: Path) -> Path:
    """Stores with their people, copied for every seed."""
    hub = SqliteLedger(root / "template.sqlite3", "chain", durable=False)
    for name in TILLS:
        till(root, name, hub, ManualClock()).store.close()
    hub.close()
    return root


class Chain:
    """One seed."""

    def __init__(
        self, seed: int, templates: Path, root: Path, ledger: type[SqliteLedger] = SqliteLedger
    ) -> None:
        self.chance = random.Random(seed)
        self.clock = ManualClock()
        self.hub = ledger(root / "hub.sqlite3", "chain", durable=False)
        lease_us = self.chance.choice([0, HOUR, 2 * HOUR])
        self.tills = [self._till(name, templates, root, lease_us) for name in TILLS]
        self.paid: dict[str, int] = {}
        self.moved: Counter[str] = Counter()
        self.sent: Counter[str] = Counter()
        self.results: dict[str, Result] = {}
        self.seen: Counter[str] = Counter()

    def _till(self, name: str, templates: Path, root: Path, lease_us: int) -> Till:
        shutil.copytree(templates / name, root / name)
        cable = Cable(self.hub)
        store, guard = opened(root / name, self.clock, cable, lease_us)
        return Till(name, root / name, self.clock, cable, lease_us, RULES, store, guard)

    def play(self) -> None:
        """All steps, and then peace: everything is told and resolved."""
        for _ in range(STEPS):
            one = self.chance.choice(self.tills)
            self._trouble(one)
            act = self.chance.choices(
                [self._sell, self._refund, self._tell, self._resolve, self._wait],
                [1, 9, 2, 1, 3],
            )[0]
            try:
                act(one)
            except Killed:
                self.seen["killed"] += 1
                one.cable.loses = one.cable.drops = lambda _name: False
                one.crash()
            self.check()
        self._peace()

    def check(self) -> None:
        """Rule 3 over all terminals, by the acquirer's book and by the ledger's."""
        for sale_id, paid in self.paid.items():
            assert self.moved[sale_id] <= paid, f"{sale_id}: more moved than was paid"
            known = self.hub.sale(sale_id)
            assert known is None or known.remaining >= 0, f"{sale_id}: over-refund in the ledger"
        assert all(count == 1 for count in self.sent.values()), "a refund was sent twice"

    def close(self) -> None:
        """Let go of the files."""
        for one in self.tills:
            one.store.close()
        self.hub.close()

    # -- what people do ----------------------------------------------------------------------

    def _sell(self, one: Till) -> None:
        self._resolve(one)  # nothing is sold while an outcome is not known
        amount = self.chance.randrange(100, 1500)
        self.paid[one.sell(amount, f"{len(self.paid):04d}")] = amount

    def _refund(self, one: Till) -> None:
        if not self.paid:
            return
        # Few sales, and often the whole of one: terminals are to meet.
        sale_id = self.chance.choice(list(self.paid)[-2:])
        amount = self.chance.choice([self.paid[sale_id], self.chance.randrange(1, 200)])
        amount = min(amount, self.paid[sale_id])
        decision = one.ask(sale_id, amount)
        self.seen["allowed" if decision.allowed else str(decision.reason)] += 1
        if decision.allowed:
            self._sent(one, decision, decision.sale_id or "unreferenced", amount)

    def _sent(self, one: Till, decision: Decision, sale_id: str, amount: int) -> None:
        self._perhaps_die(0.05)
        name = f"{one.name}:{decision.id}"
        self.sent[name] += 1
        result = self.chance.choices([Result.APPROVED, Result.DECLINED], [4, 1])[0]
        self.results[name] = result
        if result is Result.APPROVED:
            self.moved[sale_id] += amount
        if one.cable.cut:
            self.seen["offline"] += 1
        self._perhaps_die(0.05)
        told = Result.UNKNOWN if self.chance.random() < 0.15 else result
        one.guard.settle(decision.id, Outcome(told, amount if told is Result.APPROVED else None))

    def _tell(self, one: Till) -> None:
        one.tell()

    def _resolve(self, one: Till) -> None:
        """The acquirer is asked what came of it; what it never heard of did not happen."""
        for entry in one.guard.unresolved(LINK):
            result = self.results.get(f"{one.name}:{entry.id}", Result.DECLINED)
            if entry.kind == "sale":
                self.paid[entry.sale_id or ""] = entry.amount or 0
                result = Result.APPROVED
            moved = entry.amount if result is Result.APPROVED else None
            one.guard.settle(entry.id, Outcome(result, moved))

    def _wait(self, one: Till) -> None:
        del one
        self.clock.advance(self.chance.choice([1, 30, 700, 4000, 9000]))
        self.hub.expire(self.clock.wall_us())

    # -- what goes wrong ---------------------------------------------------------------------

    def _trouble(self, one: Till) -> None:
        if self.chance.random() < 0.15:
            one.cable.cut = not one.cable.cut
        one.cable.drops = self._broken(0.03)
        one.cable.loses = self._broken(0.03, deadly=0.02)

    def _broken(self, share: float, deadly: float = 0.0) -> Callable[[str], bool]:
        def broken(_name: str) -> bool:
            self._perhaps_die(deadly)
            return self.chance.random() < share

        return broken

    def _perhaps_die(self, share: float) -> None:
        if self.chance.random() < share:
            raise Killed

    def _peace(self) -> None:
        for one in self.tills:
            one.cable.cut = False
            one.cable.drops = one.cable.loses = lambda _name: False
        self.clock.advance(24 * 3600)
        for one in self.tills:
            self._resolve(one)
            assert one.tell() == 0, "something is still owed"
        self.hub.expire(self.clock.wall_us())
        self.check()
        for sale_id in self.paid:
            sale = self.hub.sale(sale_id)
            assert sale is not None
            assert (sale.posted, sale.reserved, sale.unknown) == (self.moved[sale_id], 0, 0)
        assert self.hub.cases() == ()
        for one in self.tills:
            assert not one.store.ledger.search(phase=Phase.RESERVED)
            one.store.audit.verify()
