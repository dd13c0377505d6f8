"""Opens what a power cut left with the program's own SQLite, and says what is wrong with it."""

from __future__ import annotations

import shutil
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pos_guard.clock import ManualClock
from pos_guard.errors import StoreError
from pos_guard.guard import Guard
from pos_guard.model import MONEY_IN, MONEY_OUT, Intent, IntentKind, Source, Tender
from pos_guard.policy.states import COUNTED
from pos_guard.store import files
from pos_guard.store.columns import Row, as_int, as_text
from pos_guard.store.database import Database
from pos_guard.store.ledger import Entry, Phase
from pos_guard.store.store import Store
from tests.store.crash.scenario import RULES

WAL, SHM = f"{files.DATABASE}-wal", f"{files.DATABASE}-shm"

Tables = Mapping[str, tuple[Row, ...]]
"""All rows of all tables."""

LEFT = {Phase.RESERVED: Phase.UNKNOWN, Phase.WAITING: Phase.ABANDONED}
"""What the next process makes of what was under way."""


@dataclass(frozen=True, slots=True)
class State:
    """What one commit left. ``begun``, ``held``: the events on the tape before it and after it."""

    begun: int
    held: int
    tables: Tables
    phases: Mapping[int, Phase]


Ask = Callable[[str], list[Row]]


def state_now(ask: Ask, *, begun: int, held: int) -> State:
    """What an open store holds."""
    rows = ask("SELECT id, phase FROM entries")
    return State(begun, held, tables(ask), {as_int(row[0]): Phase(as_text(row[1])) for row in rows})


def tables(ask: Ask) -> Tables:
    """Everything that a store holds."""
    names = [as_text(row[0]) for row in ask("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {name: tuple(sorted(ask(f"SELECT * FROM {name}"), key=repr)) for name in names}


class Recovery:
    """Checks crashed stores against what was committed, one after the other, in one directory."""

    def __init__(self, directory: Path, state: Path, history: list[State]) -> None:
        self._directory = directory
        self._history = history
        directory.mkdir(mode=0o700)
        shutil.copytree(state / files.KEYS, directory / files.KEYS)

    def problems(
        self, images: Mapping[str, bytes | None], now: int, shm: bytes | None
    ) -> Iterator[str]:
        """Everything that is wrong; nothing is, when the store is as it was at a moment of late.

        ``now``: what was acknowledged by this event must be there. ``shm``: what lies where the
        index of the write-ahead log was; its content means nothing after a crash.
        """
        self._put(images, shm)
        try:
            database = Database(self._directory / files.DATABASE, durable=False, readonly=True)
            found = tables(database.rows)
            database.close()
        except StoreError as error:
            yield f"a reader cannot open it: {error}"
            return
        state = self._state(found, now)
        if state is None:
            yield f"what was acknowledged by event {now} is not there, or half of something is"
            return
        self._put(images, shm)
        try:
            clock = ManualClock(boot_id="after")
            with Store.open(self._directory, clock=clock, durable=False) as store:
                yield from _wrong(store, state, clock)
        except StoreError as error:
            yield f"the writer cannot open it: {error}"

    def _state(self, found: Tables, now: int) -> State | None:
        """The committed state that this is, if it is one that may be there."""
        oldest = bisect_right([state.held for state in self._history], now) - 1
        newest = bisect_right([state.begun for state in self._history], now)
        fits = (state for state in self._history[oldest:newest] if state.tables == found)
        return next(fits, None)

    def _put(self, images: Mapping[str, bytes | None], shm: bytes | None) -> None:
        for name, content in {**images, SHM: shm}.items():
            path = self._directory / name
            if content is None:
                path.unlink(missing_ok=True)
            else:
                path.write_bytes(content)


def _wrong(store: Store, state: State, clock: ManualClock) -> Iterator[str]:
    store.checkpoints.verify()
    store.audit.verify_index()
    entries = store.ledger.search(limit=1000)
    expected = {number: LEFT.get(phase, phase) for number, phase in state.phases.items()}
    if expected != {entry.id: entry.phase for entry in entries}:
        yield f"the next process found {state.phases} and made something else of it"
    yield from over_refunded(entries)
    yield from _refundable(Guard(store, RULES, clock), entries)
    store.checkpoints.verify()


def over_refunded(entries: Iterable[Entry]) -> Iterator[str]:
    """Sales of which more went back, or may have, than was paid: rule 3."""
    left: dict[str, int] = defaultdict(int)
    for entry in entries:
        if entry.sale_id is None or entry.amount is None:
            continue
        if entry.kind in MONEY_IN and entry.phase is Phase.POSTED:
            left[entry.sale_id] += entry.amount
        elif entry.kind in MONEY_OUT and entry.phase in COUNTED:
            left[entry.sale_id] -= entry.amount
    yield from (f"{sale} is over-refunded by {-rest}" for sale, rest in left.items() if rest < 0)


def _refundable(guard: Guard, entries: Iterable[Entry]) -> Iterator[str]:
    """Sales of which more than is left can still be asked for."""
    guard.tell_operator("ben", Source.SCAN)
    for sale_id in sorted({entry.sale_id for entry in entries if entry.sale_id is not None}):
        sale = guard.store.ledger.sale(sale_id)
        if sale is None:
            continue
        guard.tell_original(sale_id, Source.SCAN)
        refund = Intent(IntentKind.REFUND, Tender.CARD, sale.remaining + 1, "EUR")
        if guard.judge(refund, link="another").allowed:
            yield f"more than is left of {sale_id} can be refunded"
