"""The bounds and shapes of what apps and people tell: texts without card numbers, carts. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import cast

import rfc8785

from pos_guard.errors import LocalError
from pos_guard.frames.codes_numbers import wallets
from pos_guard.frames.decoded import Json
from pos_guard.model import Cart, CartLine
from pos_guard.money import MAX_AMOUNT
from pos_guard.pan import holds_card_number, holds_phone_number

MAX_LINES = 500
"""Lines of a cart: the fullest trolley of a supermarket has some 300."""

MAX_QUANTITY = 1_000_000
"""Pieces, or grams, of one article in one line."""

MAX_TOLD = 64
"""Characters of a reason, an article number or what a customer names: all are short codes."""


_RUN = re.compile(r"[0-9]+")


def check_text(what: str, text: str) -> str:
    """What a person says, which may be kept.

    :raises LocalError: as ``check_code``, and when it holds a phone number.
    """
    if holds_phone_number(text):
        raise LocalError(f"{what} holds a phone number: leave it out")
    return check_code(what, text)


def check_code(what: str, text: str) -> str:
    """A short code of somebody's list, which may be kept.

    :raises LocalError: when it is empty, too long, not printable, or holds a card number or a
        payment code. The message never repeats it.
    """
    if not 0 < len(text) <= MAX_TOLD or not text.isprintable() or not text.strip():
        raise LocalError(f"{what} is 1 to {MAX_TOLD} printable characters")
    if holds_card_number(text):
        raise LocalError(f"{what} holds a card number: leave it out, the last four digits will do")
    if _holds_payment_code(text):
        raise LocalError(f"{what} holds a payment code: leave it out")
    return text


def _holds_payment_code(text: str) -> bool:
    usual = [wallet for wallet in wallets() if wallet.default]
    return any(wallet.matches(run) for run in _RUN.findall(text) for wallet in usual)


def check_cart(cart: Cart) -> None:
    """Check every line and sum of a cart against the bounds.

    :raises LocalError: naming the first thing that is wrong, never its text.
    """
    if len(cart.lines) > MAX_LINES:
        raise LocalError(f"a cart has at most {MAX_LINES} lines, not {len(cart.lines)}")
    for number, line in enumerate(cart.lines, 1):
        check_code(f"the article of line {number}", line.sku)
        if not 0 < line.quantity <= MAX_QUANTITY:
            raise LocalError(f"line {number}: a quantity is 1 to {MAX_QUANTITY}")
        if not 0 <= line.unit_price <= MAX_AMOUNT:
            raise LocalError(f"line {number}: a price is 0 to {MAX_AMOUNT}")
    if not (0 <= cart.discount <= MAX_AMOUNT and 0 <= cart.tax <= MAX_AMOUNT):
        raise LocalError(f"discount and tax are 0 to {MAX_AMOUNT}")
    if not 0 <= cart.total <= MAX_AMOUNT:
        raise LocalError(f"the cart adds up to {cart.total}, which is no amount")


def cart_json(cart: Cart) -> dict[str, Json]:
    """A cart as a plain value; ``cart_of`` reads it."""
    return {
        "lines": [[line.sku, line.quantity, line.unit_price] for line in cart.lines],
        "discount": cart.discount,
        "tax": cart.tax,
    }


def cart_of(piece: Mapping[str, Json]) -> Cart:
    """A cart from the value that ``cart_json`` made."""
    lines = cast("list[tuple[str, int, int]]", piece["lines"])
    return Cart(
        tuple(CartLine(sku, quantity, price) for sku, quantity, price in lines),
        cast("int", piece["discount"]),
        cast("int", piece["tax"]),
    )


def cart_hash(cart: Cart) -> str:
    """What stands for a cart in hashes and records."""
    return hashlib.sha256(rfc8785.dumps(cart_json(cart))).hexdigest()
