"""Refunds keep to what each way of paying takes: not too late, not too many, not one upon another.

What the wallets take is known; for cards, UnionPay and cash the policy may set an age and a gap.
"""

from __future__ import annotations

from pos_guard.clock import SECOND
from pos_guard.model import IntentKind, Tender, Words
from pos_guard.policy.options import whole
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import RefundPace, Request
from pos_guard.policy.rule import OptionKind, Tighter, Whole, allow, deny, money_out
from pos_guard.policy.verdict import Finding, Input, Reason

ID = "refund-window"

_OTHERS = (Tender.CARD, Tender.UNIONPAY, Tender.CASH)

OPTIONS: dict[str, OptionKind] = {
    "max_age_days": Whole(1, 3650, 365, Tighter.LOWER),
    "max_refunds": Whole(1, 1000, 50, Tighter.LOWER),
    "min_gap_s": Whole(0, 3600, 60, Tighter.HIGHER),
    **{
        f"{tender}_max_age_days": Whole(0, 3650, 0, Tighter.LOWER, zero_is_off=True)
        for tender in _OTHERS
    },
    **{f"{tender}_min_gap_s": Whole(0, 3600, 0, Tighter.HIGHER) for tender in _OTHERS},
}
"""The first three are the wallets', from WeChat Pay's refund document: within a year, 50 parts of
one payment, a minute apart. 0: not limited."""

_WALLETS = frozenset({Tender.WECHAT, Tender.ALIPAY})

_DAY_US = 86_400 * SECOND

_LATE = Words(
    "已超过退款期限，不能原路退款。请经理处理。",
    "The time for a refund is over: it is not taken back any more. Ask a manager.",
)
_MANY = Words(
    "此单退款次数已达上限，请经理处理。",
    "This payment was refunded in too many parts already. Ask a manager.",
)
_SOON = Words(
    "刚刚退过款，请稍候一分钟再退。",
    "A part was refunded a moment ago. Wait a minute before the next one.",
)


def check(request: Request, policy: Policy) -> Finding | None:
    """Judge age, number and distance of the refunds of a sale."""
    intent, pace = money_out(request), request.pace
    if intent is None or pace is None or intent.kind is not IntentKind.REFUND:
        return None
    if intent.tender in _WALLETS:
        return _judge(pace, *(whole(policy, ID, OPTIONS, name) for name in _OF_WALLETS))
    if intent.tender not in _OTHERS:
        return None
    days = whole(policy, ID, OPTIONS, f"{intent.tender}_max_age_days")
    gap_s = whole(policy, ID, OPTIONS, f"{intent.tender}_min_gap_s")
    return _judge(pace, days, 0, gap_s) if days or gap_s else None


_OF_WALLETS = ("max_age_days", "max_refunds", "min_gap_s")


def _judge(pace: RefundPace, days: int, most: int, gap_s: int) -> Finding:
    inputs: dict[str, Input] = {"age_days": pace.age_us // _DAY_US, "refunds": pace.refunds}
    # A sale from the future is as little in its time as one that is too old.
    if days and not 0 <= pace.age_us <= days * _DAY_US:
        return deny(ID, Reason.ORIGINAL, _LATE, max_age_days=days, **inputs)
    if most and pace.refunds >= most:
        return deny(ID, Reason.REMAINING, _MANY, max_refunds=most, **inputs)
    if _too_soon(pace, gap_s):
        return deny(ID, Reason.DUPLICATE, _SOON, min_gap_s=gap_s, **inputs)
    return allow(ID, "在退款期限与次数之内。", "Within the limits of its kind.", **inputs)


def _too_soon(pace: RefundPace, gap_s: int) -> bool:
    # A clock that ran backwards says nothing: wait, then.
    return pace.since_refund_us is not None and pace.since_refund_us < gap_s * SECOND
