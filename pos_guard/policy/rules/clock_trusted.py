"""No money goes out while the clock cannot be believed."""

from __future__ import annotations

from pos_guard.model import Words
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import Request
from pos_guard.policy.rule import allow, deny, money_out
from pos_guard.policy.verdict import Finding, Reason

ID = "clock-trusted"

_SAY = Words(
    "系统时间不可信，暂停退款。请校准时间。",
    "The clock cannot be trusted, so nothing is refunded. Set the time.",
)


def check(request: Request, policy: Policy) -> Finding | None:
    """Deny money out under a clock that is not trusted."""
    del policy
    if money_out(request) is None:
        return None
    if not request.clock_trusted:
        return deny(ID, Reason.GUARD, _SAY, clock_trusted=False)
    return allow(ID, "系统时间可信。", "The clock is trusted.", clock_trusted=True)
