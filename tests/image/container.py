"""A container that runs: its ready line, its ports, its end."""

from __future__ import annotations

import http.client
import itertools
import json
import re
import shlex
import signal
import socket
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from tests.image.engine import Engine

TOKEN = "0123456789abcdef" * 4
SECONDS = 30
"""To answer, and to end: what Docker waits before it kills is 10 s."""

_numbers = itertools.count(1)


@dataclass
class Container:
    """``docker run`` in the foreground. ``ready`` is what the simulator said first."""

    engine: Engine
    name: str
    process: subprocess.Popen[str]
    ready: dict[str, Any]

    def port(self, inside: int) -> int:
        """Where a port of the container is published."""
        said = self.engine.says(f"docker port {self.name} {inside}")
        return int(said.rpartition(":")[2])

    def prints(self, job: bytes) -> bytes:
        """Print at port 9100; what is asked behind it, a printer answers once all is on paper."""
        with socket.create_connection(("127.0.0.1", self.port(9100)), SECONDS) as line:
            line.sendall(job + b"\x1dr\x01")
            return line.recv(1)

    def asks(self, path: str, **headers: str) -> tuple[int, bytes]:
        """Status and body of the control API's answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port(8099), timeout=SECONDS)
        try:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def told(self, path: str) -> Any:
        """What the control API tells who has the token."""
        status, body = self.asks(path, Authorization=f"Bearer {TOKEN}")
        assert status == http.client.OK, body
        return json.loads(body)

    def inside(self, command: str) -> str:
        """What a command says in there."""
        return self.engine.says(f"docker exec {self.name} {command}")

    def healthy(self) -> bool:
        """What the image's own check says now."""
        told = self.engine.says(f"docker inspect {self.name}")
        kind, *check = json.loads(told)[0]["Config"]["Healthcheck"]["Test"]
        assert kind == "CMD"
        line = f"docker exec {self.name} {shlex.join(check)}"
        done = self.engine.run(line, self.engine.place)
        assert done.returncode in (0, 1), done.stderr
        return done.returncode == 0

    def ends(self) -> int:
        """The exit code, once SIGTERM came to it through ``docker run``."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(SECONDS)


@contextmanager
def running(engine: Engine, line: str, place: Path) -> Generator[Container, None, None]:
    """Run such a line in that folder as it stands, but with a name and at free ports."""
    name = f"simulated-{next(_numbers)}"
    line = re.sub(r"127\.0\.0\.1:\d+:", "127.0.0.1::", line)
    line = line.replace("docker run ", f"docker run --name {name} ", 1)
    errors = engine.place / f"{name}.txt"
    with errors.open("w") as told, started(engine, line, place, told) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        assert first, f"{line}\n{errors.read_text()}"
        try:
            yield Container(engine, name, process, json.loads(first))
        finally:
            engine.run(f"docker rm --force {name}", place)


def started(engine: Engine, line: str, place: Path, errors: IO[str] | int) -> subprocess.Popen[str]:
    """The process of such a line, which hears signals itself."""
    return subprocess.Popen(
        ["sh", "-e", "-c", f"exec {line}"],
        cwd=place,
        env={**engine.environment, "POS_GUARD_HTTP_TOKEN": TOKEN},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
    )
