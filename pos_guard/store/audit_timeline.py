"""All that happened to one transaction, however somebody names it."""

from __future__ import annotations

from pos_guard.store.audit_record import AuditRecord
from pos_guard.store.store import Store

# A sale with its refunds has a handful; more would be another kind of question.
MAX_ENTRIES = 100
MAX_RECORDS = 1000


def timeline_of(store: Store, number: str) -> list[AuditRecord]:
    """Records about a transaction, oldest first.

    ``number``: an entry, a sale id, an order, a reference or a receipt. The ledger tells which
    requests belong to it (a sale and what undid it); the log tells what happened to each.

    :raises StoreError: when the store cannot be read.
    """
    named = list(store.audit.records(limit=MAX_RECORDS, transaction=number))
    found = {record.seq: record for record in named}
    entries = {value for one in named if type(value := one.body.get("entry")) is int}
    for entry in sorted(entries | _in_ledger(store, number))[:MAX_ENTRIES]:
        mine = store.audit.records(limit=MAX_RECORDS, entry=entry)
        found |= {record.seq: record for record in mine}
    return [found[seq] for seq in sorted(found)]


def _in_ledger(store: Store, number: str) -> set[int]:
    ledger = store.ledger
    sales = {number, ledger.sale_by(receipt=number), ledger.sale_by(reference=number)} - {None}
    entries = set(ledger.search(order_key=number, limit=MAX_ENTRIES))
    for sale in filter(None, sales):
        entries |= set(ledger.search(sale_id=sale, limit=MAX_ENTRIES))
    return {entry.id for entry in entries}
