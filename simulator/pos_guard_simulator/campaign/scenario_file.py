"""Cells of a user's scenario file: its own app and expectations, with a fault from the begin on.

There is no guard whose ledger could be asked, so the app itself is: what it says by its exit code,
against what its devices know.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import cast

from pos_guard.errors import LocalError
from pos_guard.frames.decoded import Json
from pos_guard_simulator.campaign.cells import chosen, fault_name
from pos_guard_simulator.campaign.outcome import Cell, Outcome
from pos_guard_simulator.faults.catalogue import faults_for
from pos_guard_simulator.scenario.artifacts import EVENTS
from pos_guard_simulator.scenario.file import Scenario, load_scenario
from pos_guard_simulator.scenario.plan import Step
from pos_guard_simulator.scenario.run import Outputs, play_scenario
from pos_guard_simulator.scenario.verdict import Verdict
from pos_guard_simulator.simulate_device import Fields, OnUsb, carry_out
from pos_guard_simulator.simulate_faults import LINK, Direction
from pos_guard_simulator.simulate_place import Place
from pos_guard_simulator.stage.perform import Role

REACH = 200
"""A line's fault strikes within so many bytes."""

_KEYBOARDS = frozenset({"hid-keyboard", "evdev"})
_APP, _MOVED, _CHANGED, _ENDED = "app", "moved", "changed", "ended"
_SIGNALS = 128
"""Exit codes from here on are ends by a signal, as a shell tells them."""

_STOPPED = frozenset({_SIGNALS + signal.SIGTERM, _SIGNALS + signal.SIGKILL})
"""So ends what we stop."""


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
                yield Cell(str(file), role.name, fault_name(entry), seed)


def play_file(cell: Cell, folder: Path) -> tuple[Outcome, str, int]:
    """Play the scenario with the cell's fault; a cell without a device plays it as it is.

    The outcome, why, and how much money moved.

    What the app prints is in ``app.log``. Of the main thread.

    :raises PosGuardError: it cannot be played.
    """
    scenario = load_scenario(Path(cell.scenario))
    with _printing_to(folder / "app.log"):
        verdict = play_scenario(_with_fault(scenario, cell), Outputs(folder), ())
    app = scenario.plan.app
    seen = seen_in(folder, 0 if app is None else app.exit_code)
    outcome, why = judged(verdict, seen, cell.normal if cell.device else seen.moved)
    return outcome, why, seen.moved


@dataclass(frozen=True, slots=True)
class Seen:
    """``exit``: the app's code, None while it ran to the end; ``moved``: money that stands.

    ``well``: the code by which the app says that all is well.
    """

    exit: int | None
    moved: int
    well: int = 0


def seen_in(folder: Path, well: int = 0) -> Seen:
    """What the events of a run tell of its money and its app."""
    code: int | None = None
    moved = 0
    for line in (folder / EVENTS).read_text(encoding="utf-8").splitlines():
        event = cast("dict[str, Json]", json.loads(line))
        body = cast("dict[str, Json]", event["body"])
        if event["kind"] == _MOVED:
            moved += cast("int", body["amount"])
        elif event["kind"] == _CHANGED and body.get("reversed"):
            moved -= cast("int", body["amount"])
        elif (event["device"], event["kind"]) == (_APP, _ENDED):
            code = cast("int", body["exit"])
    return Seen(code, moved, well)


def judged(verdict: Verdict, seen: Seen, normal: int) -> tuple[Outcome, str]:
    """What came of it, and why."""
    unmet = [one.title for one in verdict.outcomes if not one.met]
    said = "; ".join(unmet)
    if seen.moved > normal:
        return Outcome.BROKEN, f"{seen.moved} moved, and without the fault {normal}"
    if not unmet:
        return Outcome.SURVIVED, ""
    if seen.exit is None or (verdict.why == "limit" and seen.exit in _STOPPED):
        return Outcome.BROKEN, f"the app hangs: {said}"
    if seen.exit >= _SIGNALS:
        return Outcome.BROKEN, f"the app was ended by signal {seen.exit - _SIGNALS}: {said}"
    if seen.exit == seen.well:
        return Outcome.BROKEN, f"the app says that all is well: {said}"
    if seen.moved:
        return Outcome.UNKNOWN, f"{seen.moved} moved, and the app says {seen.exit}: {said}"
    return Outcome.REFUSED, f"the app says {seen.exit}: {said}"


def _with_fault(scenario: Scenario, cell: Cell) -> Scenario:
    """The scenario with the fault in place before its app begins, and with an end."""
    plan = scenario.plan
    steps: Sequence[Step] = plan.steps
    for role in scenario.roles:
        if role.name != cell.device:
            continue
        if isinstance(role.device.twin, OnUsb) and cell.fault.startswith(LINK):
            # A cable can only be pulled once it is plugged in.
            number = len(plan.steps) + 1
            first = Step(number, "fault", device=role.name, op="fault", fields=_fields(cell))
            steps = [first, *plan.steps]
        else:
            carry_out(role.device, "fault", Fields(_fields(cell)))
    limit = min(plan.limit_ms or cell.limit_ms, cell.limit_ms)
    return replace(scenario, plan=replace(plan, steps=steps, limit_ms=limit))


def _fields(cell: Cell) -> Mapping[str, Json]:
    if not cell.fault.startswith(LINK):
        return {"name": cell.fault}
    # Not for secrets: the point is that a cell can be repeated.
    dice = Random(f"{cell.seed} {cell.device} {cell.fault}")  # noqa: S311
    way = str(dice.choice(list(Direction)))
    return {"name": cell.fault, "at": dice.randint(1, REACH), "direction": way}


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
