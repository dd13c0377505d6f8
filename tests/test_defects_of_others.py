"""Known defects of other systems, by name and number, against the whole guard over a real store.

Each test does what a person at the till did there. What single rules say of the same defects is in
``tests/policy/test_defects_of_others_*.py``.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from pos_guard.consoles.callback import Answer, Approve, Question
from pos_guard.decision import Decision
from pos_guard.errors import NotPermittedError, TamperError
from pos_guard.guard import Guard
from pos_guard.links import owed
from pos_guard.model import (
    Cart,
    CartLine,
    Intent,
    IntentKind,
    Outcome,
    Receipt,
    Result,
    Source,
    Tender,
    TenderLine,
)
from pos_guard.money import Money
from pos_guard.policy.load import parse_policy
from pos_guard.policy.verdict import Level, Need, Reason
from pos_guard.store.ledger import Phase
from pos_guard.store.store import Store
from tests.shop import PINS, POLICY, TERMINAL_ID, Shop, shop

LIMITED = (
    POLICY
    + """
[[limits]]
id = "hourly"
operations = ["refund"]
window = "1h"
amount = "30.00"
"""
)


@pytest.fixture
def corner(tmp_path: Path) -> Iterator[Shop]:
    made = shop(tmp_path)
    yield made
    made.store.close()


def refund(amount: int, reference: str | None = None, original: str | None = None) -> Intent:
    return Intent(IntentKind.REFUND, Tender.CARD, amount, "EUR", original, reference=reference)


def ask(
    corner: Shop, sale_id: str, intent: Intent, *, operator: str = "ben", link: str = "zvt"
) -> Decision:
    """A refund of a known sale, at one of the shop's terminals."""
    corner.sign_in(operator)
    assert corner.guard.tell_original(sale_id, Source.SCAN)
    corner.guard.payee_reported(link, TERMINAL_ID)
    return corner.guard.judge(intent, link=link)


def post(corner: Shop, decision: Decision, amount: int, receipt: str, link: str = "zvt") -> None:
    """The terminal gave the money back."""
    assert decision.allowed, decision.say.en
    corner.guard.settle(decision.id, Outcome(Result.APPROVED, amount, "EUR", receipt))
    owed.close(corner.guard, link, decision.id)


def give_back(corner: Shop, sale_id: str, amount: int, receipt: str) -> None:
    post(corner, ask(corner, sale_id, refund(amount)), amount, receipt)


def rule_of(decision: Decision) -> str:
    return decision.verdict.decisive.rule


def phase(corner: Shop, decision: Decision) -> Phase:
    return corner.store.ledger.entry(decision.id).phase


def remaining(corner: Shop, sale_id: str) -> int:
    state = corner.store.ledger.sale(sale_id)
    assert state is not None
    return state.remaining


def sell(corner: Shop, cart: Cart, receipt: str) -> str:
    """A paid sale whose articles the till told."""
    corner.order(cart.total)
    corner.guard.tell_cart(cart, Source.APP)
    corner.guard.payee_reported("zvt", TERMINAL_ID)
    intent = Intent(IntentKind.SALE, Tender.CARD, cart.total, "EUR")
    decision = corner.guard.judge(intent, link="zvt")
    post(corner, decision, cart.total, receipt)
    assert decision.sale_id is not None
    return decision.sale_id


def ask_goods(corner: Shop, sale_id: str, cart: Cart, amount: int) -> Decision:
    """A refund of articles."""
    corner.guard.tell_cart(cart, Source.APP)
    return ask(corner, sale_id, refund(amount), operator="maya")


# -- refunds in Odoo -------------------------------------------------------------------------------


@pytest.mark.parametrize("amount", [-1250, 0, 1250])
@pytest.mark.parametrize("kind", [IntentKind.SALE, IntentKind.REFUND, IntentKind.VOID])
def test_odoo_217160_no_key_on_the_numpad_is_a_right_to_give_money_back(
    corner: Shop, kind: IntentKind, amount: int
) -> None:
    """There a cashier without refund rights typed a quantity below zero, and money went out."""
    sale_id = corner.paid_sale(5000)
    corner.sign_in("anna")
    assert corner.guard.tell_original(sale_id, Source.SCAN)
    corner.order(1250)
    intent = Intent(kind, Tender.CARD, amount, "EUR")
    decision = corner.guard.judge(intent, link="zvt")
    ordinary = kind is IntentKind.SALE and amount == 1250
    assert decision.allowed is ordinary
    assert remaining(corner, sale_id) == 5000
    if kind is not IntentKind.SALE and amount >= 0:
        assert phase(corner, decision) is Phase.REFUSED
        found = {item.rule for item in decision.verdict.findings if item.effective >= Level.DENY}
        assert "operation-permitted" in found


@pytest.mark.parametrize("kind", [IntentKind.REFUND, IntentKind.VOID, IntentKind.REVERSAL])
def test_odoo_271109_the_receipt_of_a_refund_is_no_sale_to_refund(
    corner: Shop, kind: IntentKind
) -> None:
    sale_id = corner.paid_sale(5000)
    give_back(corner, sale_id, 1500, "0900")
    corner.sign_in("ben")
    again = Intent(kind, Tender.CARD, 1500, "EUR", "0900")
    decision = corner.guard.judge(again, link="zvt")
    assert not decision.allowed
    assert not decision.needs_person
    assert decision.reason is Reason.ORIGINAL
    assert remaining(corner, sale_id) == 3500


@pytest.mark.parametrize("first", [Result.APPROVED, Result.UNKNOWN, None])
def test_odoo_230300_two_open_drafts_do_not_refund_one_line_twice(
    corner: Shop, first: Result | None
) -> None:
    """Both drafts were prepared while the sale was whole; each is judged when it is submitted."""
    sale_id = corner.paid_sale(1800)
    one = ask(corner, sale_id, refund(1800), link="zvt")
    assert one.allowed
    if first is not None:
        corner.guard.settle(one.id, Outcome(first, 1800, "EUR", "0900"))
    two = ask(corner, sale_id, refund(1800), operator="maya", link="zvt-2")
    assert not two.allowed
    assert two.reason in (Reason.REMAINING, Reason.UNRESOLVED)
    assert phase(corner, two) is Phase.REFUSED
    assert remaining(corner, sale_id) == 0


def test_odoo_230300_nor_after_the_power_failed_between_them(corner: Shop) -> None:
    sale_id = corner.paid_sale(1800)
    assert ask(corner, sale_id, refund(1800)).allowed
    again = corner.reopened()
    try:
        assert not ask(again, sale_id, refund(1800), operator="maya", link="zvt-2").allowed
        assert remaining(again, sale_id) == 0
    finally:
        again.store.close()


def test_odoo_272408_the_same_line_does_not_come_back_a_second_time(corner: Shop) -> None:
    """Money is left of the sale, so only the articles can tell."""
    sock, hat = CartLine("sock", 1, 1000), CartLine("hat", 1, 4000)
    sale_id = sell(corner, Cart((sock, hat)), "0001")
    post(corner, ask_goods(corner, sale_id, Cart((sock,)), 1000), 1000, "0900")
    again = ask_goods(corner, sale_id, Cart((sock,)), 1000)
    assert rule_of(again) == "items-returned"
    assert not again.allowed
    assert remaining(corner, sale_id) == 4000
    twice = ask_goods(corner, sale_id, Cart((hat, hat)), 4000)
    assert not twice.allowed


def test_odoo_214290_the_money_of_two_orders_is_not_taken_out_of_one(corner: Shop) -> None:
    first, second = corner.paid_sale(1500, receipt="0001"), corner.paid_sale(1900, receipt="0002")
    both = ask(corner, first, refund(3400), operator="maya")
    assert rule_of(both) == "remaining"
    assert not both.allowed
    give_back(corner, first, 1500, "0900")
    give_back(corner, second, 1900, "0901")
    assert (remaining(corner, first), remaining(corner, second)) == (0, 0)


def test_odoo_247158_articles_of_another_order_do_not_come_back_here(corner: Shop) -> None:
    sock, hat = CartLine("sock", 1, 1000), CartLine("hat", 1, 1000)
    first, second = sell(corner, Cart((sock,)), "0001"), sell(corner, Cart((hat,)), "0002")
    mixed = ask_goods(corner, first, Cart((hat,)), 1000)
    assert rule_of(mixed) == "items-returned"
    assert not mixed.allowed
    assert ask_goods(corner, second, Cart((hat,)), 1000).allowed


def paid_paper(total: int) -> Receipt:
    lines = (TenderLine(Tender.CARD, total),)
    return Receipt(True, None, Money(total, "EUR"), lines, fingerprint="f" * 64)


@pytest.mark.parametrize("total", [0, 1250])
def test_odoo_122539_no_paid_receipt_before_the_terminal_answered(corner: Shop, total: int) -> None:
    """There the order was validated at 0 while the terminal was busy, and the paper said paid."""
    corner.order(1250)
    corner.guard.payee_reported("zvt", TERMINAL_ID)
    sale = Intent(IntentKind.SALE, Tender.CARD, 1250, "EUR")
    decision = corner.guard.judge(sale, link="zvt")
    assert decision.allowed
    assert not corner.guard.judge_receipt(paid_paper(total), link="printer").allowed
    corner.guard.settle(decision.id, Outcome(Result.UNKNOWN))
    assert not corner.guard.judge_receipt(paid_paper(total), link="printer").allowed
    corner.guard.settle(decision.id, Outcome(Result.APPROVED, 1250, "EUR", "0001"))
    assert corner.guard.judge_receipt(paid_paper(total), link="printer").allowed is (total == 1250)


def test_odoo_122539_nor_after_a_decline(corner: Shop) -> None:
    corner.order(1250)
    corner.guard.payee_reported("zvt", TERMINAL_ID)
    decision = corner.guard.judge(Intent(IntentKind.SALE, Tender.CARD, 1250, "EUR"), link="zvt")
    corner.guard.settle(decision.id, Outcome(Result.DECLINED))
    paper = corner.guard.judge_receipt(paid_paper(1250), link="printer")
    assert paper.reason is Reason.NOT_PAID


# -- quantities and amounts: ERPNext, POS-Awesome, CORE-POS ----------------------------------------


def test_erpnext_24259_two_were_sold_and_a_third_does_not_come_back(corner: Shop) -> None:
    shirt, coat = CartLine("shirt", 1, 1000), CartLine("coat", 1, 5000)
    sale_id = sell(corner, Cart((CartLine("shirt", 2, 1000), coat)), "0001")
    for receipt in ("0900", "0901"):
        post(corner, ask_goods(corner, sale_id, Cart((shirt,)), 1000), 1000, receipt)
    third = ask_goods(corner, sale_id, Cart((shirt,)), 1000)
    assert (rule_of(third), third.allowed) == ("items-returned", False)
    assert third.verdict.decisive.inputs["returned"] == 2
    assert remaining(corner, sale_id) == 5000


def test_erpnext_8960_goods_worth_100_are_not_paid_back_with_150(corner: Shop) -> None:
    lamp, desk = CartLine("lamp", 1, 5000), CartLine("desk", 1, 10_000)
    sale_id = sell(corner, Cart((lamp, desk)), "0001")
    too_much = ask_goods(corner, sale_id, Cart((lamp,)), 7500)
    assert (rule_of(too_much), too_much.allowed) == ("items-returned", False)
    assert ask_goods(corner, sale_id, Cart((lamp,)), 5000).allowed


def test_pos_awesome_6_returns_of_one_invoice_end_with_what_was_paid(corner: Shop) -> None:
    sale_id = corner.paid_sale(5000)
    for number in range(5):
        give_back(corner, sale_id, 1000, f"090{number}")
    sixth = ask(corner, sale_id, refund(1))
    assert not sixth.allowed
    assert sixth.reason is Reason.REMAINING
    posted = corner.store.ledger.search(link="zvt")
    assert sum(entry.kind is IntentKind.REFUND for entry in posted) == 6


def test_pos_awesome_152_a_manager_agrees_at_the_till_and_is_named_in_the_record(
    corner: Shop,
) -> None:
    sale_id = corner.paid_sale(5000)
    held = ask(corner, sale_id, refund(3000))
    assert held.needs == {Need.APPROVAL}
    corner.guard.approve(held.id, "maya", PINS["maya"])
    assert corner.guard.rejudge(held.id).allowed
    assert corner.store.ledger.entry(held.id).approver == "maya"
    assert [record.approver for record in corner.store.audit.records()].count("maya") >= 1


@pytest.mark.parametrize(("second", "allowed"), [(1200, True), (1201, False)])
def test_core_pos_455_the_item_being_submitted_counts_in_the_limit(
    tmp_path: Path, second: int, allowed: bool
) -> None:
    corner = shop(tmp_path, policy=LIMITED)
    sale_id = corner.paid_sale(9000)
    give_back(corner, sale_id, 1800, "0900")
    decision = ask(corner, sale_id, refund(second))
    assert decision.allowed is allowed
    if not allowed:
        assert rule_of(decision) == "limits"
        assert decision.verdict.decisive.inputs["sum"] == 3001
    corner.store.close()


# -- what is judged is what is submitted: gooderp, FloCafe ---------------------------------------


def test_gooderp_1907_a_sale_that_was_edited_into_a_return_is_judged_as_a_return(
    corner: Shop,
) -> None:
    sale_id = corner.paid_sale(5000)
    corner.sign_in("anna")
    corner.order(1250)
    created = Intent(IntentKind.SALE, Tender.CARD, 1250, "EUR", reference="R1")
    allowed = corner.guard.judge(created, link="zvt")
    assert allowed.allowed
    corner.guard.settle(allowed.id, Outcome(Result.DECLINED))
    edited = replace(created, kind=IntentKind.REFUND)
    assert corner.guard.tell_original(sale_id, Source.SCAN)
    decision = corner.guard.judge(edited, link="zvt")
    assert not decision.allowed
    assert decision.id != allowed.id
    assert remaining(corner, sale_id) == 5000


def test_gooderp_1907_a_yes_to_the_draft_is_no_yes_to_what_was_made_of_it(corner: Shop) -> None:
    sale_id = corner.paid_sale(5000)
    draft = ask(corner, sale_id, refund(2500))
    corner.guard.approve(draft.id, "maya", PINS["maya"])
    edited = ask(corner, sale_id, refund(4500))
    assert edited.id != draft.id
    assert edited.needs == {Need.APPROVAL}
    assert not corner.guard.rejudge(edited.id).allowed


def test_flocafe_166_the_question_for_the_manager_reaches_somebody(corner: Shop) -> None:
    sale_id = corner.paid_sale(5000)
    corner.sign_in("ben")
    assert corner.guard.tell_original(sale_id, Source.SCAN)
    asked: list[Question] = []

    def console(question: Question) -> Answer | None:
        asked.append(question)
        return Approve("maya", PINS["maya"])

    approved = Outcome(Result.APPROVED, 3000, "EUR", "0900")
    done = corner.guard.submit(refund(3000), lambda _: approved, link="zvt", console=console)
    assert [question.needs for question in asked] == [{Need.APPROVAL}]
    assert phase(corner, done) is Phase.POSTED


def test_flocafe_716_two_people_with_one_pin_are_still_two_people(corner: Shop) -> None:
    """The PIN alone names nobody: it is the id that says who agreed."""
    corner.store.people.add("rita", "Rita", "senior", PINS["maya"])
    sale_id = corner.paid_sale(5000)
    held = ask(corner, sale_id, refund(3000), operator="rita")
    for nobody in (None, "rita"):
        with pytest.raises(NotPermittedError):
            corner.guard.approve(held.id, nobody, PINS["maya"])
    corner.guard.approve(held.id, "maya", PINS["maya"])
    assert corner.guard.rejudge(held.id).allowed
    entry = corner.store.ledger.entry(held.id)
    assert (entry.operator, entry.approver) == ("rita", "maya")


def test_flocafe_767_a_number_stands_for_one_payload_and_one_approver(corner: Shop) -> None:
    corner.store.people.add("omar", "Omar", "manager", "640193")
    sale_id = corner.paid_sale(9000)
    held = ask(corner, sale_id, refund(3000, "R1", "0001"))
    corner.guard.approve(held.id, "maya", PINS["maya"])
    assert corner.guard.rejudge(held.id).allowed
    again = ask(corner, sale_id, refund(3000, "R1", "0001"))
    assert again.id == held.id
    assert remaining(corner, sale_id) == 6000
    other = ask(corner, sale_id, refund(2999, "R1", "0001"))
    assert not other.allowed
    assert not other.needs_person
    assert corner.store.ledger.entry(held.id).approver == "maya"


def test_flocafe_767_a_pin_that_was_changed_is_nobodys_yes(corner: Shop) -> None:
    sale_id = corner.paid_sale(5000)
    held = ask(corner, sale_id, refund(3000))
    corner.store.people.set_pin("maya", "275931")
    with pytest.raises(NotPermittedError):
        corner.guard.approve(held.id, "maya", PINS["maya"])


# -- records that stay what they were: Odoo's l10n_fr_pos_cert -----------------------------------


def stored(corner: Shop) -> list[tuple[bytes, bytes]]:
    """Each record's stored bytes and hash, as they lie in the database."""
    return [(row[1], row[2]) for page in corner.store.audit.pages() for row in page]  # type: ignore[misc]


def test_l10n_fr_226032_a_hash_is_taken_of_a_record_that_is_whole(corner: Shop) -> None:
    """What comes later is a record of its own; the earlier one and its hash stay as they were."""
    sale_id = corner.paid_sale(1800)
    decision = ask(corner, sale_id, refund(1800))
    before = stored(corner)
    verdict = list(corner.store.audit.records())[-1]
    assert verdict.actor == "ben"
    assert {"amount", "currency", "entry", "kind", "level"} <= set(verdict.body)
    post(corner, decision, 1800, "0900")
    corner.guard.judge_receipt(paid_paper(1800), link="printer")
    after = stored(corner)
    assert len(after) > len(before)
    assert after[: len(before)] == before
    corner.store.audit.verify()


def test_l10n_fr_32665_what_is_reckoned_again_differently_does_not_change_a_hash(
    corner: Shop,
) -> None:
    """Policy, role, name of role and what is left of the sale change; old records do not."""
    sale_id = corner.paid_sale(5000)
    give_back(corner, sale_id, 1000, "0900")
    before = stored(corner)
    corner.store.people.set_role("ben", "manager")
    strict = POLICY.replace('refund_limit = "20.00"', 'refund_limit = "1.00"')
    policy = parse_policy(strict.replace("version = 1", "version = 2"), "policy.toml")
    later = replace(corner, guard=Guard(corner.store, policy, corner.clock))
    give_back(later, sale_id, 100, "0901")
    assert stored(corner)[: len(before)] == before
    chained = [hashlib.sha256(one[1] + two[0]).digest() for one, two in pairwise(before)]
    assert chained == [digest for _, digest in before[1:]]
    corner.store.audit.verify()


def test_l10n_fr_161002_merging_two_people_leaves_their_records_apart(corner: Shop) -> None:
    corner.store.people.add("ben-2", "Ben", "senior", "640193")
    sale_id = corner.paid_sale(5000)
    give_back(corner, sale_id, 1000, "0900")
    post(corner, ask(corner, sale_id, refund(500), operator="ben-2"), 500, "0901")
    before = stored(corner)
    corner.store.people.disable("ben-2")
    assert stored(corner)[: len(before)] == before
    actors = {record.actor for record in corner.store.audit.records()}
    assert {"ben", "ben-2"} <= actors
    corner.store.audit.verify()


def test_l10n_fr_161002_merging_two_records_is_found(corner: Shop) -> None:
    corner.paid_sale(5000)
    corner.store.audit.verify()
    corner.store.close()
    with closing(sqlite3.connect(corner.directory / "pos-guard.db")) as database:
        database.execute("DROP TRIGGER audit_is_not_edited")
        database.execute("DROP TRIGGER audit_is_not_cut")
        one, two = (row[0] for row in database.execute(_TWO))
        database.execute("UPDATE audit SET record = ? WHERE seq = 2", (one + two,))
        database.execute("DELETE FROM audit WHERE seq = 3")
        database.commit()
    store = Store.open(corner.directory, clock=corner.clock, readonly=True)
    with closing(store), pytest.raises(TamperError):
        store.audit.verify()


_TWO = "SELECT record FROM audit WHERE seq IN (2, 3) ORDER BY seq"
