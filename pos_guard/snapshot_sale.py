"""The sale or the order that a subject is about, as the ledger knows it."""

from __future__ import annotations

from dataclasses import replace

from pos_guard.clock import Clock
from pos_guard.model import MONEY_OUT, Context, Intent, IntentKind, Order, Receipt, Tender
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import OrderState, PaidState, Person, SaleState
from pos_guard.snapshot_time import settled_by_hours
from pos_guard.store.ledger import Phase
from pos_guard.store.store import Store

_NEWEST = 50
"""Entries among which a slip without an order finds its refund: it is printed at once."""


class SaleSnapshots:
    """Finds sales and orders, and says how far they came."""

    def __init__(self, store: Store, policy: Policy, clock: Clock) -> None:
        self._ledger = store.ledger
        self._hours = policy.hours
        self._clock = clock

    def sale(self, intent: Intent, context: Context, link: str) -> SaleState | None:
        """The known sale that an intent undoes.

        What the frame names counts; only a frame that names nothing is joined with the sale id
        that was scanned or told.
        """
        if intent.original is not None:
            sale_id = self._ledger.sale_by(link=link, receipt=intent.original)
            sale_id = sale_id or self._ledger.sale_by(link=link, reference=intent.original)
        else:
            sale_id = None if context.original is None else context.original.value
        sale = None if sale_id is None else self._ledger.sale(sale_id)
        return None if sale is None else self._with_settlement(sale)

    def original_kind(self, intent: Intent, link: str) -> IntentKind | None:
        """What was posted under the original that an intent names, when that is no sale."""
        if intent.original is None:
            return None
        return self._ledger.posted_kind(link, intent.original)

    def reused(
        self, intent: Intent, link: str, sale: SaleState | None, approver: Person | None
    ) -> str | None:
        """What differs from the request that was submitted under this intent's own number.

        What this one does not say differs from nothing. The approver belongs to it (FloCafe #767).
        """
        if intent.reference is None:
            return None
        entry = self._ledger.submitted(link, intent.reference)
        if entry is None:
            return None
        now_and_then = {
            "kind": (str(intent.kind), str(entry.kind)),
            "tender": (str(intent.tender), str(entry.tender)),
            "amount": (intent.amount, entry.amount),
            "currency": (intent.currency, entry.currency),
            "payee": (intent.payee, entry.payee),
            "sale": (None if sale is None else sale.sale_id, entry.sale_id),
            "approver": (None if approver is None else approver.id, entry.approver),
        }
        pieces = (
            name
            for name, (now, then) in now_and_then.items()
            if now is not None and then is not None and now != then
        )
        return next(pieces, None)

    def order(self, context: Context) -> OrderState | None:
        """What was taken for the order in the context."""
        if context.order is None:
            return None
        order = context.order.value
        sums = self._ledger.order_state(order.key)
        return OrderState(
            key=order.key,
            total=order.total.amount,
            currency=order.total.currency,
            posted=sums.posted,
            reserved=sums.reserved,
            unknown=sums.unknown,
            copies=self._ledger.copies(order.key),
        )

    def refunded(self, receipt: Receipt) -> int:
        """What was posted back: for the order that a slip names, else one refund of that amount."""
        ledger = self._ledger
        if receipt.order_id is not None and ledger.order(receipt.order_id) is not None:
            sale_id = ledger.sale_of_order(receipt.order_id)
            sale = None if sale_id is None else ledger.sale(sale_id)
            return 0 if sale is None else sale.posted
        if receipt.total is None:
            return 0
        newest = ledger.search(phase=Phase.POSTED, limit=_NEWEST)
        known = any(
            entry.kind in MONEY_OUT and entry.amount == receipt.total.amount for entry in newest
        )
        return receipt.total.amount if known else 0

    def paid(self, receipt: Receipt, context: Context) -> PaidState | None:
        """The order that a receipt speaks of: by its number, else by amount, newest first."""
        order = self._order_of(receipt, context)
        if order is None:
            return None
        tenders = self._ledger.paid_tenders(order.key)
        return PaidState(
            order_key=order.key,
            total=order.total.amount,
            electronic=tuple(pair for pair in tenders if pair[0] is not Tender.CASH),
            cash=sum(amount for tender, amount in tenders if tender is Tender.CASH),
            copies=self._ledger.copies(order.key),
        )

    def _order_of(self, receipt: Receipt, context: Context) -> Order | None:
        if receipt.order_id is not None:
            return self._ledger.order(receipt.order_id)
        if context.order is not None:
            return context.order.value
        key = None if receipt.total is None else self._ledger.paid_order(receipt.total)
        return None if key is None else self._ledger.order(key)

    def _with_settlement(self, sale: SaleState) -> SaleState:
        """Where no batch was ever told of, the hour at which acquirers settle has to do."""
        if sale.settled is not None or sale.tender is not Tender.CARD or not sale.paid:
            return sale
        now = self._clock.wall_us()
        return replace(sale, settled=settled_by_hours(self._hours, now - sale.age_us, now))
