"""A day in a shop: everything that a store is asked to keep, one call of the guard after another.

Each call is one step, so that it can be made again when the disk did not take it. The day reaches
every phase of a request, and ends as a crash would: with a refund submitted and one waiting.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest

from pos_guard.clock import ManualClock
from pos_guard.decision import Decision
from pos_guard.errors import NotPermittedError
from pos_guard.frames.codes import classify
from pos_guard.guard import Guard
from pos_guard.model import Intent, IntentKind, Outcome, Receipt, Result, Source, Tender, TenderLine
from pos_guard.money import Money
from pos_guard.policy.load import parse_policy
from pos_guard.store.connection import Connect, connect_file
from pos_guard.store.overrides import Wanted
from pos_guard.store.store import Store
from tests.shop import PINS, POLICY, TERMINAL_ID

T = TypeVar("T")

RULES = parse_policy(POLICY, "policy.toml")
LINK = "zvt"
WECHAT_CODE = "134621000053364349"  # a payment code of the provider's documents

Do = Callable[[Callable[[], object]], None]
"""Makes one call of the day, again if it has to."""


def once(call: Callable[[], object]) -> None:
    """On a disk that works once is enough."""
    call()


class Day:
    """One day at one till."""

    def __init__(
        self,
        state: Path,
        clock: ManualClock,
        *,
        connect: Connect = connect_file,
        do: Do = once,
        durable: bool = True,
    ) -> None:
        self._state = state
        self._clock = clock
        self._connect = connect
        self._do = do
        self._durable = durable
        self._receipt = 0
        self._opened: tuple[Store, Guard] | None = None

    @property
    def store(self) -> Store:
        """The open store."""
        assert self._opened is not None
        return self._opened[0]

    @property
    def guard(self) -> Guard:
        """The guard over it."""
        assert self._opened is not None
        return self._opened[1]

    def close(self) -> None:
        """Close the store, if it is open."""
        if self._opened is not None:
            self._opened[0].close()

    def run(self) -> None:
        """All of it; the store stays open."""
        self.open()
        self.morning()
        self.reopen()
        self.afternoon()
        self.reopen()
        self.evening()

    def open(self) -> None:
        """The process starts."""
        store = self._made(
            lambda: Store.open(
                self._state, clock=self._clock, connect=self._connect, durable=self._durable
            )
        )
        self._opened = store, Guard(store, RULES, self._clock)

    def reopen(self) -> None:
        """The process ends, whatever is under way, and starts again."""
        self.close()
        self.open()

    def morning(self) -> None:
        """Sales, a refund, a refund that a second person approves."""
        guard = self.guard
        self._do(lambda: guard.begin_shift("ben", PINS["ben"]))
        self._do(lambda: guard.tell_operator("ben", Source.SCAN))
        first = self.sale(8000)
        self.sale(1250)
        self.refund(first, 900)
        self.approved_refund(first, 2100)
        self._do(lambda: guard.judge_code(classify(WECHAT_CODE), link="scanner"))
        self.receipt(1250)
        # Submitted, and the answer never came: the next process finds it.
        self.refund(first, 300, result=None)
        self.ask_refund(first, 2500)

    def afternoon(self) -> None:
        """What people order around the requests; an outcome that nobody knows."""
        guard, store = self.guard, self.store
        unknown = guard.unresolved(LINK)[0].id
        self._do(lambda: guard.resolve(unknown, Result.DECLINED, "maya", PINS["maya"]))
        self._do(lambda: guard.freeze("operator", "anna", "left the till", "maya", PINS["maya"]))
        self._do(lambda: guard.unfreeze("operator", "anna", "maya", PINS["maya"]))
        wanted = Wanted(rules=frozenset({"refund-window"}), reason="a feast day")
        self._do(lambda: store.overrides.add("maya", wanted))
        self._do(lambda: self._kept_checkpoint(store))
        self._do(lambda: guard.batch_closed(LINK))
        self.sale(700, result=Result.UNKNOWN)
        for wrong in ("111222", "222111"):
            self._do(partial(_wrong_pin, store, wrong))

    def evening(self) -> None:
        """The unknown sale turns out paid; the day ends in the middle of a refund."""
        guard = self.guard
        unknown = guard.unresolved(LINK)[0].id
        self._do(lambda: guard.settle(unknown, Outcome(Result.APPROVED, 700, "EUR", "0777")))
        self._do(lambda: guard.end_shift("ben", PINS["ben"]))
        self._do(lambda: guard.tell_operator("ben", Source.SCAN))
        last = self.sale(6000)
        self.refund(last, 600, result=Result.DECLINED)
        self.refund(last, 800)
        self.ask_refund(last, 5200 + 1)  # more than is left: refused
        self.refund(last, 500, result=None)
        self.ask_refund(last, 2500)

    def sale(self, amount: int, *, result: Result = Result.APPROVED) -> str:
        """A bill, a verdict, an outcome. Returns the sale id."""
        guard = self.guard
        self._do(lambda: guard.tell_order(None, Money(amount, "EUR"), Source.BILL))
        self._do(lambda: guard.payee_reported(LINK, TERMINAL_ID))
        intent = Intent(IntentKind.SALE, Tender.CARD, amount, "EUR")
        decision = self._made(lambda: guard.judge(intent, link=LINK))
        assert decision.allowed, decision.say.en
        self._settle(decision, amount, result)
        assert decision.sale_id is not None
        return decision.sale_id

    def refund(self, sale_id: str, amount: int, *, result: Result | None = Result.APPROVED) -> None:
        """A refund that needs nobody else; ``result`` None: it never comes."""
        decision = self.ask_refund(sale_id, amount)
        assert decision.allowed, decision.say.en
        self._settle(decision, amount, result)

    def approved_refund(self, sale_id: str, amount: int) -> None:
        """A refund above ben's limit, which maya approves; after a failure the till asks anew."""
        guard = self.guard

        def approved() -> Decision:
            decision = self._refund(amount)
            if not decision.needs_person:
                return decision
            guard.approve(decision.id, "maya", PINS["maya"])
            return guard.rejudge(decision.id)

        self._do(lambda: guard.tell_original(sale_id, Source.SCAN))
        decision = self._made(approved)
        assert decision.allowed, decision.say.en
        self._settle(decision, amount, Result.APPROVED)

    def ask_refund(self, sale_id: str, amount: int) -> Decision:
        """A refund is asked for; nobody answers where somebody has to."""
        self._do(lambda: self.guard.tell_original(sale_id, Source.SCAN))
        return self._made(lambda: self._refund(amount))

    def _refund(self, amount: int) -> Decision:
        intent = Intent(IntentKind.REFUND, Tender.CARD, amount, "EUR")
        return self.guard.judge(intent, link=LINK)

    def receipt(self, total: int) -> None:
        """The till prints that an order is paid."""
        printed = Receipt(
            claims_paid=True,
            order_id=None,
            total=Money(total, "EUR"),
            tenders=(TenderLine(Tender.CARD, total),),
            fingerprint=f"{total:064x}",
        )
        self._do(lambda: self.guard.judge_receipt(printed, link="printer"))

    def _settle(self, decision: Decision, amount: int, result: Result | None) -> None:
        if result is None:
            return
        self._receipt += 1
        known = amount if result is Result.APPROVED else None
        outcome = Outcome(result, known, "EUR", f"{self._receipt:04}")
        self._do(lambda: self.guard.settle(decision.id, outcome))

    def _kept_checkpoint(self, store: Store) -> None:
        with store.transaction():
            store.checkpoints.keep()

    def _made(self, call: Callable[[], T]) -> T:
        """A call whose result is needed."""
        results: list[T] = []

        def kept() -> object:
            results.append(call())
            return results[-1]

        self._do(kept)
        return results[-1]


def _wrong_pin(store: Store, pin: str) -> None:
    """Somebody guesses at maya's PIN: counted before it is checked."""
    with pytest.raises(NotPermittedError):
        store.people.verify("maya", pin)
