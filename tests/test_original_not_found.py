"""A receipt that is not found must not leave the one that was scanned before it at the till."""

from __future__ import annotations

from pathlib import Path

import pytest

from pos_guard.model import Intent, IntentKind, Source, Tender
from pos_guard.policy.verdict import Need
from tests.shop import Shop, shop

REFUND = Intent(IntentKind.REFUND, Tender.CARD, 500, "EUR")


@pytest.fixture
def corner(tmp_path: Path) -> Shop:
    return shop(tmp_path)


def test_a_refund_is_not_bound_to_the_sale_that_was_scanned_before(corner: Shop) -> None:
    corner.sign_in("ben")
    first = corner.paid_sale(1000)
    assert corner.guard.tell_original(first, Source.SCAN)
    assert not corner.guard.tell_original("T9-000777", Source.SCAN)
    assert corner.guard.context().original is None
    decision = corner.guard.judge(REFUND, link="zvt")
    assert decision.sale_id is None
    assert Need.APPROVAL in decision.verdict.needs, "it is unreferenced: a second person decides"
    sale = corner.store.ledger.sale(first)
    assert sale is not None
    assert sale.remaining == 1000
    corner.store.close()


def test_nothing_is_named_before_and_after(corner: Shop) -> None:
    assert not corner.guard.tell_original("T9-000777", Source.SCAN)
    assert corner.guard.context().original is None
    record = list(corner.store.audit.records())[-1]
    assert (record.kind, record.body["known"]) == ("context", False)
    corner.store.close()
