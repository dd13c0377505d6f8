"""The ``[guard]`` table as a plan; what makes no sense in it is told key by key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pos_guard.errors import LocalError
from pos_guard.policy.load import load_policy
from pos_guard.strict import read_text, suggestion
from pos_guard_simulator.guarded.policy import NAMES
from pos_guard_simulator.guarded.store import PEOPLE
from pos_guard_simulator.scenario.cast import Cast
from pos_guard_simulator.scenario.plan import GuardPlan
from pos_guard_simulator.scenario.tables import GuardTable
from pos_guard_simulator.stage.perform import Role

_KINDS = frozenset({"printer", "scanner", "terminal", "host", "provider"})


@dataclass(slots=True)
class GuardReader:
    """Reads the table; ``problems`` are key and message."""

    root: Path
    cast: Cast
    problems: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    def read(self, table: GuardTable) -> GuardPlan:
        """The guard."""
        if table.operator and table.operator not in PEOPLE:
            hint = suggestion(table.operator, PEOPLE) or f", only: {', '.join(PEOPLE)}"
            self.problems.append(("operator", f"nobody is {table.operator!r}{hint}"))
        is_text = table.policy.endswith(".toml")
        policy = self._text(table.policy) if is_text else table.policy
        if not is_text and table.policy not in NAMES:
            hint = suggestion(table.policy, NAMES) or f", only: {', '.join(NAMES)}, or a .toml file"
            self.problems.append(("policy", f"there is no {table.policy!r}{hint}"))
        kinds = {str(name): one.kind for name, one in self.cast.table.device.items()}
        devices = {name: kinds[name] for name in self._devices(table)}
        currency = self.cast.table.scenario.currency
        return GuardPlan(devices, policy, is_text, currency, table.operator)

    def _text(self, name: str) -> str:
        file = self.root / name
        try:
            load_policy(file)  # what is wrong in it is told before anything starts
            return read_text(file, name)
        except LocalError as error:
            self.problems.append(("policy", str(error)))
            return ""

    def _devices(self, table: GuardTable) -> Sequence[str]:
        """Those that are named, or all that it can stand before."""
        roles = self.cast.roles
        if table.devices is None:
            found = [name for name, role in roles.items() if not _unguardable(role)]
            if roles and not found:
                self.problems.append(("devices", "it stands before devices at pty and tcp"))
            return found
        for name in table.devices:
            if not self.cast.knows(name):
                self.problems.append(("devices", self.cast.unknown(name)))
            elif name in roles and (why := _unguardable(roles[name])):
                self.problems.append(("devices", f"{name}: {why}"))
        return [name for name in table.devices if name in roles]


def _unguardable(role: Role) -> str:
    """Why the guard cannot stand before it; empty: it can."""
    if role.device.kind not in _KINDS:
        return f"the guard has no link for a {role.device.kind}"
    place = role.place
    if place.usb is not None or place.usbip is not None or place.rfc2217:
        return 'the guard stands before devices at level "pty" and "tcp"'
    return ""
