"""What every shared ledger does: one suite, run over SQLite and over a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pos_guard.ledger.port import LEASE_GRACE_US, LedgerError, SharedLedger
from pos_guard.ledger.values import (
    MOVES,
    Answer,
    CaseKind,
    Expired,
    Lease,
    RefundPhase,
    Reservation,
    Scope,
    Sum,
)
from pos_guard.policy.request import Total
from tests.ledger.ledger_help import ASK, MINUTE, NOW, SALE, AskChanges, ask, kinds, sale

R, S, U, P, F, X, V = (
    RefundPhase.RESERVED,
    RefundPhase.SUBMITTED,
    RefundPhase.UNKNOWN,
    RefundPhase.POSTED,
    RefundPhase.FAILED,
    RefundPhase.EXPIRED,
    RefundPhase.VOIDED,
)


FREE = "refund_unreferenced"


def granted(ledger: SharedLedger, number: int, amount: int, phase: RefundPhase = P) -> str:
    """A refund brought to a phase."""
    asked = ask(refund_id=f"T1:{number}", amount=amount)
    assert ledger.reserve(asked, NOW).granted
    if phase is not R:
        assert ledger.submitted(asked.refund_id, NOW)
    if phase in (P, F, U, V):
        assert ledger.settle(asked.refund_id, P if phase is V else phase, NOW)
    if phase is V:
        assert ledger.settle(asked.refund_id, V, NOW)
    return asked.refund_id


class TestSales:
    def test_a_sale_is_known_once_it_is_registered(self, ledger: SharedLedger) -> None:
        assert ledger.sale("T1-000001") is None
        assert ledger.register(SALE)
        found = ledger.sale("T1-000001")
        assert found is not None
        assert found.facts == SALE
        assert (found.paid, found.remaining, found.holder) == (1250, 1250, "T1")

    def test_registering_again_is_harmless(self, ledger: SharedLedger) -> None:
        assert ledger.register(SALE)
        assert ledger.register(SALE)
        assert ledger.cases() == ()

    def test_a_tip_makes_it_more(self, ledger: SharedLedger) -> None:
        ledger.register(SALE)
        assert ledger.register(sale(amount=1400))
        found = ledger.sale("T1-000001")
        assert found is not None
        assert (found.paid, found.facts.amount) == (1400, 1400)

    @pytest.mark.parametrize(
        "other",
        [
            sale(amount=1249),
            sale(terminal="T2"),
            sale(currency="CNY", amount=1250),
            sale(payee="52009999"),
        ],
        ids=["less", "another terminal", "another currency", "another payee"],
    )
    def test_other_facts_are_a_case_and_change_nothing(
        self, ledger: SharedLedger, other: object
    ) -> None:
        ledger.register(SALE)
        assert isinstance(other, type(SALE))
        assert not ledger.register(other)
        found = ledger.sale("T1-000001")
        assert found is not None
        assert found.facts == SALE
        assert kinds(ledger) == [CaseKind.SALE_CONFLICT]

    def test_nothing_of_a_withdrawn_sale_is_refunded(self, ledger: SharedLedger) -> None:
        ledger.register(SALE)
        ledger.withdraw("T1-000001", NOW)
        ledger.withdraw("T1-000001", NOW)
        assert ledger.reserve(ASK, NOW).answer is Answer.NOT_ENOUGH
        assert ledger.cases() == ()

    def test_a_withdrawn_sale_that_is_told_as_paid_counts_again(self, ledger: SharedLedger) -> None:
        ledger.register(SALE)
        ledger.withdraw("T1-000001", NOW)
        assert ledger.register(SALE)
        found = ledger.sale("T1-000001")
        assert found is not None
        assert (found.facts, found.paid) == (SALE, 1250)
        assert granted(ledger, 1, 1250)
        assert ledger.cases() == ()

    def test_a_stranger_does_not_bring_a_withdrawn_sale_back(self, ledger: SharedLedger) -> None:
        ledger.register(SALE)
        ledger.withdraw("T1-000001", NOW)
        assert not ledger.register(sale(terminal="T2"))
        found = ledger.sale("T1-000001")
        assert found is not None
        assert found.paid == 0

    def test_a_sale_withdrawn_after_its_refund_is_a_case(self, ledger: SharedLedger) -> None:
        ledger.register(SALE)
        granted(ledger, 1, 500)
        ledger.withdraw("T1-000001", NOW)
        assert kinds(ledger) == [CaseKind.OVER_REFUND]

    def test_merchants_do_not_see_each_other(self, opener: Callable[[str], SharedLedger]) -> None:
        ours, theirs = opener("ours"), opener("theirs")
        ours.register(SALE)
        assert theirs.sale("T1-000001") is None
        assert theirs.reserve(ASK, NOW).answer is Answer.UNKNOWN_SALE
        assert ours.reserve(ASK, NOW).granted
        theirs.register(sale(amount=1))
        assert ours.cases() == theirs.cases() == ()


class TestReserve:
    @pytest.mark.parametrize(
        ("before", "amount", "answer"),
        [
            ([], 1250, Answer.GRANTED),
            ([], 1251, Answer.NOT_ENOUGH),
            ([], 0, Answer.NOT_ENOUGH),
            ([(500, R)], 750, Answer.GRANTED),
            ([(500, R)], 751, Answer.NOT_ENOUGH),
            ([(500, S)], 751, Answer.NOT_ENOUGH),
            ([(500, U)], 751, Answer.NOT_ENOUGH),
            ([(500, P)], 751, Answer.NOT_ENOUGH),
            ([(500, F)], 1250, Answer.GRANTED),
            ([(500, V)], 1250, Answer.GRANTED),
            ([(500, P), (500, R), (250, U)], 1, Answer.NOT_ENOUGH),
        ],
    )
    def test_posted_reserved_unknown_and_this_request_are_at_most_paid(
        self,
        ledger: SharedLedger,
        before: list[tuple[int, RefundPhase]],
        amount: int,
        answer: Answer,
    ) -> None:
        ledger.register(SALE)
        for number, (held, phase) in enumerate(before, 10):
            granted(ledger, number, held, phase)
        left = 1250 - sum(held for held, phase in before if phase in (R, S, U, P))
        given = ledger.reserve(ask(amount=amount), NOW)
        assert (given.answer, given.remaining) == (answer, left)
        found = ledger.sale("T1-000001")
        assert found is not None
        assert found.remaining == left - (amount if answer is Answer.GRANTED else 0)

    @pytest.mark.parametrize(
        ("changes", "answer"),
        [
            (AskChanges(sale_id="T9-000009"), Answer.UNKNOWN_SALE),
            (AskChanges(currency="USD"), Answer.OTHER_CURRENCY),
            (AskChanges(sale_id=None, amount=99_999), Answer.GRANTED),
        ],
        ids=["unknown sale", "another currency", "unreferenced"],
    )
    def test_what_else_it_says(
        self, ledger: SharedLedger, changes: AskChanges, answer: Answer
    ) -> None:
        ledger.register(SALE)
        assert ledger.reserve(ask(**changes), NOW).answer is answer

    @pytest.mark.parametrize("amount", [500, 9999])
    def test_a_replay_gets_the_same_answer(self, ledger: SharedLedger, amount: int) -> None:
        ledger.register(SALE)
        first = ledger.reserve(ask(amount=amount), NOW)
        again = ledger.reserve(ask(amount=amount, asked_us=NOW + 5), NOW + 10)
        assert again == Reservation(first.answer, first.phase, first.remaining, again=True)
        found = ledger.sale("T1-000001")
        assert found is not None
        assert found.reserved == (500 if first.granted else 0)

    def test_a_refused_replay_stays_refused_though_there_is_room_by_now(
        self, ledger: SharedLedger
    ) -> None:
        ledger.register(SALE)
        big = granted(ledger, 9, 1250, S)
        assert ledger.reserve(ASK, NOW).answer is Answer.NOT_ENOUGH
        ledger.settle(big, F, NOW)
        assert ledger.reserve(ASK, NOW).answer is Answer.NOT_ENOUGH
        assert ledger.reserve(ask(refund_id="T1:2"), NOW).granted

    @pytest.mark.parametrize(
        "changes",
        [
            AskChanges(amount=501),
            AskChanges(approver="otto"),
            AskChanges(approver=None),
            AskChanges(operator="anna"),
            AskChanges(terminal="T2"),
            AskChanges(sale_id=None),
            AskChanges(payer="tok-2"),
        ],
        ids=",".join,
    )
    def test_flocafe_767_the_same_id_with_another_body_is_a_conflict_and_a_case(
        self, ledger: SharedLedger, changes: AskChanges
    ) -> None:
        ledger.register(SALE)
        assert ledger.reserve(ASK, NOW).granted
        given = ledger.reserve(ask(**changes), NOW)
        assert given.answer is Answer.CONFLICT
        assert not given.granted
        assert kinds(ledger) == [CaseKind.ID_CONFLICT]
        found = ledger.sale("T1-000001")
        assert found is not None
        assert found.reserved == 500

    def test_odoo_230300_two_open_drafts_of_one_line_get_one_refund(
        self, opener: Callable[[str], SharedLedger]
    ) -> None:
        one, two = opener("shop"), opener("shop")
        one.register(SALE)
        first = one.reserve(ask(refund_id="T1:1", amount=1250), NOW)
        second = two.reserve(ask(refund_id="T2:1", terminal="T2", amount=1250), NOW)
        assert (first.answer, second.answer) == (Answer.GRANTED, Answer.NOT_ENOUGH)

    def test_odoo_214290_247158_a_refund_of_two_orders_is_bound_to_each(
        self, ledger: SharedLedger
    ) -> None:
        ledger.register(sale(sale_id="A", amount=300))
        ledger.register(sale(sale_id="B", amount=700))
        assert not ledger.reserve(ask(refund_id="1", sale_id="A", amount=1000), NOW).granted
        assert ledger.reserve(ask(refund_id="2", sale_id="A", amount=300), NOW).granted
        assert ledger.reserve(ask(refund_id="3", sale_id="B", amount=700), NOW).granted
        assert not ledger.reserve(ask(refund_id="4", sale_id="B", amount=1), NOW).granted

    def test_erpnext_24259_the_third_return_of_two_is_refused(self, ledger: SharedLedger) -> None:
        ledger.register(sale(amount=200))
        answers = [
            ledger.reserve(ask(refund_id=f"T{n}:1", terminal=f"T{n}", amount=100), NOW).answer
            for n in (1, 2, 3)
        ]
        assert answers == [Answer.GRANTED, Answer.GRANTED, Answer.NOT_ENOUGH]


class TestPhases:
    def test_only_a_granted_reservation_is_submitted(self, ledger: SharedLedger) -> None:
        ledger.register(SALE)
        assert not ledger.submitted("T1:1", NOW)
        ledger.reserve(ask(amount=9999), NOW)
        assert not ledger.submitted("T1:1", NOW)
        ledger.reserve(ask(refund_id="T1:2"), NOW)
        assert ledger.submitted("T1:2", NOW)
        assert ledger.submitted("T1:2", NOW), "the answer may have been lost"
        assert ledger.settle("T1:2", P, NOW)
        assert not ledger.submitted("T1:2", NOW), "it is done: nothing may be sent again"

    @pytest.mark.parametrize("phase", [P, F, U])
    def test_an_outcome_told_twice_counts_once(
        self, ledger: SharedLedger, phase: RefundPhase
    ) -> None:
        ledger.register(SALE)
        name = granted(ledger, 1, 500, phase)
        assert ledger.settle(name, phase, NOW + 1)
        assert ledger.refund(name) is phase
        assert ledger.cases() == ()

    @pytest.mark.parametrize(("first", "then"), [(P, F), (V, F)])
    def test_a_contradiction_is_a_case_and_changes_nothing(
        self, ledger: SharedLedger, first: RefundPhase, then: RefundPhase
    ) -> None:
        ledger.register(SALE)
        name = granted(ledger, 1, 500, first)
        assert not ledger.settle(name, then, NOW)
        assert ledger.refund(name) is first
        assert kinds(ledger) == [CaseKind.OUTCOME_CONFLICT]

    @pytest.mark.parametrize(("first", "then"), [(P, U), (F, U), (V, P), (V, U)])
    def test_older_news_are_overtaken(
        self, ledger: SharedLedger, first: RefundPhase, then: RefundPhase
    ) -> None:
        ledger.register(SALE)
        name = granted(ledger, 1, 500, first)
        assert ledger.settle(name, then, NOW)
        assert ledger.refund(name) is first
        assert ledger.cases() == ()

    def test_what_was_really_moved_counts(self, ledger: SharedLedger) -> None:
        ledger.register(SALE)
        name = granted(ledger, 1, 500, S)
        assert ledger.settle(name, P, NOW, amount=1300)
        found = ledger.sale("T1-000001")
        assert found is not None
        assert (found.posted, found.remaining) == (1300, -50)
        assert kinds(ledger) == [CaseKind.OVER_REFUND]

    def test_settling_what_nobody_asked_for_is_an_error(self, ledger: SharedLedger) -> None:
        with pytest.raises(LedgerError, match="nobody asked"):
            ledger.settle("T1:77", P, NOW)

    @pytest.mark.parametrize("phase", [R, S, X, RefundPhase.REFUSED])
    def test_a_phase_that_is_no_outcome_is_an_error(
        self, ledger: SharedLedger, phase: RefundPhase
    ) -> None:
        with pytest.raises(LedgerError, match="no outcome"):
            ledger.settle("T1:1", phase, NOW)

    def test_time_voids_only_what_was_never_submitted(self, ledger: SharedLedger) -> None:
        ledger.register(SALE)
        reserved, sent = granted(ledger, 1, 100, R), granted(ledger, 2, 200, S)
        unknown, posted = granted(ledger, 3, 300, U), granted(ledger, 4, 400, P)
        assert ledger.expire(NOW + MINUTE) == Expired(0, 0)
        assert ledger.expire(NOW + MINUTE + 1) == Expired(expired=1, unknown=1)
        assert [ledger.refund(name) for name in (reserved, sent, unknown, posted)] == [X, U, U, P]
        found = ledger.sale("T1-000001")
        assert found is not None
        assert (found.posted, found.reserved, found.unknown) == (400, 0, 500)
        for years in range(1, 5):
            assert ledger.expire(NOW + years * 365 * 24 * 60 * MINUTE) == Expired(0, 0)
        assert ledger.refund(sent) is U

    def test_no_time_leads_from_sent_to_void(self) -> None:
        reached, todo = set(), [S, U]
        while todo:
            phase = todo.pop()
            reached.add(phase)
            todo += [after for after in MOVES[phase] if after not in reached]
        assert X not in reached

    def test_an_expired_reservation_may_not_be_sent(self, ledger: SharedLedger) -> None:
        ledger.register(SALE)
        ledger.reserve(ASK, NOW)
        ledger.expire(NOW + 2 * MINUTE)
        assert not ledger.submitted("T1:1", NOW)
        again = ledger.reserve(ASK, NOW)
        assert (again.answer, again.phase, again.granted) == (Answer.GRANTED, X, False)

    def test_money_that_moved_after_all_is_counted_and_its_sum_is_a_case(
        self, ledger: SharedLedger
    ) -> None:
        ledger.register(SALE)
        ledger.reserve(ask(amount=1250), NOW)
        ledger.expire(NOW + 2 * MINUTE)
        granted(ledger, 2, 1250, P)
        assert ledger.settle("T1:1", P, NOW)
        found = ledger.sale("T1-000001")
        assert found is not None
        assert (found.posted, found.remaining) == (2500, -1250)
        assert kinds(ledger) == [CaseKind.OVER_REFUND]


class TestTotals:
    @pytest.fixture
    def filled(self, ledger: SharedLedger) -> SharedLedger:
        ledger.register(sale(amount=10_000))
        ledger.register(sale(sale_id="T2-000001", terminal="T2", amount=10_000))
        for number, (changes, phase) in enumerate(
            [
                (AskChanges(amount=1, asked_us=NOW - 10), P),
                (AskChanges(amount=2), P),
                (AskChanges(amount=4, terminal="T2"), U),
                (AskChanges(amount=8, operator="anna", sale_id="T2-000001"), S),
                (AskChanges(amount=16, payer="tok-2", sale_id=None, operation=FREE), R),
                (AskChanges(amount=32), F),
            ]
        ):
            name = f"n{number}"
            changes["refund_id"] = name
            assert ledger.reserve(ask(**changes), NOW).granted
            if phase is not R:
                ledger.submitted(name, NOW)
            if phase in (P, U, F):
                ledger.settle(name, phase, NOW)
        ledger.reserve(ask(refund_id="refused", amount=99_999), NOW)
        return ledger

    @pytest.mark.parametrize(
        ("scope", "name", "since", "but", "total"),
        [
            (Scope.SHOP, "", 0, None, Total(31, 5)),
            (Scope.SHOP, "", NOW, None, Total(30, 4)),
            (Scope.SHOP, "", NOW + 1, None, Total(0, 0)),
            (Scope.OPERATOR, "ben", 0, None, Total(23, 4)),
            (Scope.OPERATOR, "anna", 0, None, Total(8, 1)),
            (Scope.TERMINAL, "T2", 0, None, Total(4, 1)),
            (Scope.SALE, "T1-000001", 0, None, Total(7, 3)),
            (Scope.PAYER, "tok-2", 0, None, Total(16, 1)),
            (Scope.PAYER, "nobody", 0, None, Total(0, 0)),
            (Scope.OPERATOR, "ben", 0, "T1", Total(4, 1)),
            (Scope.SHOP, "", 0, "T2", Total(27, 4)),
        ],
    )
    def test_they_add_up_over_all_terminals(
        self,
        filled: SharedLedger,
        scope: Scope,
        name: str,
        since: int,
        but: str | None,
        total: Total,
    ) -> None:
        wanted = Sum(scope=scope, name=name, since_us=since)
        assert filled.totals([wanted], but) == (total,)

    @pytest.mark.parametrize(
        ("operations", "total"),
        [
            ({"refund"}, Total(15, 4)),
            ({FREE}, Total(16, 1)),
            ({"refund", FREE, "void"}, Total(31, 5)),
            ({"void"}, Total(0, 0)),
        ],
    )
    def test_only_the_named_operations_count(
        self, filled: SharedLedger, operations: set[str], total: Total
    ) -> None:
        shop = Sum(scope=Scope.SHOP, operations=frozenset(operations))
        assert filled.totals([shop]) == (total,)

    def test_many_sums_are_asked_for_at_once_and_answered_in_order(
        self, filled: SharedLedger
    ) -> None:
        ben, anna = (Sum(scope=Scope.OPERATOR, name=name) for name in ("ben", "anna"))
        assert filled.totals([anna, ben, anna]) == (Total(8, 1), Total(23, 4), Total(8, 1))
        assert filled.totals([]) == ()


class TestLeases:
    UNTIL = NOW + 60 * MINUTE

    def test_only_the_holder_refunds_until_the_lease_ends(self, ledger: SharedLedger) -> None:
        ledger.register(sale(lease_us=self.UNTIL))
        other = ask(refund_id="T2:1", terminal="T2", amount=1)
        assert ledger.reserve(other, NOW).answer is Answer.HELD
        assert ledger.reserve(ask(amount=1), NOW).granted

    def test_the_end_of_a_lease_frees_only_what_its_holder_has_told(
        self, ledger: SharedLedger
    ) -> None:
        ledger.register(sale(lease_us=self.UNTIL))
        late = self.UNTIL + LEASE_GRACE_US
        assert ledger.take_over("T1-000001", "T2", late + MINUTE, late) == Lease(
            "T1", self.UNTIL, granted=False
        )
        ledger.drained("T1", self.UNTIL - 1)
        assert not ledger.take_over("T1-000001", "T2", late + MINUTE, late).granted
        ledger.drained("T1", self.UNTIL)
        ledger.drained("T1", 5)  # older news change nothing
        assert not ledger.take_over("T1-000001", "T2", late + MINUTE, late - 1).granted
        taken = ledger.take_over("T1-000001", "T2", late + MINUTE, late)
        assert taken == Lease("T2", late + MINUTE, granted=True)
        assert ledger.reserve(ask(refund_id="1"), late).answer is Answer.HELD
        assert ledger.reserve(ask(refund_id="2", terminal="T2"), late).granted

    def test_without_a_lease_everybody_refunds_online_and_may_take_it(
        self, ledger: SharedLedger
    ) -> None:
        ledger.register(SALE)
        assert ledger.reserve(ask(refund_id="1", terminal="T2"), NOW).granted
        assert ledger.take_over("T1-000001", "T2", self.UNTIL, NOW).granted
        assert ledger.reserve(ask(refund_id="2"), NOW).answer is Answer.HELD

    def test_the_holder_prolongs_and_gives_back(self, ledger: SharedLedger) -> None:
        ledger.register(sale(lease_us=self.UNTIL))
        assert ledger.take_over("T1-000001", "T1", self.UNTIL + 7, NOW).until_us == self.UNTIL + 7
        assert ledger.take_over("T1-000001", "T1", NOW, NOW).until_us == self.UNTIL + 7
        ledger.release("T1-000001", "T2")
        assert not ledger.take_over("T1-000001", "T2", self.UNTIL, NOW).granted
        ledger.release("T1-000001", "T1")
        assert ledger.take_over("T1-000001", "T2", self.UNTIL, NOW).granted

    @pytest.mark.parametrize(
        "act",
        [
            lambda ledger: ledger.take_over("X", "T1", 1, 0),
            lambda ledger: ledger.release("X", "T1"),
            lambda ledger: ledger.withdraw("X", NOW),
        ],
        ids=["take over", "release", "withdraw"],
    )
    def test_a_sale_that_nobody_knows_is_an_error(
        self, ledger: SharedLedger, act: Callable[[SharedLedger], object]
    ) -> None:
        with pytest.raises(LedgerError, match="nobody registered"):
            act(ledger)


class TestReports:
    def test_a_late_refund_within_sum_and_lease_is_no_case(self, ledger: SharedLedger) -> None:
        ledger.register(sale(lease_us=NOW + MINUTE))
        for _ in range(2):
            assert ledger.report(ASK, NOW + 90 * MINUTE).granted
        assert ledger.refund("T1:1") is S
        assert ledger.cases() == ()

    def test_one_that_breaks_the_sum_is_kept_and_a_case(self, ledger: SharedLedger) -> None:
        ledger.register(sale(lease_us=NOW + MINUTE))
        granted(ledger, 5, 1250, P)
        assert ledger.report(ASK, NOW).granted
        assert ledger.settle("T1:1", P, NOW)
        found = ledger.sale("T1-000001")
        assert found is not None
        assert found.posted == 1750
        assert set(kinds(ledger)) == {CaseKind.OVER_REFUND}

    def test_one_that_was_refused_online_and_sent_all_the_same_counts(
        self, ledger: SharedLedger
    ) -> None:
        ledger.register(sale(lease_us=NOW + MINUTE))
        late = ask(amount=1300)
        assert ledger.reserve(late, NOW).answer is Answer.NOT_ENOUGH
        ledger.report(late, NOW)
        found = ledger.sale("T1-000001")
        assert found is not None
        assert found.reserved == 1300
        assert kinds(ledger) == [CaseKind.OVER_REFUND]

    @pytest.mark.parametrize(
        ("changes", "kind"),
        [
            (AskChanges(terminal="T2"), CaseKind.LEASE_BREACH),
            (AskChanges(asked_us=NOW + 2 * MINUTE), CaseKind.LEASE_BREACH),
            (AskChanges(sale_id="T9-000009"), CaseKind.UNKNOWN_SALE),
        ],
        ids=["not the holder", "after the lease", "no such sale"],
    )
    def test_one_that_nobody_had_the_right_to_is_a_case(
        self, ledger: SharedLedger, changes: AskChanges, kind: CaseKind
    ) -> None:
        ledger.register(sale(lease_us=NOW + MINUTE))
        assert ledger.report(ask(**changes), NOW).granted
        assert ledger.refund("T1:1") is S
        assert kinds(ledger) == [kind]

    def test_an_unreferenced_one_is_only_counted(self, ledger: SharedLedger) -> None:
        ledger.report(ask(sale_id=None), NOW)
        assert ledger.totals([Sum(scope=Scope.SHOP)]) == (Total(500, 1),)
        assert ledger.cases() == ()

    @pytest.mark.parametrize("amount", [500, 9999])
    def test_the_id_of_another_request_is_a_conflict(
        self, ledger: SharedLedger, amount: int
    ) -> None:
        ledger.register(SALE)
        ledger.reserve(ask(amount=amount), NOW)
        assert ledger.report(ask(amount=1), NOW).answer is Answer.CONFLICT
        assert kinds(ledger) == [CaseKind.ID_CONFLICT]


def test_a_copied_terminal_is_found_by_the_message_that_it_numbers_again(
    ledger: SharedLedger,
) -> None:
    assert ledger.witness("T1", 1, "a")
    assert ledger.witness("T1", 1, "a")
    assert ledger.witness("T1", 2, "b")
    assert ledger.witness("T2", 1, "c")
    assert not ledger.witness("T1", 2, "other")
    (case,) = ledger.cases()
    assert (case.kind, case.subject) == (CaseKind.FORKED_TERMINAL, "T1")
    assert '"seq":2' in case.details


class TestCases:
    def test_a_closed_case_is_no_work_any_more_and_does_not_open_again(
        self, ledger: SharedLedger
    ) -> None:
        assert ledger.witness("T1", 1, "one")
        for body in ("two", "three"):
            assert not ledger.witness("T1", 1, body)
        first, second = ledger.cases()
        assert first.name != second.name
        assert ledger.close_case(first.name, "maya", NOW) == first
        assert ledger.cases() == (second,)
        assert ledger.close_case(first.name, "maya", NOW) is None
        for body in ("two", "three"):
            assert not ledger.witness("T1", 1, body)
        assert ledger.cases() == (second,)

    def test_a_name_that_nobody_has_closes_nothing(self, ledger: SharedLedger) -> None:
        assert ledger.close_case("0" * 12, "maya", NOW) is None

    def test_another_merchant_closes_nothing_of_ours(
        self, ledger: SharedLedger, opener: Callable[[str], SharedLedger]
    ) -> None:
        ledger.witness("T1", 1, "one")
        ledger.witness("T1", 1, "two")
        (case,) = ledger.cases()
        assert opener("other").close_case(case.name, "maya", NOW) is None
        assert ledger.cases() == (case,)
