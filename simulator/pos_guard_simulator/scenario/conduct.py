"""The thin shell around ``play``: a queue of what happens, a clock, hands that carry steps out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from pos_guard.clock import Clock
from pos_guard.errors import LocalError
from pos_guard.frames.decoded import Json
from pos_guard.model import Words
from pos_guard_simulator.scenario.plan import Step
from pos_guard_simulator.scenario.play import Play, Why
from pos_guard_simulator.scenario.program import Program
from pos_guard_simulator.scenario.seen import Look
from pos_guard_simulator.scenario.values import APP, GUARD, STEP
from pos_guard_simulator.simulate_device import STATE, Fields
from pos_guard_simulator.stage.journal import Event
from pos_guard_simulator.stage.stage import Stage

if TYPE_CHECKING:
    from pos_guard_simulator.scenario.guarding import Guarding

TICK_SECONDS = 0.1
"""How often it is looked whether somebody has ended the stage, or asked to stop."""

BOOK = "book"

MAX_BACKLOG = 50_000
"""Events that wait to be looked at, some 50 MB; of what goes over lines no more is taken then."""

_MANY = frozenset({"frame", "bytes"})


class Times:
    """Now, in a journal's milliseconds, from an event that has just been told."""

    def __init__(self, clock: Clock, event: Event) -> None:
        self._clock = clock
        self._zero_us = clock.boot_us() - event.at_ms * 1000

    def now_ms(self) -> int:
        """Never later than the journal's own."""
        return (self._clock.boot_us() - self._zero_us) // 1000


class Conductor:
    """Plays one scenario in the calling thread; every other thread only puts into the queue."""

    def __init__(
        self,
        stage: Stage,
        play: Play,
        times: Times,
        noted: Callable[[Event], None],
        guard: Guarding | None = None,
    ) -> None:
        self._stage = stage
        self._guard = guard
        self.play = play
        self.times = times
        self._noted = noted
        self._news: SimpleQueue[Event | int] = SimpleQueue()
        self.program: Program | None = None
        self.lost = 0

    def heard(self, event: Event) -> None:
        """An event of the journal, of any thread. ``lost`` counts those that were too many."""
        if event.kind in _MANY and self._news.qsize() >= MAX_BACKLOG:
            self.lost += 1
        else:
            self._news.put(event)

    def app_ended(self, code: int) -> None:
        """The app's exit code, of any thread."""
        self._news.put(code)

    def conduct(self) -> Why:
        """Until it is over; then everything that is told has been taken in."""
        while True:
            now = self.times.now_ms()
            while (step := self.play.due(now)) is not None:
                self._carry_out(step)
            self._look(now)
            why = self._why(now)
            if why is not None:
                self.drain()
                return why
            self._wait(now)

    def drain(self) -> None:
        """Take in what is told up to now."""
        while self._take(0):
            pass

    def eyes(self, name: str) -> Look:
        """How a device is, and what it has booked; nothing of one that does not tell."""
        device = self._stage.devices.get(name)
        if device is None:
            return Look()
        try:
            answers = {
                op: self._stage.ask(name, op, Fields({}))
                for op in (STATE, BOOK)
                if op in device.ops
            }
        except LocalError:
            return Look()
        rows = answers.get(BOOK, {}).get("moved")
        moved = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
        return Look(answers.get(STATE, {}), moved)

    def _tell(self, device: str, kind: str, body: Mapping[str, Json]) -> None:
        if self._stage.journal is not None:
            self._stage.journal.tell(device, kind, body)

    def _look(self, now: int) -> None:
        for outcome in self.play.look(now, self.eyes):
            self._tell("", "expectation", outcome.as_json())

    def _why(self, now: int) -> Why | None:
        return "stopped" if self._stage.ended.is_set() else self.play.over(now, self.eyes)

    def _wait(self, now: int) -> None:
        due = self.play.next_ms(now)
        seconds = TICK_SECONDS if due is None else min((due - now) / 1000, TICK_SECONDS)
        self._take(seconds)
        self.drain()

    def _take(self, seconds: float) -> bool:
        try:
            news = self._news.get(timeout=seconds) if seconds else self._news.get_nowait()
        except Empty:
            return False
        if isinstance(news, Event):
            self._noted(news)
            over = self.play.hopes.next_ms
            if over is not None and over <= news.at_ms:
                self._look(over)  # this came too late for it
            self.play.heard(news)
        else:
            self.play.app_ended(news, self.times.now_ms())
            self._tell(APP, "ended", {"exit": news})
        return True

    def _carry_out(self, step: Step) -> None:
        """Do it; what cannot be done is told with its reason."""
        answer: dict[str, Json] = {}
        problem = None
        try:
            if step.signal:
                self._signal(step.signal)
            else:
                answer = self._ask(step)
        except LocalError as error:
            problem = Words(f"没有做成：{error}", f"it could not be done: {error}")
        self.play.done(step, self.times.now_ms(), problem)
        body: dict[str, Json] = {"name": step.name, "title": step.title, "answer": answer}
        self._tell("", STEP, {**body, "done": problem is None})

    def _ask(self, step: Step) -> dict[str, Json]:
        if step.device == GUARD and self._guard is not None:
            return self._guard.ask(step.op, step.fields)
        return dict(self._stage.ask(step.device, step.op, Fields(step.fields)))

    def _signal(self, name: str) -> None:
        if self.program is None:
            raise LocalError("there is no app")
        self.program.send(name)
