"""Refunds keep to what the wallet takes: not too late, not too many, not one upon the other."""

from __future__ import annotations

from pos_guard.clock import SECOND
from pos_guard.model import IntentKind, Tender, Words
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import RefundPace, Request
from pos_guard.policy.rule import OptionKind, Whole, allow, deny, money_out
from pos_guard.policy.verdict import Finding, Input, Reason

ID = "refund-window"

OPTIONS: dict[str, OptionKind] = {
    "max_age_days": Whole(1, 3650, 365),
    "max_refunds": Whole(1, 1000, 50),
    "min_gap_s": Whole(0, 3600, 60),
}
"""WeChat Pay's refund document: within a year, 50 parts of one payment, a minute apart."""

_WALLETS = frozenset({Tender.WECHAT, Tender.ALIPAY})

_DAY_US = 86_400 * SECOND

_LATE = Words(
    "已超过退款期限，不能原路退款。请主管处理。",
    "The time for a refund is over: the wallet does not take it back. Ask a supervisor.",
)
_MANY = Words(
    "此单退款次数已达上限，请主管处理。",
    "This payment was refunded in too many parts already. Ask a supervisor.",
)
_SOON = Words(
    "刚刚退过款，请稍候一分钟再退。",
    "A part was refunded a moment ago. Wait a minute before the next one.",
)


def check(request: Request, policy: Policy) -> Finding | None:
    """Judge age, number and distance of refunds of a wallet's sale."""
    intent, pace = money_out(request), request.pace
    if intent is None or pace is None or intent.kind is not IntentKind.REFUND:
        return None
    if intent.tender not in _WALLETS:
        return None
    days, most, gap_s = (_option(policy, name) for name in OPTIONS)
    inputs: dict[str, Input] = {"age_days": pace.age_us // _DAY_US, "refunds": pace.refunds}
    if not 0 <= pace.age_us <= days * _DAY_US:
        return deny(ID, Reason.ORIGINAL, _LATE, max_age_days=days, **inputs)
    if pace.refunds >= most:
        return deny(ID, Reason.REMAINING, _MANY, max_refunds=most, **inputs)
    if _too_soon(pace, gap_s):
        return deny(ID, Reason.DUPLICATE, _SOON, min_gap_s=gap_s, **inputs)
    return allow(ID, "在退款期限与次数之内。", "Within the wallet's limits.", **inputs)


def _option(policy: Policy, name: str) -> int:
    return int(policy.setting(ID).options.get(name, OPTIONS[name].default))


def _too_soon(pace: RefundPace, gap_s: int) -> bool:
    # A clock that ran backwards says nothing: wait, then.
    return pace.since_refund_us is not None and pace.since_refund_us < gap_s * SECOND
