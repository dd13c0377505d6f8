"""``pos-guard simulate … -- COMMAND``: programs of others, started as a user starts them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pos_guard.errors import LocalError
from pos_guard_simulator.preload.bed import find_library
from tests.preload.conftest import REQUIRED
from tests.preload.preload_rig import SECONDS, until
from tests.simulator.simulate_process import ENVIRONMENT, Control, command


def need_preload() -> None:
    """Skip the test where the library is missing and may be."""
    try:
        find_library()
    except LocalError as error:
        if os.environ.get(REQUIRED) == "1":
            raise
        pytest.skip(str(error))


class Started:
    """A command that runs with its device; ``said`` gives its next line."""

    def __init__(self, process: subprocess.Popen[str], control: Path) -> None:
        self.process = process
        self._control = control

    def said(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().rstrip("\n")

    def tell(self, text: str) -> None:
        """A line on its standard input."""
        assert self.process.stdin is not None
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()

    @property
    def control(self) -> Control:
        """The device's control socket, which is there before the command is."""
        until(self._control.exists)
        return Control(self._control)

    def end(self) -> tuple[int, str]:
        """Exit code, and what it said last."""
        out, errors = self.process.communicate(timeout=SECONDS)
        assert "Traceback" not in errors, errors
        return self.process.returncode, out


@contextmanager
def started(tmp_path: Path, device: str, *argv: str) -> Generator[Started]:
    """Run ``argv`` with a device that is asked for in words."""
    need_preload()
    control = tmp_path / "control.sock"
    words = ["simulate", *device.split(), "--control", str(control), "--", *argv]
    process = subprocess.Popen(
        command(*words),
        env=ENVIRONMENT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield Started(process, control)
        finally:
            process.kill()


def python(script: str) -> tuple[str, ...]:
    """A Python program that knows nothing of us."""
    return (sys.executable, "-c", script)
