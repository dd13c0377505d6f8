"""While the outcome of a request is unknown, nothing else moves on its link."""

from __future__ import annotations

from pos_guard.model import Words
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import Request
from pos_guard.policy.rule import allow, deny, moves_money
from pos_guard.policy.verdict import Finding, Reason

ID = "link-resolved"

_SAY = Words(
    "此设备上一笔结果未知。请先查询，或请经理核对单据后确认。",
    "The last outcome on this device is not known. Query it, or ask a manager to confirm it.",
)


def check(request: Request, policy: Policy) -> Finding | None:
    """Deny money on a link with unresolved requests."""
    del policy
    if moves_money(request) is None:
        return None
    link = request.link
    if link.unresolved > 0:
        return deny(ID, Reason.UNRESOLVED, _SAY, link=link.name, unresolved=link.unresolved)
    return allow(ID, "没有未决交易。", "Nothing is unresolved.", link=link.name, unresolved=0)
