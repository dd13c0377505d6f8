"""Fills the immutable request that rules judge, from the store, inside the open transaction."""

from __future__ import annotations

from dataclasses import replace

from pos_guard.clock import Clock
from pos_guard.model import MONEY_OUT, Context, Intent, Receipt, Scan, Tender
from pos_guard.policy.request import (
    CodeState,
    LinkState,
    OrderState,
    PaidState,
    Person,
    Request,
    SaleState,
)
from pos_guard.store.ledger import Phase
from pos_guard.store.store import Store

# A clock before this program was written is a clock without a battery.
_EARLIEST_WALL_US = 1_767_225_600 * 1_000_000  # 2026-01-01

# NTP may slew a running clock; a step back of more is somebody setting it.
_WALL_SLACK_US = 2_000_000

_NEWEST = 50
"""Entries among which a slip without an order finds its refund: it is printed at once."""


class Snapshots:
    """Takes snapshots of the state around a subject."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self.scanner_serves = False
        """A scanner serves this terminal: a code that it did not see was typed."""

    def of_intent(
        self, intent: Intent, context: Context, link: str, approver: Person | None
    ) -> Request:
        """The request for one money frame."""
        sale = self.sale(intent, context, link) if intent.kind in MONEY_OUT else None
        if sale is not None and intent.amount is None:
            # A void names no amount: it takes back all that is left.
            intent = replace(intent, amount=sale.remaining, currency=sale.currency)
        return Request(
            subject=intent,
            context=context,
            link=self._link(link),
            operator=self._person(context),
            approver=approver,
            order=self._order(context),
            sale=sale,
            pace=None if sale is None else self._store.ledger.pace(sale.sale_id),
            code=self._charged_code(intent, context),
            same_reference=self._same_reference(intent, link),
            clock_trusted=self.clock_trusted(),
        )

    def of_scan(self, scan: Scan, context: Context, link: str) -> Request:
        """The request for one scanned code."""
        return Request(
            subject=scan,
            context=context,
            link=self._link(link),
            operator=self._person(context),
            order=self._order(context),
            code=self._shown_code(scan, context),
            open_attempts=self._open_attempts(context) if scan.payable else 0,
            own_codes=() if scan.payable else self._store.stickers.payees(),
            clock_trusted=self.clock_trusted(),
        )

    def of_receipt(self, receipt: Receipt, context: Context, link: str) -> Request:
        """The request for one print job."""
        return Request(
            subject=receipt,
            context=context,
            link=self._link(link),
            operator=self._person(context),
            order=self._order(context),
            paid=self._paid(receipt, context),
            refunded=self._refunded(receipt) if receipt.refund else 0,
            own_codes=self._store.stickers.payees() if receipt.payees else (),
            clock_trusted=self.clock_trusted(),
        )

    def sale(self, intent: Intent, context: Context, link: str) -> SaleState | None:
        """The known sale that an intent undoes.

        What the frame names counts; only a frame that names nothing is joined with the sale id
        that was scanned or told.
        """
        ledger = self._store.ledger
        if intent.original is not None:
            sale_id = ledger.sale_by(link=link, receipt=intent.original) or ledger.sale_by(
                link=link, reference=intent.original
            )
        elif context.original is not None:
            sale_id = context.original.value
        else:
            sale_id = None
        return None if sale_id is None else ledger.sale(sale_id)

    def clock_trusted(self) -> bool:
        """Wall time is plausible and not behind what is already recorded."""
        now = self._clock.wall_us()
        return now >= max(_EARLIEST_WALL_US, self._store.audit.highest_wall_us() - _WALL_SLACK_US)

    def _person(self, context: Context) -> Person | None:
        return None if context.operator is None else self._store.people.get(context.operator.value)

    def _order(self, context: Context) -> OrderState | None:
        if context.order is None:
            return None
        order = context.order.value
        sums = self._store.ledger.order_state(order.key)
        return OrderState(
            key=order.key,
            total=order.total.amount,
            currency=order.total.currency,
            posted=sums.posted,
            reserved=sums.reserved,
            unknown=sums.unknown,
            copies=self._store.ledger.copies(order.key),
        )

    def _link(self, name: str) -> LinkState:
        links = self._store.links
        return LinkState(
            name=name,
            frozen=links.frozen(name),
            unresolved=len(self._store.ledger.unresolved(name)),
            payee=links.payee(name),
        )

    def _open_attempts(self, context: Context) -> int:
        key = None if context.order is None else context.order.value.key
        return self._store.ledger.open_attempts(key)

    def _shown_code(self, scan: Scan, context: Context) -> CodeState | None:
        if not scan.payable:
            return None
        seen = self._store.codes.seen(scan.token)
        scanned = not scan.typed or (seen is not None and seen.scanned)
        return CodeState(
            used=seen is not None and seen.used,
            scanned=scanned,
            age_us=0 if seen is None else seen.age_us,
            scheme=scan.scheme,
            typed=not scanned,
            rescans=context.rescans,
        )

    def _charged_code(self, intent: Intent, context: Context) -> CodeState | None:
        if intent.payer_token is None:
            return None
        payer, seen = intent.payer, self._store.codes.seen(intent.payer_token)
        scanned = seen is not None and seen.scanned
        typed = self.scanner_serves or seen is not None or (payer is not None and payer.typed)
        return CodeState(
            used=seen is not None and seen.used,
            scanned=scanned,
            age_us=0 if seen is None else seen.age_us,
            scheme=None if payer is None else payer.scheme,
            typed=typed and not scanned,
            rescans=context.rescans,
        )

    def _same_reference(self, intent: Intent, link: str) -> bool:
        if intent.reference is None:
            return False
        return self._store.ledger.same_reference(link, intent.reference) is not None

    def _refunded(self, receipt: Receipt) -> int:
        """What was posted back: for the order that a slip names, else one refund of that amount."""
        ledger = self._store.ledger
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

    def _paid(self, receipt: Receipt, context: Context) -> PaidState | None:
        """The order that a receipt speaks of: by its number, else by amount, newest first."""
        ledger = self._store.ledger
        if receipt.order_id is not None:
            order = ledger.order(receipt.order_id)
        elif context.order is not None:
            order = context.order.value
        else:
            key = None if receipt.total is None else ledger.paid_order(receipt.total)
            order = None if key is None else ledger.order(key)
        if order is None:
            return None
        tenders = ledger.paid_tenders(order.key)
        return PaidState(
            order_key=order.key,
            total=order.total.amount,
            electronic=tuple(pair for pair in tenders if pair[0] is not Tender.CASH),
            cash=sum(amount for tender, amount in tenders if tender is Tender.CASH),
            copies=ledger.copies(order.key),
        )
