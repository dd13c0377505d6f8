"""Plays a scenario: its devices on a stage, its steps in time, the app beside them, a verdict."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pos_guard.clock import SystemClock
from pos_guard.frames.decoded import Json
from pos_guard.model import Words
from pos_guard_simulator.running.command import READY, say_ready
from pos_guard_simulator.scenario.artifacts import Artifacts, update
from pos_guard_simulator.scenario.board import Board
from pos_guard_simulator.scenario.conduct import Conductor, Times
from pos_guard_simulator.scenario.file import Scenario
from pos_guard_simulator.scenario.outcome import Outcome
from pos_guard_simulator.scenario.places import Addresses, filled, known, variables
from pos_guard_simulator.scenario.plan import App, Plan
from pos_guard_simulator.scenario.play import Play
from pos_guard_simulator.scenario.program import Program
from pos_guard_simulator.scenario.values import APP
from pos_guard_simulator.scenario.verdict import Verdict
from pos_guard_simulator.stage.journal import Event, Journal
from pos_guard_simulator.stage.perform import Service, ended_by_signals, opened, ready_line, served
from pos_guard_simulator.stage.stage import Stage

if TYPE_CHECKING:
    from pos_guard_simulator.scenario.guarding import Guarding


@dataclass(frozen=True, slots=True)
class Outputs:
    """Where the artifacts and the ready line go; see ``running.command.say_ready``.

    ``board`` tells others how it stands. ``update``: what was printed becomes the texts that
    receipts are compared with. ``guard_folder``: where a guard's files stay; else they go away.
    """

    directory: Path | None = None
    ready_file: Path | None = None
    update: bool = False
    board: Board = field(default_factory=Board)
    guard_folder: Path | None = None


@dataclass(frozen=True, slots=True)
class _Set:
    """A stage with everything in its place: where the devices are, and the line that says so."""

    stage: Stage
    journal: Journal
    addresses: Addresses
    line: str
    ready: Event


def play_scenario(scenario: Scenario, outputs: Outputs, services: Iterable[Service]) -> Verdict:
    """Play it to its end, or until SIGTERM or SIGINT. Of the main thread.

    :raises click.UsageError: a device's place cannot be had.
    :raises LocalError: a word of the app's command names an address that there is not.
    :raises OSError: the artifacts cannot be written.
    """
    clock = SystemClock()
    began_us = clock.wall_us()
    journal = Journal(clock)
    with contextlib.ExitStack() as undo:
        artifacts = None
        if outputs.directory is not None:
            artifacts = undo.enter_context(Artifacts(outputs.directory))
        stage = undo.enter_context(opened(scenario.roles, journal))
        undo.enter_context(ended_by_signals(stage))
        said = undo.enter_context(served(stage, services))
        guard = None
        if scenario.plan.guard is not None:
            from pos_guard_simulator.scenario.guarding import guarded

            guard = undo.enter_context(guarded(scenario.plan.guard, stage, outputs.guard_folder))
        ready = _ready(scenario.plan.name, stage, journal, guard, said)
        play = Play(scenario.plan, list(stage.devices), ready.ready.at_ms)
        times = Times(clock, ready.ready)
        noted = artifacts.event if artifacts else _unnoted
        conductor = Conductor(stage, play, times, noted, guard)
        undo.callback(journal.watch(conductor.heard, since=ready.ready.seq - 1))
        outputs.board.play = play
        verdict = _conducted(scenario.plan, ready, conductor, outputs, began_us)
        outputs.board.verdict = verdict
        journal.tell("", "end", {"met": verdict.met, "by": verdict.why})
        conductor.drain()
        if artifacts is not None:
            artifacts.receipts(stage, play.hopes.seen)
            artifacts.verdict(verdict)
    return verdict


def _conducted(
    plan: Plan, ready: _Set, conductor: Conductor, outputs: Outputs, began_us: int
) -> Verdict:
    """From the app's start to the verdict; then the app has ended."""
    play, begin_ms = conductor.play, ready.ready.at_ms
    with _running(plan.app, ready, conductor, outputs):
        why = conductor.conduct()
        now = conductor.times.now_ms()
        if outputs.update:
            update(plan.expectations, play.hopes.seen)
        outcomes = play.end(now, why, conductor.eyes)
    outcomes += _lost(conductor.lost, now - begin_ms)
    return Verdict(plan.name, outcomes, why, now - begin_ms, began_us, ready.addresses)


def _ready(
    name: str, stage: Stage, journal: Journal, guard: Guarding | None, said: Mapping[str, Json]
) -> _Set:
    """Everything is there. What services say may hold a token: it is no event."""
    facts = {device: stage.facts(device) for device in stage.devices}
    told: dict[str, Json] = {"scenario": name, "devices": {**facts}}
    addresses: dict[str, Mapping[str, str]] = {
        device: known(_places(one)) for device, one in facts.items()
    }
    if guard is not None:
        addresses |= guard.addresses
        told["app_addresses"] = {device: {**places} for device, places in addresses.items()}
    event = journal.tell("", "ready", told)
    if stage.environment:
        told["environment"] = {**stage.environment}
    return _Set(stage, journal, addresses, ready_line({**told, **said}), event)


def _lost(count: int, at_ms: int) -> Iterator[Outcome]:
    """What was not looked at may have been what is expected, or what must not be."""
    if count:
        said = Words(
            f"有 {count} 个帧没有来得及看", f"{count} frames came too fast to be looked at"
        )
        yield Outcome("run", "everything was seen", at_ms, [said])


def _places(facts: Mapping[str, Json]) -> Mapping[str, Json]:
    found = facts["addresses"]
    return found if isinstance(found, dict) else {}


@contextlib.contextmanager
def _running(
    app: App | None, ready: _Set, conductor: Conductor, outputs: Outputs
) -> Generator[None, None, None]:
    """Say that all is ready, and run the app until the end of the block."""
    if app is None:
        say_ready(ready.line, outputs.ready_file, beside_command=False)
        yield
        return
    command = [filled(word, ready.addresses) for word in app.command]
    own = {name: filled(value, ready.addresses) for name, value in app.env.items()}
    environment = {
        READY: ready.line,
        **variables(ready.addresses),
        **ready.stage.environment,
        **own,
    }
    say_ready(ready.line, outputs.ready_file, beside_command=True)
    program = conductor.program = Program(command, conductor.app_ended)
    ready.journal.tell(APP, "started")
    program.start(environment, app.folder)
    try:
        yield
    finally:
        program.stop()


def _unnoted(event: Event) -> None:
    """Without a folder nothing is kept."""
    del event
