"""Printers and scanners that the kernel sees, for the tests in the guest."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeVar

import pytest

from tests.kernel.guest.kernel_events import KernelEvents

ROOT = Path(__file__).resolve().parents[3]
PATHS = os.pathsep.join(str(ROOT / part) for part in (".", "simulator", "drivers"))
ENVIRONMENT = {**os.environ, "PYTHONPATH": PATHS}
"""For processes that the tests start."""

Value = str | int | bool | list[str] | None


class Player:
    """Speaks to the process that plays the devices: each call is a method over there."""

    def __init__(self, commands: IO[str], answers: IO[str]) -> None:
        self._commands = commands
        self._answers = answers
        assert json.loads(self._answers.readline()) == "ready"

    def call(self, name: str, *arguments: str | int) -> Value:
        self._commands.write(json.dumps([name, arguments]) + "\n")
        self._commands.flush()
        value: Value = json.loads(self._answers.readline())
        return value


class Printers(Player):
    """Those of ``printers_process``."""


class Scanners(Player):
    """Those of ``scanners_process``."""


Kind = TypeVar("Kind", bound=Player)

EARLY = ("printers_process", "scanners_process", "guard_process", "guard_process")
"""Started before they are wanted: the guest has a second processor for their imports."""

_early: list[tuple[str, subprocess.Popen[str]]] = []


def pytest_sessionstart(session: pytest.Session) -> None:
    """Let them begin while the tests are collected."""
    if session.config.option.collectonly:
        return
    _early.extend((module, _start(module)) for module in EARLY)


def pytest_sessionfinish() -> None:
    """Nobody wanted these."""
    while _early:
        end(_early.pop()[1])


def _start(module: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", f"tests.kernel.guest.{module}"],
        cwd=ROOT,
        env=ENVIRONMENT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


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


class Daemon:
    """The guard, as its user runs it: ``pos-guard run`` with the ``guard.toml`` in a directory."""

    def __init__(self) -> None:
        self.process, self._stdin, self._stdout = taken("guard_process")

    def start(self, directory: Path) -> None:
        """Let it begin."""
        self._stdin.write(f"{directory}\n")
        self._stdin.flush()

    def ready(self) -> dict[str, Any]:
        """What it says once it serves."""
        found: dict[str, Any] = json.loads(self._stdout.readline())
        return found


@contextmanager
def playing(module: str, kind: type[Kind]) -> Iterator[Kind]:
    """Start a process that plays devices; it is killed last."""
    process, commands, answers = taken(module)
    yield kind(commands, answers)
    end(process)


@dataclass
class Plugged:
    """One printer that is plugged in, and its node under /dev."""

    name: str
    node: str
    printers: Printers

    def do(self, call: str, *arguments: str | int) -> Value:
        return self.printers.call(call, self.name, *arguments)

    @property
    def taken(self) -> int:
        return int(str(self.do("taken")))

    @property
    def paper(self) -> list[str]:
        slips = self.do("paper")
        assert isinstance(slips, list)
        return slips


@pytest.fixture(scope="session")
def printers() -> Iterator[Printers]:
    with playing("printers_process", Printers) as player:
        yield player


@pytest.fixture(scope="session")
def scanners() -> Iterator[Scanners]:
    with playing("scanners_process", Scanners) as player:
        yield player


@pytest.fixture
def printer(printers: Printers) -> Iterator[Plugged]:
    """One printer, bound to usblp as the kernel does by itself."""
    with plugged(printers, "one") as one:
        yield one


@contextmanager
def plugged(printers: Printers, name: str, *how: int) -> Iterator[Plugged]:
    """Plug one in, and out again; both times until udevd and libusb know."""
    events = KernelEvents()
    printers.call("plug", name, *how)
    node = events.wait(ACTION="add", SUBSYSTEM="usbmisc")["DEVNAME"]
    try:
        yield Plugged(name, node, printers)
    finally:
        printers.call("unplug", name)
        events.wait(ACTION="remove", SUBSYSTEM="usb", DEVTYPE="usb_device")
        events.close()
