"""The same payer gets money back again and again, from whatever sales (R-same-card-repeat)."""

from __future__ import annotations

from pos_guard.model import MONEY_OUT, Words
from pos_guard.policy.asks import Concern, ask_second_person
from pos_guard.policy.history import count_of_payer, payer_token
from pos_guard.policy.options import whole
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import Request
from pos_guard.policy.rule import OptionKind, Tighter, Whole, allow, money_out
from pos_guard.policy.verdict import Finding, Input, Reason

ID = "payer-repeats"

OPTIONS: dict[str, OptionKind] = {
    "within_s": Whole(0, 86_400, 0, Tighter.HIGHER),
    "refunds": Whole(1, 50, 2, Tighter.LOWER),
}
"""``within_s``: 0 switches it off. ``refunds``: how many go without a second person, this one
included."""


def check(request: Request, policy: Policy) -> Finding | None:
    """Count what went back to this payer within the window, and this request."""
    intent, within_s = money_out(request), whole(policy, ID, OPTIONS, "within_s")
    if intent is None or payer_token(request) is None or within_s == 0:
        return None
    count = count_of_payer(request, MONEY_OUT, within_s) + 1
    most = whole(policy, ID, OPTIONS, "refunds")
    inputs: dict[str, Input] = {"count": count, "most": most, "within_s": within_s}
    if count <= most:
        return allow(ID, "此付款人退款次数正常。", "Not too often for this payer.", **inputs)
    words = Words(
        f"同一付款人短时间内第 {count} 次退款，请经理核对并批准。",
        f"This is refund number {count} to the same payer in a short time. "
        "Ask a manager to check and approve it.",
    )
    concern = Concern(ID, Reason.PATTERN, words, inputs)
    return ask_second_person(concern, request, policy, intent.amount or 0)
