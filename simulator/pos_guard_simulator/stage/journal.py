"""What happened on a stage, in order: one list for the timeline, the verdict and every client."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import takewhile

from pos_guard.clock import Clock
from pos_guard.frames.decoded import Json

KEPT = 10_000
"""Events that are kept, the oldest go first: a busy till makes some hundred a minute."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. ``at_ms`` counts from the begin of the journal.

    ``device`` is empty for what belongs to no device: a step of a scenario, a verdict.
    """

    seq: int
    at_ms: int
    device: str
    kind: str
    body: Mapping[str, Json]

    def as_json(self) -> dict[str, Json]:
        """As clients get it."""
        return {
            "seq": self.seq,
            "at_ms": self.at_ms,
            "device": self.device,
            "kind": self.kind,
            "body": dict(self.body),
        }


Watcher = Callable[[Event], None]


class Journal:
    """Events of any thread. ``watch`` hears each at once, in the thread that tells it."""

    def __init__(self, clock: Clock, keep: int = KEPT) -> None:
        self._clock = clock
        self._began_us = clock.boot_us()
        self._events: deque[Event] = deque(maxlen=keep)
        self._seq = 0
        self._watchers: list[Watcher] = []
        # Held while watchers hear of an event, so that all hear the same order.
        self._lock = threading.RLock()

    def tell(self, device: str, kind: str, body: Mapping[str, Json] | None = None) -> Event:
        """Write down that something happened."""
        with self._lock:
            self._seq += 1
            at_ms = (self._clock.boot_us() - self._began_us) // 1000
            event = Event(self._seq, at_ms, device, kind, dict(body or {}))
            self._events.append(event)
            for watcher in tuple(self._watchers):
                watcher(event)
        return event

    def since(self, seq: int) -> list[Event]:
        """What is kept after this number, oldest first."""
        with self._lock:
            # Whoever follows asks for the newest few.
            newer = list(takewhile(lambda event: event.seq > seq, reversed(self._events)))
        return newer[::-1]

    def watch(self, watcher: Watcher, *, since: int | None = None) -> Callable[[], None]:
        """Hear of every event from now on; gives what ends it. ``watcher`` must not block.

        ``since``: first hear what is kept after this number, with nothing lost in between.
        """
        with self._lock:
            if since is not None:
                for event in self.since(since):
                    watcher(event)
            self._watchers.append(watcher)

        def end() -> None:
            with self._lock:
                if watcher in self._watchers:
                    self._watchers.remove(watcher)

        return end
