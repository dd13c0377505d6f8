"""Counters equal a naive recount: random histories with crashes and restarts, and two threads."""

from __future__ import annotations

import random
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from pos_guard.clock import SECOND, ManualClock
from pos_guard.model import MONEY_OUT, IntentKind
from pos_guard.policy.policy import REFUND_UNREFERENCED
from pos_guard.policy.request import Total
from pos_guard.store.counters import Whose
from pos_guard.store.ledger import FIRST, MOVES, Entry, Phase
from pos_guard.store.store import Store
from tests.store.store_help import BASE, done_in, interrupted

PEOPLE = ("anna", "ben", None)
SALES = ("T1-000001", "T1-000002", None)
COUNTED = (Phase.RESERVED, Phase.UNKNOWN, Phase.POSTED)
BACK = frozenset({REFUND_UNREFERENCED, *map(str, MONEY_OUT)})
WINDOWS = (1, 600, 900, 4000, 100_000)


def operation(entry: Entry) -> str:
    unreferenced = entry.kind is IntentKind.REFUND and entry.sale_id is None
    return REFUND_UNREFERENCED if unreferenced else str(entry.kind)


def recount(store: Store, operations: frozenset[str], since_us: int, **whose: str) -> Total:
    """The slow way: every entry of the ledger, one by one."""
    found = [
        entry
        for entry in store.ledger.search(limit=100_000)
        if entry.phase in COUNTED
        and entry.wall_us >= since_us
        and operation(entry) in operations
        and all(getattr(entry, name) == value for name, value in whose.items())
    ]
    return Total(sum(entry.amount or 0 for entry in found), len(found))


def agree(store: Store, now_us: int) -> None:
    for seconds in WINDOWS:
        since = now_us - seconds * SECOND + 1
        for operations in (BACK, frozenset({"sale"}), frozenset({REFUND_UNREFERENCED})):
            total = store.counters.total
            assert total(Whose(), operations, since) == recount(store, operations, since)
            assert total(Whose(operator="ben"), operations, since) == recount(
                store, operations, since, operator="ben"
            )
            assert total(Whose(sale_id="T1-000001"), operations, since) == recount(
                store, operations, since, sale_id="T1-000001"
            )
            assert total(Whose(payer_token="p1"), operations, since) == recount(
                store, operations, since, payer_token="p1"
            )


class CounterMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.clock = ManualClock()
        self.state = Path(self.folder.name) / "state"
        self.store = Store.create(
            self.state, clock=self.clock, terminal_id="T1", durable=False, scrypt_log2n=2
        )
        self.phases: dict[int, Phase] = {}

    @rule(
        kind=st.sampled_from(IntentKind),
        phase=st.sampled_from(sorted(FIRST)),
        amount=st.integers(0, 5000),
        operator=st.sampled_from(PEOPLE),
        sale=st.sampled_from(SALES),
        token=st.sampled_from(("p1", "p2", None)),
    )
    def add(
        self,
        kind: IntentKind,
        phase: Phase,
        amount: int,
        operator: str | None,
        sale: str | None,
        token: str | None,
    ) -> None:
        new = replace(BASE, kind=kind, phase=phase, amount=amount, operator=operator)
        new = replace(new, sale_id=sale, payer_token=token, wall_us=self.clock.wall_us())
        with self.store.transaction():
            self.phases[self.store.ledger.add(new)] = phase

    @precondition(lambda self: any(MOVES[phase] for phase in self.phases.values()))
    @rule(data=st.data(), moved=st.none() | st.integers(0, 5000), crash=st.booleans())
    def move(self, data: st.DataObject, moved: int | None, crash: bool) -> None:
        movable = [number for number, phase in self.phases.items() if MOVES[phase]]
        number = data.draw(st.sampled_from(movable))
        phase = data.draw(st.sampled_from(sorted(MOVES[self.phases[number]])))
        end = interrupted if crash else done_in
        end(
            self.store.transaction(),
            lambda: self.store.ledger.move(number, phase, amount=moved),
        )
        if not crash:
            self.phases[number] = phase

    @rule(seconds=st.sampled_from((1, 599, 900, 3600, 90_000)))
    def wait(self, seconds: int) -> None:
        self.clock.advance(seconds)

    @rule()
    def restart(self) -> None:
        self.store.close()
        self.store = Store.open(self.state, clock=self.clock, durable=False)
        left = {Phase.RESERVED: Phase.UNKNOWN, Phase.WAITING: Phase.ABANDONED}
        self.phases = {number: left.get(old, old) for number, old in self.phases.items()}

    @invariant()
    def counters_equal_a_recount(self) -> None:
        agree(self.store, self.clock.wall_us())

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()


TestCounterModel = CounterMachine.TestCase
TestCounterModel.settings = settings(max_examples=20, stateful_step_count=20, deadline=None)


def test_two_threads_leave_counters_that_equal_a_recount(store: Store, clock: ManualClock) -> None:
    def work(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(150):
            operate(store, clock, chance)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, (1, 2)))
    assert len(store.ledger.search(limit=1000)) == 300
    agree(store, clock.wall_us())


def operate(store: Store, clock: ManualClock, chance: random.Random) -> None:
    """One request by somebody, and what comes of it, in transactions of their own."""
    kind = chance.choice((IntentKind.SALE, IntentKind.REFUND, IntentKind.VOID))
    new = replace(
        BASE,
        kind=kind,
        amount=chance.randrange(5000),
        operator=chance.choice(PEOPLE),
        sale_id=chance.choice(SALES),
        payer_token=chance.choice(("p1", "p2", None)),
        wall_us=clock.wall_us() - chance.randrange(5000) * SECOND,
    )
    with store.transaction():
        before = store.counters.total(Whose(), frozenset({str(kind)}), 0)
        number = store.ledger.add(new)
        unreferenced = kind is IntentKind.REFUND and new.sale_id is None
        after = store.counters.total(Whose(), frozenset({str(kind)}), 0)
        assert after.count == before.count + (not unreferenced)
    with store.transaction():
        store.ledger.move(number, chance.choice(sorted(MOVES[Phase.RESERVED])))
