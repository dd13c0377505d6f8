"""Programs of pos-guard on another system (elsewhere.py), and clients of what they serve."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
ELSEWHERE = Path(__file__).with_name("elsewhere.py")

WINDOWS, MACOS = "win32", "darwin"
SYSTEMS = (WINDOWS, MACOS)

END = {WINDOWS: signal.SIGUSR1, MACOS: signal.SIGTERM}
"""What another process can send to end a run; the first stands for SIGBREAK (elsewhere_habits)."""

ANY = "127.0.0.1:0"


def command(system: str, *arguments: str) -> list[str]:
    return [sys.executable, "-X", "warn_default_encoding", str(ELSEWHERE), system, *arguments]


def environment(sources: Path = ROOT) -> dict[str, str]:
    path = os.pathsep.join(str(sources / part) for part in ("", "drivers", "simulator"))
    return {**os.environ, "PYTHONPATH": path}


def run(
    system: str, *arguments: str, folder: Path | None = None, sources: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    """A program to its end."""
    return subprocess.run(
        command(system, *arguments),
        cwd=folder,
        env=environment(sources),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def pos_guard(
    system: str, *arguments: str, folder: Path | None = None
) -> subprocess.CompletedProcess[str]:
    return run(system, "-m", "pos_guard", *arguments, folder=folder)


class Device:
    """A simulated device that runs there, with its control API."""

    def __init__(self, process: subprocess.Popen[str], ready: dict[str, Any]) -> None:
        self._process = process
        self.ready = ready
        self.said = "", ""

    @property
    def address(self) -> tuple[str, int]:
        host, _, port = str(self.ready["addresses"]["tcp"]).rpartition(":")
        return host, int(port)

    def type(self, line: str) -> None:
        """A line on its standard input."""
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def api(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """What the control API answers; with ``body`` to a POST."""
        request = urllib.request.Request(
            self.ready["http"]["url"] + path,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"Bearer {self.ready['http']['token']}",
                "Content-Type": "application/json",
            },
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            text = answer.read().decode("utf-8")
        return json.loads(text) if answer.headers["Content-Type"] == "application/json" else text


@contextmanager
def starting(system: str, *arguments: str) -> Generator[Device]:
    """Start a program there that says when it is ready, and end it; it may say how it ended."""
    process = subprocess.Popen(
        command(system, "-m", "pos_guard", *arguments),
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    with process:
        assert process.stdout is not None
        line = process.stdout.readline()
        device = Device(process, json.loads(line) if line else {})
        try:
            assert line, process.communicate()[1]
            yield device
        except BaseException:
            process.kill()
            raise
        process.send_signal(END[system])
        device.said = process.communicate(timeout=15)
    assert process.returncode == 0, device.said


@contextmanager
def simulating(system: str, *arguments: str) -> Generator[Device]:
    """Start a device there, and end it: exit code 0, and no word of trouble."""
    with starting(system, "simulate", *arguments) as device:
        yield device
    assert device.said == ("", "")
