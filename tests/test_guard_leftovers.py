"""What could not be written when it ended is ended by the next write that works; nothing hangs."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from pos_guard.api.answer_ops import pending
from pos_guard.api.message import Fields
from pos_guard.clock import ManualClock
from pos_guard.failing import STATE_FAILED
from pos_guard.frames.decoded import Json
from pos_guard.ledger.sqlite import SqliteLedger
from pos_guard.model import Intent, IntentKind, Tender
from pos_guard.money import MAX_AMOUNT
from pos_guard.policy.verdict import Level, Reason
from pos_guard.store.ledger import Phase
from tests.ledger.chain_shop import LINK, Till, till
from tests.shop import PINS, Shop, shop

BACK = Intent(IntentKind.REFUND, Tender.CARD, 5000, "EUR", "0001")


@pytest.fixture
def corner(tmp_path: Path) -> Iterator[Shop]:
    made = shop(tmp_path)
    yield made
    made.store.close()


@contextmanager
def failing(directory: Path, event: str) -> Generator[None]:
    """Within it, the database of this store fails at ``event``, as a bad disk makes it fail."""
    path = directory / "pos-guard.db"
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute(f"CREATE TRIGGER bad {event} BEGIN SELECT RAISE(ABORT, 'bad disk'); END")
    yield
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute("DROP TRIGGER bad")


def waiting(corner: Shop) -> list[Json]:
    found = pending(corner.guard, Fields({}))["waiting"]
    assert isinstance(found, list)
    return found


def held(corner: Shop) -> int:
    corner.paid_sale(9000)
    corner.sign_in("ben")
    decision = corner.guard.judge(BACK, link="zvt")
    assert decision.needs_person
    return decision.id


def test_a_request_that_cannot_be_judged_again_is_over_and_ended_later(corner: Shop) -> None:
    number = held(corner)
    corner.guard.approve(number, "maya", PINS["maya"])
    with failing(corner.directory, "BEFORE INSERT ON audit"):
        decision = corner.guard.rejudge(number)
        assert (decision.allowed, decision.reason) == (False, Reason.GUARD)
        assert corner.store.ledger.entry(number).phase is Phase.WAITING
        assert waiting(corner) == []  # nobody is asked about what is over
    corner.order(100)
    sale = Intent(IntentKind.SALE, Tender.CARD, 100, "EUR")
    assert corner.guard.judge(sale, link="zvt").allowed
    assert corner.store.ledger.entry(number).phase is Phase.ABANDONED
    record = list(corner.store.audit.records(kind="abandon"))[-1]
    assert (record.body["entry"], record.body["phase"]) == (number, "abandoned")


def test_what_was_not_written_does_not_wait_under_anothers_number(corner: Shop) -> None:
    corner.paid_sale(9000)
    corner.sign_in("ben")
    with failing(corner.directory, "BEFORE INSERT ON audit_head"):
        lost = corner.guard.judge(BACK, link="zvt")
    assert (lost.allowed, lost.needs_person) == (False, False)
    last = max(entry.id for entry in corner.store.ledger.search())
    assert corner.guard.needs(last + 1) == frozenset()
    assert corner.guard.judge(BACK, link="zvt").needs_person


@pytest.mark.parametrize(
    "amount",
    [-1, MAX_AMOUNT + 1, -(10**30), 10**5000],
    ids=["-1", "above", "far below", "far above"],
)
@pytest.mark.parametrize("kind", [IntentKind.SALE, IntentKind.REFUND, IntentKind.VOID])
def test_what_is_no_amount_is_refused_on_record(
    corner: Shop, kind: IntentKind, amount: int
) -> None:
    corner.sign_in("maya")
    decision = corner.guard.judge(Intent(kind, Tender.CARD, amount, "EUR"), link="app")
    assert (decision.verdict.level, decision.reason) == (Level.DENY_LOCKED, Reason.AMOUNT)
    record = list(corner.store.audit.records(kind="refusal"))[-1]
    assert (record.seq, record.body["reason"]) == (decision.id, "amount")
    assert not corner.store.ledger.search()


class TestShared:
    @pytest.fixture
    def one(self, tmp_path: Path) -> Iterator[Till]:
        ledger = SqliteLedger(tmp_path / "hub.sqlite3", "chain", durable=False)
        made = till(tmp_path, "A", ledger, ManualClock())
        yield made
        made.store.close()
        ledger.close()

    def refunds(self, one: Till) -> list[Phase]:
        return [entry.phase for entry in one.store.ledger.search() if entry.kind == "refund"]

    def broken(self, call: str) -> bool:
        if call == "reserve":
            raise ArithmeticError("a mistake in a ledger")
        return False

    def test_a_mistake_while_confirming_leaves_nothing_reserved(self, one: Till) -> None:
        sale = one.sell(1250)
        one.tell()
        one.cable.drops = self.broken
        decision = one.ask(sale, 500)
        assert (decision.allowed, decision.verdict.decisive.rule) == (False, STATE_FAILED)
        assert self.refunds(one) == [Phase.FAILED]
        one.cable.drops = lambda _name: False
        assert one.refund(sale, 1250).allowed

    def test_the_same_when_people_agreed_to_it(self, one: Till) -> None:
        sale = one.sell(9000)
        one.tell()
        held = one.ask(sale, 5000)
        assert held.needs_person
        one.guard.approve(held.id, "maya", PINS["maya"])
        one.cable.drops = self.broken
        decision = one.guard.rejudge(held.id)
        assert (decision.id, decision.allowed, decision.over) == (held.id, False, True)
        assert self.refunds(one) == [Phase.FAILED]
        assert not one.store.ledger.search(link=LINK, phase=Phase.WAITING)

    def test_where_that_cannot_be_written_it_is_once_it_can(self, one: Till) -> None:
        sale = one.sell(1250)
        one.tell()
        with failing(one.directory, "BEFORE UPDATE ON entries WHEN NEW.phase = 'failed'"):
            one.cable.drops = self.broken
            assert not one.ask(sale, 500).allowed
            assert self.refunds(one) == [Phase.RESERVED]
        one.cable.drops = lambda _name: False
        assert one.refund(sale, 1250).allowed
        assert self.refunds(one) == [Phase.POSTED, Phase.FAILED]

    def test_a_repeated_refund_that_cannot_be_confirmed_keeps_its_entry(self, one: Till) -> None:
        sale = one.sell(1250)
        one.tell()
        first = one.ask(sale, 500, reference="77")
        assert first.allowed

        def broken(call: str) -> bool:
            if call == "refund":
                raise ArithmeticError("a mistake in a ledger")
            return False

        one.cable.drops = broken
        assert not one.ask(sale, 500, reference="77").allowed
        assert self.refunds(one) == [Phase.RESERVED]
