"""No paper says PAID before the money is confirmed."""

from __future__ import annotations

from pos_guard.model import Receipt, Words
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import PaidState, Request
from pos_guard.policy.rule import allow, amount_text, deny
from pos_guard.policy.rules.cash_declared import cash_counted
from pos_guard.policy.verdict import Finding, Input, Reason

ID = "receipt-paid"

_NOTHING = Words(
    "没有找到对应的已收款订单，不能打印已支付小票。请先收款。",
    "No paid order fits this receipt. Take the payment first, then print it.",
)


def check(request: Request, policy: Policy) -> Finding | None:
    """Confirmed electronic tenders and counted cash must cover the order's total.

    Words such as "refund policy" on the paper make no difference: what claims payment is checked.
    """
    receipt = request.subject
    if not isinstance(receipt, Receipt):
        return None
    if not receipt.claims_paid:
        zh, en = "此单据不声明已支付。", "The paper claims no payment."
        return allow(ID, zh, en, order=receipt.order_id)
    if request.paid is None:
        return deny(ID, Reason.NOT_PAID, _NOTHING, order=receipt.order_id)
    return _judge(receipt, request.paid, policy)


def _judge(receipt: Receipt, paid: PaidState, policy: Policy) -> Finding:
    electronic = sum(amount for _, amount in paid.electronic)
    cash = cash_counted(receipt, paid, policy)
    inputs: dict[str, Input] = {
        "order": paid.order_key,
        "total": paid.total,
        "electronic": electronic,
        "cash": cash,
    }
    missing = paid.total - electronic - cash
    if missing > 0:
        return deny(ID, Reason.NOT_PAID, _missing(missing, policy), **inputs)
    return allow(ID, "款项已确认。", "The payment is confirmed.", **inputs)


def _missing(missing: int, policy: Policy) -> Words:
    text = amount_text(missing, policy)
    return Words(
        f"还有 {text} 未确认收款，不能打印已支付小票。",
        f"{text} is not confirmed yet, so the receipt must not say PAID. Take the payment first.",
    )
