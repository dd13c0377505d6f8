"""The program under test: started with the devices in place, told to stop, and waited for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import click

from pos_guard_simulator.running.command import NOT_FOUND, NOT_RUNNABLE
from pos_guard_simulator.systems.processes import Process, begin, tell, wait_for

STOP_SECONDS = 5.0
"""From SIGTERM to SIGKILL: what a container's run-time gives at least."""


class Program:
    """One process and whatever it starts, so that all can be ended.

    ``ended`` hears the exit code as a shell would tell it, from a thread of its own; also when the
    program cannot be started.
    """

    def __init__(self, argv: Sequence[str], ended: Callable[[int], None]) -> None:
        self._argv = argv
        self._ended = ended
        self._over = threading.Event()
        self._process: Process | None = None

    def start(self, environment: Mapping[str, str], folder: Path | None) -> None:
        """Start it in this folder (None: where we are); it has our standard input and output."""
        try:
            process = begin(self._argv, environment, folder)
        except OSError as error:
            click.echo(f"{self._argv[0]}: {error.strerror or error}", err=True)
            self._ended(NOT_FOUND if isinstance(error, FileNotFoundError) else NOT_RUNNABLE)
            return
        self._process = process
        threading.Thread(target=self._wait, args=[process], name="app", daemon=True).start()

    def send(self, name: str) -> None:
        """Send a signal (``TERM``) to it and what it started; nothing once it has ended."""
        if self._process is not None and not self._over.is_set():
            tell(self._process, name)

    def stop(self) -> None:
        """End it, and what it left behind."""
        process = self._process
        if process is None:
            return
        self.send("TERM")
        self.send("CONT")  # a stopped one would not hear the first; Windows stops none
        self._over.wait(STOP_SECONDS)
        tell(process, "KILL")
        process.wait()

    def _wait(self, process: Process) -> None:
        code = wait_for(process)
        self._over.set()
        self._ended(code)
