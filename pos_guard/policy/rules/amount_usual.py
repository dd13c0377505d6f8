"""An amount far above what this shop usually takes or gives back is entered once more."""

from __future__ import annotations

from pos_guard.model import Words
from pos_guard.policy.asks import Concern
from pos_guard.policy.options import whole, word
from pos_guard.policy.policy import Policy
from pos_guard.policy.reentry import confirm_amount
from pos_guard.policy.request import Request
from pos_guard.policy.rule import (
    Choice,
    OptionKind,
    Tighter,
    Whole,
    allow,
    amount_text,
    moves_money,
)
from pos_guard.policy.verdict import Finding, Input, Reason

ID = "amount-usual"

OPTIONS: dict[str, OptionKind] = {
    "times": Whole(0, 1000, 0, Tighter.LOWER, zero_is_off=True),
    "of": Choice(("highest", "p99"), "p99", Tighter.HIGHER),
    "min_count": Whole(1, 1000, 100, Tighter.LOWER),
}
"""More than ``times`` the highest, or the 99th percentile, of at least ``min_count`` earlier ones
of the same kind. 0 times: nothing is unusual."""


def check(request: Request, policy: Policy) -> Finding | None:
    """Compare with the shop's own history, as soon as there is enough of it."""
    intent, usual = moves_money(request), request.usual
    times = whole(policy, ID, OPTIONS, "times")
    if intent is None or intent.amount is None or usual is None or times == 0:
        return None
    base = usual.p99 if word(policy, ID, OPTIONS, "of") == "p99" else usual.highest
    if usual.count < whole(policy, ID, OPTIONS, "min_count") or base <= 0:
        return None
    inputs: dict[str, Input] = {"amount": intent.amount, "usual": base, "times": times}
    if intent.amount <= times * base:
        return allow(ID, "金额不反常。", "Nothing unusual for this shop.", **inputs)
    concern = Concern(ID, Reason.UNCONFIRMED, _words(intent.amount, base, policy), inputs)
    return confirm_amount(concern, request, policy, intent.amount)


def _words(amount: int, base: int, policy: Policy) -> Words:
    asked, most = amount_text(amount, policy), amount_text(base, policy)
    return Words(
        f"金额 {asked} 远高于本店通常的 {most}。请核对后再次输入金额。",
        f"{asked} is far above this shop's usual {most}. Check it and enter it again.",
    )
