"""Who is new gives less money back alone than the role allows (F60)."""

from __future__ import annotations

from pos_guard.model import Words
from pos_guard.policy.asks import Concern, ask_second_person
from pos_guard.policy.options import whole
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import Request, Tier
from pos_guard.policy.rule import OptionKind, Tighter, Whole, allow, amount_text, money_out
from pos_guard.policy.verdict import Finding, Input, Reason

ID = "probation"

OPTIONS: dict[str, OptionKind] = {"percent": Whole(0, 100, 100, Tighter.LOWER)}
"""``percent``: of the role's refund limit, rounded down; 100: no difference is made."""


def check(request: Request, policy: Policy) -> Finding | None:
    """Compare a newcomer's refund with his part of the role's limit."""
    intent, limit = money_out(request), newcomers_limit(request, policy)
    if intent is None or limit is None or intent.amount is None:
        return None
    percent = whole(policy, ID, OPTIONS, "percent")
    inputs: dict[str, Input] = {"amount": intent.amount, "limit": limit, "percent": percent}
    if intent.amount <= limit:
        return allow(ID, "在试用期限额之内。", "Within a newcomer's limit.", **inputs)
    text = amount_text(limit, policy)
    words = Words(
        f"试用期内退款超过 {text} 须经理陪同，请经理批准。",
        f"While you are new, a refund above {text} takes a manager. Ask one to approve it.",
    )
    concern = Concern(ID, Reason.OVER_LIMIT, words, inputs)
    return ask_second_person(concern, request, policy, intent.amount)


def newcomers_limit(request: Request, policy: Policy) -> int | None:
    """Up to where a newcomer refunds alone, in minor units; None: the operator is none."""
    operator, desk = request.operator, request.desk
    percent = whole(policy, ID, OPTIONS, "percent")
    if operator is None or desk is None or desk.tier is not Tier.PROBATION or percent == 100:
        return None
    role = policy.role(operator.role)
    limit = 0 if role is None or role.refund_limit is None else role.refund_limit
    return limit * percent // 100
