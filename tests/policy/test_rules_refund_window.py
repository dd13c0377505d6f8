"""What a wallet takes back: refund-window."""

from __future__ import annotations

import pytest

from pos_guard.clock import SECOND
from pos_guard.model import IntentKind, Tender
from pos_guard.policy.request import RefundPace, Request
from pos_guard.policy.rules import refund_window
from tests.policy.cases import OK, POLICY, brief, intent, receipt, refund, scan, with_option

DAY = 86_400 * SECOND
LATE, MANY, SOON = ("DENY", "original"), ("DENY", "remaining"), ("DENY", "duplicate")


@pytest.mark.parametrize("tender", [Tender.WECHAT, Tender.ALIPAY])
@pytest.mark.parametrize(
    ("age_us", "refunds", "since_us", "expected"),
    [
        (0, 0, None, OK),
        (365 * DAY, 0, None, OK),
        (365 * DAY + 1, 0, None, LATE),
        (-1, 0, None, LATE),
        (DAY, 49, 60 * SECOND, OK),
        (DAY, 50, DAY, MANY),
        (DAY, 1, 60 * SECOND - 1, SOON),
        (DAY, 1, 0, SOON),
        (DAY, 1, -1, SOON),
    ],
)
def test_not_too_late_too_many_or_too_soon(
    tender: Tender, age_us: int, refunds: int, since_us: int | None, expected: tuple[str, str]
) -> None:
    state = RefundPace(age_us=age_us, refunds=refunds, since_refund_us=since_us)
    request = Request(refund(100, tender), pace=state)
    assert brief(refund_window.check(request, POLICY)) == expected


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"max_age_days": 1}, LATE),
        ({"max_refunds": 2}, MANY),
        ({"min_gap_s": 200}, SOON),
        ({"max_refunds": 3, "min_gap_s": 90}, OK),
    ],
)
def test_the_policy_sets_each_limit(options: dict[str, int], expected: tuple[str, str]) -> None:
    state = RefundPace(age_us=2 * DAY, refunds=2, since_refund_us=100 * SECOND)
    request = Request(refund(100, Tender.WECHAT), pace=state)
    policy = with_option("refund-window", **options)
    assert brief(refund_window.check(request, policy)) == expected


def test_other_tenders_kinds_and_unknown_sales_are_left_to_other_rules() -> None:
    old = RefundPace(age_us=9999 * DAY)
    for subject in (
        refund(100),
        intent(IntentKind.VOID, tender=Tender.WECHAT),
        intent(tender=Tender.WECHAT),
        scan(),
        receipt(),
    ):
        assert refund_window.check(Request(subject, pace=old), POLICY) is None
    assert refund_window.check(Request(refund(100, Tender.WECHAT)), POLICY) is None
