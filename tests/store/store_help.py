"""Entries for the store's tests."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
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


class CrashError(Exception):
    """Something goes wrong in the middle of a transaction."""


def interrupted(
    transaction: AbstractContextManager[None],
    *acts: Callable[[], object],
    error: type[BaseException] = CrashError,
) -> None:
    """Do all this in one transaction, which an error ends before its commit."""

    def fail() -> None:
        raise error

    with suppress(error):
        done_in(transaction, *acts, fail)


def together(*acts: Callable[[], object]) -> None:
    for act in acts:
        act()


def done_in(transaction: AbstractContextManager[None], *acts: Callable[[], object]) -> None:
    """Do all this in one transaction."""
    with transaction:
        together(*acts)


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


def add_in(store: Store, final: Phase, **changes: Unpack[Changes]) -> int:
    """Add one entry and bring it to a phase by the shortest way."""
    first = {
        Phase.REFUSED: Phase.REFUSED,
        Phase.WAITING: Phase.WAITING,
        Phase.ABANDONED: Phase.WAITING,
    }.get(final, Phase.RESERVED)
    changes["phase"] = first
    number = add(store, **changes)
    if final is not first:
        move(store, number, final)
    return number
