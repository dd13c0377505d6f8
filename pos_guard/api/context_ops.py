"""The operation ``context``: what a program tells around the next payment."""

from __future__ import annotations

from pos_guard.api.bodies import Body
from pos_guard.api.message import Fields, RequestError
from pos_guard.guard import Guard
from pos_guard.model import Cart, CartLine, Purpose, Source, Tender
from pos_guard.money import Money
from pos_guard.told import MAX_LINES

_AWAY = (
    "no sale by that id here, and the shared ledger cannot be reached: try again when it is back"
)


def context(guard: Guard, fields: Fields) -> Body:
    """Tell each piece that is there; stops at the first that nobody knows or that is wrong.

    The order goes first: a new one ends what was said around an earlier one.
    """
    operator, original = fields.maybe_text("operator"), fields.maybe_text("original")
    tender, order = fields.maybe_choice("tender", Tender), fields.maybe_object("order")
    reason, purpose = fields.maybe_text("reason"), fields.maybe_choice("purpose", Purpose)
    customer, cart = fields.maybe_text("customer"), _cart(fields.maybe_object("cart"))
    fields.end()
    body: Body = {}
    if operator is not None and not guard.tell_operator(operator, Source.APP):
        raise RequestError("unknown-operator", "no operator by that id")
    if order is not None:
        body["order"] = _order(guard, order)
    if original is not None and not guard.tell_original(original, Source.APP):
        away = guard.shared is not None and not guard.shared.teller.reached
        raise RequestError("unknown-sale", _AWAY if away else "no sale by that id")
    if tender is not None:
        guard.tell_tender(tender, Source.APP)
    if reason is not None:
        guard.tell_reason(reason, Source.APP)
    if purpose is not None:
        guard.tell_purpose(purpose, Source.APP)
    if customer is not None:
        guard.tell_customer(customer, Source.APP)
    if cart is not None:
        guard.tell_cart(cart, Source.APP)
    return body


def _order(guard: Guard, order: Fields) -> str:
    order_id = order.maybe_text("id")
    total = Money(order.number("total"), order.text("currency"))
    order.end()
    return guard.tell_order(order_id, total, Source.APP).key


def _cart(fields: Fields | None) -> Cart | None:
    if fields is None:
        return None
    lines = fields.maybe_objects("lines", MAX_LINES) or []
    discount, tax = fields.maybe_number("discount") or 0, fields.maybe_number("tax") or 0
    fields.end()
    return Cart(tuple(_line(line) for line in lines), discount, tax)


def _line(fields: Fields) -> CartLine:
    line = CartLine(fields.text("sku"), fields.number("quantity"), fields.number("price"))
    fields.end()
    return line
