"""One attempt at a time: no second code while the first one's outcome is open."""

from __future__ import annotations

from pos_guard.model import Scan, Words
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import Request
from pos_guard.policy.rule import allow, deny
from pos_guard.policy.verdict import Finding, Input, Reason

ID = "code-one-attempt"

_OPEN = Words(
    "此单上一次付款尚无结果，请先查询，不要再扫码。",
    "The last attempt to pay this order has no result yet. Find it out first; scan no other code.",
)


def check(request: Request, policy: Policy) -> Finding | None:
    """Deny a payment code while an attempt to pay the same order is submitted or unknown."""
    del policy
    scan = request.subject
    if not isinstance(scan, Scan) or not scan.payable:
        return None
    order = None if request.order is None else request.order.key
    inputs: dict[str, Input] = {"open": request.open_attempts, "order": order}
    if request.open_attempts > 0:
        return deny(ID, Reason.UNRESOLVED, _OPEN, **inputs)
    return allow(ID, "没有未完成的付款。", "No attempt is open.", **inputs)
