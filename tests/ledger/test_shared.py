"""Two terminals of one merchant and what the shared ledger makes of their refunds."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pos_guard.clock import SECOND, ManualClock
from pos_guard.ledger.port import LedgerError, SharedLedger
from pos_guard.ledger.sqlite import SqliteLedger
from pos_guard.ledger.values import CaseKind, RefundPhase
from pos_guard.model import Outcome, Result, Source, Tender, Words
from pos_guard.policy.verdict import Level, Reason
from pos_guard.shared import RULE
from pos_guard.store.ledger import Phase
from pos_guard.telling_shared import (
    EXPIRES_US,
    FORKED,
    FORKED_WORDS,
    REACHED,
    REFUSED,
    RETRY_US,
    UNREACHED,
    Background,
)
from tests.ledger.chain_shop import HOUR, Till, till
from tests.ledger.ledger_help import ask, kinds
from tests.shop import PINS

Open = Callable[..., Till]


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[SharedLedger]:
    made = SqliteLedger(tmp_path / "hub.sqlite3", "chain", durable=False)
    yield made
    made.close()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def make(tmp_path: Path, hub: SharedLedger, clock: ManualClock) -> Iterator[Open]:
    tills: list[Till] = []

    def make_one(name: str, lease_us: int = 0) -> Till:
        tills.append(till(tmp_path, name, hub, clock, lease_us))
        return tills[-1]

    yield make_one
    for one in tills:
        one.store.close()


def phases(one: Till) -> list[Phase]:
    return [entry.phase for entry in one.store.ledger.search() if entry.kind == "refund"]


class TestOnline:
    def test_a_sale_of_one_till_is_refunded_at_another(self, make: Open, hub: SharedLedger) -> None:
        one, two = make("A"), make("B")
        sale_id = one.sell(1250)
        assert one.tell() == 0
        decision = two.refund(sale_id, 500)
        assert decision.allowed, decision.say.en
        assert two.tell() == 0
        found = hub.sale(sale_id)
        assert found is not None
        assert (found.posted, found.remaining) == (500, 750)
        assert hub.refund(f"B:{decision.id}") is RefundPhase.POSTED

    def test_odoo_230300_what_one_till_refunded_is_gone_at_the_other(
        self, make: Open, hub: SharedLedger
    ) -> None:
        one, two = make("A"), make("B")
        sale_id = one.sell(1250)
        assert one.refund(sale_id, 1250).allowed
        one.tell()
        again = two.refund(sale_id, 1)
        assert (again.allowed, again.reason) == (False, Reason.REMAINING)
        assert hub.cases() == ()

    def test_the_selling_till_learns_what_others_refunded(self, make: Open) -> None:
        one, two = make("A"), make("B")
        sale_id = one.sell(1250)
        one.tell()
        assert two.refund(sale_id, 1000).allowed
        late = one.refund(sale_id, 251)
        assert (late.allowed, late.reason) == (False, Reason.REMAINING)
        assert one.refund(sale_id, 250).allowed

    def test_a_sale_is_told_before_anybody_looks_for_it(self, make: Open) -> None:
        one, two = make("A"), make("B")
        sale_id = one.sell(1250)
        assert not two.guard.tell_original(sale_id, Source.SCAN), "nobody told of it yet"
        one.tell()
        assert two.refund(sale_id, 100).allowed

    def test_a_refund_is_reserved_there_before_it_may_be_sent(
        self, make: Open, hub: SharedLedger
    ) -> None:
        one = make("A")
        sale_id = one.sell(1250)
        decision = one.ask(sale_id, 500)
        assert decision.allowed
        assert hub.refund(f"A:{decision.id}") is RefundPhase.SUBMITTED
        assert one.cable.calls[-2:] == ["reserve", "submitted"]

    @pytest.mark.parametrize(
        ("result", "phase"),
        [
            (Result.APPROVED, RefundPhase.POSTED),
            (Result.DECLINED, RefundPhase.FAILED),
            (Result.UNKNOWN, RefundPhase.UNKNOWN),
        ],
    )
    def test_the_outcome_is_told(
        self, make: Open, hub: SharedLedger, result: Result, phase: RefundPhase
    ) -> None:
        one = make("A")
        sale_id = one.sell(1250)
        decision = one.refund(sale_id, 500, result)
        assert one.tell() == 0
        assert hub.refund(f"A:{decision.id}") is phase

    def test_a_withdrawn_sale_is_refunded_nowhere(self, make: Open, hub: SharedLedger) -> None:
        one, two = make("A"), make("B")
        sale_id = one.sell(1250)
        entry = one.store.ledger.search(sale_id=sale_id)[0]
        one.guard.revoke(entry.id)
        assert one.tell() == 0
        assert not two.refund(sale_id, 1).allowed
        found = hub.sale(sale_id)
        assert found is None or found.paid == 0

    def test_a_sale_that_was_told_and_then_undone_is_refunded_nowhere(
        self, make: Open, hub: SharedLedger
    ) -> None:
        one, two = make("A"), make("B")
        sale_id = one.sell(1250)
        assert one.tell() == 0
        one.guard.revoke(one.store.ledger.search(sale_id=sale_id)[0].id)
        assert one.tell() == 0
        assert not two.refund(sale_id, 1).allowed
        found = hub.sale(sale_id)
        assert found is not None
        assert (found.facts.amount, found.paid) == (1250, 0)
        assert kinds(hub) == []

    def test_a_sale_that_was_undone_before_it_was_paid_keeps_nothing_back(
        self, make: Open, hub: SharedLedger
    ) -> None:
        one = make("A")
        asked = one.ask_sale(1250)
        assert asked.sale_id is not None
        one.guard.revoke(asked.id)
        assert one.store.outbox.count() == 1
        assert one.tell() == 0
        assert hub.sale(asked.sale_id) is None

    def test_a_sale_that_counts_again_is_refunded_again(
        self, make: Open, hub: SharedLedger
    ) -> None:
        """As where a lowering never reached the terminal (``pos_guard.lowered``)."""
        one, two = make("A"), make("B")
        sale_id = one.sell(1250)
        first = one.store.ledger.search(sale_id=sale_id)[0].id
        one.guard.revoke(first)
        assert one.tell() == 0
        with one.store.transaction():
            one.store.ledger.restore(one.store.ledger.entry(first), Phase.POSTED)
        assert one.tell() == 0
        assert two.refund(sale_id, 1250).allowed
        assert kinds(hub) == []

    def test_sales_of_before_are_told_when_the_ledger_is_new(
        self, make: Open, hub: SharedLedger
    ) -> None:
        one = make("A")
        sale_id = one.sell(1250)
        with one.store.transaction():
            one.store._database.write("DELETE FROM shared_outbox")
            one.store._database.write("DELETE FROM shared_settings")
        one.crash()
        assert one.tell() == 0
        assert hub.sale(sale_id) is not None

    def test_a_till_without_a_ledger_owes_nothing(self, make: Open) -> None:
        one = make("A")
        with one.store.transaction():
            one.store._database.write("DELETE FROM shared_settings")
        one.sell(1250)
        assert one.store.outbox.count() == 0


class TestOffline:
    def test_without_a_lease_nothing_goes_out(self, make: Open) -> None:
        one = make("A")
        sale_id = one.sell(1250)
        one.cable.cut = True
        decision = one.ask(sale_id, 500)
        assert (decision.allowed, decision.reason) == (False, Reason.OFFLINE)
        assert Phase.RESERVED not in phases(one)

    def test_the_holder_refunds_and_tells_later(self, make: Open, hub: SharedLedger) -> None:
        one = make("A", HOUR)
        sale_id = one.sell(1250)
        one.cable.cut = True
        decision = one.refund(sale_id, 500)
        assert decision.allowed, decision.say.en
        assert one.store.outbox.count() == 3
        one.cable.cut = False
        assert one.tell() == 0
        assert hub.refund(f"A:{decision.id}") is RefundPhase.POSTED
        assert hub.cases() == ()

    def test_after_its_lease_the_holder_is_as_anybody(self, make: Open, clock: ManualClock) -> None:
        one = make("A", HOUR)
        sale_id = one.sell(1250)
        one.cable.cut = True
        clock.advance(3600 - 120)
        decision = one.ask(sale_id, 500)
        assert (decision.allowed, decision.reason) == (False, Reason.OFFLINE)

    def test_another_till_waits_for_the_end_of_the_lease_and_for_the_news(
        self, make: Open, clock: ManualClock, hub: SharedLedger
    ) -> None:
        one, two = make("A", HOUR), make("B", HOUR)
        sale_id = one.sell(1250)
        one.tell()
        one.cable.cut = True
        held = two.refund(sale_id, 500)
        assert not held.allowed
        assert held.verdict.decisive.rule == RULE
        assert held.say.en == "This sale is still held by the store that made it. Refund it there."
        assert one.refund(sale_id, 1250).allowed
        clock.advance(2 * 3600)
        assert not two.refund(sale_id, 500).allowed, "A has not told what it did"
        one.cable.cut = False
        one.tell()
        late = two.refund(sale_id, 500)
        assert (late.allowed, late.reason) == (False, Reason.REMAINING)
        assert hub.cases() == ()

    def test_a_lease_that_was_taken_over_counts_offline(
        self, make: Open, clock: ManualClock
    ) -> None:
        one, two = make("A"), make("B")
        sale_id = one.sell(1250)
        one.tell()
        assert two.guard.shared is not None
        assert two.guard.shared.take_over(sale_id, clock.wall_us() + HOUR)
        assert one.guard.shared is not None
        assert not one.guard.shared.take_over(sale_id, clock.wall_us() + HOUR)
        two.cable.cut = True
        assert not two.ask(sale_id, 1).allowed, "what was paid is known to nobody here"

    def test_nobody_waits_for_a_dead_ledger_twice_in_a_row(
        self, make: Open, clock: ManualClock
    ) -> None:
        one = make("A")
        sale_id = one.sell(1250)
        one.tell()
        one.cable.cut = True
        one.ask(sale_id, 500)
        calls = len(one.cable.calls)
        one.ask(sale_id, 500)
        assert len(one.cable.calls) == calls
        one.cable.cut = False
        clock.advance(RETRY_US / SECOND)
        assert one.ask(sale_id, 500).allowed


class TestLostAnswers:
    @pytest.mark.parametrize("call", ["reserve", "submitted"])
    @pytest.mark.parametrize("how", ["drops", "loses"])
    def test_what_is_not_answered_is_not_sent_and_lets_go(
        self, make: Open, hub: SharedLedger, call: str, how: str, clock: ManualClock
    ) -> None:
        one = make("A")
        sale_id = one.sell(1250)
        one.tell()
        setattr(one.cable, how, lambda name: name == call)
        decision = one.ask(sale_id, 500)
        assert (decision.allowed, decision.reason) == (False, Reason.OFFLINE)
        assert decision.verdict.level is Level.DENY_LOCKED
        assert phases(one) == [Phase.FAILED]
        setattr(one.cable, how, lambda _name: False)
        clock.advance(10)
        assert one.tell() == 0
        found = hub.sale(sale_id)
        assert found is not None
        assert found.remaining == 1250
        assert one.refund(sale_id, 1250).allowed

    @pytest.mark.parametrize("how", ["drops", "loses"])
    @pytest.mark.parametrize("call", ["register", "report", "settle", "witness", "drained"])
    def test_what_is_told_twice_counts_once(
        self, make: Open, hub: SharedLedger, how: str, call: str
    ) -> None:
        one = make("A", HOUR)
        sale_id = one.sell(1250)
        one.cable.cut = True
        assert one.refund(sale_id, 500).allowed
        one.cable.cut = False
        setattr(one.cable, how, lambda name: name == call)
        one.tell()
        setattr(one.cable, how, lambda _name: False)
        assert one.tell() == 0
        found = hub.sale(sale_id)
        assert found is not None
        assert (found.posted, found.reserved, found.unknown) == (500, 0, 0)
        assert hub.cases() == ()

    def test_a_crash_before_the_answer_leaves_nothing_behind_but_an_unknown(
        self, make: Open, hub: SharedLedger
    ) -> None:
        one = make("A")
        sale_id = one.sell(1250)
        one.tell()

        def die(name: str) -> bool:
            if name == "reserve":
                raise KeyboardInterrupt
            return False

        one.cable.loses = die
        with pytest.raises(KeyboardInterrupt):
            one.ask(sale_id, 500)
        one.cable.loses = lambda _name: False
        one.crash()
        assert phases(one) == [Phase.UNKNOWN]
        assert one.tell() == 0
        found = hub.sale(sale_id)
        assert found is not None
        assert found.unknown == 500, "no time and no crash lets it go"
        (entry,) = one.guard.unresolved("zvt")
        one.guard.settle(entry.id, Outcome(Result.DECLINED))
        assert one.tell() == 0
        assert hub.sale(sale_id).remaining == 1250  # type: ignore[union-attr]  # it is there

    def test_a_repeat_under_its_own_number_needs_its_reservation(
        self, make: Open, hub: SharedLedger
    ) -> None:
        one = make("A")
        sale_id = one.sell(1250, tender=Tender.WECHAT)
        one.tell()
        first = one.ask(sale_id, 500, reference="R1", tender=Tender.WECHAT)
        again = one.ask(sale_id, 500, reference="R1", tender=Tender.WECHAT)
        assert (first.allowed, again.allowed, again.id) == (True, True, first.id)
        found = hub.sale(sale_id)
        assert found is not None
        assert found.reserved == 500
        one.cable.cut = True
        assert not one.ask(sale_id, 500, reference="R1", tender=Tender.WECHAT).allowed
        assert phases(one) == [Phase.RESERVED]

    def test_a_reservation_that_was_never_sent_expires(
        self, make: Open, hub: SharedLedger, clock: ManualClock
    ) -> None:
        one = make("A")
        sale_id = one.sell(1250)
        one.tell()
        one.cable.drops = lambda name: name == "submitted"
        one.ask(sale_id, 1250)
        assert not make("B").refund(sale_id, 1).allowed
        clock.advance(EXPIRES_US / SECOND + 1)
        assert hub.expire(clock.wall_us()).expired == 1


class TestForks:
    def test_a_copied_terminal_refunds_nothing_any_more(
        self, make: Open, hub: SharedLedger
    ) -> None:
        one = make("A")
        sale_id = one.sell(1250)
        one.tell()
        copy = make("B")
        # The same number on another machine: what it says under message 1 is something else.
        copy.store.terminal_id = "A"
        copy.sell(700)
        assert copy.tell() > 0
        assert copy.guard.shared is not None
        assert copy.guard.shared.teller.forked
        denied = copy.ask(sale_id, 1)
        assert (denied.allowed, denied.reason) == (False, Reason.FROZEN)
        assert CaseKind.FORKED_TERMINAL in kinds(hub)

    def test_it_is_frozen_after_a_restart_too_until_somebody_thaws_it(
        self, make: Open, hub: SharedLedger
    ) -> None:
        one = make("A")
        sale_id = one.sell(1250)
        assert one.tell() == 0
        heard = news_of(one)
        # Somebody else told something else under the number of the next message that we owe.
        assert hub.witness("A", 3, "the body of another")
        one.refund(sale_id, 100)
        assert one.tell() > 0
        assert heard == [FORKED_WORDS]
        one.crash()
        assert one.refund(sale_id, 1).reason is Reason.FROZEN
        cases = [record.body for record in one.store.audit.records(kind="case")]
        assert cases == [{"why": FORKED, "terminal": "A", "message": 3}]
        one.guard.unfreeze("terminal", "A", "maya", PINS["maya"])
        assert one.tell() > 0, "nothing has changed: the number is another's"
        assert one.refund(sale_id, 1).reason is Reason.FROZEN
        assert len(list(one.store.audit.records(kind="case"))) == 2

    def test_a_refund_number_of_another_freezes_too(self, make: Open, hub: SharedLedger) -> None:
        one = make("A")
        sale_id = one.sell(1250)
        one.tell()
        assert hub.reserve(ask(refund_id="A:2", sale_id=sale_id, amount=1), 0).granted
        denied = one.ask(sale_id, 500)
        assert (denied.allowed, denied.reason) == (False, Reason.DUPLICATE)
        assert one.ask(sale_id, 500).reason is Reason.FROZEN
        (case,) = one.store.audit.records(kind="case")
        assert case.body["refund"] == "A:2"


class TestNews:
    def test_each_change_is_told_once(self, make: Open, clock: ManualClock) -> None:
        one = make("A")
        sale_id = one.sell(1250)
        heard = news_of(one)
        one.tell()
        assert heard == [], "it was never away"
        one.cable.cut = True
        for _ in range(3):
            one.refund(sale_id, 1)
            clock.advance(10)
        assert heard == [UNREACHED]
        one.cable.cut = False
        assert one.refund(sale_id, 1).allowed
        assert heard == [UNREACHED, REACHED]

    def test_a_ledger_that_says_no_holds_all_later_news_back_and_says_so(
        self, make: Open, hub: SharedLedger, clock: ManualClock, caplog: pytest.LogCaptureFixture
    ) -> None:
        one = make("A")
        heard = news_of(one)

        def refuses(name: str) -> bool:
            if name == "register":
                raise LedgerError("permission denied")
            return False

        one.cable.drops = refuses
        first = one.sell(1250)
        assert one.tell() == 1
        assert heard == [REFUSED]
        assert "permission denied" in caplog.text
        assert one.tell() == 1
        assert heard == [REFUSED]
        one.cable.drops = lambda _name: False
        clock.advance(10)
        assert one.tell() == 0
        assert heard == [REFUSED, REACHED]
        assert hub.sale(first) is not None


def news_of(one: Till) -> list[Words]:
    heard: list[Words] = []
    assert one.guard.shared is not None
    one.guard.shared.teller.on_news = heard.append
    return heard


def test_the_background_tells_by_itself_and_ends_when_told(make: Open, hub: SharedLedger) -> None:
    one = make("A")
    sale_id = one.sell(1250)
    assert one.guard.shared is not None
    background = Background(one.guard.shared.teller, seconds=0.01)
    background.start()
    deadline = time.monotonic() + 60
    while hub.sale(sale_id) is None and time.monotonic() < deadline:
        threading.Event().wait(0.01)
    background.stop()
    assert not background.is_alive()
    assert hub.sale(sale_id) is not None
