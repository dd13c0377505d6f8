"""A real PostgreSQL server for tests: Debian's programs, a Unix socket in a short path, no port."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

REQUIRED = bool(os.environ.get("POS_GUARD_REQUIRE_POSTGRES"))

ROOM = 1 << 30
"""What a cluster and its log may grow to."""

MISSING = "PostgreSQL is not installed (Debian: apt install postgresql): its tests do not run"


def programs() -> Path | None:
    """The directory of the newest server programs, or None."""
    found = sorted(
        (path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")),
        key=lambda path: int(path.parent.name),
    )
    if found:
        return found[-1]
    initdb = shutil.which("initdb")
    return None if initdb is None else Path(initdb).parent


class PostgresServer:
    """One cluster in a temporary directory, with Debian's settings (fsync is on)."""

    def __init__(self, bin_directory: Path) -> None:
        self._bin = bin_directory
        # A socket's path holds 107 bytes: pytest's own directories are longer.
        self.root = Path(tempfile.mkdtemp(prefix="pg", dir=_place()))
        self._data = self.root / "data"
        if os.getuid() == 0:
            shutil.chown(self.root, "nobody")

    def make(self) -> None:
        """Make the cluster and start it."""
        self._run("initdb", "-A", "trust", "-U", "till", "-E", "UTF8", "--locale=C", "-N")
        options = (
            f"listen_addresses = ''\nunix_socket_directories = '{self.root}'\n"
            "shared_buffers = 16MB\nmax_connections = 64\nmax_wal_size = 128MB\n"
        )
        with (self._data / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write(options)
        self.start()

    def start(self) -> None:
        """Start it; returns when it takes connections."""
        self._run("pg_ctl", "-w", "-l", str(self.root / "log"), "start")

    def crash(self) -> None:
        """Kill it as a power cut would, but for the disk's own cache; it recovers at the start."""
        self._run("pg_ctl", "-m", "immediate", "-w", "-l", str(self.root / "log"), "restart")

    def stop(self) -> None:
        """Stop it at once."""
        self._run("pg_ctl", "-m", "immediate", "-w", "stop")

    def remove(self) -> None:
        """Stop it and delete everything."""
        self.stop()
        shutil.rmtree(self.root, ignore_errors=True)

    def database(self, name: str) -> str:
        """Make an empty database; returns where it is, as libpq reads it."""
        self._run("createdb", "-h", str(self.root), "-U", "till", name, data=False)
        return f"postgresql://till@/{name}?host={self.root}"

    def _run(self, program: str, *words: str, data: bool = True) -> None:
        command = [str(self._bin / program), *words]
        if data:
            command[1:1] = ["-D", str(self._data)]
        if os.getuid() == 0:  # PostgreSQL refuses to run as root
            command[:0] = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
        log = self.root / "programs.log"
        # A file, not a pipe: the server would keep the pipe's end for as long as it lives.
        with log.open("a", encoding="utf-8") as output:
            done = subprocess.run(
                command, stdout=output, stderr=output, timeout=60, check=False, cwd="/"
            )
        assert done.returncode == 0, log.read_text(encoding="utf-8")


def _place() -> str:
    """In memory where there is room: what dies in these tests are processes, never the machine."""
    memory = Path("/dev/shm")
    if memory.is_dir() and os.access(memory, os.W_OK):
        free = os.statvfs(memory)
        if free.f_bavail * free.f_frsize >= ROOM:
            return str(memory)
    return "/tmp"


def serve() -> Iterator[PostgresServer]:
    """A server for as long as the caller's fixture lives; skips loudly where there is none."""
    found = programs()
    if found is None:
        if REQUIRED:
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    server = PostgresServer(found)
    try:
        server.make()
        yield server
    finally:
        server.remove()
