"""What is known around the next payment, each piece with its source and age.

Pieces are stored, so that a restarted guard still knows who stands at the till and what the
customer owes. The newest statement counts; one older than policy allows is forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from pos_guard.clock import SECOND, Clock
from pos_guard.frames.decoded import Json
from pos_guard.model import Cart, Context, Known, Order, Purpose, ScannedCode, Source, Tender
from pos_guard.money import Money
from pos_guard.policy.policy import Policy
from pos_guard.store.context import Piece
from pos_guard.store.store import Store
from pos_guard.told import cart_hash, cart_json, cart_of, check_cart, check_text

T = TypeVar("T")

OPERATOR, ORDER, ORIGINAL, TENDER, CODE = "operator", "order", "original", "tender", "code"
RESCANS = "rescans"
REASON, PURPOSE, CART, CUSTOMER = "reason", "purpose", "cart", "customer"

_OF_ONE_REFUND = (ORIGINAL, REASON, PURPOSE, CUSTOMER, CART)
"""What was said of one refund and not of the next."""


class Desk:
    """Reads and writes the pieces of context; each statement is a record in the audit log."""

    def __init__(self, store: Store, policy: Policy, clock: Clock) -> None:
        self._store = store
        self._table = store.context
        self._clock = clock
        ages = policy.context
        self._max_age_us = {
            OPERATOR: ages.operator_s * SECOND,
            ORDER: ages.order_s * SECOND,
            ORIGINAL: ages.original_s * SECOND,
            TENDER: ages.order_s * SECOND,
            CODE: ages.code_s * SECOND,
            RESCANS: ages.order_s * SECOND,
            REASON: ages.original_s * SECOND,
            PURPOSE: ages.original_s * SECOND,
            CART: ages.order_s * SECOND,
            CUSTOMER: ages.original_s * SECOND,
        }

    def tell_operator(self, operator: str, source: Source) -> bool:
        """Say who is at the till. False, and nobody changes, when nobody is known by that id."""
        known = self._store.people.get(operator) is not None
        with self._store.transaction():
            if known:
                self._table.put(OPERATOR, {"id": operator}, source)
            said: dict[str, Json] = {"id": operator if known else None, "known": known}
            self._log("operator", source, said)
        return known

    def tell_order(self, order_id: str | None, total: Money, source: Source) -> Order:
        """Say what the customer owes; what was chosen or named for an earlier order is over."""
        with self._store.transaction():
            owed: dict[str, Json] = {"total": total.amount, "currency": total.currency}
            seq = self._log(ORDER, source, {"order": order_id, **owed})
            order = Order(order_id or self._unnamed(total, f"{source}-{seq}"), total)
            self._store.ledger.put_order(order, source)
            self._table.put(ORDER, {"key": order.key, **owed}, source)
            for piece in (TENDER, *_OF_ONE_REFUND):
                self._table.clear(piece)
            if self._known(self._table.all(), CODE, _code) is None:
                self._table.clear(CODE)  # nobody charged it: its hash need not stay either
        return order

    def tell_original(self, sale_id: str, source: Source, *, elsewhere: bool = False) -> bool:
        """Name the sale that is to be undone. False when it is not known: then none is named.

        A sale that was named before does not stay: the next refund would be bound to it.
        ``elsewhere``: another terminal made it, and the shared ledger knows it.
        """
        known = elsewhere or self._store.ledger.sale(sale_id) is not None
        with self._store.transaction():
            if known:
                self._table.put(ORIGINAL, {"sale_id": sale_id}, source)
            else:
                self._table.clear(ORIGINAL)
            self._log("original", source, {"sale_id": sale_id, "known": known})
        return known

    def tell_tender(self, tender: Tender, source: Source) -> None:
        """Say which channel the cashier chose."""
        with self._store.transaction():
            self._table.put(TENDER, {"tender": str(tender)}, source)
            self._log("tender", source, {"tender": str(tender)})

    def tell_reason(self, reason: str, source: Source) -> None:
        """Say why: a code of the policy's list.

        :raises LocalError: for a text that is none, or holds a card number.
        """
        self._say(REASON, check_text(REASON, reason), source)

    def tell_purpose(self, purpose: Purpose, source: Source) -> None:
        """Say what a refund is for."""
        self._say(PURPOSE, str(purpose), source)

    def tell_customer(self, customer: str, source: Source) -> None:
        """Say what the customer named of the sale: last digits of its number, or its amount.

        :raises LocalError: for a text that is none, or holds a card number.
        """
        self._say(CUSTOMER, check_text(CUSTOMER, customer), source)

    def tell_cart(self, cart: Cart, source: Source) -> None:
        """Say what is bought, or brought back. The log keeps its hash, its size and its sum.

        :raises LocalError: for a cart out of bounds, or an article that holds a card number.
        """
        check_cart(cart)
        said: dict[str, Json] = {
            "lines": len(cart.lines),
            "total": cart.total,
            "hash": cart_hash(cart),
        }
        with self._store.transaction():
            self._table.put(CART, cart_json(cart), source)
            self._log(CART, source, said)

    def done(self, piece_of: str) -> None:
        """What was said of one refund, or of the cart of one sale, is over. Needs a transaction."""
        for piece in (CART,) if piece_of == ORDER else _OF_ONE_REFUND:
            self._table.clear(piece)

    def put_code(self, code: ScannedCode, source: Source) -> None:
        """Keep the payment code that was scanned last: its keyed hash, never the code.

        Needs an open transaction: it belongs to the verdict on the scan.
        """
        piece: dict[str, Json] = {
            "token": code.token,
            "scheme": code.scheme,
            "masked": code.masked,
            "typed": code.typed,
        }
        self._table.put(CODE, piece, source)

    def drop_code(self) -> None:
        """The code was charged: it is nobody's code any more. Needs an open transaction."""
        self._table.clear(CODE)
        self._table.clear(RESCANS)

    def count_rescan(self, order: str | None) -> None:
        """A typed code was refused for this order. Needs an open transaction."""
        count = self._rescans(self._table.all(), order) + 1
        self._table.put(RESCANS, {"order": order, "count": count}, Source.APP)

    def context(self) -> Context:
        """All pieces that are fresh enough, as one snapshot."""
        said = self._table.all()
        order = self._known(said, ORDER, _order)
        return Context(
            operator=self._known(said, OPERATOR, lambda piece: _text(piece, "id")),
            order=order,
            original=self._known(said, ORIGINAL, lambda piece: _text(piece, "sale_id")),
            tender=self._known(said, TENDER, lambda piece: Tender(_text(piece, "tender"))),
            code=self._known(said, CODE, _code),
            rescans=self._rescans(said, None if order is None else order.value.key),
            reason=self._known(said, REASON, lambda piece: _text(piece, "said")),
            purpose=self._known(said, PURPOSE, lambda piece: Purpose(_text(piece, "said"))),
            cart=self._known(said, CART, cart_of),
            customer=self._known(said, CUSTOMER, lambda piece: _text(piece, "said")),
        )

    def _rescans(self, said: Mapping[str, Piece], order: str | None) -> int:
        known = self._known(
            said, RESCANS, lambda piece: (piece["order"], int(_text(piece, "count")))
        )
        return known.value[1] if known is not None and known.value[0] == order else 0

    def _known(
        self, said: Mapping[str, Piece], piece: str, read: Callable[[Mapping[str, Json]], T]
    ) -> Known[T] | None:
        found = said.get(piece)
        if found is None:
            return None
        value, source, boot_id, boot_us = found
        # After a reboot the age is not known: what was said before it counts, as said when this
        # boot began, only for the person at the till, whom every power cut would sign off.
        same_boot = boot_id == self._clock.boot_id
        if not same_boot and piece != OPERATOR:
            return None
        said_us = boot_us if same_boot else 0
        age = self._clock.boot_us() - said_us
        if not 0 <= age <= self._max_age_us[piece]:
            return None
        return Known(read(value), source, said_us)

    def _unnamed(self, total: Money, fresh: str) -> str:
        """The key for a total without a number: the order at the till, if it is that one."""
        order = self.context().order
        if order is None or order.value.total != total:
            return fresh
        paid = self._store.ledger.order_state(order.value.key).posted
        return fresh if paid >= total.amount else order.value.key

    def _say(self, piece: str, said: str, source: Source) -> None:
        with self._store.transaction():
            self._table.put(piece, {"said": said}, source)
            self._log(piece, source, {"said": said})

    def _log(self, piece: str, source: Source, body: dict[str, Json]) -> int:
        return self._store.audit.append("context", {"piece": piece, "source": str(source), **body})


def _text(piece: Mapping[str, Json], key: str) -> str:
    return str(piece[key])


def _order(piece: Mapping[str, Json]) -> Order:
    return Order(_text(piece, "key"), Money(int(_text(piece, "total")), _text(piece, "currency")))


def _code(piece: Mapping[str, Json]) -> ScannedCode:
    typed = piece.get("typed") is True
    return ScannedCode(_text(piece, "token"), _text(piece, "scheme"), _text(piece, "masked"), typed)
