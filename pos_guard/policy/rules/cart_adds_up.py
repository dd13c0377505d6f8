"""What is asked of the payer is what the goods cost: lines, less the discount, plus the tax."""

from __future__ import annotations

from pos_guard.model import Cart, IntentKind, Words
from pos_guard.policy.carts import sound, sum_text
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import Request
from pos_guard.policy.rule import allow, amount_text, deny, money_in
from pos_guard.policy.verdict import Finding, Input, Reason

ID = "cart-adds-up"

_UNSOUND = Words(
    "商品清单有误（数量、单价或折扣不对），请重新录入。",
    "The list of goods is wrong (a quantity, a price or the discount). Enter it again.",
)


def check(request: Request, policy: Policy) -> Finding | None:
    """Compare the cart with the order's total; without an order, with the amount itself.

    How much of an order is asked for at once (split payments) is for amount-matches-order.
    """
    intent, known = money_in(request), request.context.cart
    if intent is None or intent.kind is IntentKind.TIP or known is None or not known.value.lines:
        return None
    cart = known.value
    if not sound(cart):
        return deny(ID, Reason.MALFORMED, _UNSOUND, lines=len(cart.lines))
    asked = intent.amount if request.order is None else request.order.total
    inputs: dict[str, Input] = {
        "asked": asked,
        "cart": cart.total,
        "discount": cart.discount,
        "tax": cart.tax,
    }
    if asked != cart.total:
        return deny(ID, Reason.AMOUNT, _words(asked, cart, policy), **inputs)
    zh, en = "商品金额合计正确。", "The goods add up to the amount."
    return allow(ID, zh, en, **inputs)


def _words(asked: int | None, cart: Cart, policy: Policy) -> Words:
    total, text = "-" if asked is None else amount_text(asked, policy), sum_text(cart, policy)
    return Words(
        f"金额 {total} 与商品合计不符：{text}。请核对商品和金额。",
        f"{total} is not what the goods add up to: {text}. Check goods and amount.",
    )
