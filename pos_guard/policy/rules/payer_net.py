"""Nobody gets back more than he was ever charged here (R-net-negative-card)."""

from __future__ import annotations

from pos_guard.model import Intent, Words
from pos_guard.policy.asks import Concern
from pos_guard.policy.grades import found, grade
from pos_guard.policy.options import word
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import PayerState, Request
from pos_guard.policy.rule import OptionKind, allow, amount_text, money_out
from pos_guard.policy.verdict import Finding, Input, Reason

ID = "payer-net"

OPTIONS: dict[str, OptionKind] = {
    "above": grade("deny"),
    "never_charged": grade("allow"),
}
"""``above``: more back than this payer was charged. ``never_charged``: back to a payer whom this
shop never charged as far as its records go; its purchase may be older than they are."""

_NEVER = Words(
    "此付款人在本店没有付款记录，请核对原小票。",
    "This payer was never charged here. Check the original receipt.",
)


def check(request: Request, policy: Policy) -> Finding | None:
    """Compare all that went back to the payer, this request included, with all he was charged."""
    intent, payer = money_out(request), request.payer
    if intent is None or payer is None or intent.amount is None:
        return None
    net = payer.refunded + intent.amount
    inputs: dict[str, Input] = {"charged": payer.charged, "refunded": net}
    if payer.charged <= 0:
        concern = Concern(ID, Reason.PATTERN, _NEVER, inputs)
        return found(word(policy, ID, OPTIONS, "never_charged"), concern, request, policy)
    if net <= payer.charged:
        return allow(ID, "不超过此付款人所付。", "Not more than this payer paid.", **inputs)
    concern = Concern(ID, Reason.PATTERN, _words(payer, intent, policy), inputs)
    return found(word(policy, ID, OPTIONS, "above"), concern, request, policy)


def _words(payer: PayerState, intent: Intent, policy: Policy) -> Words:
    left = amount_text(max(0, payer.charged - payer.refunded), policy)
    asked = amount_text(intent.amount or 0, policy)
    return Words(
        f"退款 {asked} 将超过此付款人所付金额，最多可退 {left}。请核对原小票。",
        f"{asked} is more than this payer has left to get back: {left}. Check the receipt.",
    )
