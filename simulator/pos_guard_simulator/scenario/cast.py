"""Who is in a scenario: its devices by name, and how a wrong name is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pos_guard.strict import suggestion
from pos_guard_simulator.scenario.events import OF_OTHERS, event_kinds
from pos_guard_simulator.scenario.moments import Moment
from pos_guard_simulator.scenario.tables import ScenarioFile
from pos_guard_simulator.scenario.values import APP, GUARD, STEP
from pos_guard_simulator.stage.perform import Role


@dataclass(frozen=True, slots=True)
class Cast:
    """The ``roles`` that could be made of a ``table``; a device that is wrong has none."""

    table: ScenarioFile
    roles: Mapping[str, Role]

    def role(self, name: str) -> Role | None:
        """The device of this name; None: there is none, or it is not a device."""
        return self.roles.get(name)

    def knows(self, name: str, *, others: bool = False) -> bool:
        """Whether the file has such a device, right or wrong; ``others``: app and guard too."""
        if name == APP:
            return others and bool(self.table.app.command)
        if name == GUARD:
            return others and self.table.guard is not None
        return name in self.table.device

    def unknown(self, name: str) -> str:
        """What to say of a name that nobody has."""
        if name == GUARD:
            return "there is no guard: add a table [guard]"
        if name == APP:
            return "there is no app: [app] command, or -- COMMAND"
        names = list(self.table.device)
        return f"there is no {name!r}" + (suggestion(name, names) or f", only: {', '.join(names)}")

    def event_problems(self, name: str, kind: str) -> Iterator[str]:
        """What is wrong with an event of this kind at a device, the app or the guard."""
        role = self.role(name)
        known = OF_OTHERS.get(name) if role is None else event_kinds(role.device)
        if known is not None and kind not in known:
            hint = suggestion(kind, known) or f", only: {', '.join(sorted(known))}"
            yield f"{name} tells of no {kind!r}{hint}"

    def moment_problems(self, moment: Moment | None) -> Iterator[str]:
        """What is wrong with the moment that something waits for."""
        if moment is None:
            return
        if moment.who == STEP:
            if moment.kind not in {one.name for one in self.table.step}:
                yield f"no step has the name {moment.kind!r}"
        elif not self.knows(moment.who, others=True):
            yield self.unknown(moment.who)
        else:
            yield from self.event_problems(moment.who, moment.kind)
