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

from pos_guard_simulator.stage.ending import Ending

READY = "POS_GUARD_SIMULATE"
"""The command's environment: where everything is, as the ready line says it."""

NOT_FOUND, NOT_RUNNABLE = 127, 126
"""Exit codes of a shell that cannot run a command (POSIX, 2.8.2)."""

_BY_SIGNAL = 128
_END = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def run_command(argv: Sequence[str], environment: Mapping[str, str], ended: Ending) -> int:
    """Run it to its end; gives the exit code that a shell would give. Call in the main thread.

    It has our standard input and output, and ``environment`` beside ours. SIGTERM, SIGINT and
    SIGHUP are passed on, but for a Ctrl-C that its terminal has sent to it already. Whoever sets
    ``ended`` sends it SIGTERM.
    """
    with _passing_on() as started:
        try:
            # Whoever calls us names the program; it is run as a shell would run it.
            process = subprocess.Popen(argv, env={**os.environ, **environment})  # noqa: S603
        except OSError as error:
            click.echo(f"{argv[0]}: {error.strerror or error}", err=True)
            return NOT_FOUND if isinstance(error, FileNotFoundError) else NOT_RUNNABLE
        with process:
            started(process)
            Thread(target=_end_with, args=(ended, process), daemon=True).start()
            code = process.wait()
    return code if code >= 0 else _BY_SIGNAL - code


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
        if number == signal.SIGINT and _in_foreground():
            return  # the terminal has told the whole group
        if self._process is None:
            self._early.append(number)
        else:
            self._process.send_signal(number)


@contextmanager
def _passing_on() -> Generator[_Passing, None, None]:
    passing = _Passing()
    former = {number: signal.signal(number, passing.take) for number in _END}
    try:
        yield passing
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


def _in_foreground() -> bool:
    """Whether a terminal's Ctrl-C reaches us and our children alike."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)
