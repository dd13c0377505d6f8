"""Does a second person's yes count for this request? Self-approval never does."""

from __future__ import annotations

from enum import StrEnum

from pos_guard.model import Words
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import Request


class Approval(StrEnum):
    """What is to be said of the second person."""

    MISSING = "missing"
    VALID = "valid"
    NO_OPERATOR = "no-operator"
    SELF = "self"
    NO_RIGHT = "no-right"
    OVER_LIMIT = "over-limit"


REFUSALS = {
    Approval.NO_OPERATOR: Words(
        "收银员未登录，无法批准。请先扫工牌登录。",
        "No operator is signed in, so nothing can be approved. Scan a badge first.",
    ),
    Approval.SELF: Words(
        "不能自己批准自己的操作，请另一位主管批准。",
        "Nobody approves his own request. Ask another supervisor.",
    ),
    Approval.NO_RIGHT: Words(
        "此人没有批准权限，请主管批准。",
        "This person may not approve. Ask a supervisor.",
    ),
    Approval.OVER_LIMIT: Words(
        "金额超过此人的批准上限，请更高级别的主管批准。",
        "The amount is above what this person may approve. Ask a more senior person.",
    ),
}
"""Words for an approver who does not count."""


def approval(request: Request, policy: Policy, amount: int) -> Approval:
    """Judge the approver of a request over ``amount`` minor units."""
    approver, operator = request.approver, request.operator
    if approver is None:
        return Approval.MISSING
    if operator is None:
        # Nobody can tell then that two different people agreed.
        return Approval.NO_OPERATOR
    if approver.id.casefold() == operator.id.casefold():
        return Approval.SELF
    role = policy.role(approver.role)
    if role is None or not role.may_approve:
        return Approval.NO_RIGHT
    if role.approve_limit is None or amount > role.approve_limit:
        return Approval.OVER_LIMIT
    return Approval.VALID
