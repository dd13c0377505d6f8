"""A till lowers an amount that the terminal has approved (ZVT ``84 9D``): less was handed out.

The approved request becomes void and the smaller sale takes its place, judged as if the first had
never been: all in one transaction, so that at no moment both count, or neither. Where the smaller
sale is refused, nothing has changed. Where the terminal never hears of it: see ``lowered``.
"""

from __future__ import annotations

import json
from dataclasses import replace

from pos_guard import lowered, records
from pos_guard.clock import Clock
from pos_guard.decision import Decision, RefusedError
from pos_guard.errors import StoreError
from pos_guard.failing import failed
from pos_guard.judging import Judging
from pos_guard.model import Context, Intent, Known, Order, Source
from pos_guard.store.ledger import Entry, Phase
from pos_guard.store.store import Store
from pos_guard.waiting import Asked


class Lowering:
    """Puts a smaller sale in an approved one's place."""

    def __init__(self, store: Store, clock: Clock, judging: Judging) -> None:
        self._store = store
        self._clock = clock
        self._judging = judging

    def lower(self, number: int, amount: int, context: Context, frame: bytes) -> Decision:
        """Judge the POSTED entry ``number`` anew as a sale of ``amount`` minor units.

        Allowed: its entry is VOIDED, a new one is RESERVED, and the decision is the new one's.
        Anything else: nothing changed in the ledger, and the caller records the refusal. A person
        cannot be asked: the terminal waits.

        :raises StoreError: when there is no such entry.
        """
        entry, frame_hash = self._store.ledger.entry(number), records.frame_hash(frame)
        try:
            with self._store.transaction():
                return self._replaced(entry, amount, context, frame_hash)
        except RefusedError as refused:
            return replace(refused.decision, id=0, over=True)
        except Exception as error:  # noqa: BLE001 - fail closed: see failing.py
            return failed(self._store, entry.link, error, frame_hash)

    def _replaced(self, entry: Entry, amount: int, context: Context, frame: str) -> Decision:
        if entry.phase is not Phase.POSTED or not 0 < amount < (entry.amount or 0):
            raise StoreError(f"entry {entry.id} is {entry.phase}: its amount cannot be lowered")
        self._store.ledger.move(entry.id, Phase.VOIDED)
        context = replace(context, order=self._order_of(entry))
        intent = Intent(
            entry.kind, entry.tender, amount, entry.currency, payer_token=entry.payer_token
        )
        bound_to = records.request_hash(intent, context, entry.link, frame)
        decision = self._judging.first(Asked(intent, context, entry.link, frame, bound_to))
        if not decision.allowed:
            raise RefusedError(decision)  # rolls the transaction back
        self._store.audit.append(
            lowered.LOWERED,
            {"entry": decision.id, "before": entry.id, "link": entry.link, "amount": amount},
            actor=entry.operator,
        )
        return decision

    def _order_of(self, entry: Entry) -> Known[Order] | None:
        """The order that was paid; as context it ended with the payment."""
        order = None if entry.order_key is None else self._store.ledger.order(entry.order_key)
        if order is None:
            return None
        source = json.loads(entry.sources).get("order", Source.CONSOLE)
        return Known(order, Source(source), self._clock.boot_us())
