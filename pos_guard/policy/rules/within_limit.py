"""Money out above the operator's own limit needs a second person, who has a limit too.

The owner of a one-person shop may go above it alone (``Role.alone``): PIN and TOTP, or a delay.
"""

from __future__ import annotations

from pos_guard.model import Words
from pos_guard.policy.asks import Concern, ask_second_person
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import Request
from pos_guard.policy.rule import allow, amount_text, deny, money_out
from pos_guard.policy.verdict import Finding, Input, Reason

ID = "within-limit"

_NO_AMOUNT = Words(
    "无法确定退款金额。请扫描原小票后重试。",
    "The amount to give back is not known. Scan the original receipt and try again.",
)


def check(request: Request, policy: Policy) -> Finding | None:
    """Compare this request's amount with the role's limit, then with the approver's."""
    intent, operator = money_out(request), request.operator
    if intent is None or operator is None:
        return None
    if intent.amount is None:
        return deny(ID, Reason.AMOUNT, _NO_AMOUNT, operator=operator.id)
    role = policy.role(operator.role)
    limit = 0 if role is None or role.refund_limit is None else role.refund_limit
    inputs: dict[str, Input] = {"amount": intent.amount, "limit": limit}
    if intent.amount <= limit:
        return allow(ID, "在限额之内。", "Within the limit.", **inputs)
    words = _ask(intent.amount, limit, policy)
    concern = Concern(ID, Reason.OVER_LIMIT, words, inputs)
    return ask_second_person(concern, request, policy, intent.amount)


def _ask(amount: int, limit: int, policy: Policy) -> Words:
    asked, own = amount_text(amount, policy), amount_text(limit, policy)
    return Words(
        f"退款 {asked} 超过您的限额 {own}，请经理批准。",
        f"A refund of {asked} is above your limit of {own}. Ask a manager to approve it.",
    )
