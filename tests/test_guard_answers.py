"""What people answer for a request that waits, and what a till without a screen does instead."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pos_guard.consoles.callback import (
    Answer,
    Approve,
    Confirm,
    Console,
    Decline,
    Explain,
    Prove,
    Question,
)
from pos_guard.decision import Decision, RefusedError
from pos_guard.errors import NotPermittedError, StoreError
from pos_guard.guard import Guard
from pos_guard.model import Intent, IntentKind, Outcome, Purpose, Result, Source, Tender
from pos_guard.policy.policy import Alone, Policy, RuleSetting
from pos_guard.policy.verdict import Level, Need, Reason
from pos_guard.store import totp
from pos_guard.store.ledger import Phase
from tests.shop import PINS, TERMINAL_ID, Shop, shop

ZVT = "zvt"
FRAME = b"\x06\x01\x07\x04\x00\x00\x00\x01\x25\x00\x49\x09\x78"
CONFIRM = RuleSetting(options={"above": 10_000, "reentry": "on"})
HELD = RuleSetting(options={"above": 10_000})
SECRET = bytes(range(20))


def sold(corner: Shop) -> Shop:
    """A sale of 50.00 that may be refunded, and ben at the till."""
    corner.paid_sale(5000)
    corner.sign_in("ben")
    return corner


def configured(corner: Shop, change: Callable[[Policy], Policy]) -> Shop:
    """The same shop under a changed policy."""
    guard = Guard(corner.store, change(corner.guard.policy), corner.clock)
    return replace(corner, guard=guard)


def with_rule(setting: RuleSetting) -> Callable[[Policy], Policy]:
    return lambda policy: replace(policy, rules={**policy.rules, "amount-confirmed": setting})


def alone(rule: Alone) -> Callable[[Policy], Policy]:
    def change(policy: Policy) -> Policy:
        roles = dict(policy.roles)
        roles["senior"] = replace(roles["senior"], alone=rule)
        return replace(policy, roles=roles)

    return change


def with_reasons(policy: Policy) -> Policy:
    return replace(policy, reasons=frozenset({"damaged", "wrong-size"}))


@pytest.fixture
def corner(tmp_path: Path) -> Iterator[Shop]:
    made = shop(tmp_path)
    yield made
    made.store.close()


def sale(amount: int) -> Intent:
    return Intent(IntentKind.SALE, Tender.CARD, amount, "EUR")


def refund(amount: int) -> Intent:
    return Intent(IntentKind.REFUND, Tender.CARD, amount, "EUR", "0001")


def ask_sale(corner: Shop, amount: int = 12_500, frame: bytes = FRAME) -> Decision:
    corner.guard.payee_reported(ZVT, TERMINAL_ID)
    return corner.guard.judge(sale(amount), link=ZVT, frame=frame)


def ask_refund(corner: Shop, amount: int = 3000) -> Decision:
    if not corner.store.ledger.search(link=ZVT):
        sold(corner)
    return corner.guard.judge(refund(amount), link=ZVT, frame=FRAME)


def phase(corner: Shop, decision: Decision) -> Phase:
    return corner.store.ledger.entry(decision.id).phase


def kinds(corner: Shop) -> list[str]:
    return [record.kind for record in corner.store.audit.records()]


class TestConfirmation:
    def test_the_amount_entered_again_lets_it_through(self, corner: Shop) -> None:
        corner = configured(corner, with_rule(HELD))
        corner.order(12_500)
        held = ask_sale(corner)
        assert held.needs == {Need.CONFIRMATION}
        assert "壹佰贰拾伍元" in held.say.zh
        assert corner.guard.needs(held.id) == {Need.CONFIRMATION}
        assert corner.guard.confirm(held.id, 12_500) == frozenset()
        done = corner.guard.rejudge(held.id)
        assert (done.allowed, done.steps) == (True, 1)
        record = list(corner.store.audit.records(kind="verdict"))[-1]
        assert record.body["answers"] == {"confirmed": 12_500, "totp": False, "waited_us": 0}
        assert "confirmed" in kinds(corner)

    @pytest.mark.parametrize("again", [1250, 125_000, 15_200, 12_501, 0])
    def test_another_amount_ends_it(self, corner: Shop, again: int) -> None:
        corner = configured(corner, with_rule(HELD))
        corner.order(12_500)
        held = ask_sale(corner)
        corner.guard.confirm(held.id, again)
        done = corner.guard.rejudge(held.id)
        assert (done.allowed, done.reason) == (False, Reason.AMOUNT)
        assert phase(corner, done) is Phase.REFUSED

    def test_a_large_refund_needs_both_and_neither_alone_is_enough(self, corner: Shop) -> None:
        corner = configured(sold(corner), with_rule(RuleSetting(options={"above": 2500})))
        held = ask_refund(corner)
        assert held.needs == {Need.APPROVAL, Need.CONFIRMATION}
        assert corner.guard.confirm(held.id, 3000) == {Need.APPROVAL}
        assert corner.guard.approve(held.id, "maya", PINS["maya"]) == frozenset()
        done = corner.guard.rejudge(held.id)
        assert (done.allowed, done.steps) == (True, 2)

    def test_one_answer_of_two_is_a_no_when_time_is_over(self, corner: Shop) -> None:
        corner = configured(sold(corner), with_rule(RuleSetting(options={"above": 2500})))
        held = ask_refund(corner)
        corner.guard.approve(held.id, "maya", PINS["maya"])
        assert phase(corner, corner.guard.rejudge(held.id)) is Phase.REFUSED

    def test_what_does_not_wait_takes_no_answer(self, corner: Shop) -> None:
        answers: tuple[Callable[[], frozenset[Need]], ...] = (
            lambda: corner.guard.confirm(77, 1),
            lambda: corner.guard.explain(77, reason="damaged"),
            lambda: corner.guard.prove(77, "ben", PINS["ben"], None),
        )
        for answer in answers:
            with pytest.raises(StoreError):
                answer()
        assert corner.guard.needs(77) == frozenset()


class TestReentry:
    def ready(self, corner: Shop) -> Shop:
        corner = configured(corner, with_rule(CONFIRM))
        corner.order(12_500)
        return corner

    def test_the_same_frame_two_to_sixty_seconds_later_confirms(self, corner: Shop) -> None:
        corner = self.ready(corner)
        first = ask_sale(corner)
        assert (first.allowed, first.needs_person, first.reentry) == (False, False, True)
        assert first.reason is Reason.UNCONFIRMED
        assert "60" in first.say.zh
        assert phase(corner, first) is Phase.REFUSED
        corner.clock.advance(5)
        second = ask_sale(corner)
        assert (second.allowed, second.steps) == (True, 1)
        assert second.id != first.id

    @pytest.mark.parametrize(
        ("seconds", "allowed"),
        [(0, False), (1.9, False), (2, True), (60, True), (60.1, False), (3600, False)],
    )
    def test_too_soon_or_too_late_is_a_first_time(
        self, corner: Shop, seconds: float, allowed: bool
    ) -> None:
        corner = self.ready(corner)
        ask_sale(corner)
        corner.clock.advance(seconds)
        assert ask_sale(corner).allowed is allowed

    def test_the_wall_clock_does_not_count(self, corner: Shop) -> None:
        corner = self.ready(corner)
        ask_sale(corner)
        corner.clock.step_wall(10)
        assert not ask_sale(corner).allowed

    def test_another_frame_between_makes_it_a_first_time(self, corner: Shop) -> None:
        corner = self.ready(corner)
        ask_sale(corner)
        corner.clock.advance(5)
        ask_sale(corner, 1250, FRAME + b"\x01")
        corner.clock.advance(5)
        assert not ask_sale(corner).allowed
        corner.guard.refuse(link=ZVT, reason=Reason.MALFORMED, say=ask_sale(corner).say)
        corner.clock.advance(5)
        assert not ask_sale(corner).allowed

    def test_other_bytes_another_link_or_another_order_is_no_reentry(self, corner: Shop) -> None:
        corner = self.ready(corner)
        ask_sale(corner)
        corner.clock.advance(5)
        assert not corner.guard.judge(sale(12_500), link="zvt-2", frame=FRAME).allowed
        assert not ask_sale(corner, frame=FRAME + b"\x01").allowed
        corner.clock.advance(5)
        corner.order(12_500, "B7")
        assert not ask_sale(corner).allowed

    def test_it_counts_once_and_a_restart_forgets_it(self, corner: Shop) -> None:
        corner = self.ready(corner)
        ask_sale(corner)
        again = corner.reopened()
        again.clock.advance(5)
        assert not ask_sale(again).allowed
        again.clock.advance(5)
        done = ask_sale(again)
        assert done.allowed
        again.guard.settle(done.id, Outcome(Result.DECLINED))
        again.clock.advance(5)
        assert not ask_sale(again).allowed
        again.store.close()

    def test_it_is_never_a_second_person_nor_for_a_refund(self, corner: Shop) -> None:
        setting = RuleSetting(options={"above": 2500, "reentry": "on"})
        corner = configured(sold(corner), with_rule(setting))
        for _ in range(3):
            held = ask_refund(corner)
            assert held.needs_person
            assert not held.reentry
            corner.guard.abandon(held.id)
            corner.clock.advance(5)

    def test_an_app_with_a_screen_is_asked_there(self, corner: Shop) -> None:
        corner = self.ready(corner)
        corner.guard.payee_reported(ZVT, TERMINAL_ID)
        asked = corner.guard.judge(sale(12_500), link=ZVT)
        assert asked.needs == {Need.CONFIRMATION}

    def test_where_policy_is_silent_a_console_is_asked(self, corner: Shop) -> None:
        corner = configured(corner, with_rule(HELD))
        corner.order(12_500)
        held = ask_sale(corner)
        assert held.needs_person
        corner.guard.abandon(held.id)
        corner.clock.advance(5)
        assert not ask_sale(corner).allowed


class TestOwner:
    def owner(self, corner: Shop, rule: Alone) -> Shop:
        step = totp.step_of(corner.clock.wall_us())
        corner.store.people.set_second("ben", SECRET, totp.code_at(SECRET, step))
        corner.clock.advance(60)
        return configured(corner, alone(rule))

    def code(self, corner: Shop) -> str:
        return totp.code_at(SECRET, totp.step_of(corner.clock.wall_us()))

    def test_pin_and_totp_of_the_operator_himself(self, corner: Shop) -> None:
        corner = self.owner(corner, Alone(limit=10_000))
        held = ask_refund(corner)
        assert held.needs == {Need.OWNER}
        assert corner.guard.prove(held.id, "ben", PINS["ben"], self.code(corner)) == frozenset()
        assert corner.guard.rejudge(held.id).allowed

    def test_a_used_code_a_wrong_one_or_somebody_else_is_not_he(self, corner: Shop) -> None:
        corner = self.owner(corner, Alone(limit=10_000))
        held = ask_refund(corner)
        code = self.code(corner)
        corner.guard.prove(held.id, "ben", PINS["ben"], code)
        assert corner.guard.rejudge(held.id).allowed
        corner.guard.settle(held.id, Outcome(Result.DECLINED))
        again = ask_refund(corner)
        for person, pin, number in (
            ("ben", PINS["ben"], code),
            ("ben", PINS["ben"], "000000"),
            ("ben", PINS["ben"], None),
            ("maya", PINS["maya"], None),
        ):
            with pytest.raises(NotPermittedError):
                corner.guard.prove(again.id, person, pin, number)
            corner.clock.advance(600)
        assert not corner.guard.rejudge(again.id).allowed

    def test_above_his_own_limit_only_somebody_else_helps(self, corner: Shop) -> None:
        corner = self.owner(corner, Alone(limit=2999))
        assert ask_refund(corner).needs == {Need.APPROVAL}

    def test_the_same_request_again_after_the_delay(self, corner: Shop) -> None:
        corner = configured(corner, alone(Alone(limit=10_000, totp=False, delay_s=900)))
        first = ask_refund(corner)
        assert first.needs == {Need.OWNER}
        corner.guard.abandon(first.id)
        corner.clock.advance(899)
        early = ask_refund(corner)
        assert not early.allowed
        corner.guard.abandon(early.id)
        corner.clock.advance(1)
        other = ask_refund(corner, 2999)
        assert not other.allowed
        corner.guard.abandon(other.id)
        late = ask_refund(corner)
        assert late.allowed
        corner.guard.settle(late.id, Outcome(Result.DECLINED))
        assert not ask_refund(corner).allowed  # the next one waits anew

    def test_a_restart_begins_the_delay_again(self, corner: Shop) -> None:
        corner = configured(corner, alone(Alone(limit=10_000, totp=False, delay_s=900)))
        ask_refund(corner)
        corner.clock.advance(900)
        again = corner.reopened()
        assert not ask_refund(again).allowed
        again.store.close()


class TestReasons:
    def test_a_reason_that_is_missing_is_asked_for(self, corner: Shop) -> None:
        corner = configured(corner, with_reasons)
        held = ask_refund(corner, 1000)
        assert held.needs == {Need.REASON}
        assert corner.guard.explain(held.id, reason="damaged") == frozenset()
        assert corner.guard.rejudge(held.id).allowed
        record = list(corner.store.audit.records(kind="verdict"))[-1]
        assert record.body["reason_code"] == "damaged"

    def test_an_approval_given_before_the_reason_is_void(self, corner: Shop) -> None:
        corner = configured(corner, with_reasons)
        held = ask_refund(corner)
        assert held.needs == {Need.REASON, Need.APPROVAL}
        assert corner.guard.approve(held.id, "maya", PINS["maya"]) == {Need.REASON}
        assert corner.guard.explain(held.id, reason="damaged") == {Need.APPROVAL}
        assert corner.guard.approve(held.id, "maya", PINS["maya"]) == frozenset()
        assert corner.guard.rejudge(held.id).allowed

    def test_a_reason_told_before_needs_no_question(self, corner: Shop) -> None:
        corner = configured(corner, with_reasons)
        corner.paid_sale(5000)
        corner.sign_in("ben")
        corner.guard.tell_reason("damaged", Source.APP)
        decision = ask_refund(corner, 1000)
        assert (decision.allowed, decision.steps) == (True, 0)
        corner.guard.settle(decision.id, Outcome(Result.APPROVED, 1000, "EUR", "0002"))
        assert not ask_refund(corner, 1000).allowed  # it was the reason of that one refund


class TestBadges:
    def test_a_badge_says_who_and_the_pin_says_yes(self, corner: Shop) -> None:
        held = ask_refund(corner)
        assert corner.guard.tell_operator("maya", Source.SCAN)
        assert corner.guard.needs(held.id) == {Need.APPROVAL}  # a badge alone is no yes
        assert corner.guard.approve(held.id, None, PINS["maya"]) == frozenset()
        assert corner.guard.rejudge(held.id).allowed
        assert corner.store.ledger.entry(held.id).approver == "maya"
        operator = corner.guard.context().operator
        assert operator is not None
        assert operator.value == "ben"  # who asked is at the till again

    def test_it_counts_for_a_minute(self, corner: Shop) -> None:
        held = ask_refund(corner)
        corner.guard.tell_operator("maya", Source.SCAN)
        corner.clock.advance(61)
        with pytest.raises(NotPermittedError, match="say who approves"):
            corner.guard.approve(held.id, None, PINS["maya"])

    def test_when_nothing_waits_it_signs_in(self, corner: Shop) -> None:
        held = ask_refund(corner)
        corner.guard.abandon(held.id)
        corner.sign_in("maya")
        operator = corner.guard.context().operator
        assert operator is not None
        assert operator.value == "maya"

    def test_his_own_badge_is_nobody_elses(self, corner: Shop) -> None:
        held = ask_refund(corner)
        corner.sign_in("ben")
        with pytest.raises(NotPermittedError):
            corner.guard.approve(held.id, None, PINS["ben"])


class TestDefectsOfOthers:
    def test_gooderp_1907_the_approver_is_judged_over_what_is_submitted(self, corner: Shop) -> None:
        """Approved as one thing, edited into another: the yes is for those bytes alone."""
        held = ask_refund(corner)
        corner.guard.approve(held.id, "maya", PINS["maya"])
        corner.guard.abandon(held.id)
        edited = corner.guard.judge(refund(3001), link=ZVT, frame=FRAME)
        assert edited.needs == {Need.APPROVAL}
        other_bytes = corner.guard.judge(refund(3000), link=ZVT, frame=FRAME + b"\x00")
        assert other_bytes.needs == {Need.APPROVAL}

    def test_gooderp_1907_rights_are_those_of_the_moment_of_submitting(self, corner: Shop) -> None:
        held = ask_refund(corner)
        corner.guard.approve(held.id, "maya", PINS["maya"])
        corner.store.people.set_role("maya", "cashier")
        assert not corner.guard.rejudge(held.id).allowed

    def test_flocafe_767_a_changed_approver_brings_his_own_pin(self, corner: Shop) -> None:
        corner.store.people.add("omar", "Omar", "manager", "640193")
        held = ask_refund(corner)
        for person, pin in (("omar", PINS["maya"]), ("maya", "640193")):
            with pytest.raises(NotPermittedError):
                corner.guard.approve(held.id, person, pin)
            corner.clock.advance(600)
        corner.guard.approve(held.id, "maya", PINS["maya"])
        corner.guard.approve(held.id, "omar", "640193")
        assert corner.guard.rejudge(held.id).allowed
        assert corner.store.ledger.entry(held.id).approver == "omar"

    def test_flocafe_767_the_number_alone_is_not_the_request(self, corner: Shop) -> None:
        """Another payload is a duplicate; a repetition keeps the approver whose yes was used."""
        sold(corner)
        numbered = replace(refund(3000), reference="R1")
        held = corner.guard.judge(numbered, link=ZVT)
        corner.guard.approve(held.id, "maya", PINS["maya"])
        assert corner.guard.rejudge(held.id).allowed
        assert corner.guard.judge(numbered, link=ZVT).id == held.id
        assert corner.store.ledger.entry(held.id).approver == "maya"
        others: tuple[Intent, ...] = (
            replace(numbered, amount=2999),
            replace(numbered, currency="USD"),
            replace(numbered, payee="66666666"),
            replace(numbered, payer_token="f" * 64),
        )
        for other in others:
            assert not corner.guard.judge(other, link=ZVT).allowed

    def test_an_approval_does_not_survive_what_was_said_since(self, corner: Shop) -> None:
        held = ask_refund(corner)
        corner.guard.approve(held.id, "maya", PINS["maya"])
        assert corner.guard.explain(held.id, purpose=Purpose.GOODWILL) == {Need.APPROVAL}
        assert not corner.guard.rejudge(held.id).allowed


def scripted(*answers: Answer | None) -> tuple[Console, list[Question]]:
    """A console that gives these answers in turn, and the questions it got."""
    asked: list[Question] = []
    left = list(answers)

    def console(question: Question) -> Answer | None:
        asked.append(question)
        return left.pop(0)

    return console, asked


class TestCallbackConsole:
    def submit(self, corner: Shop, amount: int, console: Console) -> Decision:
        if not corner.store.ledger.search(link=ZVT):
            sold(corner)
        approved = Outcome(Result.APPROVED, amount, "EUR", "0002")
        return corner.guard.submit(refund(amount), lambda _: approved, link=ZVT, console=console)

    def test_every_need_is_asked_for_once(self, corner: Shop) -> None:
        corner = configured(sold(corner), with_rule(RuleSetting(options={"above": 2500})))
        corner = configured(corner, with_reasons)
        console, asked = scripted(Explain("damaged"), Confirm(3000), Approve("maya", PINS["maya"]))
        done = self.submit(corner, 3000, console)
        assert phase(corner, done) is Phase.POSTED
        assert [len(question.needs) for question in asked] == [3, 2, 1]
        assert (asked[0].digits, asked[0].capitals) == ("30.00 EUR", "欧元叁拾元整")
        assert done.steps == 3

    def test_a_wrong_pin_is_told_and_asked_again(self, corner: Shop) -> None:
        console, asked = scripted(Approve("maya", "111111"), None)
        with pytest.raises(RefusedError):
            self.submit(corner, 3000, console)
        assert asked[0].trouble == ""
        assert "Wrong id or PIN" in asked[1].trouble

    @pytest.mark.parametrize("answer", [None, Decline("maya"), Confirm(1)])
    def test_nobody_or_no_is_no(self, corner: Shop, answer: Answer | None) -> None:
        console, _ = scripted(*[answer] * 8)
        with pytest.raises(RefusedError) as refused:
            self.submit(corner, 3000, console)
        assert phase(corner, refused.value.decision) is Phase.REFUSED

    def test_a_proof_that_nobody_asked_for_is_no_approval(self, corner: Shop) -> None:
        console, _ = scripted(*[Prove("ben", PINS["ben"])] * 8)
        with pytest.raises(RefusedError):
            self.submit(corner, 3000, console)

    def test_what_is_allowed_asks_nobody(self, corner: Shop) -> None:
        console, asked = scripted()
        done = self.submit(corner, 1000, console)
        assert (done.steps, asked) == (0, [])


class TestGaps:
    def test_a_sale_under_broken_glass_is_a_gap_and_a_case(self, corner: Shop) -> None:
        corner.store.glass.start("maya", "the scanner service is down", 600)
        corner.order(1250)
        stopped = ask_sale(corner, 99_00)
        assert stopped.allowed
        assert stopped.verdict.would_be >= Level.DENY
        gap = next(iter(corner.store.audit.records(kind="gap")))
        assert gap.body["lifted"] == ["amount-matches-order"]
        assert next(iter(corner.store.audit.records(kind="case"))).body["why"] == "break-glass"

    def test_refunds_and_strange_terminals_stay_stopped(self, corner: Shop) -> None:
        corner.paid_sale(5000)
        corner.store.glass.start("maya", "the scanner service is down", 600)
        assert not ask_refund(corner).allowed
        corner.guard.payee_reported("zvt-2", "66666666")
        corner.order(1250)
        assert not corner.guard.judge(sale(1250), link="zvt-2").allowed
        assert "gap" not in kinds(corner)
