"""What the till, the scanner and people tell the guard around the next request."""

from __future__ import annotations

from pos_guard.desk import Desk
from pos_guard.model import Cart, Context, Order, Purpose, Source, Tender
from pos_guard.money import Money
from pos_guard.waiting import WaitingRoom


class Telling:
    """The half of the guard that listens; every statement is a record with its source."""

    def __init__(self, desk: Desk, room: WaitingRoom) -> None:
        self._desk = desk
        self._room = room

    def tell_operator(self, operator: str, source: Source) -> bool:
        """Say who is at the till now (badge or app). False: nobody known by that id.

        A badge that is scanned while somebody else's request waits for a second person also names
        that person: the yes itself is the PIN on a console, and puts back who asked.
        """
        known = self._desk.tell_operator(operator, source)
        if known and source is Source.SCAN:
            self._room.show_badge(operator)
        return known

    def tell_order(self, order_id: str | None, total: Money, source: Source) -> Order:
        """The till said what the customer owes (bill, display, app). Returns the order."""
        return self._desk.tell_order(order_id, total, source)

    def tell_original(self, sale_id: str, source: Source) -> bool:
        """The sale that is to be undone. False: no such sale."""
        return self._desk.tell_original(sale_id, source)

    def tell_tender(self, tender: Tender, source: Source) -> None:
        """The cashier chose a channel."""
        self._desk.tell_tender(tender, source)

    def tell_reason(self, reason: str, source: Source) -> None:
        """Why a refund is asked for, as a code of the policy's list.

        :raises LocalError: for more than 64 printable characters, or a card number.
        """
        self._desk.tell_reason(reason, source)

    def tell_purpose(self, purpose: Purpose, source: Source) -> None:
        """What a refund is for."""
        self._desk.tell_purpose(purpose, source)

    def tell_customer(self, customer: str, source: Source) -> None:
        """What the customer named of the sale: last digits of its number, or its amount.

        :raises LocalError: for more than 64 printable characters, or a card number.
        """
        self._desk.tell_customer(customer, source)

    def tell_cart(self, cart: Cart, source: Source) -> None:
        """What is bought, or brought back: after the order that it belongs to.

        :raises LocalError: for more than 500 lines, or a line out of its bounds.
        """
        self._desk.tell_cart(cart, source)

    def context(self) -> Context:
        """What is known now; pieces older than policy allows are gone."""
        return self._desk.context()
