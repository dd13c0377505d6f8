"""State that cannot be read back denies, and the denial is on record: nothing escapes to a link."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pos_guard.decision import Decision
from pos_guard.failing import STATE_FAILED
from pos_guard.frames.codes import classify
from pos_guard.model import Intent, IntentKind, Receipt, Source, Tender
from pos_guard.money import Money
from pos_guard.policy.verdict import Level, Reason
from pos_guard.store.ledger import Phase
from tests.shop import PINS, Shop, shop

LINK = "zvt"
SALE = Intent(IntentKind.SALE, Tender.CARD, 1250, "EUR")
BACK = Intent(IntentKind.REFUND, Tender.CARD, 5000, "EUR", "0001")
PAPER = Receipt(claims_paid=True, order_id=None, total=Money(1250, "EUR"), fingerprint="f" * 64)


@pytest.fixture
def corner(tmp_path: Path) -> Iterator[Shop]:
    made = shop(tmp_path)
    yield made
    made.store.close()


def spoil(corner: Shop) -> None:
    """A chosen way of paying that no version of this program knows."""
    with corner.store.transaction():
        corner.store.context.put("tender", {"tender": "gold"}, Source.APP)


JUDGED: list[Callable[[Shop], Decision]] = [
    lambda corner: corner.guard.judge(SALE, link=LINK, frame=b"\x06\x01"),
    lambda corner: corner.guard.judge(BACK, link=LINK),
    lambda corner: corner.guard.judge_code(classify("134621000053364349"), link="scanner"),
    lambda corner: corner.guard.judge_receipt(PAPER, link="printer"),
]


@pytest.mark.parametrize("judge", JUDGED)
def test_what_cannot_be_read_back_denies_and_is_recorded(
    corner: Shop, judge: Callable[[Shop], Decision]
) -> None:
    corner.order(1250)
    spoil(corner)
    entries = len(corner.store.ledger.search())
    decision = judge(corner)
    assert (decision.allowed, decision.needs_person) == (False, False)
    assert decision.verdict.decisive.rule == STATE_FAILED
    assert (decision.verdict.level, decision.reason) == (Level.DENY_LOCKED, Reason.GUARD)
    assert decision.say.zh
    assert "gold" not in decision.say.en
    record = list(corner.store.audit.records(kind="refusal"))[-1]
    assert record.body["rule"] == STATE_FAILED
    assert "gold" not in str(record.body)
    # Nothing half done stays: the transaction of the judgement is rolled back.
    assert len(corner.store.ledger.search()) == entries


def test_a_request_that_waited_is_refused_when_its_state_cannot_be_read(corner: Shop) -> None:
    corner.paid_sale(9000)
    corner.sign_in("ben")
    held = corner.guard.judge(BACK, link=LINK)
    assert held.needs_person
    corner.guard.approve(held.id, "maya", PINS["maya"])
    with closing(sqlite3.connect(corner.directory / "pos-guard.db")) as raw, raw:
        raw.execute("PRAGMA ignore_check_constraints = ON")
        assert raw.execute("UPDATE people SET tier = 'wizard' WHERE id = 'ben'").rowcount == 1
    decision = corner.guard.rejudge(held.id)
    assert (decision.id, decision.allowed, decision.needs_person) == (held.id, False, False)
    assert decision.verdict.decisive.rule == STATE_FAILED
    entry = corner.store.ledger.entry(held.id)
    assert entry.phase is Phase.REFUSED
    record = list(corner.store.audit.records(kind="refusal"))[-1]
    assert record.body["entry"] == held.id
