"""Runs the examples as their READMEs say, in a copy, with pos-guard on the path."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest

from tests.integration.clients.libraries import REQUIRED, node_modules

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
JAVA = "POS_GUARD_REQUIRE_JAVA"

SECONDS = 90
"""For one line: the simulator starts within a second, on a busy machine within ten."""

BEFORE = ("pip install ", "npm ci", "composer install")
"""Lines that install something: done here by other means."""


@dataclass(frozen=True)
class Example:
    """A copy of one example's folder."""

    place: Path
    environment: Mapping[str, str]

    def shell(self, line: str) -> subprocess.CompletedProcess[str]:
        """Run a line as a person types it, or a CI system does."""
        return subprocess.run(
            ["sh", "-e", "-c", line],
            cwd=self.place,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    def passes(self, line: str) -> str:
        """Run it; what it said."""
        done = self.shell(line)
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
        return done.stdout


def example(name: str, place: Path, **more: str) -> Example:
    """Copy an example; ``pos-guard`` is this very checkout's, whether it is installed or not."""
    program = place / "bin" / "pos-guard"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m pos_guard "$@"\n')
    program.chmod(0o755)
    paths = {
        "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join(str(ROOT / one) for one in (".", "drivers", "simulator")),
    }
    made_there = shutil.ignore_patterns("node_modules", "vendor", "classes")
    shutil.copytree(EXAMPLES / name, place / name, ignore=made_there)
    return Example(place / name, {**os.environ, **paths, **more})


def with_packages(made: Example) -> Example:
    """What ``npm ci`` would install, from a cache."""
    needs("node", "nodejs npm", REQUIRED)
    modules, trouble = node_modules(EXAMPLES / "node")
    if trouble:
        missing(f"npm ci: {trouble}", REQUIRED)
    (made.place / "node_modules").symlink_to(modules)
    return made


def lines_of(text: str) -> list[str]:
    """The lines of a README's shell blocks."""
    blocks = text.split("```sh\n")[1:]
    return [line for block in blocks for line in block.split("```")[0].splitlines() if line]


def commands_of(made: Example) -> list[str]:
    """What its README says to run, but for installing what is here already."""
    lines = lines_of((made.place / "README.md").read_text(encoding="utf-8"))
    assert lines[0] == 'pip install "pos-guard[simulator]"'
    return [line for line in lines if not line.startswith(BEFORE)]


def needs(program: str, packages: str, required: str) -> None:
    """Skip the test where a language is not here; fail where it must be."""
    if shutil.which(program) is None:
        missing(f"there is no {program} on this machine (Debian: {packages})", required)


def missing(what: str, required: str) -> NoReturn:
    """Skip, or fail where ``required`` is set."""
    if os.environ.get(required) == "1":
        pytest.fail(f"{required}=1, and {what}")
    pytest.skip(what)
