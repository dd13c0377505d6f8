"""Giving money back for a sale that nobody knows: a cap of its own, and always two people."""

from __future__ import annotations

from pos_guard.model import Words
from pos_guard.policy.approval import REFUSALS, Approval, approval
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import Request
from pos_guard.policy.rule import allow, amount_text, deny, graded, money_out
from pos_guard.policy.verdict import Finding, Level, Reason

ID = "unreferenced"

_NO_AMOUNT = Words(
    "找不到原交易，也没有金额，不能撤销。请扫描原小票。",
    "Neither the original sale nor an amount is known. Scan the original receipt.",
)
_ASK = Words(
    "找不到原交易：请扫描原小票；没有小票须经理批准。",
    "The original sale is not known. Scan its receipt, or ask a manager to approve.",
)


def check(request: Request, policy: Policy) -> Finding | None:
    """Apply to money out without a known sale: cap first, then the second person."""
    intent = money_out(request)
    if intent is None or request.sale is not None:
        return None
    amount = intent.amount
    if amount is None or amount <= 0:
        return deny(ID, Reason.ORIGINAL, _NO_AMOUNT, amount=amount)
    cap = _cap(request, policy)
    if amount > cap:
        return deny(ID, Reason.OVER_LIMIT, _over(cap, policy), amount=amount, cap=cap)
    answer = approval(request, policy, amount)
    if answer is Approval.MISSING:
        return graded(ID, Level.REQUIRE, Reason.ORIGINAL, _ASK, amount=amount, cap=cap)
    if answer is Approval.VALID:
        return allow(ID, "经理已批准。", "A manager approved it.", amount=amount, cap=cap)
    return deny(ID, Reason.ORIGINAL, REFUSALS[answer], amount=amount, cap=cap)


def _cap(request: Request, policy: Policy) -> int:
    role = None if request.operator is None else policy.role(request.operator.role)
    return 0 if role is None or role.unreferenced_limit is None else role.unreferenced_limit


def _over(cap: int, policy: Policy) -> Words:
    text = amount_text(cap, policy)
    return Words(
        f"无原交易退款最多 {text}。请扫描原小票，按原交易退款。",
        f"Without the original sale at most {text} may be refunded. Scan the original receipt.",
    )
