"""A large amount is read back in digits and in 大写, and entered once more."""

from __future__ import annotations

from pos_guard.model import MONEY_IN, IntentKind, Words
from pos_guard.money import MAX_AMOUNT
from pos_guard.policy.asks import Concern
from pos_guard.policy.daxie import daxie
from pos_guard.policy.options import whole
from pos_guard.policy.policy import Policy
from pos_guard.policy.reentry import confirm_amount
from pos_guard.policy.request import Request
from pos_guard.policy.rule import Choice, OptionKind, Tighter, Whole, allow, amount_text, intent_of
from pos_guard.policy.verdict import Finding, Input, Reason

ID = "amount-confirmed"

OPTIONS: dict[str, OptionKind] = {
    "above": Whole(0, MAX_AMOUNT, 0, Tighter.LOWER, zero_is_off=True),
    "reentry": Choice(("on", "off"), "off", Tighter.HIGHER),
}
"""``above``: minor units; what is above them is entered again. 0: nothing is. ``reentry``: at a
till without a screen of ours, the same sale entered again 2 to 60 s later confirms it."""

_KINDS = MONEY_IN | {IntentKind.REFUND, IntentKind.PREAUTH}


def check(request: Request, policy: Policy) -> Finding | None:
    """Apply to sales and refunds; a void takes back the whole sale and states no amount."""
    intent, above = intent_of(request), whole(policy, ID, OPTIONS, "above")
    if intent is None or intent.kind not in _KINDS or above == 0:
        return None
    amount = intent.amount
    if amount is None or not 0 < amount <= MAX_AMOUNT:
        return None  # Other rules deny that, and there is nothing to read back.
    inputs: dict[str, Input] = {"amount": amount, "above": above}
    if amount <= above:
        return allow(ID, "金额无需再次确认。", "No need to enter it again.", **inputs)
    concern = Concern(ID, Reason.UNCONFIRMED, read_back(amount, policy), inputs)
    return confirm_amount(concern, request, policy, amount)


def read_back(amount: int, policy: Policy) -> Words:
    """An amount in digits and in capital numerals, and the request to enter it again."""
    digits, capitals = amount_text(amount, policy), daxie(amount, policy.currency)
    return Words(
        f"金额 {digits}，大写：{capitals}。请核对后再次输入金额。",
        f"The amount is {digits} {policy.currency} ({capitals}). Check it and enter it again.",
    )
