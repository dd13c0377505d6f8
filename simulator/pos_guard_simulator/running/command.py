"""The program under test: ``pos-guard simulate … -- COMMAND`` runs it with the devices in place."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from types import FrameType

import click

from pos_guard_simulator.running.bell import Bell, rung_by_signals
from pos_guard_simulator.stage.ending import Ending
from pos_guard_simulator.systems.processes import exit_code, found
from pos_guard_simulator.systems.signals import HANDED_ON, told_by_terminal

READY = "POS_GUARD_SIMULATE"
"""The command's environment: where everything is, as the ready line says it."""

NOT_FOUND, NOT_RUNNABLE = 127, 126
"""Exit codes of a shell that cannot run a command (POSIX, 2.8.2)."""


def run_command(argv: Sequence[str], environment: Mapping[str, str], ended: Ending) -> int:
    """Run it to its end; gives the exit code that a shell would give. Call in the main thread.

    It has our standard input and output, and ``environment`` beside ours. SIGTERM, SIGINT and
    SIGHUP are passed on, but for a Ctrl-C that its terminal has sent to it already. Whoever sets
    ``ended`` sends it SIGTERM, which on Windows ends it at once.
    """
    with _passing_on() as started, rung_by_signals() as bell:
        try:
            # Whoever calls us names the program; it is run as a shell would run it.
            process = subprocess.Popen(  # noqa: S603
                found(argv), env={**os.environ, **environment}
            )
        except OSError as error:
            click.echo(f"{argv[0]}: {error.strerror or error}", err=True)
            return NOT_FOUND if isinstance(error, FileNotFoundError) else NOT_RUNNABLE
        with process:
            started(process)
            Thread(target=_end_with, args=(ended, process), daemon=True).start()
            return exit_code(_waited_for(process, bell))


def _waited_for(process: subprocess.Popen[bytes], bell: Bell) -> int:
    """How it ended. The main thread does not wait for the process itself, but for any ring."""

    def wait() -> None:
        process.wait()
        bell.ring()

    waits = Thread(target=wait, daemon=True)
    waits.start()
    while process.returncode is None:
        bell.wait()
    waits.join()
    return process.returncode


def _end_with(ended: Ending, process: subprocess.Popen[bytes]) -> None:
    ended.wait()
    process.terminate()  # which does nothing to one that has ended


def say_ready(line: str, file: Path | None, *, beside_command: bool) -> None:
    """Say that all is ready: into ``file``, whole at once; else on standard output.

    A command has that for itself: beside one it is standard error.

    :raises click.UsageError: the file cannot be written.
    """
    if file is None:
        click.echo(line, err=beside_command)
        return
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        fresh.write_text(line + "\n", encoding="utf-8")
        fresh.replace(file)
    except OSError as error:
        raise click.UsageError(f"--ready-file {file}: {error.strerror or error}") from error


class _Passing:
    """Hands signals to a process; what came before it was there goes to it at once."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._early: list[int] = []

    def __call__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        for number in self._early:
            process.send_signal(number)

    def take(self, number: int, frame: FrameType | None) -> None:
        """As a signal handler."""
        del frame
        if told_by_terminal(number):
            return
        if self._process is None:
            self._early.append(number)
        else:
            self._process.send_signal(number)


@contextmanager
def _passing_on() -> Generator[_Passing, None, None]:
    passing = _Passing()
    former = {number: signal.signal(number, passing.take) for number in HANDED_ON}
    try:
        yield passing
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
