"""What builds and runs images: lines as the Dockerfile and the guide show them."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

SECONDS = 300
"""For one line; to build takes 15 s, on a busy machine several times as long."""

LIMIT = 1024
"""Files and processes of a container. What engines give is more than some machines allow."""


class UnavailableError(Exception):
    """This machine cannot build an image; the message says what is missing."""


@dataclass(frozen=True)
class Engine:
    """``environment`` has a ``docker`` on its path, which keeps all that it makes in ``place``.

    ``locked``: options that take away every place to write. ``watches``: it asks by itself, again
    and again, whether a container is healthy.
    """

    place: Path
    environment: Mapping[str, str]
    locked: str
    watches: bool

    def run(self, line: str, where: Path) -> subprocess.CompletedProcess[str]:
        """Run a line as a person types it, whatever comes of it."""
        return subprocess.run(
            ["sh", "-e", "-c", line],
            cwd=where,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    def says(self, line: str) -> str:
        """What it said on standard output.

        :raises AssertionError: when it failed.
        """
        done = self.run(line, self.place)
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
        return done.stdout.strip()


def needed(programs: Iterable[tuple[str, str]]) -> None:
    """Look for programs, each with Debian's package of it, and for root.

    :raises UnavailableError: when something is missing.
    """
    missing = [package for program, package in programs if shutil.which(program) is None]
    if missing:
        raise UnavailableError(f"missing programs: apt-get install {' '.join(missing)}")
    if os.geteuid():
        raise UnavailableError("it needs root")


def with_docker(place: Path, command: str, **more: str) -> dict[str, str]:
    """An environment in which ``docker`` is that command."""
    docker = place / "bin" / "docker"
    docker.parent.mkdir()
    docker.write_text(f'#!/bin/sh\nexec {command} "$@"\n', encoding="utf-8")
    docker.chmod(0o755)
    return {**os.environ, "PATH": f"{docker.parent}{os.pathsep}{os.environ['PATH']}", **more}
