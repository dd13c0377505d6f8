"""What is charged is the way of paying that the cashier chose for the customer."""

from __future__ import annotations

from pos_guard.model import Tender, Words
from pos_guard.policy.asks import Concern
from pos_guard.policy.grades import found, grade
from pos_guard.policy.options import word
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import Request
from pos_guard.policy.rule import OptionKind, allow, money_in
from pos_guard.policy.verdict import Finding, Input, Reason

ID = "tender-chosen"

OPTIONS: dict[str, OptionKind] = {"other": grade("allow")}
"""What to do with a charge of another tender than the one that was chosen."""

# One terminal takes both, and the till often knows only that it is a card.
_CARDS = frozenset({Tender.CARD, Tender.UNIONPAY})

_NAMES = {
    Tender.CARD: Words("刷卡", "a card"),
    Tender.WECHAT: Words("微信支付", "WeChat Pay"),
    Tender.ALIPAY: Words("支付宝", "Alipay"),
    Tender.UNIONPAY: Words("银联", "UnionPay"),
    Tender.CASH: Words("现金", "cash"),
    Tender.VOUCHER: Words("代金券", "a voucher"),
}


def check(request: Request, policy: Policy) -> Finding | None:
    """Compare the tender of a charge with the chosen one, where the policy cares."""
    intent, chosen = money_in(request), request.context.tender
    level = word(policy, ID, OPTIONS, "other")
    if intent is None or chosen is None or level == "allow":
        return None
    inputs: dict[str, Input] = {"tender": str(intent.tender), "chosen": str(chosen.value)}
    if intent.tender is chosen.value or {intent.tender, chosen.value} <= _CARDS:
        return allow(ID, "支付方式正确。", "This is how the customer pays.", **inputs)
    words = _words(intent.tender, chosen.value)
    return found(level, Concern(ID, Reason.CODE, words, inputs), request, policy)


def _words(tender: Tender, chosen: Tender) -> Words:
    asked, right = _NAMES[tender], _NAMES[chosen]
    return Words(
        f"选的是{right.zh}，现在却用{asked.zh}收款。请重选支付方式。",
        f"{right.en} was chosen, but {asked.en} is charged. Choose the way of paying again.",
    )
