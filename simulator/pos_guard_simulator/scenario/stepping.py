"""A ``[[step]]`` table as a step; what makes no sense in it is told key by key."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pos_guard.strict import suggestion
from pos_guard_simulator.control_http.failures import ApiError
from pos_guard_simulator.control_http.table import operations_of
from pos_guard_simulator.scenario.cast import Cast
from pos_guard_simulator.scenario.moments import Moment
from pos_guard_simulator.scenario.plan import Step
from pos_guard_simulator.scenario.tables import StepTable
from pos_guard_simulator.scenario.values import GUARD
from pos_guard_simulator.systems.processes import SIGNALS

_LONG = frozenset({"payload", "base64", "png", "pin"})
"""Fields that are not in a step's title: codes may pay, pictures are long."""

_PATHS = frozenset({"path"})
"""Fields of operations that name a file: relative to the scenario's."""


@dataclass(slots=True)
class StepReader:
    """Reads the steps of one scenario; ``problems`` are key and message of the last one."""

    root: Path
    cast: Cast
    problems: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    def read(self, number: int, table: StepTable) -> Step:
        """One step."""
        self.problems = []
        moment = None
        try:
            moment = Moment.parse(table.after) if table.after else None
        except ValueError as error:
            self.problems.append(("after", str(error)))
        self.problems += (("after", said) for said in self.cast.moment_problems(moment))
        self.problems += self._what(table)
        fields = {
            key: str(self.root / value) if key in _PATHS and isinstance(value, str) else value
            for key, value in table.fields.items()
        }
        return Step(
            number,
            table.name or describe(table),
            at_ms=table.at,
            moment=moment,
            device=table.device,
            op=table.do,
            fields=fields,
            signal=table.signal or "",
            name=table.name,
        )

    def _what(self, table: StepTable) -> Iterator[tuple[str, str]]:
        """What is wrong with what is done."""
        if (table.signal is None) == (not table.do):
            yield "", 'says what is done: device and do, or signal = "TERM" for the app'
        elif table.signal is None:
            yield from self._operation(table)
        else:
            if not self.cast.table.app.command:
                yield "signal", "there is no app that could get it"
            if table.signal not in SIGNALS:
                yield "signal", f"this system has only: {', '.join(sorted(SIGNALS))}"
            if table.device:
                yield "device", "a signal goes to the app"
            if table.fields:
                yield "fields", "a signal has none"

    def _operation(self, table: StepTable) -> Iterator[tuple[str, str]]:
        if table.device == GUARD and self.cast.knows(GUARD, others=True):
            from pos_guard_simulator.scenario.guarding import operations  # a whole daemon

            known_to_guard = operations()
            if table.do not in known_to_guard:
                yield "do", f"the guard has no {table.do!r}{suggestion(table.do, known_to_guard)}"
            return
        role = self.cast.role(table.device)
        if role is None:
            if not self.cast.knows(table.device):  # else it is wrong itself, and told
                yield "device", self.cast.unknown(table.device)
            return
        known = operations_of(role.device)
        if table.do not in known:
            hint = suggestion(table.do, known) or f", only: {', '.join(sorted(known))}"
            yield "do", f"a {role.device.kind} has no {table.do!r}{hint}"
            return
        try:
            known[table.do].check(table.fields)
        except ApiError as error:
            yield "fields" if table.fields else "do", str(error)


def describe(table: StepTable) -> str:
    """What is done, in a few words."""
    if table.signal:
        return f"app gets SIG{table.signal}"
    told = {key: value for key, value in table.fields.items() if key not in _LONG}
    said = [json.dumps(told, ensure_ascii=False)] if told else []
    return " ".join([table.device, table.do, *said])
