"""The cash drawer opens for a reason: a receipt that may be printed, cash, or a person's right."""

from __future__ import annotations

from pos_guard.model import Receipt, Tender, Words
from pos_guard.policy.policy import NO_SALE, Policy
from pos_guard.policy.request import Request
from pos_guard.policy.rule import Choice, Tighter, allow, graded, level_option
from pos_guard.policy.verdict import Finding, Reason

ID = "drawer-reason"
OPTIONS = {"without": Choice(("allow", "warn", "deny"), "deny", Tighter.HIGHER)}
"""What a pulse is without any of the three."""

_SAY = Words(
    "没有收款，钱箱不打开。需要打开请由有权限的人登录。",
    "No payment, so the drawer stays shut. Somebody with the right to open it must sign in.",
)


def check(request: Request, policy: Policy) -> Finding | None:
    """Deny a pulse of the cash drawer that belongs to no sale, unless the operator may."""
    receipt = request.subject
    if not isinstance(receipt, Receipt) or not receipt.drawer:
        return None
    because = _because(receipt, request, policy)
    if because is None:
        level = level_option(policy, ID, "without", "deny")
        return graded(ID, level, Reason.NOT_PERMITTED, _SAY, because=None)
    return allow(ID, "开钱箱有依据。", "The drawer has a reason to open.", because=because)


def _because(receipt: Receipt, request: Request, policy: Policy) -> str | None:
    # Whether such a paper is true is for the other rules to say.
    if receipt.claims_paid or receipt.refund:
        return "receipt"
    tender = request.context.tender
    if request.order is not None and tender is not None and tender.value is Tender.CASH:
        return "cash"
    role = None if request.operator is None else policy.role(request.operator.role)
    return NO_SALE if role is not None and NO_SALE in role.may else None
