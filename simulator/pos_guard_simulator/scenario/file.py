"""Reads a scenario file: every problem at once, each with its line and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pos_guard.money import MoneyError, exponent
from pos_guard.strict import TomlFile, WrongError, read_text
from pos_guard.toml_lines import KeyPath
from pos_guard_simulator.scenario.cast import Cast
from pos_guard_simulator.scenario.devices import make_role
from pos_guard_simulator.scenario.expecting import Reader
from pos_guard_simulator.scenario.plan import App, Expectation, GuardPlan, Plan, Step
from pos_guard_simulator.scenario.stepping import StepReader
from pos_guard_simulator.scenario.tables import READERS, Ends, ScenarioFile
from pos_guard_simulator.stage.perform import Role
from pos_guard_simulator.systems.having import Needs, lacking

MAX_DEVICES = 32
"""Devices of one scenario: a shop of eight tills, four devices each."""

MAX_STEPS, MAX_EXPECTATIONS = 1_000, 1_000
"""What a person can still read."""

USUAL_LIMIT_MS = 60_000
"""Of a run that ends by itself: a CI job that hangs costs its whole time-out."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A file that was read: its devices, not yet at their places, and what is to be played."""

    roles: Sequence[Role]
    plan: Plan


def load_scenario(path: Path, command: Sequence[str] = (), *, update: bool = False) -> Scenario:
    """Read a scenario; ``command`` is used instead of the one in the file.

    ``update``: the texts that receipts are compared with are to be written anew.

    :raises SettingsError: when it cannot be read, or with everything that is wrong in it.
    """
    file = TomlFile(read_text(path, str(path)), str(path))
    table = file.structure(ScenarioFile, READERS)
    if table.guard is not None and (why := lacking(Needs.DAEMON)):
        raise file.error([file.problem(("guard",), f"{why}: play it on Linux")])
    root = path.resolve().parent
    if command:
        table = replace(table, app=replace(table.app, command=tuple(command)))
    reading = _Reading(table, root, None if command else root, update=update)
    scenario = reading.scenario(table.scenario.name or path.stem)
    if reading.wrong:
        raise file.error(file.problem(where, said) for where, said in reading.wrong)
    return scenario


class _Reading:
    """One file on its way to a scenario; ``wrong`` is what was found."""

    def __init__(
        self, table: ScenarioFile, root: Path, folder: Path | None, *, update: bool
    ) -> None:
        self.wrong: list[tuple[KeyPath, str]] = list(_general(table))
        self._folder = folder
        self._update = update
        self._table = table
        self._root = root
        self._cast = Cast(table, self._roles())

    def scenario(self, name: str) -> Scenario:
        """All of it, as far as it can be read."""
        table, ends = self._table, _ends(self._table)
        limit: int | None = table.scenario.seconds
        if limit is None and ends != "never":
            limit = USUAL_LIMIT_MS
        plan = Plan(
            name=name,
            steps=self._steps(),
            expectations=self._expectations(),
            ends=ends,
            limit_ms=limit,
            settle_ms=table.scenario.settle,
            app=self._app(),
            guard=self._guard(),
            currency=table.scenario.currency,
        )
        return Scenario(tuple(self._cast.roles.values()), plan)

    def _app(self) -> App | None:
        table = self._table.app
        if not table.command:
            return None
        return App(table.command, table.env, table.exit, self._folder)

    def _guard(self) -> GuardPlan | None:
        table = self._table.guard
        if table is None:
            return None
        # With it comes a whole daemon, which most scenarios do not have.
        from pos_guard_simulator.scenario.guard_table import GuardReader

        reader = GuardReader(self._root, self._cast)
        plan = reader.read(table)
        self._told(("guard",), reader.problems)
        return plan

    def _roles(self) -> dict[str, Role]:
        roles: dict[str, Role] = {}
        for name, device in self._table.device.items():
            try:
                roles[name] = role = make_role(name, device, self._root)
            except WrongError as error:
                self.wrong += ((("device", name, *below), said) for below, said in error.parts)
                continue
            if role.place.need is not None and (why := lacking(role.place.need)):
                self.wrong.append((("device", name), f'{why}: write level = "tcp" or "rfc2217"'))
        return roles

    def _steps(self) -> list[Step]:
        reader = StepReader(self._root, self._cast)
        steps: list[Step] = []
        for number, table in enumerate(self._table.step):
            steps.append(reader.read(number + 1, table))
            self._told(("step", number), reader.problems)
        return steps

    def _expectations(self) -> list[Expectation]:
        reader = Reader(self._root, self._table.scenario.currency, self._cast, self._update)
        found: list[Expectation] = []
        for number, table in enumerate(self._table.expect):
            found.append(reader.read(number + 1, table))
            self._told(("expect", number), reader.problems)
        return found

    def _told(self, where: KeyPath, problems: Sequence[tuple[str, str]]) -> None:
        self.wrong += (((*where, key) if key else where, said) for key, said in problems)


def _general(table: ScenarioFile) -> Iterator[tuple[KeyPath, str]]:
    if not 0 < len(table.device) <= MAX_DEVICES:
        yield ("device",), f"1 to {MAX_DEVICES} devices, each a table [device.NAME]"
    if len(table.step) > MAX_STEPS:
        yield ("step",), f"at most {MAX_STEPS} steps"
    if len(table.expect) > MAX_EXPECTATIONS:
        yield ("expect",), f"at most {MAX_EXPECTATIONS} expectations"
    yield from _twice(table)
    names = [one.name for one in table.step if one.name]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield ("step",), f"two steps have the name {name!r}"
    try:
        exponent(table.scenario.currency)
    except MoneyError as error:
        yield ("scenario", "currency"), str(error)
    if table.scenario.ends == "app" and not table.app.command:
        yield ("scenario", "ends"), "there is no app: [app] command, or -- COMMAND"


def _twice(table: ScenarioFile) -> Iterator[tuple[KeyPath, str]]:
    """Devices whose place another one has; USB/IP devices share theirs."""
    taken: dict[tuple[str, str], str] = {}
    for name, device in table.device.items():
        chosen = device.address.endswith(":0")  # by the system, each anew
        if device.address and not chosen and device.level in ("pty", "tcp", "rfc2217"):
            kind = "pty" if device.level == "pty" else "tcp"
            other = taken.setdefault((kind, device.address), name)
            if other != name:
                yield ("device", name, "address"), f"{other} is there"


def _ends(table: ScenarioFile) -> Ends:
    """What ends the run where the file does not say: its app, its steps, or nobody."""
    if table.scenario.ends is not None:
        return table.scenario.ends
    if table.app.command:
        return "app"
    return "timeline" if table.step or table.expect else "never"
