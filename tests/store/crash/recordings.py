"""A day on tape: every write of a store, and every state that it committed."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from pos_guard.clock import ManualClock
from pos_guard.store import files
from pos_guard.store.database import Database
from tests.store.crash.apsw_connection import ApswConnection, TapeRecorder, nothing
from tests.store.crash.disk_states import Disk
from tests.store.crash.recovery import SHM, WAL, State, state_now
from tests.store.crash.scenario import Day
from tests.store.crash.tape import Event

CHUNKS = 8
"""Tests that share all crashes, so that worker processes share the work."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A day on tape: every event of it, and every state that it committed.

    ``template``: the store before the day. ``shm``: the index of the write-ahead log at its end.
    """

    memory: Path
    template: Path
    state: Path
    events: list[Event]
    disk: Disk
    history: list[State]
    shm: bytes


def recorded(memory: Path, template: Path, *, durable: bool) -> Recording:
    """One day over a recorded disk."""
    directory = memory / f"recorded-{durable}"
    state = directory / "state"
    shutil.copytree(template, state)
    base: dict[str, bytes | None] = {
        files.DATABASE: (state / files.DATABASE).read_bytes(),
        WAL: None,
    }
    recorder = TapeRecorder()
    events = recorder.tape.events
    history = [_untouched(directory / "untouched", template)]
    begun = 0

    def on_commit(connection: ApswConnection, held: bool) -> None:
        nonlocal begun
        if held:
            history.append(state_now(connection.ask, begun=begun, held=len(events)))
        begun = len(events)

    recorder.on_commit = on_commit
    day = Day(state, ManualClock(), connect=recorder.connect, durable=durable)
    day.run()
    recorder.on_commit = nothing
    taped, shm = list(events), (state / SHM).read_bytes()
    day.close()
    recorder.end()
    return Recording(memory, template, state, taped, Disk(taped, base), history, shm)


def _untouched(directory: Path, template: Path) -> State:
    """The store before the day."""
    shutil.copytree(template, directory)
    database = Database(directory / files.DATABASE, durable=False, readonly=False)
    state = state_now(database.rows, begun=0, held=0)
    database.close()
    return state
