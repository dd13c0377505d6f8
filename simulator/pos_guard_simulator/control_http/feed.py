"""What has happened since: batches out of the journal, and a bell when there is more.

No client has a queue of its own. Each reads the journal where it stands in it, so whoever is slow
holds up nobody and loses nothing as long as the journal keeps it; what the journal has let go is
told as lost. This bounds memory however many clients there are.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass

from pos_guard_simulator.stage.journal import Event, Journal

MAX_BATCH = 500
"""Events that are given at once: some 200 KiB, and a busy till makes that many in minutes."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events; empty: all."""

    devices: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()

    def fits(self, event: Event) -> bool:
        """Whether it is one of them."""
        return (not self.devices or event.device in self.devices) and (
            not self.kinds or event.kind in self.kinds
        )


@dataclass(frozen=True, slots=True)
class Batch:
    """Events in order. ``next``: everything up to here was looked at; ``more``: there are others.

    ``lost`` are numbers, first and last, of what nobody keeps any more.
    """

    events: tuple[Event, ...]
    next: int
    more: bool = False
    lost: tuple[int, int] | None = None


def batch(journal: Journal, after: int, wanted: Wanted, most: int = MAX_BATCH) -> Batch:
    """What is kept after this number, up to ``most`` events."""
    fresh = journal.since(after)
    if not fresh:
        return Batch((), after)
    lost = (after + 1, fresh[0].seq - 1) if fresh[0].seq > after + 1 else None
    events: list[Event] = []
    for event in fresh:
        if wanted.fits(event):
            events.append(event)
            if len(events) == most:
                return Batch(tuple(events), event.seq, event is not fresh[-1], lost)
    return Batch(tuple(events), fresh[-1].seq, lost=lost)


class Feed:
    """Wakes whoever waits for events, in the server's loop."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.closed = False
        self.opened = threading.Event()
        self._changed = asyncio.Event()
        self._rung = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._end: Callable[[], None] = lambda: None

    def open(self) -> None:
        """Begin to listen, in the loop that is to be woken."""
        self._loop = asyncio.get_running_loop()
        self._end = self.journal.watch(lambda _: self._ring())
        self.opened.set()

    def close(self) -> None:
        """Nothing more will come: whoever waits is told. Of any thread; twice does no harm."""
        self._end()
        self.closed = True
        self._ring()

    @property
    def newest(self) -> int:
        """The number of the last event."""
        kept = self.journal.since(0)
        return kept[-1].seq if kept else 0

    @property
    def changed(self) -> asyncio.Event:
        """Set at the next event. Take it first, then look what there is, then wait for it."""
        return self._changed

    def _ring(self) -> None:
        # Once for all events that come before the loop gets to it.
        if not self._rung and self._loop is not None:
            self._rung = True
            self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        self._rung = False
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()


async def heard(changed: asyncio.Event, seconds: float) -> bool:
    """Wait for the bell; false: it did not ring in time."""
    try:
        await asyncio.wait_for(changed.wait(), seconds)
    except TimeoutError:
        return False
    return True
