"""``pos-guard simulate`` as a process of its own, and a client of its control socket."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from pos_guard_simulator.commands import simulate

ROOT = Path(__file__).resolve().parents[2]
PATH = os.pathsep.join(str(ROOT / part) for part in ("", "drivers", "simulator"))
ENVIRONMENT = {**os.environ, "PYTHONPATH": PATH}
Ready = dict[str, Any]


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "pos_guard", *arguments]


class Device:
    """A running simulated device."""

    def __init__(self, process: subprocess.Popen[str], ready: Ready) -> None:
        self.process = process
        self.ready = ready

    @property
    def address(self) -> tuple[str, int]:
        host, _, port = str(self.ready["addresses"]["tcp"]).rpartition(":")
        return host, int(port)

    @property
    def pty(self) -> str:
        return str(self.ready["addresses"]["pty"])

    def type(self, text: str) -> None:
        """Text on its standard input."""
        assert self.process.stdin is not None
        self.process.stdin.write(text)
        self.process.stdin.flush()


@contextmanager
def simulating(*arguments: str, end: signal.Signals = signal.SIGTERM) -> Iterator[Device]:
    """Start it, and end it: exit code 0, one line on standard output, no word of trouble."""
    process = subprocess.Popen(
        command("simulate", *arguments),
        env=ENVIRONMENT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        line = process.stdout.readline()
        try:
            assert line, process.communicate()[1]
            yield Device(process, json.loads(line))
        except BaseException:
            process.kill()
            raise
        process.send_signal(end)
        out, err = process.communicate(timeout=15)
    assert (process.returncode, out, err) == (0, "", "")


class Control:
    """A client of the control socket. Use it as a context manager."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(10)
        self._socket.connect(str(path))
        self._lines = self._socket.makefile("rb")

    def __enter__(self) -> Control:
        return self

    def __exit__(self, *_: object) -> None:
        self._lines.close()
        self._socket.close()

    def raw(self, line: bytes) -> dict[str, Any]:
        self._socket.sendall(line)
        answer: dict[str, Any] = json.loads(self._lines.readline())
        return answer

    def ask(self, op: str, **fields: object) -> dict[str, Any]:
        """One request that is done."""
        answer = self.raw(json.dumps({"op": op, **fields}).encode() + b"\n")
        assert answer.pop("ok") is True, answer
        return answer

    def fail(self, op: str, **fields: object) -> str:
        """One request that is not done; what it says."""
        answer = self.raw(json.dumps({"op": op, **fields}).encode() + b"\n")
        assert answer["ok"] is False, answer
        assert answer["error"]["code"] == "bad-request"
        return str(answer["error"]["message"])


@contextmanager
def scanner_and_till(
    tmp_path: Path, *arguments: str
) -> Iterator[tuple[Device, socket.socket, Control]]:
    """A scanner on TCP that has seen the till, and its control socket."""
    control = tmp_path / "control"
    with (
        simulating(
            "scanner", "--tcp", "127.0.0.1:0", "--control", str(control), *arguments
        ) as scanner,
        socket.create_connection(scanner.address, timeout=10) as till,
        Control(control) as test,
    ):
        # It scans for nobody who is not there.
        till.sendall(b"\0")
        while not test.ask("state")["heard"]:
            pass
        yield scanner, till, test


def received(till: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        more = till.recv(count - len(data))
        assert more
        data += more
    return data


def usage_error(*arguments: str) -> str:
    """What ``simulate scanner`` says before it ends with exit code 2."""
    done = CliRunner().invoke(simulate, ["scanner", *arguments])
    assert (done.exit_code, done.stdout) == (2, "")
    return " ".join(done.stderr.split())
