"""The ledger's sums against a naive model, over random histories with restarts and crashes."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from pos_guard.clock import ManualClock
from pos_guard.model import MONEY_IN, MONEY_OUT, IntentKind
from pos_guard.store.ledger import FIRST, MOVES, OrderSums, Phase
from pos_guard.store.store import Store
from tests.store.store_help import done_in, entry, interrupted

NAMES = ("A", "B")


@dataclass(frozen=True)
class Row:
    kind: IntentKind
    phase: Phase
    amount: int
    name: str


class LedgerMachine(RuleBasedStateMachine):
    """``rows`` is what the ledger must hold; sums are taken over it the slow way."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.clock = ManualClock()
        self.state = Path(self.folder.name) / "state"
        self.store = Store.create(
            self.state, clock=self.clock, terminal_id="T1", durable=False, scrypt_log2n=2
        )
        self.rows: dict[int, Row] = {}

    @rule(
        kind=st.sampled_from(IntentKind),
        phase=st.sampled_from(sorted(FIRST)),
        amount=st.integers(0, 5000),
        name=st.sampled_from(NAMES),
    )
    def add(self, kind: IntentKind, phase: Phase, amount: int, name: str) -> None:
        new = entry(kind=kind, phase=phase, amount=amount, order_key=name, sale_id=name)
        with self.store.transaction():
            self.rows[self.store.ledger.add(new)] = Row(kind, phase, amount, name)

    @precondition(lambda self: any(MOVES[row.phase] for row in self.rows.values()))
    @rule(data=st.data(), moved=st.none() | st.integers(0, 5000), crash=st.booleans())
    def move(self, data: st.DataObject, moved: int | None, crash: bool) -> None:
        number = data.draw(st.sampled_from([n for n, row in self.rows.items() if MOVES[row.phase]]))
        before = self.rows[number]
        phase = data.draw(st.sampled_from(sorted(MOVES[before.phase])))
        end = interrupted if crash else done_in
        end(
            self.store.transaction(),
            lambda: self.store.ledger.move(number, phase, amount=moved),
        )
        if crash:
            return
        amount = before.amount if moved is None else moved
        self.rows[number] = replace(before, phase=phase, amount=amount)

    @rule()
    def restart(self) -> None:
        self.store.close()
        self.store = Store.open(self.state, clock=self.clock, durable=False)
        left = {Phase.RESERVED: Phase.UNKNOWN, Phase.WAITING: Phase.ABANDONED}
        for number, row in self.rows.items():
            self.rows[number] = replace(row, phase=left.get(row.phase, row.phase))

    @invariant()
    def sums_agree(self) -> None:
        for name in NAMES:
            sums, back = self._sums(name, MONEY_IN), self._sums(name, MONEY_OUT)
            undone = self._voided(name) and back.posted >= sums.posted
            expected = replace(sums, posted=0) if undone else sums
            assert self.store.ledger.order_state(name) == expected
            sale = self.store.ledger.sale(name)
            if not any(self._posted(row, name) for row in self.rows.values()):
                assert sale is None or (sale.paid, sale.remaining <= 0) == (0, True)
                continue
            assert sale is not None
            assert sale.paid == sums.posted
            assert (sale.posted, sale.reserved, sale.unknown) == (
                back.posted,
                back.reserved,
                back.unknown,
            )

    @invariant()
    def phases_agree(self) -> None:
        for number, row in self.rows.items():
            found = self.store.ledger.entry(number)
            assert (found.phase, found.amount) == (row.phase, row.amount)

    def teardown(self) -> None:
        self.store.audit.verify()
        self.store.close()
        self.folder.cleanup()

    def _posted(self, row: Row, name: str) -> bool:
        return row.name == name and row.kind in MONEY_IN and row.phase is Phase.POSTED

    def _voided(self, name: str) -> bool:
        voids = MONEY_OUT - {IntentKind.REFUND}
        return any(
            row.name == name and row.kind in voids and row.phase is Phase.POSTED
            for row in self.rows.values()
        )

    def _sums(self, name: str, kinds: frozenset[IntentKind]) -> OrderSums:
        totals = {Phase.POSTED: 0, Phase.RESERVED: 0, Phase.UNKNOWN: 0}
        for row in self.rows.values():
            if row.name == name and row.kind in kinds and row.phase in totals:
                totals[row.phase] += row.amount
        return OrderSums(totals[Phase.POSTED], totals[Phase.RESERVED], totals[Phase.UNKNOWN])


TestLedgerModel = LedgerMachine.TestCase
TestLedgerModel.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
