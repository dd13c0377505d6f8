"""A frame's currency is the shop's: 12.50 of something else is another amount."""

from __future__ import annotations

from pos_guard.model import Words
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import Request
from pos_guard.policy.rule import allow, deny, intent_of
from pos_guard.policy.verdict import Finding, Reason

ID = "currency"


def check(request: Request, policy: Policy) -> Finding | None:
    """Deny another currency; a frame that names none means the device's own, the shop's."""
    intent = intent_of(request)
    if intent is None:
        return None
    stated = intent.currency
    if stated not in (None, policy.currency):
        return deny(ID, Reason.CURRENCY, _say(policy), stated=stated, shop=policy.currency)
    zh, en = "币种正确。", "The currency is the shop's."
    return allow(ID, zh, en, stated=stated, shop=policy.currency)


def _say(policy: Policy) -> Words:
    return Words(
        f"币种不是 {policy.currency}，请检查收银机设置。",
        f"The currency is not {policy.currency}. Check the till's settings.",
    )
