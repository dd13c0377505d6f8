"""What the customer says of the sale fits the sale that is to be refunded."""

from __future__ import annotations

from pos_guard.model import IntentKind, Words
from pos_guard.money import MAX_AMOUNT, Money, MoneyError
from pos_guard.policy.options import whole
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import Request, SaleState
from pos_guard.policy.rule import OptionKind, Tighter, Whole, allow, deny, money_out, require
from pos_guard.policy.verdict import Finding, Input, Need, Reason

ID = "customer-matches"

OPTIONS: dict[str, OptionKind] = {
    "above": Whole(0, MAX_AMOUNT, 0, Tighter.LOWER, zero_is_off=True),
    "digits": Whole(3, 12, 4, Tighter.HIGHER),
}
"""``above``: minor units; refunds above them are cross-checked; 0: none is. ``digits``: how much of
the end of a number is enough."""

_ASK = Words(
    "请询问顾客原单号末 {digits} 位或付款金额，并输入。",
    "Ask the customer for the last {digits} digits of the order, or what was paid. Enter it.",
)
_WRONG = Words(
    "顾客所说的单号或金额与此单不符。请核对小票，找到正确的订单。",
    "What the customer says does not fit this sale. Check the receipt and find the right one.",
)


def check(request: Request, policy: Policy) -> Finding | None:
    """Apply to refunds of known sales above the policy's amount."""
    intent, sale = money_out(request), request.sale
    above = whole(policy, ID, OPTIONS, "above")
    if intent is None or intent.kind is not IntentKind.REFUND or sale is None or above == 0:
        return None
    if intent.amount is not None and intent.amount <= above:
        return None
    digits = whole(policy, ID, OPTIONS, "digits")
    inputs: dict[str, Input] = {"amount": intent.amount, "above": above, "digits": digits}
    said = request.context.customer
    if said is None or not _plain(said.value):
        words = Words(_ASK.zh.format(digits=digits), _ASK.en.format(digits=digits))
        return require(ID, Need.REASON, Reason.NEEDS_REASON, words, fits=None, **inputs)
    fits = _fits(said.value, sale, digits, policy)
    if fits is None:
        # What was typed stays out of the record: people type telephone numbers here.
        return deny(ID, Reason.ORIGINAL, _WRONG, fits=None, **inputs)
    return allow(ID, "顾客所说与此单相符。", "The customer knows the sale.", fits=fits, **inputs)


def _fits(said: str, sale: SaleState, digits: int, policy: Policy) -> str | None:
    """Which piece of the sale fits what was said: the whole number, its end, or the amount."""
    text = _plain(said)
    for name, number in (("order", sale.order_key), ("receipt", sale.receipt)):
        whole_number = _plain(number or "")
        if text == whole_number or (len(text) >= digits and whole_number.endswith(text)):
            return name
    try:
        paid = Money.parse(said.strip(), policy.currency).amount
    except MoneyError:
        return None
    return "amount" if paid == sale.paid else None


def _plain(text: str) -> str:
    """Letters and digits only: nobody dictates hyphens."""
    return "".join(char for char in text.casefold() if char.isalnum())
