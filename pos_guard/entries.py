"""How a judged request becomes a ledger entry. Pure."""

from __future__ import annotations

from pos_guard.clock import Clock
from pos_guard.model import MONEY_IN, Intent
from pos_guard.policy.request import Request
from pos_guard.store.canonical import canonical
from pos_guard.store.ledger import NewEntry, Phase
from pos_guard.waiting import Asked


def new_entry(
    asked: Asked, request: Request, phase: Phase, sale_id: str | None, clock: Clock
) -> NewEntry:
    """The entry for one request: what was asked, by whom, bound to which order and sale.

    The amount is that of the snapshot, where a void without an amount stands for all that is left
    of its sale.
    """
    subject = request.subject if isinstance(request.subject, Intent) else asked.intent
    order = asked.context.order if subject.kind in MONEY_IN else None
    return NewEntry(
        link=asked.link,
        kind=subject.kind,
        tender=subject.tender,
        phase=phase,
        amount=subject.amount or 0,
        currency=subject.currency,
        order_key=None if order is None else order.value.key,
        sale_id=sale_id,
        operator=asked.operator,
        approver=None,
        payee=subject.payee or request.link.payee,
        reference=subject.reference,
        receipt=None,
        request_hash=asked.request_hash,
        frame_hash=asked.frame_hash,
        boot_id=clock.boot_id,
        boot_us=clock.boot_us(),
        wall_us=clock.wall_us(),
        payer_token=subject.payer_token,
        sources=canonical(dict(asked.context.sources())).decode(),
    )
