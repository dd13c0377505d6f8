"""What is expected, against the clock: events in, outcomes out. Does no I/O."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from pos_guard.model import Words
from pos_guard_simulator.pytest_plugin.shown import framed
from pos_guard_simulator.scenario.checks import Now
from pos_guard_simulator.scenario.moments import Awaited, fits
from pos_guard_simulator.scenario.outcome import Outcome
from pos_guard_simulator.scenario.plan import Expectation
from pos_guard_simulator.scenario.seen import Eyes, Seen
from pos_guard_simulator.stage.journal import Event


@dataclass(slots=True)
class _Hope:
    expectation: Expectation
    awaited: Awaited
    counted: int = 0
    outcome: Outcome | None = None

    @property
    def deadline_ms(self) -> int | None:
        """Until when it has to be so; None: at the end, or its time has not begun."""
        within, begun = self.expectation.within_ms, self.awaited.at_ms
        return None if within is None or begun is None else begun + within

    def heard(self, event: Event) -> None:
        """Count events from its beginning on, but for the one that it begins with."""
        happened, begun = self.expectation.happened, self.awaited.at_ms is not None
        self.awaited.heard(event)
        if (
            happened is not None
            and begun
            and (event.device, event.kind) == (self.expectation.device, happened.kind)
            and fits(dict(happened.where), dict(event.body))
        ):
            self.counted += 1


class Hopes:
    """All expectations of one run. ``eyes`` are used for those that need them only."""

    def __init__(
        self, expectations: Sequence[Expectation], devices: Sequence[str], begin_ms: int
    ) -> None:
        self._begin_ms = begin_ms
        self._hopes = [
            _Hope(one, Awaited(one.moment, begin_ms if one.moment is None else None))
            for one in expectations
        ]
        self._seen = {name: Seen() for name in devices}

    @property
    def seen(self) -> Mapping[str, Seen]:
        """What was seen of each device."""
        return self._seen

    def heard(self, event: Event) -> None:
        """One more event."""
        if event.device in self._seen:
            self._seen[event.device].heard(event)
        for hope in self._hopes:
            hope.heard(event)

    @property
    def next_ms(self) -> int | None:
        """The first moment after the time of the next one; None: of none."""
        deadlines = [due for one in self._open() if (due := one.deadline_ms) is not None]
        return min(deadlines) + 1 if deadlines else None

    def look(self, now_ms: int, eyes: Eyes) -> list[Outcome]:
        """Decide those that have a time of their own: met now, or too late. Gives the new ones."""
        fresh: list[Outcome] = []
        for hope in self._open():
            deadline = hope.deadline_ms
            if deadline is None:
                continue
            outcome = self._outcome(hope, now_ms, eyes)
            if outcome.met or now_ms > deadline:
                hope.outcome = outcome
                fresh.append(outcome)
        return fresh

    def decided(self) -> list[Outcome]:
        """What is decided up to now, in the order of the file."""
        return [hope.outcome for hope in self._hopes if hope.outcome is not None]

    def all_met(self, now_ms: int, eyes: Eyes) -> bool:
        """Whether it is all as expected now."""
        return all(
            one.met
            for hope in self._hopes
            for one in [hope.outcome or self._outcome(hope, now_ms, eyes)]
        )

    def end(self, now_ms: int, eyes: Eyes) -> list[Outcome]:
        """What came of every one, in the order of the file."""
        for hope in self._open():
            hope.outcome = self._outcome(hope, now_ms, eyes)
        return self.decided()

    def _open(self) -> Iterator[_Hope]:
        return (hope for hope in self._hopes if hope.outcome is None)

    def _outcome(self, hope: _Hope, now_ms: int, eyes: Eyes) -> Outcome:
        expectation = hope.expectation
        at_ms = now_ms - self._begin_ms
        subject = Outcome("expect", expectation.title, at_ms, device=expectation.device)
        if hope.awaited.at_ms is None:
            return replace(subject, problems=[_never(hope.awaited)])
        seen = self._seen.get(expectation.device) or Seen()
        now = Now(seen, partial(eyes, expectation.device), hope.counted)
        problems = [problem for check in expectation.checks for problem in check.unmet(now)]
        return replace(subject, problems=problems, detail=_detail(seen) if problems else ())


def _never(awaited: Awaited) -> Words:
    return Words(f"没有发生：{awaited.moment}", f"this never happened: {awaited.moment}")


def _detail(seen: Seen) -> list[str]:
    """What is there instead: the paper, and the last that went over the line."""
    lines: list[str] = []
    if seen.paper:
        lines += ["the paper:", *framed(seen.paper)]
    if seen.frames:
        lines += ["what went by, newest last:", *seen.frames]
    return lines
