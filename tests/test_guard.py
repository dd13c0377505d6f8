"""The heart, over a real store: what was judged is durable, and nothing is counted twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_guard.errors import NotPermittedError, StoreError
from pos_guard.guard import RefusedError
from pos_guard.model import (
    Intent,
    IntentKind,
    Outcome,
    Receipt,
    Result,
    Scan,
    Source,
    Tender,
    TenderLine,
)
from pos_guard.money import Money
from pos_guard.policy.verdict import Level, Mode, Reason
from pos_guard.store.ledger import Phase
from tests.shop import PINS, Shop, shop

ZVT = "zvt"


def sale(amount: int) -> Intent:
    return Intent(IntentKind.SALE, Tender.CARD, amount, "EUR")


def refund(amount: int, original: str | None = None, reference: str | None = None) -> Intent:
    return Intent(IntentKind.REFUND, Tender.CARD, amount, "EUR", original, reference=reference)


def paid_receipt(total: int, *, order: str | None = None, cash: int = 0, card: int = 0) -> Receipt:
    lines = (TenderLine(Tender.CASH, cash), TenderLine(Tender.CARD, card))
    tenders = tuple(line for line in lines if line.amount)
    return Receipt(
        claims_paid=True,
        order_id=order,
        total=Money(total, "EUR"),
        tenders=tenders,
        drawer=bool(cash),
        fingerprint="f" * 64,
    )


@pytest.fixture
def corner(tmp_path: Path) -> Iterator[Shop]:
    made = shop(tmp_path)
    yield made
    made.store.close()


def phase(corner: Shop, entry: int) -> Phase:
    return corner.store.ledger.entry(entry).phase


def approved(amount: int, receipt: str = "0001") -> Outcome:
    return Outcome(Result.APPROVED, amount, "EUR", receipt)


class TestSales:
    def test_the_amount_of_the_bill_is_reserved_then_posted(self, corner: Shop) -> None:
        corner.order(1250)
        corner.guard.payee_reported(ZVT, "52001233")
        decision = corner.guard.judge(sale(1250), link=ZVT, frame=b"\x06\x01")
        assert decision.allowed
        assert phase(corner, decision.id) is Phase.RESERVED
        assert corner.guard.settle(decision.id, approved(1250)) is None
        assert phase(corner, decision.id) is Phase.POSTED

    @pytest.mark.parametrize(
        ("asked", "reason"),
        [
            (12500, Reason.AMOUNT),
            (125000, Reason.AMOUNT),
            (1205, Reason.AMOUNT),
            (1251, Reason.AMOUNT),
        ],
    )
    def test_a_slip_of_the_amount_is_refused(
        self, corner: Shop, asked: int, reason: Reason
    ) -> None:
        corner.order(1250)
        decision = corner.guard.judge(sale(asked), link=ZVT)
        assert not decision.allowed
        assert decision.reason is reason
        assert "12.50" in decision.say.en
        assert "12.50" in decision.say.zh
        assert phase(corner, decision.id) is Phase.REFUSED

    def test_a_paid_order_is_not_charged_again(self, corner: Shop) -> None:
        corner.paid_sale(1250)
        again = corner.guard.judge(sale(1250), link=ZVT)
        assert not again.allowed
        assert again.reason in {Reason.DUPLICATE, Reason.AMOUNT}

    def test_an_open_attempt_blocks_a_second_one(self, corner: Shop) -> None:
        corner.order(1250)
        assert corner.guard.judge(sale(1250), link=ZVT).allowed
        assert not corner.guard.judge(sale(1250), link=ZVT).allowed

    def test_without_a_bill_nothing_is_charged(self, corner: Shop) -> None:
        decision = corner.guard.judge(sale(1250), link=ZVT)
        assert not decision.allowed

    def test_a_terminal_that_moved_another_amount_freezes_its_link(self, corner: Shop) -> None:
        corner.order(1250)
        decision = corner.guard.judge(sale(1250), link=ZVT)
        words = corner.guard.settle(decision.id, approved(12500))
        assert words is not None
        assert "125.00" in words.en
        corner.order(300)
        assert corner.guard.judge(sale(300), link=ZVT).reason is Reason.FROZEN
        corner.guard.thaw(ZVT, "maya", PINS["maya"])
        assert corner.guard.judge(sale(300), link=ZVT).allowed

    def test_a_stranger_terminal_freezes_the_link(self, corner: Shop) -> None:
        words = corner.guard.payee_reported(ZVT, "52001234")
        assert words is not None
        assert "52001234" in words.zh
        corner.order(1250)
        assert not corner.guard.judge(sale(1250), link=ZVT).allowed


class TestRefunds:
    def test_nobody_signed_in_gets_nothing(self, corner: Shop) -> None:
        corner.paid_sale(1250)
        assert corner.guard.judge(refund(1250, "0001"), link=ZVT).reason is Reason.NOT_SIGNED_IN

    def test_a_cashier_may_not(self, corner: Shop) -> None:
        corner.paid_sale(1250)
        corner.sign_in("anna")
        assert corner.guard.judge(refund(500, "0001"), link=ZVT).reason is Reason.NOT_PERMITTED

    def test_never_more_than_was_paid_counting_this_request(self, corner: Shop) -> None:
        corner.paid_sale(1250)
        corner.sign_in("ben")
        first = corner.guard.judge(refund(800, "0001"), link=ZVT)
        assert first.allowed
        reserved = corner.guard.judge(refund(451, "0001"), link=ZVT)
        assert reserved.reason is Reason.REMAINING
        corner.guard.settle(first.id, approved(800, "0002"))
        posted = corner.guard.judge(refund(451, "0001"), link=ZVT)
        assert posted.reason is Reason.REMAINING
        exact = corner.guard.judge(refund(450, "0001"), link=ZVT)
        assert exact.allowed
        corner.guard.settle(exact.id, approved(450, "0003"))
        assert not corner.guard.judge(refund(1, "0001"), link=ZVT).allowed

    def test_a_failed_refund_gives_its_reservation_back(self, corner: Shop) -> None:
        corner.paid_sale(1250)
        corner.sign_in("ben")
        first = corner.guard.judge(refund(1250, "0001"), link=ZVT)
        corner.guard.settle(first.id, Outcome(Result.DECLINED))
        assert corner.guard.judge(refund(1250, "0001"), link=ZVT).allowed

    def test_an_unknown_refund_keeps_its_reservation_and_blocks_the_link(
        self, corner: Shop
    ) -> None:
        corner.paid_sale(1250)
        corner.sign_in("ben")
        first = corner.guard.judge(refund(500, "0001"), link=ZVT)
        corner.guard.settle(first.id, Outcome(Result.UNKNOWN))
        assert corner.guard.judge(refund(100, "0001"), link=ZVT).reason is Reason.UNRESOLVED
        corner.guard.resolve(first.id, Result.DECLINED, "maya", PINS["maya"])
        assert corner.guard.judge(refund(1250, "0001"), link=ZVT).allowed

    def test_the_scanned_sale_counts_only_where_the_frame_names_none(self, corner: Shop) -> None:
        small = corner.paid_sale(300, receipt="0001")
        corner.paid_sale(1250, receipt="0002")
        corner.sign_in("ben")
        assert corner.guard.tell_original(small, Source.SCAN)
        assert corner.guard.judge(refund(1250), link=ZVT).reason is Reason.REMAINING
        assert corner.guard.judge(refund(1250, "0002"), link=ZVT).allowed

    def test_a_void_takes_back_the_whole_sale_once(self, corner: Shop) -> None:
        corner.paid_sale(1250)
        corner.sign_in("ben")
        void = Intent(IntentKind.REVERSAL, Tender.CARD, original="0001")
        first = corner.guard.judge(void, link=ZVT)
        assert first.allowed
        assert corner.store.ledger.entry(first.id).amount == 1250
        corner.guard.settle(first.id, Outcome(Result.APPROVED, None, None, "0002"))
        assert not corner.guard.judge(void, link=ZVT).allowed

    def test_a_voided_order_can_be_paid_again(self, corner: Shop) -> None:
        corner.paid_sale(1250)
        corner.sign_in("ben")
        void = corner.guard.judge(
            Intent(IntentKind.REVERSAL, Tender.CARD, original="0001"), link=ZVT
        )
        corner.guard.settle(void.id, Outcome(Result.APPROVED, None, None, "0002"))
        assert not corner.guard.judge_receipt(paid_receipt(1250), link="printer").allowed
        assert corner.guard.judge(sale(1250), link=ZVT).allowed

    def test_the_same_refund_number_is_the_same_refund(self, corner: Shop) -> None:
        corner.paid_sale(1250)
        corner.sign_in("ben")
        first = corner.guard.judge(refund(500, "0001", "R1"), link=ZVT)
        again = corner.guard.judge(refund(500, "0001", "R1"), link=ZVT)
        assert (again.reason, again.id) == (Reason.DUPLICATE, first.id)  # a terminal pays again
        other = corner.guard.judge(refund(600, "0001", "R1"), link=ZVT)
        assert other.reason is Reason.DUPLICATE
        sale_id = first.sale_id
        assert sale_id is not None
        state = corner.store.ledger.sale(sale_id)
        assert state is not None
        assert state.reserved == 500


class TestSecondPerson:
    def waiting(self, corner: Shop) -> int:
        corner.paid_sale(5000)
        corner.sign_in("ben")
        decision = corner.guard.judge(refund(3000, "0001"), link=ZVT)
        assert decision.needs_person
        assert phase(corner, decision.id) is Phase.WAITING
        return decision.id

    def test_a_manager_approves_exactly_this_request(self, corner: Shop) -> None:
        number = self.waiting(corner)
        corner.guard.approve(number, "maya", PINS["maya"])
        decision = corner.guard.rejudge(number)
        assert decision.allowed
        assert corner.store.ledger.entry(number).approver == "maya"

    @pytest.mark.parametrize(
        ("approver", "pin"),
        [
            ("ben", PINS["ben"]),
            ("anna", PINS["anna"]),
            ("maya", "000111"),
            ("nobody", PINS["maya"]),
        ],
    )
    def test_nobody_else_does(self, corner: Shop, approver: str, pin: str) -> None:
        number = self.waiting(corner)
        with pytest.raises(NotPermittedError):
            corner.guard.approve(number, approver, pin)
        assert not corner.guard.rejudge(number).allowed
        assert phase(corner, number) is Phase.REFUSED

    def test_an_approval_expires_on_boot_time_whatever_the_wall_clock_says(
        self, corner: Shop
    ) -> None:
        number = self.waiting(corner)
        corner.guard.approve(number, "maya", PINS["maya"])
        corner.clock.advance(61)
        corner.clock.step_wall(-61)
        assert not corner.guard.rejudge(number).allowed

    def test_an_approval_is_no_right_for_the_next_request(self, corner: Shop) -> None:
        number = self.waiting(corner)
        corner.guard.approve(number, "maya", PINS["maya"])
        assert corner.guard.rejudge(number).allowed
        corner.guard.settle(number, Outcome(Result.DECLINED))
        assert corner.guard.judge(refund(3000, "0001"), link=ZVT).needs_person

    def test_a_no_stays_a_no(self, corner: Shop) -> None:
        number = self.waiting(corner)
        corner.guard.decline(number, "maya")
        corner.guard.approve(number, "maya", PINS["maya"])
        assert not corner.guard.rejudge(number).allowed

    def test_the_rules_run_again_over_the_state_of_then(self, corner: Shop) -> None:
        number = self.waiting(corner)
        small = corner.guard.judge(refund(2000, "0001"), link=ZVT)
        assert small.allowed
        bigger = corner.guard.judge(refund(1500, "0001"), link=ZVT)
        assert bigger.allowed
        corner.guard.approve(number, "maya", PINS["maya"])
        assert corner.guard.rejudge(number).reason is Reason.REMAINING

    def test_a_till_that_left_is_never_served(self, corner: Shop) -> None:
        number = self.waiting(corner)
        corner.guard.abandon(number)
        with pytest.raises(StoreError):
            corner.guard.rejudge(number)
        assert phase(corner, number) is Phase.ABANDONED

    def test_without_its_sale_a_refund_has_a_cap_and_a_second_person(self, corner: Shop) -> None:
        corner.sign_in("ben")
        corner.guard.payee_reported(ZVT, "52001233")
        assert corner.guard.judge(refund(6000), link=ZVT).reason is Reason.OVER_LIMIT
        small = corner.guard.judge(refund(500), link=ZVT)
        assert small.needs_person
        corner.guard.approve(small.id, "maya", PINS["maya"])
        assert corner.guard.rejudge(small.id).allowed


class TestReceipts:
    def test_paid_is_printed_only_after_payment(self, corner: Shop) -> None:
        corner.order(1250)
        before = corner.guard.judge_receipt(paid_receipt(1250), link="printer")
        assert before.reason is Reason.NOT_PAID
        corner.guard.payee_reported(ZVT, "52001233")
        decision = corner.guard.judge(sale(1250), link=ZVT)
        during = corner.guard.judge_receipt(paid_receipt(1250), link="printer")
        assert not during.allowed
        corner.guard.settle(decision.id, approved(1250))
        after = corner.guard.judge_receipt(paid_receipt(1250), link="printer")
        assert after.allowed
        assert (after.copy, after.sale_id) == (1, decision.sale_id)

    def test_copies_are_counted(self, corner: Shop) -> None:
        corner.paid_sale(1250)
        copies = [
            corner.guard.judge_receipt(paid_receipt(1250), link="printer").copy for _ in range(3)
        ]
        assert copies == [1, 2, 3]

    def test_another_total_is_stopped(self, corner: Shop) -> None:
        corner.paid_sale(1250)
        assert not corner.guard.judge_receipt(paid_receipt(1350), link="printer").allowed

    def test_cash_is_declared_by_the_receipt_with_the_drawer(self, corner: Shop) -> None:
        key = corner.order(1250, "A1")
        first = corner.guard.judge_receipt(
            paid_receipt(1250, order="A1", cash=2000), link="printer"
        )
        assert first.allowed
        assert corner.store.ledger.paid_tenders(key) == ((Tender.CASH, 1250),)
        again = corner.guard.judge_receipt(
            paid_receipt(1250, order="A1", cash=2000), link="printer"
        )
        assert again.copy == 2
        assert corner.store.ledger.paid_tenders(key) == ((Tender.CASH, 1250),)

    def test_cash_and_card_together_pay_an_order(self, corner: Shop) -> None:
        corner.order(1250, "A1")
        corner.guard.payee_reported(ZVT, "52001233")
        card = corner.guard.judge(sale(750), link=ZVT)
        assert card.allowed
        assert card.verdict.level is Level.WARN
        corner.guard.settle(card.id, approved(750))
        short = corner.guard.judge_receipt(paid_receipt(1250, order="A1"), link="printer")
        assert not short.allowed
        both = corner.guard.judge_receipt(
            paid_receipt(1250, order="A1", cash=500, card=750), link="printer"
        )
        assert both.allowed


class TestScans:
    def code(self, corner: Shop, secret: str) -> Scan:
        return Scan(
            "payment_code",
            "wechat",
            payable=True,
            token=corner.guard.token(secret),
            masked="1346**",
        )

    def test_a_passed_code_becomes_context_and_is_used_once(self, corner: Shop) -> None:
        scan = self.code(corner, "134651234567890123")
        assert corner.guard.judge_scan(scan, link="scanner").allowed
        code = corner.guard.context().code
        assert code is not None
        assert code.value.token == scan.token
        corner.order(1250)
        pay = Intent(
            IntentKind.SALE, Tender.WECHAT, 1250, "EUR", payee="1900000109", reference="O-1",
            payer_token=scan.token,
        )  # fmt: skip
        paid = corner.guard.judge(pay, link="wechat")
        assert paid.allowed
        assert corner.guard.judge_scan(scan, link="scanner").reason is Reason.UNRESOLVED
        corner.guard.settle(paid.id, Outcome(Result.DECLINED))
        assert corner.guard.judge_scan(scan, link="scanner").reason is Reason.CODE

    def test_the_code_itself_is_nowhere_in_the_store(self, corner: Shop) -> None:
        secret = "134651234567890123"
        corner.guard.judge_scan(self.code(corner, secret), link="scanner")
        corner.store.close()
        for file in corner.directory.rglob("*"):
            assert not file.is_file() or secret.encode() not in file.read_bytes()


class TestObserve:
    def test_nothing_is_blocked_and_everything_is_recorded(self, tmp_path: Path) -> None:
        corner = shop(tmp_path, mode=Mode.OBSERVE)
        corner.order(1250)
        decision = corner.guard.judge(sale(125000), link=ZVT)
        assert decision.allowed
        assert decision.verdict.would_be is Level.DENY
        assert corner.guard.judge_receipt(paid_receipt(999), link="printer").allowed
        assert corner.guard.judge(refund(100_000), link=ZVT).allowed
        corner.store.close()


class TestRecord:
    def test_each_verdict_names_policy_rule_and_sources(self, corner: Shop) -> None:
        corner.order(1250)
        corner.guard.judge(sale(12500), link=ZVT)
        record = next(iter(corner.store.audit.records(kind="verdict")))
        assert record.body["policy"] == corner.guard.policy.hash
        assert record.body["rule"] == "amount-matches-order"
        assert record.body["sources"] == {"order": "bill"}
        assert corner.store.audit.verify().count == len(list(corner.store.audit.records()))

    def test_what_cannot_be_recorded_is_denied(self, corner: Shop) -> None:
        corner.order(1250)
        corner.store.close()
        decision = corner.guard.judge(sale(1250), link=ZVT)
        assert not decision.allowed
        assert decision.reason is Reason.GUARD

    def test_a_reservation_without_an_outcome_is_unknown_after_a_restart(
        self, corner: Shop
    ) -> None:
        corner.order(1250)
        decision = corner.guard.judge(sale(1250), link=ZVT)
        again = corner.reopened()
        assert [entry.id for entry in again.guard.unresolved(ZVT)] == [decision.id]
        assert again.guard.judge(sale(1250), link=ZVT).reason is Reason.UNRESOLVED
        assert again.guard.context().order is not None
        again.guard.settle(decision.id, approved(1250))
        assert not again.guard.unresolved(ZVT)
        again.store.close()


class TestClock:
    def test_a_clock_that_was_set_back_lets_no_money_out_until_somebody_says_so(
        self, corner: Shop
    ) -> None:
        corner.clock.step_wall(7200)
        corner.paid_sale(1250)
        corner.sign_in("ben")
        corner.clock.step_wall(-3600)
        assert corner.guard.judge(refund(500, "0001"), link=ZVT).reason is Reason.GUARD
        corner.sign_in("ben")  # recorded under the wrong time, which makes nothing right
        assert corner.guard.judge(refund(500, "0001"), link=ZVT).reason is Reason.GUARD
        with pytest.raises(NotPermittedError):
            corner.guard.trust_clock("ben", PINS["ben"])
        corner.guard.trust_clock("maya", PINS["maya"])
        assert corner.guard.judge(refund(500, "0001"), link=ZVT).allowed

    def test_a_restart_does_not_make_it_right(self, corner: Shop) -> None:
        corner.paid_sale(1250)
        corner.sign_in("ben")
        corner.clock.step_wall(-3600)
        again = corner.reopened()
        assert again.guard.judge(refund(500, "0001"), link=ZVT).reason is Reason.GUARD
        again.clock.step_wall(3600)
        assert again.guard.judge(refund(500, "0001"), link=ZVT).allowed
        again.store.close()


class TestPayees:
    def test_a_sale_judged_before_the_terminal_said_its_id_keeps_the_id_it_reported(
        self, corner: Shop
    ) -> None:
        corner.order(1250)
        decision = corner.guard.judge(sale(1250), link=ZVT)
        outcome = Outcome(Result.APPROVED, 1250, "EUR", "0001", payee="52001233")
        corner.guard.settle(decision.id, outcome)
        assert corner.store.ledger.entry(decision.id).payee == "52001233"


class TestSubmit:
    def test_the_result_of_send_is_recorded(self, corner: Shop) -> None:
        corner.order(1250)
        decision = corner.guard.submit(
            sale(1250), lambda intent: approved(intent.amount or 0), link="sdk"
        )
        assert phase(corner, decision.id) is Phase.POSTED

    def test_a_send_that_raises_leaves_the_outcome_unknown(self, corner: Shop) -> None:
        corner.order(1250)

        def broken(_: Intent) -> Outcome:
            raise ConnectionError("gone")

        with pytest.raises(ConnectionError):
            corner.guard.submit(sale(1250), broken, link="sdk")
        assert len(corner.guard.unresolved("sdk")) == 1

    def test_a_refusal_never_calls_send(self, corner: Shop) -> None:
        corner.order(1250)

        def never(_: Intent) -> Outcome:
            pytest.fail("a refused request was sent")

        with pytest.raises(RefusedError) as refused:
            corner.guard.submit(sale(12500), never, link="sdk")
        assert refused.value.decision.reason is Reason.AMOUNT
