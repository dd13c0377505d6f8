"""The program under test: started with the devices in place, told to stop, and waited for."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import click

from pos_guard_simulator.seats.command import NOT_FOUND, NOT_RUNNABLE

STOP_SECONDS = 5.0
"""From SIGTERM to SIGKILL: what a container's run-time gives at least."""

_BY_SIGNAL = 128


class Program:
    """One process and whatever it starts, in a session of its own, so that all can be ended.

    ``ended`` hears the exit code as a shell would tell it, from a thread of its own; also when the
    program cannot be started.
    """

    def __init__(self, argv: Sequence[str], ended: Callable[[int], None]) -> None:
        self._argv = argv
        self._ended = ended
        self._over = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, environment: Mapping[str, str], folder: Path | None) -> None:
        """Start it in this folder (None: where we are); it has our standard input and output."""
        try:
            # Whoever calls us names the program; it is run as a shell would run it.
            process = subprocess.Popen(  # noqa: S603
                self._argv,
                env={**os.environ, **environment},
                cwd=folder,
                start_new_session=True,
            )
        except OSError as error:
            click.echo(f"{self._argv[0]}: {error.strerror or error}", err=True)
            self._ended(NOT_FOUND if isinstance(error, FileNotFoundError) else NOT_RUNNABLE)
            return
        self._process = process
        threading.Thread(target=self._wait, args=[process.pid], name="app", daemon=True).start()

    def send(self, name: str) -> None:
        """Send a signal (``TERM``) to it and what it started; nothing once it has ended."""
        if self._process is not None and not self._over.is_set():
            _signal(self._process.pid, signal.Signals[f"SIG{name}"])

    def stop(self) -> None:
        """End it, and what it left behind."""
        process = self._process
        if process is None:
            return
        self.send("TERM")
        self.send("CONT")  # a stopped one would not hear the first
        self._over.wait(STOP_SECONDS)
        _signal(process.pid, signal.SIGKILL)
        process.wait()

    def _wait(self, pid: int) -> None:
        """Until it has ended. It is not reaped yet: its number stays its own until ``stop``."""
        found = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        self._over.set()
        if found is not None:
            by_itself = found.si_code == os.CLD_EXITED
            self._ended(found.si_status if by_itself else _BY_SIGNAL + found.si_status)


def _signal(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, number)
