"""Runs a stage: devices, what serves them, and a program or a signal that ends it."""

from __future__ import annotations

import contextlib
import json
import signal
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass

from pos_guard.clock import SystemClock
from pos_guard.frames.decoded import Json
from pos_guard_simulator.bench import Bench
from pos_guard_simulator.seats.site import Site
from pos_guard_simulator.simulate_device import Device
from pos_guard_simulator.simulate_place import Place
from pos_guard_simulator.stage.journal import Journal
from pos_guard_simulator.stage.stage import Stage
from pos_guard_simulator.systems.having import require
from pos_guard_simulator.systems.signals import ENDS

Service = Callable[[Stage], AbstractContextManager[Mapping[str, Json]]]
"""Something that serves a stage while it is open; what it gives goes into the ready line."""


@dataclass(frozen=True, slots=True)
class Role:
    """A device, the name that it is called by, and where it shall be."""

    name: str
    device: Device
    place: Place


@contextlib.contextmanager
def opened(cast: Iterable[Role], journal: Journal | None = None) -> Generator[Stage, None, None]:
    """The devices at their places.

    :raises click.UsageError: when a place cannot be had; where the system has no such places
        nothing was started.
    """
    cast = list(cast)
    for role in cast:
        if role.place.need is not None:
            require(role.place.need, role.place.option)
    with Bench() as bench, Site(bench) as site:
        stage = Stage(site, journal)
        try:
            for role in cast:
                stage.add(role.name, role.device, role.place)
            yield stage
        finally:
            stage.close()


@contextlib.contextmanager
def served(stage: Stage, services: Iterable[Service]) -> Generator[dict[str, Json], None, None]:
    """The services, begun in this order; gives what they say of themselves."""
    with contextlib.ExitStack() as undo:
        said: dict[str, Json] = {}
        for service in services:
            said |= undo.enter_context(service(stage))
        yield said


def new_journal() -> Journal:
    """A journal that begins now."""
    return Journal(SystemClock())


def ready_line(facts: Mapping[str, Json]) -> str:
    """The one line that says that all is ready."""
    return json.dumps({"ready": True, **facts}, ensure_ascii=False)


@contextlib.contextmanager
def ended_by_signals(stage: Stage) -> Generator[None, None, None]:
    """SIGTERM and SIGINT end the stage in here, however early they come. Of the main thread.

    On Windows SIGBREAK, too, which another process can send.
    """

    def end(number: int, frame: object) -> None:
        del number, frame
        stage.ended.set()

    former = {number: signal.signal(number, end) for number in ENDS}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
