"""Questions about the articles of a request: is the cart sound, what does its sum come from."""

from __future__ import annotations

from collections.abc import Iterable

from pos_guard.model import Cart
from pos_guard.policy.policy import Policy
from pos_guard.policy.rule import amount_text


def sound(cart: Cart) -> bool:
    """No line takes anything off the others: that is what a discount is for, and it is one."""
    if cart.discount < 0 or cart.tax < 0:
        return False
    return all(line.quantity > 0 and line.unit_price >= 0 for line in cart.lines)


def quantities(cart: Cart) -> dict[str, int]:
    """How many of each article, all lines together."""
    return added((line.sku, line.quantity) for line in cart.lines)


def added(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Pairs of article and number, added up for each article."""
    sums: dict[str, int] = {}
    for sku, quantity in pairs:
        sums[sku] = sums.get(sku, 0) + quantity
    return sums


def sum_text(cart: Cart, policy: Policy) -> str:
    """How the total comes about: ``12.00 - 1.00 + 0.50 = 11.50``."""
    text = amount_text(cart.total + cart.discount - cart.tax, policy)
    if cart.discount:
        text += f" - {amount_text(cart.discount, policy)}"
    if cart.tax:
        text += f" + {amount_text(cart.tax, policy)}"
    return f"{text} = {amount_text(cart.total, policy)}"
