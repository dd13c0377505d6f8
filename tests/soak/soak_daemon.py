"""The real daemon under a small supervisor: started, watched, killed, started again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pos_guard.ports.keeper_client import KeeperClient

ROOT = Path(__file__).absolute().parents[2]
PATHS = os.pathsep.join(str(ROOT / part) for part in ("", "drivers", "simulator"))
COMMAND = (sys.executable, "-m", "pos_guard")
START_S = 300.0
"""A daemon is ready long before that, on a busy machine too."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What the daemon holds at one moment. ``done``: transactions so far; sizes in KiB."""

    done: int
    rss: int
    fds: int
    threads: int
    disk: int


class Daemon:
    """``pos-guard run`` in a process of its own."""

    def __init__(self, directory: Path, command: Sequence[str] = COMMAND) -> None:
        self._directory = directory
        self._command = command
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None
        self._ready = threading.Event()
        self._lock = threading.Lock()
        self._said = threading.Condition()
        self._apps: dict[str, str] = {}
        self._errors = (directory / "daemon.err").open("a", encoding="utf-8")
        self.lives = 0
        self.events: Counter[str] = Counter()

    def start(self) -> None:
        """Start it; it is ready when ``wait`` returns."""
        self._ready.clear()
        self._process = subprocess.Popen(
            [*self._command, "run", "--config", "guard.toml", "--json"],
            cwd=self._directory,
            env={**os.environ, "PYTHONPATH": PATHS},
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, args=(self._process,))
        self._reader.start()
        self.lives += 1

    def wait(self) -> None:
        """Until all its links listen."""
        assert self._ready.wait(START_S), "the daemon is not ready"

    def expect(self, event: str, count: int, seconds: float) -> None:
        """Until it has told so many events of this kind."""
        with self._said:
            come = self._said.wait_for(lambda: self.events[event] >= count, seconds)
        assert come, f"only {self.events}"

    @property
    def pid(self) -> int:
        """Of the life that runs now."""
        assert self._process is not None
        return self._process.pid

    def address(self, link: str) -> str:
        """Where the till of this link connects now."""
        self.wait()
        return self._apps[link].split(":", 1)[1]

    def kill(self) -> None:
        """``kill -9``, and a new life."""
        with self._lock:
            process, reader = self._process, self._reader
            assert process is not None
            assert reader is not None
            self._ready.clear()
            process.kill()
            process.wait(START_S)
            reader.join(START_S)
            self.start()

    def end(self) -> int:
        """SIGTERM; returns the exit code. The keeper of the ptys ends too."""
        process, reader = self._process, self._reader
        assert process is not None
        assert reader is not None
        process.send_signal(signal.SIGTERM)
        code = process.wait(START_S)
        reader.join(START_S)
        keeper = self._directory / "run" / "keeper.sock"
        if keeper.exists():
            client = KeeperClient(keeper)
            client.stop()
            client.close()
        return code

    def stop(self) -> int:
        """End it for good."""
        code = self.end()
        self._errors.close()
        return code

    def sample(self, done: int) -> Sample:
        """Look at it from outside."""
        self.wait()
        proc = Path(f"/proc/{self.pid}")
        status = dict(line.split(":", 1) for line in (proc / "status").read_text().splitlines())
        return Sample(
            done,
            int(status["VmRSS"].split()[0]),
            len(os.listdir(proc / "fd")),
            int(status["Threads"]),
            sum(f.stat().st_size for f in (self._directory / "state").rglob("*") if f.is_file())
            // 1024,
        )

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        with process.stdout as lines:
            for line in lines:
                said = json.loads(line)
                if said.get("ready"):
                    self._apps = {link["name"]: link["app"] for link in said["links"]}
                    self._ready.set()
                else:
                    with self._said:
                        self.events[str(said.get("event"))] += 1
                        self._said.notify_all()
