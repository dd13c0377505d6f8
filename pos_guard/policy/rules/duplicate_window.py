"""The same amount for the same payer, order or sale again, a moment later: only if meant."""

from __future__ import annotations

from pos_guard.clock import SECOND
from pos_guard.model import MONEY_OUT, Words
from pos_guard.policy.asks import Concern, ask_amount_again, ask_second_person
from pos_guard.policy.history import lately, payer_token
from pos_guard.policy.options import whole, word
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import Recent, Request
from pos_guard.policy.rule import Choice, OptionKind, Tighter, Whole, allow, deny, moves_money
from pos_guard.policy.verdict import Finding, Input, Reason

ID = "duplicate-window"

OPTIONS: dict[str, OptionKind] = {
    "within_s": Whole(0, 86_400, 0, Tighter.HIGHER),
    "then": Choice(("confirm", "approve", "deny"), "confirm", Tighter.HIGHER),
    "anonymous": Choice(("allow", "same-till"), "allow", Tighter.HIGHER),
}
"""``within_s``: for how long the same again is suspect; 0: not at all. ``then``: what it takes.
``anonymous``: with no payer, order or sale known, the same amount on the same till counts."""

_CONFIRM = Words(
    "刚刚有一笔相同的金额。如确是新的一笔，请再次输入金额。",
    "The same amount was submitted a moment ago. If this is a new one, enter the amount again.",
)
_APPROVE = Words(
    "刚刚有一笔相同的金额。请先核对；如确是新的一笔，请经理批准。",
    "The same amount was submitted a moment ago. Check it; a manager may approve a second one.",
)
_DENY = Words(
    "刚刚已有一笔相同的金额，不能重复。请查询上一笔结果。",
    "The same amount was submitted a moment ago. Look up its result, do not repeat it.",
)


def check(request: Request, policy: Policy) -> Finding | None:
    """Look for the same amount, way of paying and payer, order or sale within the window."""
    intent = moves_money(request)
    within_s = whole(policy, ID, OPTIONS, "within_s")
    if intent is None or intent.amount is None or within_s == 0:
        return None
    kinds = MONEY_OUT if intent.kind in MONEY_OUT else frozenset({intent.kind})
    like = (intent.tender, intent.amount)
    for past in lately(request, within_s):
        alike = past.kind in kinds and (past.tender, past.amount) == like
        what = _same(past, request, policy) if alike else None
        if what is not None:
            inputs: dict[str, Input] = {
                "amount": intent.amount,
                "same": what,
                "age_s": past.age_us // SECOND,
                "within_s": within_s,
            }
            return _hold(request, policy, intent.amount, inputs)
    zh, en = "没有重复。", "Nothing like it a moment ago."
    return allow(ID, zh, en, amount=intent.amount, within_s=within_s)


def _same(past: Recent, request: Request, policy: Policy) -> str | None:
    """What an earlier request of the same amount has in common with this one, or None."""
    order = None if request.order is None else request.order.key
    sale = None if request.sale is None else request.sale.sale_id
    token = payer_token(request)
    if sale is not None and past.sale_id == sale:
        return "sale"
    if token is not None and past.payer_token == token:
        return "payer"
    if order is not None and past.order_key == order:
        return "order"
    if (sale, order, token) != (None, None, None) or past.link != request.link.name:
        return None
    by_till = word(policy, ID, OPTIONS, "anonymous") == "same-till"
    return "till" if by_till else None


def _hold(request: Request, policy: Policy, amount: int, inputs: dict[str, Input]) -> Finding:
    then = word(policy, ID, OPTIONS, "then")
    if then == "confirm":
        concern = Concern(ID, Reason.DUPLICATE, _CONFIRM, inputs)
        return ask_amount_again(concern, request, policy, amount)
    if then == "approve":
        concern = Concern(ID, Reason.DUPLICATE, _APPROVE, inputs)
        return ask_second_person(concern, request, policy, amount)
    return deny(ID, Reason.DUPLICATE, _DENY, **inputs)
