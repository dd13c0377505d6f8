"""Processes that the tests in the guest talk to, started before they are wanted.

The guest has a second processor for their imports. Those that play devices are killed last: the
kernel would wait at their exit for the answers of a device that is no more.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from tests.contract.levels import Level
from tests.contract.site import Value

ROOT = Path(__file__).resolve().parents[3]
PATHS = os.pathsep.join(str(ROOT / part) for part in (".", "simulator", "drivers"))
ENVIRONMENT = {**os.environ, "PYTHONPATH": PATHS}
"""For processes that the tests start."""

DEVICES, GUARD = "devices_process", "guard_process"
EARLY = (DEVICES, GUARD, GUARD)

_early: list[tuple[str, subprocess.Popen[str]]] = []


def begin() -> None:
    """Let them start while the tests are collected."""
    _early.extend((module, _start(module)) for module in EARLY)


def finish() -> None:
    """Nobody wanted these."""
    while _early:
        end(_early.pop()[1])


def taken(module: str) -> tuple[subprocess.Popen[str], IO[str], IO[str]]:
    """A process that runs this module, its standard input and output; one of the early ones."""
    found = [pair for pair in _early if pair[0] == module]
    for pair in found[:1]:
        _early.remove(pair)
    process = found[0][1] if found else _start(module)
    assert process.stdin is not None
    assert process.stdout is not None
    return process, process.stdin, process.stdout


def end(process: subprocess.Popen[str]) -> None:
    """Kill it."""
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        assert pipe is not None
        pipe.close()


def _start(module: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", f"tests.kernel.guest.{module}"],
        cwd=ROOT,
        env=ENVIRONMENT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


class Player:
    """The process that plays the devices."""

    def __init__(self, commands: IO[str], answers: IO[str]) -> None:
        self._commands = commands
        self._answers = answers
        assert json.loads(self._answers.readline()) == "ready"

    def hands(self, level: Level = Level.KERNEL) -> Devices:
        """The devices that come to the kernel in one of two ways."""
        return Devices(self, level)

    def ask(self, level: Level, method: str, name: str, arguments: tuple[str | int, ...]) -> Value:
        """One call over there."""
        self._commands.write(json.dumps([level, method, name, *arguments]) + "\n")
        self._commands.flush()
        value: Value = json.loads(self._answers.readline())
        return value


class Devices:
    """Those of one level, by name."""

    def __init__(self, player: Player, level: Level) -> None:
        self._player = player
        self._level = level

    def call(self, method: str, name: str, *arguments: str | int) -> Value:
        """Do something to the device of this name, or ask it."""
        return self._player.ask(self._level, method, name, arguments)


@contextmanager
def playing() -> Generator[Player]:
    """Start the process that plays devices; it is killed last."""
    process, commands, answers = taken(DEVICES)
    yield Player(commands, answers)
    end(process)


class Daemon:
    """The guard, as its user runs it: ``pos-guard run`` with the ``guard.toml`` in a directory."""

    def __init__(self) -> None:
        self.process, self._stdin, self._stdout = taken(GUARD)

    def start(self, directory: Path) -> None:
        """Let it begin."""
        self._stdin.write(f"{directory}\n")
        self._stdin.flush()

    def ready(self) -> dict[str, Any]:
        """What it says once it serves."""
        found: dict[str, Any] = json.loads(self._stdout.readline())
        return found
