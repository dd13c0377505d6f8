"""Does a second person's yes count for this request, or the owner rule? Never self-approval."""

from __future__ import annotations

from enum import StrEnum

from pos_guard.clock import SECOND
from pos_guard.model import Words
from pos_guard.policy.limits import approver_tallies
from pos_guard.policy.policy import Alone, Policy, Window
from pos_guard.policy.request import Request


class Approval(StrEnum):
    """What is to be said of the second person."""

    MISSING = "missing"
    VALID = "valid"
    NO_OPERATOR = "no-operator"
    SELF = "self"
    NO_RIGHT = "no-right"
    OVER_LIMIT = "over-limit"
    NO_SHIFT = "no-shift"


class Owner(StrEnum):
    """What is to be said of the owner rule of a one-person shop."""

    NOT_HIS = "not-his"
    """No such rule for this role, or the amount is above it."""
    ASKED = "asked"
    """It applies, and the owner has not proved himself yet."""
    BY_CODE = "totp"
    """The owner's own TOTP code was right."""
    BY_DELAY = "delay"
    """The owner waited the delay out and asked again."""


REFUSALS = {
    Approval.NO_OPERATOR: Words(
        "收银员未登录，无法批准。请先扫工牌登录。",
        "No operator is signed in, so nothing can be approved. Scan a badge first.",
    ),
    Approval.SELF: Words(
        "不能自己批准自己的操作，请另一位经理批准。",
        "Nobody approves his own request. Ask another manager.",
    ),
    Approval.NO_RIGHT: Words(
        "此人没有批准权限，请经理批准。",
        "This person may not approve. Ask a manager.",
    ),
    Approval.OVER_LIMIT: Words(
        "金额超过此人的批准上限，请更高级别的经理批准。",
        "The amount is above what this person may approve. Ask a more senior person.",
    ),
    Approval.NO_SHIFT: Words(
        "此人有班次限额但尚未开班，请先开班，或请其他主管批准。",
        "This person has a limit for each shift and has not begun one. Begin it, or ask another.",
    ),
}
"""Words for an approver who does not count."""


def approval(request: Request, policy: Policy, amount: int) -> Approval:
    """Judge the approver of a request over ``amount`` minor units.

    The limits that name the approver's own role hold for him as well, this request counted in.
    """
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
    over = [tally for tally in approver_tallies(request, policy) if tally.over]
    if any(tally.total is None and tally.limit.window is Window.SHIFT for tally in over):
        return Approval.NO_SHIFT
    return Approval.OVER_LIMIT if over else Approval.VALID


def owner_rule(request: Request, policy: Policy, amount: int) -> Owner:
    """Whether the operator stands for ``amount`` alone, by ``Role.alone``."""
    alone = alone_of(request, policy)
    if alone is None or amount > alone.limit or not (alone.totp or alone.delay_s > 0):
        return Owner.NOT_HIS
    answers = request.answers
    if alone.totp and answers.totp:
        return Owner.BY_CODE
    waited = alone.delay_s > 0 and answers.waited_us >= alone.delay_s * SECOND
    return Owner.BY_DELAY if waited else Owner.ASKED


def alone_of(request: Request, policy: Policy) -> Alone | None:
    """The owner rule of the operator's role, or None."""
    role = None if request.operator is None else policy.role(request.operator.role)
    return None if role is None else role.alone
