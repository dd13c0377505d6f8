"""One large refund in several small ones, each just within the limit (R-split-under-limit)."""

from __future__ import annotations

from pos_guard.model import IntentKind, Words
from pos_guard.policy.asks import Concern, ask_second_person
from pos_guard.policy.history import lately, payer_token
from pos_guard.policy.options import whole
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import Person, Request
from pos_guard.policy.rule import OptionKind, Tighter, Whole, allow, amount_text, money_out
from pos_guard.policy.rules.probation import newcomers_limit
from pos_guard.policy.verdict import Finding, Input, Reason

ID = "split-under-limit"

OPTIONS: dict[str, OptionKind] = {
    "within_s": Whole(0, 86_400, 0, Tighter.HIGHER),
    "earlier": Whole(1, 50, 2, Tighter.LOWER),
    "from_percent": Whole(1, 100, 80, Tighter.LOWER),
}
"""``within_s``: 0 switches it off. ``earlier``: how many refunds near the limit came before this
one. ``from_percent``: from which share of the limit a refund is near it, the limit included,
since that much goes without a second person."""


def check(request: Request, policy: Policy) -> Finding | None:
    """Add up the operator's or payer's refunds near the limit, and this one."""
    intent, operator = money_out(request), request.operator
    within_s = whole(policy, ID, OPTIONS, "within_s")
    if intent is None or operator is None or within_s == 0:
        return None
    if intent.kind is not IntentKind.REFUND or intent.amount is None:
        return None
    role = policy.role(operator.role)
    own = 0 if role is None or role.refund_limit is None else role.refund_limit
    newcomers = newcomers_limit(request, policy)
    limit = own if newcomers is None else newcomers
    if limit == 0:
        # Every single one of them needs a second person already.
        return None
    near = _near(operator, request, policy, range(limit, own + 1))
    total = sum(near) + intent.amount
    inputs: dict[str, Input] = {"earlier": len(near), "sum": total, "limit": limit}
    if len(near) < whole(policy, ID, OPTIONS, "earlier") or total <= limit:
        return allow(ID, "没有拆分退款的迹象。", "No sign of a split refund.", **inputs)
    concern = Concern(ID, Reason.PATTERN, _words(len(near), limit, policy), inputs)
    return ask_second_person(concern, request, policy, intent.amount)


def _near(operator: Person, request: Request, policy: Policy, limits: range) -> list[int]:
    """The amounts just within the limit, or between a newcomer's own and that of his role."""
    token, lowest = payer_token(request), limits[0] * whole(policy, ID, OPTIONS, "from_percent")
    return [
        past.amount
        for past in lately(request, whole(policy, ID, OPTIONS, "within_s"))
        if past.kind is IntentKind.REFUND
        and lowest <= past.amount * 100 <= limits[-1] * 100
        and (past.operator == operator.id or (token is not None and past.payer_token == token))
    ]


def _words(earlier: int, limit: int, policy: Policy) -> Words:
    text = amount_text(limit, policy)
    return Words(
        f"刚刚已有 {earlier} 笔接近限额 {text} 的退款。若是一笔拆成几笔，请经理一次批准。",
        f"{earlier} refunds just within the limit of {text} came before this one. "
        "Ask a manager to approve it.",
    )
