"""The twin that a tape makes: it answers what the real device answered. Sans-IO.

A message of the app is looked for in the tape from where the play stands, then from its beginning.
The very same bytes are best; of frames the same message about the same money will do. What the
device said by itself comes at its time after what was before it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass

from pos_guard.frames.decoded import Decoded
from pos_guard.links.session import CancelTimer, CloseApp, Effects, SetTimer, ToApp
from pos_guard_simulator.tape.lines import Header, Tape
from pos_guard_simulator.tape.protocols import BY_SILENCE, last_unit
from pos_guard_simulator.tape.steps import Answer, answered, is_framed, meaning_of, play_of, units
from pos_guard_simulator.tape.veil import Bare, Veil

NEXT, QUIET = "next", "quiet"

QUIET_SECONDS = 1.0
"""Without frames: so long after its last byte the app has said what it wanted to."""

MAX_UNKNOWN = 1000
"""Messages that are remembered because the tape does not know them; all are counted."""

MAX_WAITING = 1 << 20
"""Bytes of a message that has begun: the longest command of a printer."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Something that the app said and the tape does not know."""

    name: str
    size: int


@dataclass(slots=True)
class Count:
    """What a play has come to."""

    exact: int = 0
    alike: int = 0
    unknown: int = 0
    taken: int = 0


class TapeTwin:
    """Plays a tape.

    ``fast``: without its pauses. ``strict``: it hangs up on what it does not know, and a message
    that is only alike is not known.
    """

    def __init__(self, tape: Tape, *, fast: bool = False, strict: bool = False) -> None:
        self.header: Header = tape.header
        self.count = Count()
        self.unknown: list[Unknown] = []
        self.withheld = (play := play_of(tape)).withheld
        self._steps = play.steps
        self._fast = fast
        self._strict = strict
        self._framed = is_framed(tape.header.protocol)
        self._next = 0
        self._waiting = b""
        self._queue: deque[Answer] = deque()
        self._running = False
        self._places: defaultdict[object, list[int]] = defaultdict(list)
        for place, step in enumerate(self._steps):
            self._places[step.said].append(place)
            if step.meaning is not None:
                self._places[step.meaning].append(place)

    @property
    def left(self) -> int:
        """Steps of the tape that were not played since its beginning."""
        return sum(1 for step in self._steps[self._next :] if step.said)

    def connected(self) -> Effects:
        """The app opened its port: what the device said before it was asked."""
        self._waiting = b""
        self._queue.clear()
        at = self._soonest(b"")
        return [] if at is None else self._play(at)

    def data(self, data: bytes) -> Effects:
        """The app said something."""
        self._waiting += data
        if not self._framed:
            return self._plain()
        effects: Effects = []
        found, waiting = units(self.header.protocol, self._waiting)
        self._waiting = self._waiting[len(self._waiting) - waiting :][:MAX_WAITING]
        for unit in found:
            effects += self._unit(unit)
        return effects

    def closed(self) -> Effects:
        """The app hung up."""
        self._queue.clear()
        self._running = False
        return [CancelTimer(NEXT), CancelTimer(QUIET)]

    def timer(self, name: str) -> Effects:
        """The next answer is due, or the app has nothing more to say."""
        if name == QUIET:
            waiting, self._waiting = self._waiting, b""
            return self._after_silence(waiting) if waiting else []
        self._running = False
        return self._due(self._queue.popleft()) + self._on() if self._queue else []

    # -- what the app said --------------------------------------------------------------------

    def _unit(self, unit: Decoded) -> Effects:
        if not answered(self.header.protocol, unit):
            self.count.taken += 1
            return []
        raw = self._masked(unit.raw)
        at = self._soonest(raw) if raw else None
        if at is not None:
            self.count.exact += 1
            return self._play(at)
        meaning = meaning_of(self.header.protocol, unit)
        at = None if self._strict or meaning is None else self._soonest(meaning)
        if at is None:
            return self._not_known(Unknown(unit.name, len(unit.raw)))
        self.count.alike += 1
        return self._play(at)

    def _plain(self) -> Effects:
        """Bytes without frames: one step's words, or the beginning of one's."""
        said = self._masked(self._waiting)
        order = [*range(self._next, len(self._steps)), *range(self._next)]
        steps = [(at, self._steps[at].said or b"") for at in order]
        at = next((at for at, step in steps if step and said.startswith(step)), None)
        if at is not None:
            self._waiting = self._waiting[len(self._steps[at].said or b"") :]
            self.count.exact += 1
            return [CancelTimer(QUIET), *self._play(at), *(self._plain() if self._waiting else [])]
        more = self.header.protocol in BY_SILENCE
        if more or any(step.startswith(said) for _, step in steps):
            return [SetTimer(QUIET, QUIET_SECONDS)]
        self._waiting = b""
        return [CancelTimer(QUIET), *self._not_known(Unknown("bytes", len(said)))]

    def _after_silence(self, said: bytes) -> Effects:
        """The app has said all that it wanted to."""
        unit = last_unit(self.header.protocol, said)
        return self._not_known(Unknown("bytes", len(said))) if unit is None else self._unit(unit)

    def _masked(self, raw: bytes) -> bytes:
        """As the tape would have it."""
        veil = Veil(self.header.protocol, to_app=False) if self.header.masked else Bare()
        shown = veil.feed(raw) + veil.finish()
        return b"".join(part.data or b"" for part in shown)

    def _soonest(self, what: object) -> int | None:
        """Where this is next, or else where it was first."""
        places: Sequence[int] = self._places.get(what, ())
        if not places:
            return None
        later = bisect_left(places, self._next)
        return places[later] if later < len(places) else places[0]

    def _not_known(self, what: Unknown) -> Effects:
        self.count.unknown += 1
        if len(self.unknown) < MAX_UNKNOWN:
            self.unknown.append(what)
        return [CloseApp(f"the tape has no answer to {what.name}")] if self._strict else []

    # -- what the device says -----------------------------------------------------------------

    def _play(self, at: int) -> Effects:
        self._next = at + 1
        self._queue += self._steps[at].answers
        return self._on()

    def _on(self) -> Effects:
        """Wait for the next answer, or say all at once."""
        effects: Effects = []
        while self._queue and not self._running:
            wait = 0 if self._fast else self._queue[0].after_us
            if wait:
                self._running = True
                effects.append(SetTimer(NEXT, wait / 1_000_000))
            else:
                effects += self._due(self._queue.popleft())
        return effects

    @staticmethod
    def _due(answer: Answer) -> Effects:
        if answer.data is None:
            return [CloseApp("as the device did")]
        return [ToApp(answer.data)]
