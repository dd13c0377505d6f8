"""A whole run against the clock: events in; steps that are due, and the outcomes, out.

Sans-IO: whoever plays it carries the steps out, asks the devices and starts the app.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pos_guard.model import Words
from pos_guard_simulator.scenario.hopes import Hopes
from pos_guard_simulator.scenario.outcome import Outcome
from pos_guard_simulator.scenario.plan import Plan, Step
from pos_guard_simulator.scenario.seen import Eyes
from pos_guard_simulator.scenario.timeline import Timeline
from pos_guard_simulator.scenario.values import APP, GUARD
from pos_guard_simulator.stage.journal import Event

MAX_SETTLE_MS = 10_000
"""How long devices may go on after the app's end before the run is judged as it is: a printer that
is out of paper says the same for ever."""

OWN = frozenset({"", APP})
"""Events of these are no sign that bytes are still on their way."""

Why = Literal["app", "timeline", "limit", "stopped"]


class Play:
    """One run of a plan. Times are the journal's; ``begin_ms`` is the zero of the file's."""

    def __init__(self, plan: Plan, devices: Sequence[str], begin_ms: int) -> None:
        self._plan = plan
        self._begin_ms = begin_ms
        self._timeline = Timeline(plan.steps, begin_ms)
        self.hopes = Hopes(plan.expectations, [*devices, GUARD], begin_ms)
        self._done: list[Outcome] = []
        self._last_ms = begin_ms
        self._exit: tuple[int, int] | None = None

    def heard(self, event: Event) -> None:
        """One more event of the journal, since the begin."""
        if event.device not in OWN:
            self._last_ms = event.at_ms
        self._timeline.heard(event)
        self.hopes.heard(event)

    def app_ended(self, code: int, now_ms: int) -> None:
        """The program under test has ended."""
        self._exit = (code, now_ms)
        self._last_ms = max(self._last_ms, now_ms)

    def due(self, now_ms: int) -> Step | None:
        """A step to be done now; call ``done`` with what came of it. None: none is due."""
        return self._timeline.due(now_ms)

    def done(self, step: Step, now_ms: int, problem: Words | None = None) -> None:
        """A step was carried out, or could not be."""
        problems = [] if problem is None else [problem]
        self._done.append(
            Outcome("step", step.title, now_ms - self._begin_ms, problems, device=step.device)
        )

    def look(self, now_ms: int, eyes: Eyes) -> list[Outcome]:
        """Judge what has a time of its own; gives what was decided now."""
        return self.hopes.look(now_ms, eyes)

    def decided(self) -> list[Outcome]:
        """What is decided up to now. Of any thread."""
        return [*self._done, *self.hopes.decided()]

    def over(self, now_ms: int, eyes: Eyes) -> Why | None:
        """Why the run is at its end; None: it goes on."""
        if self._plan.limit_ms is not None and now_ms >= self._begin_ms + self._plan.limit_ms:
            return "limit"
        if self._finished:
            return "app" if now_ms >= self._late_ms or self._nothing_comes(now_ms) else None
        if self._plan.ends != "timeline" or self._timeline.left or not self._quiet(now_ms):
            return None
        return "timeline" if self.hopes.all_met(now_ms, eyes) else None

    def next_ms(self, now_ms: int) -> int | None:
        """When there is something to do even if nothing happens; None: never.

        What was due up to now is taken for done.
        """
        times = [self.hopes.next_ms, self._timeline.next_ms]
        if self._plan.limit_ms is not None:
            times.append(self._begin_ms + self._plan.limit_ms)
        if self._finished:
            times += [self._quiet_ms, self._late_ms]
        if self._plan.ends == "timeline":
            times.append(self._quiet_ms)
        return min((one for one in times if one is not None and one > now_ms), default=None)

    def end(self, now_ms: int, why: Why, eyes: Eyes) -> list[Outcome]:
        """Everything that came of it: steps, expectations, the app, the run itself."""
        at_ms = now_ms - self._begin_ms
        left = [
            Outcome("step", step.title, at_ms, [_not_done(step)], device=step.device)
            for step in self._timeline.left
        ]
        hoped = self.hopes.end(now_ms, eyes)
        return [*self._done, *left, *hoped, *self._app(at_ms), *self._run(why, at_ms)]

    @property
    def _finished(self) -> bool:
        """The app has ended, and the run with it."""
        return self._plan.ends == "app" and self._exit is not None

    @property
    def _quiet_ms(self) -> int:
        return self._last_ms + self._plan.settle_ms

    @property
    def _late_ms(self) -> int:
        return (self._exit[1] if self._exit else self._begin_ms) + MAX_SETTLE_MS

    def _nothing_comes(self, now_ms: int) -> bool:
        """All is quiet, and no step has its time soon, however slow this machine is."""
        due = self._timeline.next_ms
        return self._quiet(now_ms) and (due is None or due > self._late_ms)

    def _quiet(self, now_ms: int) -> bool:
        return now_ms >= self._quiet_ms

    def _app(self, at_ms: int) -> list[Outcome]:
        app = self._plan.app
        if app is None:
            return []
        problems: list[Words] = []
        if self._exit is None and self._plan.ends == "app":
            problems = [Words("程序没有结束", "the app has not ended by itself")]
        elif self._exit is not None and self._exit[0] != app.exit_code:
            code = self._exit[0]
            problems = [Words(f"程序的退出码是 {code}", f"the app ended with {code}")]
        return [Outcome("app", f"the app ends with {app.exit_code}", at_ms, problems)]

    def _run(self, why: Why, at_ms: int) -> list[Outcome]:
        """A limit is a failure, but for a run that nothing else ends."""
        if why != "limit" or self._plan.ends == "never" or self._plan.limit_ms is None:
            return []
        seconds = self._plan.limit_ms / 1000
        late = Words(f"超过了 {seconds:g} 秒", f"it took longer than {seconds:g} seconds")
        return [Outcome("run", "ends in time", at_ms, [late])]


def _not_done(step: Step) -> Words:
    if step.moment is None:
        return Words("运行结束前没有轮到这一步", "the run ended before it was due")
    return Words(f"没有等到：{step.moment}", f"it waited for this in vain: {step.moment}")
