"""No article comes back more often than it was sold, and none for more than its price."""

from __future__ import annotations

from pos_guard.model import Cart, IntentKind, Words
from pos_guard.policy.carts import added, quantities, sound, sum_text
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import Request, SaleState
from pos_guard.policy.rule import allow, amount_text, deny, money_out
from pos_guard.policy.verdict import Finding, Input, Reason

ID = "items-returned"

_UNSOUND = Words(
    "退货清单有误（数量或单价不对），请重新扫描退回的商品。",
    "The list of returned items is wrong (a quantity or a price). Scan the items again.",
)


def check(request: Request, policy: Policy) -> Finding | None:
    """Compare the returned items, earlier returns included, with those that were sold."""
    intent, known = money_out(request), request.context.cart
    if intent is None or intent.kind is not IntentKind.REFUND or known is None:
        return None
    cart = known.value
    if not cart.lines:
        return None
    if not sound(cart):
        return deny(ID, Reason.MALFORMED, _UNSOUND, lines=len(cart.lines))
    excess = None if request.sale is None else _too_many(cart, request.sale)
    if excess is not None:
        return excess
    inputs: dict[str, Input] = {"amount": intent.amount, "price": cart.total}
    if intent.amount is not None and intent.amount > cart.total:
        return deny(ID, Reason.AMOUNT, _too_much(intent.amount, cart, policy), **inputs)
    zh, en = "退回的商品与原单相符。", "The returned items fit the sale."
    return allow(ID, zh, en, **inputs)


def _too_many(cart: Cart, sale: SaleState) -> Finding | None:
    """The first article of which more would come back than went out, where that is known."""
    if not sale.sold:
        return None
    sold, returned = added(sale.sold), added(sale.returned)
    for sku, asked in quantities(cart).items():
        inputs: dict[str, Input] = {
            "sku": sku,
            "asked": asked,
            "sold": sold.get(sku, 0),
            "returned": returned.get(sku, 0),
        }
        if returned.get(sku, 0) + asked > sold.get(sku, 0):
            left = max(0, sold.get(sku, 0) - returned.get(sku, 0))
            return deny(ID, Reason.REMAINING, _words(sku, left, sold=sku in sold), **inputs)
    return None


def _words(sku: str, left: int, *, sold: bool) -> Words:
    if not sold:
        return Words(
            f"商品 {sku} 不在原单中，请核对小票。",
            f"Item {sku} is not on the original sale. Check the receipt.",
        )
    return Words(
        f"商品 {sku} 最多还能退 {left} 件，请核对。",
        f"Of item {sku}, {left} can still be returned. Check how many there are.",
    )


def _too_much(amount: int, cart: Cart, policy: Policy) -> Words:
    asked, price = amount_text(amount, policy), amount_text(cart.total, policy)
    text = sum_text(cart, policy)
    return Words(
        f"退款 {asked} 多于退回商品的价格（{text}）。最多退 {price}。",
        f"{asked} is more than the returned items cost ({text}). Refund at most {price}.",
    )
