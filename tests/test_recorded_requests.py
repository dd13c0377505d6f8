"""The record keeps each judged request whole, so that ``policy replay`` can judge it again."""

from __future__ import annotations

from pathlib import Path

from pos_guard.model import Intent, IntentKind, Tender
from pos_guard.policy.engine import judge
from pos_guard.policy.replay import Change, replay
from pos_guard.policy.request_json import parse_request
from pos_guard.store.history import read_history
from tests.shop import shop


def test_a_recorded_request_gets_the_same_verdict_again(tmp_path: Path) -> None:
    corner = shop(tmp_path)
    corner.sign_in("ben")
    sale_id = corner.paid_sale(1250)
    assert sale_id
    for amount in (100, 2001, 12500):
        intent = Intent(IntentKind.REFUND, Tender.CARD, amount, "EUR", original="0001")
        decision = corner.guard.judge(intent, link="zvt")
        *_, record = corner.store.audit.records(kind="verdict", entry=decision.id)
        request = parse_request(record.body["request"])
        assert request.sale is not None
        assert request.sale.sale_id == sale_id
        assert judge(request, corner.guard.policy) == decision.verdict
    history = read_history(corner.store.audit)
    found = list(replay(history.judged, corner.guard.policy))
    corner.store.close()
    assert history.left_out == 0
    assert [each.change for each in found] == [Change.SAME] * 4
