"""The values of the ledger: an entry as it is written, and as it is read again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from operator import attrgetter

from pos_guard.errors import StoreError
from pos_guard.model import IntentKind, Tender
from pos_guard.policy.states import Phase
from pos_guard.store.columns import Row, as_int, as_text, maybe_int, maybe_text


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntry:
    """A judged request, before the ledger numbered it.

    ``sale_id``: the sale that it creates (sale, completion, tip) or undoes. ``sources``: JSON, each
    piece of context with where it came from. ``refused_for``: the verdict's reason, when it was
    refused. Amounts in minor units; times in microseconds.
    """

    link: str
    kind: IntentKind
    tender: Tender
    phase: Phase
    amount: int | None = None
    currency: str | None = None
    order_key: str | None = None
    sale_id: str | None = None
    operator: str | None = None
    approver: str | None = None
    payee: str | None = None
    reference: str | None = None
    receipt: str | None = None
    request_hash: str = ""
    frame_hash: str = ""
    boot_id: str
    boot_us: int
    wall_us: int
    payer_token: str | None = None
    sources: str = "{}"
    refused_for: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(NewEntry):
    """One request in the ledger."""

    id: int


@dataclass(frozen=True, slots=True)
class OrderSums:
    """What was taken for an order, in minor units: done, under way, and not known."""

    posted: int = 0
    reserved: int = 0
    unknown: int = 0


_VALUES: Callable[[NewEntry], Row] = attrgetter(*(field.name for field in fields(NewEntry)))


def values_of(entry: NewEntry) -> Row:
    """The columns of an entry, in the order of its fields, which is that of the table."""
    return _VALUES(entry)


def entry_of(row: Row) -> Entry:
    """An entry from a row: its id and then the columns of ``NewEntry`` in their order.

    :raises StoreError: when a value is of another type than its column promises.
    """
    try:
        return _entry(row)
    except ValueError as error:
        raise StoreError(f"ledger entry {row[0]!r}: {error}") from error


def _entry(row: Row) -> Entry:
    return Entry(
        id=as_int(row[0]),
        link=as_text(row[1]),
        kind=IntentKind(as_text(row[2])),
        tender=Tender(as_text(row[3])),
        phase=Phase(as_text(row[4])),
        amount=maybe_int(row[5]),
        currency=maybe_text(row[6]),
        order_key=maybe_text(row[7]),
        sale_id=maybe_text(row[8]),
        operator=maybe_text(row[9]),
        approver=maybe_text(row[10]),
        payee=maybe_text(row[11]),
        reference=maybe_text(row[12]),
        receipt=maybe_text(row[13]),
        request_hash=as_text(row[14]),
        frame_hash=as_text(row[15]),
        boot_id=as_text(row[16]),
        boot_us=as_int(row[17]),
        wall_us=as_int(row[18]),
        payer_token=maybe_text(row[19]),
        sources=as_text(row[20]),
        refused_for=maybe_text(row[21]),
    )
