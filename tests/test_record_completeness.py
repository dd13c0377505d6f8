"""F45: a record of money that moved, or was asked to, says who, where, when, by which rules."""

from __future__ import annotations

from pathlib import Path

import pytest

from pos_guard.links import owed
from pos_guard.model import Intent, IntentKind, Outcome, Receipt, Result, Source, Tender, TenderLine
from pos_guard.money import Money
from pos_guard.store.audit_record import AuditRecord
from tests.shop import PINS, POLICY, TERMINAL_ID, Shop, shop

MONEY = {"verdict", "outcome", "resolved", "abandon", "retry", "cash", "case"}
JUDGED = {"verdict", "retry"}
SALE = Intent(IntentKind.SALE, Tender.CARD, 1250, "EUR")


@pytest.fixture
def corner(tmp_path: Path) -> Shop:
    """Ben works; his shift is open."""
    corner = shop(tmp_path)
    corner.guard.payee_reported("zvt", TERMINAL_ID)
    corner.guard.begin_shift("ben", PINS["ben"])
    return corner


def sale(corner: Shop, result: Result = Result.APPROVED) -> int:
    corner.sign_in("ben")
    corner.order(1250)
    decision = corner.guard.judge(SALE, link="zvt")
    assert decision.allowed, decision.say.en
    amount = 1250 if result is Result.APPROVED else None
    corner.guard.settle(decision.id, Outcome(result, amount, "EUR", f"{decision.id:04d}"))
    return decision.id


def refund(corner: Shop, amount: int, reference: str | None = None) -> int:
    sale_id = corner.store.ledger.entry(sale(corner)).sale_id
    assert sale_id is not None
    corner.guard.tell_original(sale_id, Source.APP)
    intent = Intent(IntentKind.REFUND, Tender.CARD, amount, "EUR", reference=reference)
    return corner.guard.judge(intent, link="zvt").id


def a_busy_hour(corner: Shop) -> None:
    """Every kind of record that speaks of money."""
    corner.guard.revoke(sale(corner))
    unknown = sale(corner, Result.UNKNOWN)
    corner.guard.resolve(unknown, Result.DECLINED, "maya", PINS["maya"])
    owed.close(corner.guard, "zvt", unknown)
    number = refund(corner, 500, "R1")
    again = Intent(IntentKind.REFUND, Tender.CARD, 500, "EUR", reference="R1")
    assert corner.guard.judge(again, link="zvt").id == number
    corner.guard.settle(number, Outcome(Result.APPROVED, 500, "EUR", "9001"))
    approved = refund(corner, 2100 // 2)
    corner.guard.settle(approved, Outcome(Result.DECLINED))
    corner.guard.tell_order("C1", Money(700, "EUR"), Source.APP)
    corner.guard.judge_receipt(
        Receipt(True, "C1", Money(700, "EUR"), (TenderLine(Tender.CASH, 700),), drawer=True),
        link="printer",
    )


def of_money(corner: Shop) -> list[AuditRecord]:
    found = [record for record in corner.store.audit.records() if record.kind in MONEY]
    assert found
    return found


def test_every_record_of_money_says_who_where_when_and_under_which_policy(corner: Shop) -> None:
    a_busy_hour(corner)
    shift = corner.store.shifts.number("ben")
    assert shift is not None
    policy = corner.guard.policy
    seen = set[str]()
    for record in of_money(corner):
        seen.add(record.kind)
        who = record.body.get("operator") if record.kind == "resolved" else record.actor
        assert who == "ben", record
        assert record.terminal == "T1"
        assert record.wall_us == corner.clock.wall_us()
        assert record.body["shift"] == shift, record
        assert record.body["policy"] == policy.hash, record
        assert record.body["policy_version"] == policy.version
        if record.kind in JUDGED:
            trace = record.body["trace"]
            assert isinstance(trace, list)
            assert all(isinstance(finding, dict) and finding["rule"] for finding in trace)
            assert record.body["rule"]
    assert seen >= MONEY - {"abandon"}


def test_an_abandoned_request_is_still_somebodys(corner: Shop) -> None:
    asked = Intent(IntentKind.REFUND, Tender.CARD, 3000, "EUR")
    corner.sign_in("ben")
    held = corner.guard.judge(asked, link="zvt")
    assert held.needs_person, held.say.en
    corner.guard.abandon(held.id)
    last = of_money(corner)[-1]
    assert (last.kind, last.actor, last.body["link"]) == ("abandon", "ben", "zvt")
    assert last.body["policy"] == corner.guard.policy.hash


def test_an_approver_stands_in_every_record_from_the_verdict_on(corner: Shop) -> None:
    sale(corner)
    held = corner.guard.judge(Intent(IntentKind.REFUND, Tender.CARD, 3000, "EUR"), link="zvt")
    assert held.needs_person, held.say.en
    corner.guard.approve(held.id, "maya", PINS["maya"])
    decision = corner.guard.rejudge(held.id)
    assert decision.allowed, decision.say.en
    corner.guard.settle(decision.id, Outcome(Result.APPROVED, 3000, "EUR", "9002"))
    verdict, outcome = of_money(corner)[-2:]
    assert (verdict.kind, outcome.kind) == ("verdict", "outcome")
    for record in (verdict, outcome):
        assert (record.actor, record.approver) == ("ben", "maya")


def test_without_a_shift_a_record_says_so(tmp_path: Path) -> None:
    corner = shop(tmp_path)
    corner.guard.payee_reported("zvt", TERMINAL_ID)
    sale(corner)
    assert [record.body["shift"] for record in of_money(corner)] == [None, None]


def test_another_version_of_the_policy_is_named(tmp_path: Path) -> None:
    corner = shop(tmp_path, policy=POLICY.replace("version = 1", "version = 7"))
    corner.guard.payee_reported("zvt", TERMINAL_ID)
    sale(corner)
    assert [record.body["policy_version"] for record in of_money(corner)] == [7, 7]


def test_an_orderly_end_is_recorded_and_the_log_stays_whole(corner: Shop) -> None:
    sale(corner)
    corner.store.stopped()
    last = list(corner.store.audit.records())[-1]
    assert (last.kind, last.body) == ("stop", {"left_open": 0})
    again = corner.reopened()
    assert [record.kind for record in again.store.audit.records(limit=2)] == ["stop", "start"]
    again.store.checkpoints.verify()
    again.store.close()
