"""The steps of a scenario against the clock: events in, what is due out. Does no I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pos_guard_simulator.scenario.moments import Awaited
from pos_guard_simulator.scenario.plan import Step
from pos_guard_simulator.stage.journal import Event


@dataclass(slots=True)
class _Waiting:
    step: Step
    awaited: Awaited

    @property
    def due_ms(self) -> int | None:
        """When it is due; None: what it waits for has not happened."""
        begun = self.awaited.at_ms
        return None if begun is None else begun + self.step.at_ms


class Timeline:
    """Each step is given out once, not before its time, the earlier one first."""

    def __init__(self, steps: Sequence[Step], begin_ms: int) -> None:
        self._waiting = [
            _Waiting(step, Awaited(step.moment, begin_ms if step.moment is None else None))
            for step in steps
        ]

    def heard(self, event: Event) -> None:
        """One more event."""
        for one in self._waiting:
            one.awaited.heard(event)

    @property
    def next_ms(self) -> int | None:
        """When the next step is due; None: no time is known for any."""
        return min((due for one in self._waiting if (due := one.due_ms) is not None), default=None)

    def due(self, now_ms: int) -> Step | None:
        """The step whose time has come; it will not be given again."""
        found = min(
            (one for one in self._waiting if one.due_ms is not None),
            key=lambda one: (one.due_ms or 0, one.step.number),
            default=None,
        )
        if found is None or (found.due_ms or 0) > now_ms:
            return None
        self._waiting.remove(found)
        return found.step

    @property
    def left(self) -> list[Step]:
        """Steps that were not done."""
        return [one.step for one in self._waiting]
