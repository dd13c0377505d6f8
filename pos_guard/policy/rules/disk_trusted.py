"""No money goes out while the disk under the record cannot be trusted."""

from __future__ import annotations

from pos_guard.model import MONEY_OUT, Words
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import Disk, Request
from pos_guard.policy.rule import deny, graded, moves_money
from pos_guard.policy.verdict import Finding, Level, Reason

ID = "disk-trusted"

_BAD = Words(
    "磁盘异常，记录不可靠，暂停退款。请通知技术人员检查磁盘。",
    "The disk is failing, so nothing is refunded. Have the disk checked.",
)
_BAD_SALES = Words(
    "磁盘异常，请尽快通知技术人员检查磁盘。",
    "The disk is failing. Have it checked soon.",
)
_LOW = Words(
    "磁盘空间不足，请尽快清理或通知技术人员。",
    "The disk is nearly full. Free some space, or have it done, soon.",
)


def check(request: Request, policy: Policy) -> Finding | None:
    """Deny money out on a bad disk; warn of it otherwise, and of one that is nearly full."""
    del policy
    intent, disk = moves_money(request), request.disk
    if intent is None or disk is Disk.GOOD:
        return None
    if disk is Disk.LOW:
        return graded(ID, Level.WARN, Reason.GUARD, _LOW, disk=str(disk))
    if intent.kind in MONEY_OUT:
        return deny(ID, Reason.GUARD, _BAD, disk=str(disk))
    return graded(ID, Level.WARN, Reason.GUARD, _BAD_SALES, disk=str(disk))
