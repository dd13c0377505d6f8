"""What a merchant code asks for is what the order owes, in the shop's currency."""

from __future__ import annotations

from pos_guard.model import Scan, Words
from pos_guard.money import Money, format_amount
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import OrderState, Request
from pos_guard.policy.rule import Choice, Tighter, allow, deny, graded, level_option
from pos_guard.policy.verdict import Finding, Reason

ID = "code-amount"
OPTIONS = {"missing_order": Choice(("allow", "warn", "deny"), "warn", Tighter.HIGHER)}
"""What to do with a code that states an amount while no order is known."""

_CURRENCY = Words(
    "收款码的币种与本店不同，请勿使用，并通知经理。",
    "The code asks for another currency than the shop's. Do not use it; call a manager.",
)
_NO_ORDER = Words(
    "收款码含金额，但没有订单可核对。请先结算订单。",
    "The code states an amount, and there is no order to compare. Total the order first.",
)


def check(request: Request, policy: Policy) -> Finding | None:
    """Compare currency and amount in a merchant code with the order; no amount is free choice."""
    scan = request.subject
    if not isinstance(scan, Scan) or scan.kind != "merchant_code":
        return None
    currency = scan.currency if scan.money is None else scan.money.currency
    if currency is not None and currency != policy.currency:
        return deny(ID, Reason.CURRENCY, _CURRENCY, currency=currency, expected=policy.currency)
    if scan.money is None:
        return allow(ID, "收款码不含金额。", "The code states no amount.", amount=None)
    return _amount(scan.money, request.order, policy)


def _amount(money: Money, order: OrderState | None, policy: Policy) -> Finding:
    if order is None:
        level = level_option(policy, ID, "missing_order", "warn")
        return graded(ID, level, Reason.AMOUNT, _NO_ORDER, amount=money.amount, due=None)
    if money.amount != order.due:
        say = _differs(money, order)
        return deny(ID, Reason.AMOUNT, say, amount=money.amount, due=order.due, order=order.key)
    zh, en = "收款码金额与订单一致。", "The code asks for what the order owes."
    return allow(ID, zh, en, amount=money.amount, due=order.due, order=order.key)


def _differs(money: Money, order: OrderState) -> Words:
    stated = format_amount(money.amount, money.currency)
    due = format_amount(max(order.due, 0), order.currency)
    return Words(
        f"收款码金额 {stated}，订单应付 {due}。请勿使用，重新生成。",
        f"The code asks for {stated}, the order owes {due}. Do not use it; make a new one.",
    )
