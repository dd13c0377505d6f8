"""A line whose messages name no terminal: the settings say which one is at its end."""

from __future__ import annotations

from pathlib import Path

import pytest

from pos_guard.links.exchange import ExchangeSession
from pos_guard.model import Intent, IntentKind, Outcome, Result, Source, Tender
from pos_guard.policy.verdict import Reason
from tests.exchange_toy import LINK, Toy, parts
from tests.shop import TERMINAL_ID, Shop, shop


def refund(corner: Shop) -> Reason:
    intent = Intent(IntentKind.REFUND, Tender.CARD, 400, "EUR")
    return corner.guard.judge(intent, link=LINK).reason


def sold(corner: Shop) -> None:
    corner.order(1250)
    sale = corner.guard.judge(Intent(IntentKind.SALE, Tender.CARD, 1250, "EUR"), link=LINK)
    corner.guard.settle(sale.id, Outcome(Result.APPROVED, 1250, "EUR", "0001"))
    corner.sign_in("ben")
    assert corner.guard.tell_original(str(sale.sale_id), Source.SCAN)


@pytest.mark.parametrize(
    ("payee", "reason"),
    [(None, Reason.PAYEE), (TERMINAL_ID, Reason.OK), ("99999999", Reason.FROZEN)],
)
def test_a_refund_goes_out_by_the_terminal_that_the_settings_name(
    tmp_path: Path, payee: str | None, reason: Reason
) -> None:
    corner = shop(tmp_path)
    sold(corner)
    session = ExchangeSession(LINK, corner.guard, parts(Toy()), payee=payee)
    session.app_connected()
    session.device_connected()
    assert refund(corner) is reason
    frozen = corner.store.links.all_frozen()
    assert [link for link, _ in frozen] == ([LINK] if reason is Reason.FROZEN else [])
    corner.store.close()
