"""What really happened in a shop: its devices' books and papers, and the guard's ledger and log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from pos_guard.clock import SystemClock
from pos_guard.errors import PosGuardError
from pos_guard.frames.decoded import Json
from pos_guard.model import IntentKind
from pos_guard.policy.states import Phase
from pos_guard.store.entry import Entry
from pos_guard.store.store import Store
from pos_guard_simulator.campaign.claims import What
from pos_guard_simulator.campaign.shop import PROVIDER, TERMINAL, Shop

_KINDS = {What.SALE: IntentKind.SALE, What.REFUND: IntentKind.REFUND}
_OPEN = frozenset({Phase.UNKNOWN, Phase.RESERVED})
_MOVES = {"sale": What.SALE, "paid": What.SALE, "refund": What.REFUND, "refunded": What.REFUND}


@dataclass(frozen=True, slots=True)
class Moved:
    """Money that a device moved; ``back``: it took it back by itself."""

    what: What
    amount: int
    back: bool = False


@dataclass(frozen=True, slots=True)
class Truth:
    """``ledger``: the guard's entries; ``cases``: what it wants people to look at.

    ``tampered``: why its log cannot be believed, empty if it can. ``problems``: what of the guard
    crashed or hung.
    """

    moved: tuple[Moved, ...] = ()
    ledger: tuple[Entry, ...] = ()
    cases: int = 0
    tampered: str = ""
    problems: tuple[str, ...] = ()

    def of(self, what: What, amount: int) -> list[Moved]:
        """What moved of that kind and amount."""
        return [one for one in self.moved if (one.what, one.amount) == (what, amount)]

    def entries(self, what: What, amount: int) -> list[Entry]:
        """The guard's entries of that kind and amount."""
        kind = _KINDS[what]
        return [one for one in self.ledger if (one.kind, one.amount) == (kind, amount)]

    @property
    def open(self) -> bool:
        """Something has no known outcome, and the guard says so.

        What is still reserved when a guard ends, it counts as unknown at its next start.
        """
        return self.cases > 0 or any(one.phase in _OPEN for one in self.ledger)


def moved_in(shop: Shop) -> tuple[Moved, ...]:
    """What the shop's devices moved since its scenario began; the provider's last."""
    return tuple(_moved(shop))[shop.begun :]


def _moved(shop: Shop) -> Iterator[Moved]:
    for name in (TERMINAL, PROVIDER):
        for row in cast("list[dict[str, Json]]", shop.ask(name, "book")["moved"]):
            what = what_moved(row)
            if what is not None:
                yield Moved(what, cast("int", row["amount"]), bool(row.get("reversed")))


def what_moved(row: Mapping[str, Json]) -> What | None:
    """The kind of money in a row of a device's book; None: it is none that counts."""
    return _MOVES.get(str(row.get("kind", row.get("what"))))


def books_of(state: Path) -> tuple[tuple[Entry, ...], int, str]:
    """The ledger, the cases, and what is wrong with the log, of a guard that has ended."""
    with Store.open(state, clock=SystemClock(), readonly=True) as store:
        entries = store.ledger.search(limit=1000)
        cases = len(list(store.audit.records(kind="case")))
        try:
            store.audit.verify()
        except PosGuardError as error:
            return entries, cases, str(error)
    return entries, cases, ""
