"""Cells of a user's scenario file: its own app and expectations, with a fault in its midst.

What its app says by its exit code is compared with what its devices know, and with the ledger of
its guard where it has one.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from pos_guard.config import load_config
from pos_guard.errors import LocalError
from pos_guard.frames.decoded import Json
from pos_guard_simulator.campaign.cells import chosen, fault_name
from pos_guard_simulator.campaign.file_judge import STRIKE, Ledger, judged_file, uncovered
from pos_guard_simulator.campaign.judge import Judged
from pos_guard_simulator.campaign.left import left_in
from pos_guard_simulator.campaign.outcome import Cell, Usual
from pos_guard_simulator.campaign.truth import Truth, books_of
from pos_guard_simulator.faults.catalogue import faults_for
from pos_guard_simulator.faults.entry import PRINTER
from pos_guard_simulator.guarded.settings import SETTINGS
from pos_guard_simulator.scenario.file import Scenario, load_scenario
from pos_guard_simulator.scenario.moments import Moment
from pos_guard_simulator.scenario.plan import Step
from pos_guard_simulator.scenario.run import Outputs, play_scenario
from pos_guard_simulator.simulate_device import Fields, OnUsb, carry_out
from pos_guard_simulator.simulate_faults import LINK, Direction
from pos_guard_simulator.simulate_place import Place
from pos_guard_simulator.stage.perform import Role

REACH = 200
"""A line's fault strikes within so many bytes, where none pass without a fault."""

LINES = 12
"""And a printer's within so many lines, where a seed moves it."""

_REACH: Mapping[str, int] = {"hid-pos": 1, "keyboard": 24}
"""Of what speaks in reports: how many of them one code has."""

_PAYS = frozenset({"terminal", "host", "provider"})
_GUARD = "guard"

_KEYBOARDS = frozenset({"hid-keyboard", "evdev"})


def file_cells(
    file: Path, faults: Collection[str] = (), devices: Collection[str] = (), seed: int = 0
) -> Iterator[Cell]:
    """Every cell of this file, or only those faults and devices.

    :raises SettingsError: it cannot be read.
    :raises LocalError: it has no app that could be told anything.
    """
    scenario = load_scenario(file)
    if scenario.plan.app is None:
        raise LocalError(f"{file} has no [app] command: nobody is there who could be told")
    for role in scenario.roles:
        if devices and role.name not in devices and role.device.kind not in devices:
            continue
        level = _level(role.place)
        for entry in faults_for(role.device.kind, _profile(role)):
            if level in entry.levels and chosen(entry, faults):
                yield Cell(str(file), role.name, fault_name(entry), seed, key=entry.key)


def struck_after(cell: Cell, moments: Sequence[str]) -> str:
    """The event behind which the fault strikes: one of ``moments``, or empty: the very start.

    Without a seed it is the start, where it meets all that follows; a line's fault counts bytes.
    """
    if not cell.seed or not moments or cell.fault.startswith(LINK):
        return ""
    # Not for secrets: the point is that a cell can be repeated.
    dice = Random(f"{cell.seed} {cell.device} {cell.fault} after")  # noqa: S311
    return dice.choice(["", *moments])


@dataclass(frozen=True, slots=True)
class Played:
    """What came of a file's cell, and what was ``seen`` in it. ``by_ledger``: it has a guard."""

    judged: Judged
    seen: Usual
    by_ledger: bool = False


def play_file(cell: Cell, folder: Path) -> Played:
    """Play the scenario with the cell's fault; a cell without a device plays it as it is.

    What the app prints is in ``app.log``, what the guard keeps in ``guard``. Of the main thread.

    :raises PosGuardError: it cannot be played.
    """
    scenario = load_scenario(Path(cell.scenario))
    plan = scenario.plan
    with _printing_to(folder / "app.log"):
        outputs = Outputs(folder, guard_folder=folder / _GUARD)
        verdict = play_scenario(_with_fault(scenario, cell), outputs, ())
    pays = any(role.device.kind in _PAYS for role in scenario.roles)
    well = 0 if plan.app is None else plan.app.exit_code
    left = left_in(folder, well, plan.currency, pays=pays)
    ledger = None
    if plan.guard is not None:
        entries, cases, tampered = books_of(load_config(folder / _GUARD / SETTINGS).state)
        truth = Truth(ledger=entries, cases=cases, tampered=tampered)
        ledger = Ledger(truth, frozenset(plan.guard.devices))
    seen = Usual(left.total, uncovered(left, ledger), left.moments, left.traffic)
    judged = judged_file(verdict, left, cell.normal if cell.device else seen, ledger)
    return Played(judged, seen, by_ledger=ledger is not None)


def _with_fault(scenario: Scenario, cell: Cell) -> Scenario:
    """The scenario with the fault in it, and with an end.

    It is there before the app begins, or strikes behind the event that the cell names.
    """
    plan = scenario.plan
    steps: Sequence[Step] = plan.steps
    for role in scenario.roles:
        if role.name != cell.device:
            continue
        fields = _fields(cell, role)
        on_usb = isinstance(role.device.twin, OnUsb) and cell.fault.startswith(LINK)
        later = bool(cell.after) and plan.ends == "app"  # else its steps must all have been done
        if on_usb or later:
            # A cable can only be pulled once it is plugged in.
            moment = Moment.parse(cell.after) if later else None
            number = len(plan.steps) + 1
            strike = Step(
                number, STRIKE, moment=moment, device=role.name, op="fault", fields=fields
            )
            steps = [strike, *plan.steps]
        else:
            carry_out(role.device, "fault", Fields(fields))
    limit = min(plan.limit_ms or cell.limit_ms, cell.limit_ms)
    return replace(scenario, plan=replace(plan, steps=steps, limit_ms=limit))


def _fields(cell: Cell, role: Role) -> Mapping[str, Json]:
    # Not for secrets: the point is that a cell can be repeated.
    dice = Random(f"{cell.seed} {cell.device} {cell.fault}")  # noqa: S311
    if cell.fault.startswith(LINK):
        way, reach = dice.choice(list(_ways(cell, role)) or [(str(Direction.OUT), REACH)])
        return {"name": cell.fault, "at": dice.randint(1, reach), "direction": way}
    if cell.seed and not cell.after and role.device.kind == PRINTER:
        return {"name": cell.fault, "after_lines": dice.randrange(LINES)}
    return {"name": cell.fault}


def _ways(cell: Cell, role: Role) -> Iterator[tuple[str, int]]:
    """Which way bytes go there without a fault, and how many before the last one."""
    reports = _REACH.get(_profile(role))
    if reports is not None:
        yield Direction.OUT, reports
        return
    for name, sent, said in cell.normal.traffic:
        if name == role.name and sent:
            yield Direction.IN, max(sent - 1, 1)
        if name == role.name and said:
            yield Direction.OUT, max(said - 1, 1)


def _level(place: Place) -> str:
    if place.usb is not None:
        return "preload"
    if place.usbip is not None:
        return "usbip"
    if place.rfc2217:
        return "rfc2217"
    return "pty" if place.tcp is None else "tcp"


def _profile(role: Role) -> str:
    facts = role.device.facts
    if role.device.kind == "scanner":
        language = str(facts["language"])
        keyboard = "keyboard" if language in _KEYBOARDS else "serial"
        return language if language in ("ssi", "hid-pos") else keyboard
    if role.device.kind == "terminal":
        return str(facts["profile"])
    return "iso8583" if role.device.kind == "host" else ""


@contextlib.contextmanager
def _printing_to(file: Path) -> Generator[None, None, None]:
    """Our own output, and that of the programs that we start, goes into a file meanwhile."""
    sys.stdout.flush()
    sys.stderr.flush()
    kept = os.dup(1), os.dup(2)
    with file.open("wb") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    try:
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for number, descriptor in enumerate(kept, 1):
            os.dup2(descriptor, number)
            os.close(descriptor)
