"""``pos.shop`` and ``pos.guard``: people, a policy and a guard over a real store."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from pos_guard.clock import Clock
from pos_guard.guard import Guard
from pos_guard.links.events import LinkEvent, Told
from pos_guard.model import Source
from pos_guard.money import Money
from pos_guard.own_codes import OwnKind
from pos_guard.policy.policy import Policy
from pos_guard.store.ledger import Phase
from pos_guard.store.store import Store
from pos_guard_simulator.guarded.store import PINS, make_store
from pos_guard_simulator.guarded.verdicts import GuardVerdict, Verdicts
from pos_guard_simulator.pytest_plugin.news import News
from pos_guard_simulator.pytest_plugin.verdicts import GuardVerdicts, NoVerdictError

WITHIN_S = 5.0
"""How long a test waits for a verdict: it takes milliseconds, but an app may be slow."""


@dataclass(slots=True)
class Heard:
    """What a guard's links told, and how to wait for more; it outlives the guard's process.

    ``settle``: until the guard has what the app sent. ``frames``: what went over the lines.
    ``lock``: held while the guard works.
    """

    news: News
    settle: Callable[[], None]
    frames: Callable[[], list[str]]
    events: list[LinkEvent] = field(default_factory=list[LinkEvent])
    lock: threading.RLock = field(default_factory=threading.RLock)
    verdicts: Verdicts = field(default_factory=Verdicts)
    given: int = 0


class PosGuard(Guard):
    """The guard of the SDK, which a test can ask what it decided."""

    def __init__(self, store: Store, policy: Policy, clock: Clock, heard: Heard) -> None:
        super().__init__(store, policy, clock)
        self._heard = heard

    @property
    def verdicts(self) -> GuardVerdicts:
        """What it decided, oldest first, once it has what the app sent."""
        self._heard.settle()
        return GuardVerdicts(self._found(), self._heard.frames())

    @property
    def told(self) -> list[Told]:
        """What cashiers were told, oldest first: ``told[-1].say.en``."""
        self._heard.settle()
        return [event for event in list(self._heard.events) if isinstance(event, Told)]

    def next_verdict(self, *, within: float = WITHIN_S) -> GuardVerdict:
        """Wait for the next verdict that this did not give yet.

        :raises AssertionError: there was none; the message shows which there were.
        """
        __tracebackhide__ = True
        number = self._heard.given
        if not self._heard.news.wait(lambda: len(self.verdicts) > number, within):
            raise NoVerdictError(
                f"no further verdict within {within} s\n{self.verdicts.explained()}"
            )
        self._heard.given = number + 1
        return self.verdicts[number]

    def _found(self) -> list[GuardVerdict]:
        return self._heard.verdicts.of(self.store.audit)


class Shop:
    """One shop. Its store is not made durable: tests do not lose power."""

    def __init__(
        self, directory: Path, clock: Clock, policy: Policy, heard: Heard, *, frozen: bool
    ) -> None:
        self.directory = directory
        self.pins = dict(PINS)
        self.on_answer: Callable[[int], None] = lambda _decision: None
        self._clock = clock
        self._policy = policy
        self._heard = heard
        make_store(directory, frozen=frozen)
        self._open()

    def sign_in(self, person: str) -> bool:
        """Let this person work at the till from now on; False: there is none."""
        with self._heard.lock:
            return self.guard.tell_operator(person, Source.APP)

    def order(self, amount: int, order_id: str | None = None) -> str:
        """The app tells an order of this amount in minor units; returns the order's key."""
        money = Money(amount, self._policy.currency)
        with self._heard.lock:
            return self.guard.tell_order(order_id, money, Source.APP).key

    def badge(self, person: str) -> str:
        """The code on this person's badge, for ``pos.scan``."""
        return self.guard.own_codes.make(OwnKind.BADGE, person)

    def sale_code(self, verdict: GuardVerdict) -> str:
        """The code of a sale that the guard let through, as it stands on its receipt."""
        entry = self.store.ledger.entry(verdict.entry)
        return self.guard.own_codes.make(OwnKind.SALE, entry.sale_id or "")

    @property
    def waiting(self) -> list[int]:
        """Decisions that wait for a second person, by their numbers, oldest first."""
        self._heard.settle()
        waiting = self.store.ledger.search(phase=Phase.WAITING)
        return sorted(entry.id for entry in waiting)

    def approve(self, person: str = "maya", *, decision: int | None = None) -> None:
        """A second person says yes, with the right PIN, to what has waited longest.

        :raises AssertionError: nothing waits.
        :raises NotPermittedError: this person may not.
        """
        __tracebackhide__ = True
        number = self._waiting(decision)
        with self._heard.lock:
            self.guard.approve(number, person, self.pins[person])
        self.on_answer(number)

    def decline(self, person: str = "maya", *, decision: int | None = None) -> None:
        """A second person says no to what has waited longest.

        :raises AssertionError: nothing waits.
        """
        __tracebackhide__ = True
        number = self._waiting(decision)
        with self._heard.lock:
            self.guard.decline(number, person)
        self.on_answer(number)

    def restart(self) -> None:
        """The guard's process dies and comes back; what it had recorded is there."""
        self.store.close()
        self._open()

    def close(self) -> None:
        """Close the store."""
        self.store.close()

    def _waiting(self, decision: int | None) -> int:
        __tracebackhide__ = True
        if decision is not None:
            return decision
        if not self._heard.news.wait(lambda: bool(self.waiting), WITHIN_S):
            raise NoVerdictError(f"nobody is asked for anything\n{self.guard.verdicts.explained()}")
        return self.waiting[0]

    def _open(self) -> None:
        self.store = Store.open(self.directory, clock=self._clock, durable=False)
        self.guard = PosGuard(self.store, self._policy, self._clock, self._heard)
