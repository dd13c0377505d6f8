"""Entries for the store's tests."""

from __future__ import annotations

from dataclasses import replace
from typing import TypedDict, Unpack

from pos_guard.model import IntentKind, Tender
from pos_guard.store.ledger import NewEntry, Phase
from pos_guard.store.store import Store

SALE, REFUND, VOID = IntentKind.SALE, IntentKind.REFUND, IntentKind.VOID

BASE = NewEntry(
    link="zvt",
    kind=SALE,
    tender=Tender.CARD,
    phase=Phase.RESERVED,
    amount=1250,
    currency="EUR",
    request_hash="r" * 64,
    frame_hash="f" * 64,
    boot_id="boot-1",
    boot_us=1,
    wall_us=2,
)


class Changes(TypedDict, total=False):
    link: str
    kind: IntentKind
    tender: Tender
    phase: Phase
    amount: int | None
    order_key: str | None
    sale_id: str | None
    operator: str | None
    payee: str | None
    reference: str | None
    receipt: str | None
    request_hash: str


def entry(**changes: Unpack[Changes]) -> NewEntry:
    return replace(BASE, **changes)


def add(store: Store, **changes: Unpack[Changes]) -> int:
    """Add one entry in a transaction of its own."""
    with store.transaction():
        return store.ledger.add(entry(**changes))


def move(store: Store, number: int, phase: Phase) -> None:
    with store.transaction():
        store.ledger.move(number, phase)


def add_in(store: Store, phase: Phase, **changes: Unpack[Changes]) -> int:
    """Add one entry and bring it to a phase by the shortest way."""
    ways = {
        Phase.REFUSED: (Phase.REFUSED,),
        Phase.WAITING: (Phase.WAITING,),
        Phase.ABANDONED: (Phase.WAITING, Phase.ABANDONED),
    }
    first, *rest = ways.get(phase, (Phase.RESERVED, phase))
    number = add(store, **{**changes, "phase": first})
    for step in rest:
        if step is not first:
            move(store, number, step)
    return number
