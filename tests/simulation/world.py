"""Time, chance and lines of the simulated shop: everything that happens comes from one seed.

Events wait in one queue on one clock; nothing sleeps and no thread runs. Bytes travel through
pipes that cut, join and delay them as the seed says, but never reorder or invent any.
"""

from __future__ import annotations

import heapq
import random
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from pos_guard.clock import SECOND, ManualClock
from pos_guard.links.session import CancelTimer, SetTimer

MAX_EVENTS = 20_000
"""Events of one step: more means that two sides shout at each other for ever."""

MAX_TRACE = 4_000


class RunawayError(AssertionError):
    """The shop does not come to rest."""


@dataclass(slots=True)
class Event:
    """Something that will happen, unless it is cancelled."""

    act: Callable[[], None]
    cancelled: bool = False


class World:
    """The clock, the dice, the queue of events and the trace of what happened."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.dice = random.Random(seed)
        self.clock = ManualClock()
        self.now_us = 0
        self.trace: list[str] = []
        self.seen: Counter[str] = Counter()
        self._heap: list[tuple[int, int, Event]] = []
        self._number = 0

    def after(self, seconds: float, act: Callable[[], None]) -> Event:
        """Let something happen later."""
        event = Event(act)
        self._number += 1
        at = self.now_us + int(seconds * SECOND)
        heapq.heappush(self._heap, (at, self._number, event))
        return event

    def run(self, seconds: float, until: Callable[[], bool] = lambda: False) -> None:
        """Let time pass, or stop early when ``until`` says so."""
        end = self.now_us + int(seconds * SECOND)
        count = 0
        while self._heap and self._heap[0][0] <= end and not until():
            at, _, event = heapq.heappop(self._heap)
            self._pass(at - self.now_us)
            if not event.cancelled:
                count += 1
                if count > MAX_EVENTS:
                    raise RunawayError("the shop does not come to rest")
                event.act()
        if not until():
            self._pass(end - self.now_us)

    def note(self, text: str) -> None:
        """One line of the trace."""
        if len(self.trace) < MAX_TRACE:
            self.trace.append(f"{self.now_us / SECOND:10.3f}  {text}")

    def count(self, what: str) -> None:
        """It happened once more: for the proof that the simulation reaches everything."""
        self.seen[what] += 1

    def chance(self, percent: float) -> bool:
        """Yes, so many times out of a hundred."""
        return self.dice.random() * 100 < percent

    def _pass(self, micros: int) -> None:
        if micros > 0:
            self.now_us += micros
            self.clock.advance(micros / SECOND)


class Timers:
    """Named timers of one session or twin."""

    def __init__(self, world: World, ring: Callable[[str], None]) -> None:
        self._world = world
        self._ring = ring
        self._running: dict[str, Event] = {}

    def obey(self, effect: SetTimer | CancelTimer) -> None:
        """Set or cancel."""
        old = self._running.pop(effect.name, None)
        if old is not None:
            old.cancelled = True
        if isinstance(effect, SetTimer):
            name = effect.name
            self._running[name] = self._world.after(effect.seconds, lambda: self._fire(name))

    def clear(self) -> None:
        """Forget all."""
        for event in self._running.values():
            event.cancelled = True
        self._running.clear()

    def _fire(self, name: str) -> None:
        del self._running[name]
        self._ring(name)


class Pipe:
    """Bytes in one direction, in order, in whatever pieces and however late the seed says."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._waiting = bytearray()
        self._deliver: Callable[[bytes], None] | None = None
        self._closed: Callable[[], None] | None = None
        self._room: Callable[[], int] = _no_limit
        self._ended = False
        self._moving = False

    @property
    def empty(self) -> bool:
        """Nothing is on its way."""
        return not self._waiting

    def read_by(
        self,
        deliver: Callable[[bytes], None],
        closed: Callable[[], None],
        room: Callable[[], int] | None = None,
    ) -> None:
        """Somebody reads at the far end from now on, at most ``room()`` bytes at a time."""
        self._deliver, self._closed = deliver, closed
        self._room = room or _no_limit
        self._move()

    def go_on(self) -> None:
        """There is room again at the far end."""
        self._move()

    def unread(self) -> None:
        """Nobody reads at the far end; what is on its way waits there."""
        self._deliver = self._closed = None

    def send(self, data: bytes) -> None:
        """Put bytes in, unless this end is closed."""
        if not self._ended:
            self._waiting += data
            self._move()

    def end(self) -> None:
        """No more will come; the far end learns it after the last byte."""
        self._ended = True
        self._move()

    def lose(self) -> None:
        """What is on its way is gone."""
        self._waiting.clear()

    def _move(self) -> None:
        if self._moving or self._deliver is None or not (self._waiting or self._ended):
            return
        self._moving = True
        slow = self._world.chance(3)
        self._world.after(self._world.dice.uniform(0, 0.4 if slow else 0.004), self._arrive)

    def _arrive(self) -> None:
        self._moving = False
        if self._deliver is None or (self._waiting and not self._room()):
            return  # no room: held up, as by a handshake, until it goes on
        if self._waiting:
            size = len(self._waiting)
            if size > 1 and self._world.chance(25):
                size = self._world.dice.randint(1, size - 1)
            size = min(size, self._room())
            data = bytes(self._waiting[:size])
            del self._waiting[:size]
            deliver = self._deliver
            self._move()
            deliver(data)
        elif self._ended and self._closed is not None:
            closed = self._closed
            self.unread()
            closed()


def _no_limit() -> int:
    return sys.maxsize


@dataclass(slots=True)
class Cable:
    """One connection between the guard and a peer: two pipes."""

    to_guard: Pipe
    to_peer: Pipe
    peer_closed: bool = False
    guard_closed: bool = False
    log: bytearray = field(default_factory=bytearray)

    @classmethod
    def lay(cls, world: World) -> Cable:
        """A new connection."""
        return cls(Pipe(world), Pipe(world))
