"""One order is paid once, and one request is submitted once."""

from __future__ import annotations

from pos_guard.model import Intent, IntentKind, Words
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import OrderState, Request
from pos_guard.policy.rule import allow, deny, moves_money
from pos_guard.policy.verdict import Finding, Input, Reason

ID = "not-paid-twice"

# A tip comes after the order is paid.
_PAYS_ORDER = frozenset({IntentKind.SALE, IntentKind.PREAUTH, IntentKind.COMPLETION})

_SAME = Words(
    "此请求号已提交过，请查询结果，不要重复提交。",
    "This request number was submitted before. Ask for its result, do not repeat it.",
)
_PAID = Words("此单已付清，不要再收款。", "This order is paid. Do not charge it again.")
_UNKNOWN = Words(
    "上一笔付款结果未知，请先查明结果，不要再收款。",
    "The outcome of an earlier payment is not known. Find out first, do not charge again.",
)
_OPEN = Words(
    "此单另一笔付款正在进行，请等待结果。",
    "Another payment of this order is in progress. Wait for its result.",
)


def check(request: Request, policy: Policy) -> Finding | None:
    """Deny a second charge of a paid order, and any charge while an earlier one is open."""
    del policy
    intent = moves_money(request)
    if intent is None:
        return None
    if request.same_reference:
        return deny(ID, Reason.DUPLICATE, _SAME, reference=intent.reference)
    order = request.order
    if order is None or intent.kind not in _PAYS_ORDER:
        return None
    return _judge_order(intent, order)


def _judge_order(intent: Intent, order: OrderState) -> Finding:
    inputs: dict[str, Input] = {
        "order": order.key,
        "amount": intent.amount,
        "total": order.total,
        "posted": order.posted,
        "reserved": order.reserved,
        "unknown": order.unknown,
    }
    if order.unknown > 0:
        return deny(ID, Reason.UNRESOLVED, _UNKNOWN, **inputs)
    if order.reserved > 0:
        return deny(ID, Reason.UNRESOLVED, _OPEN, **inputs)
    if order.due <= 0:
        return deny(ID, Reason.DUPLICATE, _PAID, **inputs)
    return allow(ID, "此单尚未付清。", "The order is not paid yet.", **inputs)
