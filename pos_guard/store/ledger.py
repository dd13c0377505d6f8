"""The ledger: every money request that was judged, and what came of it.

Two-phase: a request is reserved before it is submitted, and posted, failed or unknown after.
Which phase may follow which is the table ``MOVES``; the ledger makes no other judgement.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from operator import attrgetter
from typing import TypedDict, TypeVar, Unpack

from pos_guard.clock import SECOND, Clock
from pos_guard.errors import StoreError
from pos_guard.model import MONEY_OUT, Cart, IntentKind, Tender
from pos_guard.money import Money
from pos_guard.policy.states import COUNTS_AGAIN, FIRST, MOVES, Phase
from pos_guard.store.columns import Row, as_int, as_text, maybe_text
from pos_guard.store.database import Database
from pos_guard.store.entry import (
    Entry,
    NewEntry,
    OrderSums,
    entry_of,
    values_of,
)
from pos_guard.store.sales import Sales

T = TypeVar("T")

__all__ = ["FIRST", "MOVES", "Entry", "Ledger", "NewEntry", "OrderSums", "Phase"]


class Wanted(TypedDict, total=False):
    """Filters of ``Ledger.search``; all that are given must fit."""

    link: str
    phase: Phase
    operator: str
    order_key: str
    sale_id: str


class Moved(TypedDict, total=False):
    """What is learnt with a move; None keeps what is there.

    ``amount``: what was really moved. ``receipt``: the terminal's own number. ``payee``: the id
    that it reported, where none was known before. ``refused_for``: the verdict's reason.
    """

    amount: int | None
    receipt: str | None
    approver: str | None
    payee: str | None
    refused_for: str | None


_INSERT = """
    INSERT INTO entries (
        link, kind, tender, phase, amount, currency, order_key, sale_id, operator, approver,
        payee, reference, receipt, request_hash, frame_hash, boot_id, boot_us, wall_us,
        payer_token, sources, refused_for
    ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""

_UPDATE = """
    UPDATE entries SET phase = ?, amount = ?, receipt = ?, approver = ?, payee = ?, refused_for = ?
    WHERE id = ?"""
_MOVED: Callable[[Entry], Row] = attrgetter(
    "phase", "amount", "receipt", "approver", "payee", "refused_for"
)

# A receipt without an order number is bound to a payment of the last hours, not of last week.
RECEIPT_WINDOW_US = 24 * 3600 * SECOND


class Ledger(Sales):
    """Requests, orders and receipts. Every write needs an open transaction of the store.

    :raises StoreError: in every method, when the store cannot be read or written.
    """

    def __init__(self, database: Database, clock: Clock, terminal_id: str) -> None:
        super().__init__(database, clock)
        self._terminal_id = terminal_id

    def add(self, entry: NewEntry, cart: Cart | None = None) -> int:
        """Write a new entry, and what is bought or comes back with it; returns its id.

        :raises StoreError: for a phase that is no beginning, or a reservation without an amount.
        """
        if entry.phase not in FIRST:
            raise StoreError(f"no entry begins as {entry.phase}")
        if entry.payer_token is None and entry.sale_id is not None and entry.kind in MONEY_OUT:
            # What goes back goes to whom the sale was paid by, whatever the refund says.
            entry = replace(entry, payer_token=self.payer_of(entry.sale_id))
        number = self._database.insert(_INSERT, *values_of(entry))
        if cart is not None:
            self.carts.put(number, cart)
        return number

    def move(self, entry_id: int, phase: Phase, **moved: Unpack[Moved]) -> Entry:
        """Take an entry to its next phase; returns it as it is then.

        :raises StoreError: for an unknown entry and for a move that is not in ``MOVES``.
        """
        return self.advance(self.entry(entry_id), phase, **moved)

    def advance(self, entry: Entry, phase: Phase, **moved: Unpack[Moved]) -> Entry:
        """The same for an entry that was read in the open transaction.

        :raises StoreError: for a move that is not in ``MOVES``.
        """
        if phase not in MOVES[entry.phase]:
            raise StoreError(f"entry {entry.id} is {entry.phase} and cannot become {phase}")
        after = replace(
            entry,
            phase=phase,
            amount=_first(moved.get("amount"), entry.amount),
            receipt=_first(moved.get("receipt"), entry.receipt),
            approver=_first(moved.get("approver"), entry.approver),
            payee=_first(entry.payee, moved.get("payee")),
            refused_for=_first(moved.get("refused_for"), entry.refused_for),
        )
        self._database.write(_UPDATE, *_MOVED(after), entry.id)
        return after

    def restore(self, entry: Entry, phase: Phase) -> None:
        """A VOIDED entry counts again, as ``COUNTS_AGAIN`` allows; see ``pos_guard.lowered``.

        :raises StoreError: for any other phase before or after.
        """
        if entry.phase is not Phase.VOIDED or phase not in COUNTS_AGAIN:
            raise StoreError(f"entry {entry.id} is {entry.phase}: it cannot count as {phase} again")
        self._database.write(_UPDATE, *_MOVED(replace(entry, phase=phase)), entry.id)

    def rebind(self, entry_id: int, request_hash: str) -> None:
        """A waiting request was explained: approvals count for the new hash alone.

        :raises StoreError: when it does not wait.
        """
        changed = self._database.write(
            "UPDATE entries SET request_hash = ? WHERE id = ? AND phase = 'waiting'",
            request_hash,
            entry_id,
        )
        if changed != 1:
            raise StoreError(f"entry {entry_id} does not wait for anybody")

    def entry(self, entry_id: int) -> Entry:
        """One entry.

        :raises StoreError: when there is none with that id.
        """
        row = self._database.row("SELECT * FROM entries WHERE id = ?", entry_id)
        if row is None:
            raise StoreError(f"the ledger has no entry {entry_id}")
        return entry_of(row)

    def order_state(self, order_key: str) -> OrderSums:
        """What was taken for an order, without sales that were wholly voided or reversed.

        A refund takes nothing out: the order was paid, and is not to be paid again.
        """
        sums = self._database.row(
            "SELECT posted, reserved, unknown FROM order_sums WHERE order_key = ?", order_key
        )
        return OrderSums() if sums is None else _sums(sums)

    def unresolved(self, link: str | None = None) -> tuple[Entry, ...]:
        """Entries whose outcome is unknown, oldest first."""
        return self._entries(
            "SELECT * FROM entries WHERE phase = 'unknown' AND (?1 IS NULL OR link = ?1)"
            " ORDER BY id",
            link,
        )

    def reserved(self) -> tuple[Entry, ...]:
        """Entries that were submitted, or are about to be, oldest first."""
        return self._entries("SELECT * FROM entries WHERE phase = 'reserved' ORDER BY id")

    def open_attempts(self, order_key: str | None) -> int:
        """How many charges of this order (None: of no known order) have no outcome yet."""
        row = self._database.row(
            "SELECT count(*) FROM taken WHERE phase IN ('reserved', 'unknown') AND order_key IS ?",
            order_key,
        )
        return 0 if row is None else as_int(row[0])

    def waiting(self) -> tuple[Entry, ...]:
        """Entries that wait for a person, oldest first."""
        return self._entries("SELECT * FROM entries WHERE phase = 'waiting' ORDER BY id")

    def same_reference(self, link: str, reference: str) -> Entry | None:
        """The newest entry of the link with that provider reference that may have moved money.

        One that still waits, or failed, was refused or abandoned, may be asked again under its
        number: providers demand that of a failed refund.
        """
        row = self._database.row(
            "SELECT * FROM entries WHERE link = ? AND reference = ?"
            " AND phase IN ('reserved', 'posted', 'unknown', 'voided') ORDER BY id DESC LIMIT 1",
            link,
            reference,
        )
        return None if row is None else entry_of(row)

    def submitted(self, link: str, reference: str) -> Entry | None:
        """The newest entry of the link that was submitted under that provider reference.

        Whatever came of it: the provider has seen this number.
        """
        row = self._database.row(
            "SELECT * FROM entries WHERE link = ? AND reference = ?"
            " AND +phase IN ('reserved', 'posted', 'unknown', 'voided', 'failed')"
            " ORDER BY +id DESC LIMIT 1",
            link,
            reference,
        )
        return None if row is None else entry_of(row)

    def posted_kind(self, link: str, number: str) -> IntentKind | None:
        """What was posted last under this receipt number or provider reference, if anything."""
        row = self._database.row(
            "SELECT kind FROM entries WHERE (receipt = ?1 OR reference = ?1) AND link = ?2"
            " AND +phase = 'posted' ORDER BY +id DESC LIMIT 1",
            number,
            link,
        )
        return None if row is None else IntentKind(as_text(row[0]))

    def paid_tenders(self, order_key: str) -> tuple[tuple[Tender, int], ...]:
        """What was posted for an order, by tender, in minor units."""
        rows = self._database.rows(
            "SELECT tender, sum(amount) FROM kept WHERE order_key = ? AND +phase = 'posted'"
            " GROUP BY tender ORDER BY min(id)",
            order_key,
        )
        return tuple((Tender(as_text(row[0])), as_int(row[1])) for row in rows)

    def last_receipt(self, link: str) -> str | None:
        """The receipt number of the newest posted entry of the link."""
        row = self._database.row(
            "SELECT receipt FROM entries WHERE link = ? AND phase = 'posted'"
            " ORDER BY id DESC LIMIT 1",
            link,
        )
        return None if row is None else maybe_text(row[0])

    def paid_order(self, total: Money) -> str | None:
        """The order that a receipt of this total belongs to, when the receipt names none.

        Among orders of that total, told within ``RECEIPT_WINDOW_US`` and with something posted:
        one without a printed receipt first, then the newest.
        """
        row = self._database.row(
            "SELECT key FROM orders LEFT JOIN receipts ON order_key = key"
            " WHERE total = ? AND currency = ? AND wall_us >= ? AND EXISTS"
            " (SELECT 1 FROM kept WHERE kept.order_key = key AND +phase = 'posted' AND amount > 0)"
            " ORDER BY coalesce(copies, 0) > 0, changed DESC LIMIT 1",
            total.amount,
            total.currency,
            self._clock.wall_us() - RECEIPT_WINDOW_US,
        )
        return None if row is None else as_text(row[0])

    def sale_of_order(self, order_key: str) -> str | None:
        """The posted sale of an order, for its receipt: the newest electronic one, else cash."""
        row = self._database.row(
            "SELECT sale_id FROM kept WHERE order_key = ? AND +phase = 'posted'"
            " AND sale_id IS NOT NULL ORDER BY tender = 'cash', id DESC LIMIT 1",
            order_key,
        )
        return None if row is None else as_text(row[0])

    def next_sale_id(self) -> str:
        """A new sale id such as ``till1-000001``; counted in the open transaction."""
        self._database.write(
            "INSERT INTO counters (name, value) VALUES ('sale', 1)"
            " ON CONFLICT (name) DO UPDATE SET value = value + 1"
        )
        row = self._database.row("SELECT value FROM counters WHERE name = 'sale'")
        if row is None:
            raise StoreError("the sale counter is gone")
        return f"{self._terminal_id}-{as_int(row[0]):06d}"

    def search(self, *, limit: int = 100, **wanted: Unpack[Wanted]) -> tuple[Entry, ...]:
        """The newest entries that fit all filters, newest first."""
        values = {name: str(value) for name, value in wanted.items()}
        return self._entries(
            "SELECT * FROM entries WHERE (?1 IS NULL OR link = ?1) AND (?2 IS NULL OR phase = ?2)"
            " AND (?3 IS NULL OR operator = ?3) AND (?4 IS NULL OR order_key = ?4)"
            " AND (?5 IS NULL OR sale_id = ?5) ORDER BY id DESC LIMIT ?6",
            *(values.get(name) for name in ("link", "phase", "operator", "order_key", "sale_id")),
            limit,
        )


def _first(one: T | None, other: T | None) -> T | None:
    return other if one is None else one


def _sums(row: Row) -> OrderSums:
    return OrderSums(as_int(row[0]), as_int(row[1]), as_int(row[2]))
