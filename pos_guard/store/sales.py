"""Sales as typed state: what was paid, what went back, how far each came."""

from __future__ import annotations

from collections.abc import Iterable

from pos_guard.clock import Clock
from pos_guard.model import MONEY_IN, MONEY_OUT, IntentKind, Tender
from pos_guard.policy.request import RefundPace, SaleState
from pos_guard.policy.states import COUNTED, Phase, sale_status
from pos_guard.store.batches import Batches
from pos_guard.store.carts import Carts, items
from pos_guard.store.columns import Column, as_int, as_text
from pos_guard.store.database import Database
from pos_guard.store.entry import Entry, entry_of
from pos_guard.store.orders import Orders

# Refused and failed ones move nothing, and there may be any number of them.
_OF_SALE = """
    SELECT * FROM entries WHERE sale_id = ?
    AND +phase IN ('posted', 'reserved', 'unknown', 'voided', 'waiting') ORDER BY id"""

_PACE = """
    SELECT kind, wall_us FROM entries WHERE sale_id = ? AND (
        (kind = 'refund' AND +phase IN ('posted', 'reserved', 'unknown'))
        OR (kind IN ('completion', 'sale', 'tip') AND +phase = 'posted')
    ) ORDER BY id"""

# A plus keeps SQLite from the index on phase: nearly every entry is posted. Money that may have
# been taken, and what was undone since, is a sale, too: a refund of it is no refund of nothing.
_BY_RECEIPT = """
    SELECT sale_id FROM taken WHERE receipt = ?2 AND (?3 IS NULL OR reference = ?3)
    AND +phase IN ('posted', 'voided') AND sale_id IS NOT NULL AND (?1 IS NULL OR link = ?1)
    ORDER BY +id DESC LIMIT 1"""

_BY_REFERENCE = """
    SELECT sale_id FROM taken WHERE ?2 IS NULL AND reference = ?3
    AND +phase IN ('posted', 'voided') AND sale_id IS NOT NULL AND (?1 IS NULL OR link = ?1)
    ORDER BY +id DESC LIMIT 1"""


class Sales(Orders):
    """Reads sales. Orders and receipts are below it, the entries themselves above (``Ledger``).

    :raises StoreError: in every method, when the store cannot be read or written.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        super().__init__(database, clock)
        self.carts = Carts(database)
        self._batches = Batches(database, clock)

    def sale(self, sale_id: str) -> SaleState | None:
        """A sale with what was given back of it; None for one that never was, or failed.

        One that waits, is submitted, unknown or void is there, too, with its status: nothing of it
        was ``paid``. ``settled`` is what the link's closed batches say, None without any.
        """
        parts = self._parts(sale_id)
        taken = [part for part in parts if part.kind in MONEY_IN]
        if not taken:
            return None
        posted = [part for part in taken if part.phase is Phase.POSTED]
        first = (posted or taken)[0]
        back = [part for part in parts if part.kind in MONEY_OUT]
        sums = {phase: _sum(part for part in back if part.phase is phase) for phase in COUNTED}
        paid, returned = _sum(posted), sums[Phase.POSTED]
        status = sale_status(first.phase, paid=paid, returned=returned, undone=_undone(back))
        if status is None:
            return None
        carts = self.carts.of_sale(sale_id)
        return SaleState(
            sale_id=sale_id,
            paid=paid,
            currency=first.currency or "",
            tender=first.tender,
            payee=first.payee,
            posted=returned,
            reserved=sums[Phase.RESERVED],
            unknown=sums[Phase.UNKNOWN],
            status=status,
            age_us=self._clock.wall_us() - first.wall_us,
            settled=self._settled(first),
            payer_token=first.payer_token,
            operator=first.operator,
            order_key=first.order_key,
            receipt=first.receipt,
            sold=items(carts, (part.id for part in posted)),
            returned=items(carts, (part.id for part in back if part.phase in COUNTED)),
        )

    def pace(self, sale_id: str) -> RefundPace | None:
        """How a sale was refunded so far, or None when no such sale was posted."""
        parts = self._database.rows(_PACE, sale_id)
        sold = [as_int(row[1]) for row in parts if row[0] != IntentKind.REFUND]
        if not sold:
            return None
        refunds = [as_int(row[1]) for row in parts if row[0] == IntentKind.REFUND]
        now = self._clock.wall_us()
        return RefundPace(
            age_us=now - sold[0],
            refunds=len(refunds),
            since_refund_us=min((now - at for at in refunds), default=None),
        )

    def sale_by(
        self, *, link: str | None = None, receipt: str | None = None, reference: str | None = None
    ) -> str | None:
        """The newest paid sale with this terminal receipt number or provider reference.

        One that was void since counts, too. With neither there is no answer. Terminals count
        receipts round and round: newest wins.
        """
        if receipt is None and reference is None:
            return None
        row = self._database.row(
            _BY_REFERENCE if receipt is None else _BY_RECEIPT, link, receipt, reference
        )
        return None if row is None else as_text(row[0])

    def payer_of(self, sale_id: str) -> str | None:
        """The token of who paid a sale, where it is known."""
        row = self._database.row(
            "SELECT payer_token FROM taken WHERE sale_id = ? AND payer_token IS NOT NULL"
            " ORDER BY +id LIMIT 1",
            sale_id,
        )
        return None if row is None else as_text(row[0])

    def _settled(self, sold: Entry) -> bool | None:
        if sold.tender is not Tender.CARD or sold.phase is not Phase.POSTED:
            return None
        return self._batches.settled(sold.link, sold.id)

    def _parts(self, sale_id: str) -> tuple[Entry, ...]:
        return self._entries(_OF_SALE, sale_id)

    def _entries(self, sql: str, *values: Column) -> tuple[Entry, ...]:
        return tuple(entry_of(row) for row in self._database.rows(sql, *values))


def _sum(parts: Iterable[Entry]) -> int:
    return sum(part.amount or 0 for part in parts)


def _undone(back: Iterable[Entry]) -> bool:
    return any(part.phase is Phase.POSTED and part.kind is not IntentKind.REFUND for part in back)
