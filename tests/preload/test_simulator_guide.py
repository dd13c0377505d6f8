"""The examples of the simulator's guide for any program, in any language, as they stand there."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.preload.command_rig import need_preload
from tests.preload.preload_rig import SECONDS
from tests.simulator.simulate_process import ENVIRONMENT

GUIDE = Path(__file__).parents[2] / "docs" / "simulator.md"
SECTION = GUIDE.read_text(encoding="utf-8").split("## Any program, in any language")[1]
BLOCKS = re.findall(r"```sh\n(.*?)```", SECTION.split("\n## ")[0], re.DOTALL)
EXAMPLES = [block for block in BLOCKS if "sudo" not in block]  # those take a machine of their own
_SHOWN = re.compile(r"  # (.+)$", re.MULTILINE)


def programs(directory: Path) -> str:
    """A folder with the two programs that the examples take for granted, before the others."""
    for name, words in (("pos-guard", "-m pos_guard "), ("python3", "")):
        (directory / name).write_text(f'#!/bin/sh\nexec {sys.executable} {words}"$@"\n')
        (directory / name).chmod(0o755)
    return f"{directory}:{ENVIRONMENT['PATH']}"


def test_there_are_examples() -> None:
    assert (len(BLOCKS), len(EXAMPLES)) == (4, 3)


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_of_the_guide_runs_and_prints_what_it_says(example: str, tmp_path: Path) -> None:
    need_preload()
    missing = [
        name for name in ("php", "node") if f"-- {name} " in example and not shutil.which(name)
    ]
    if missing:
        pytest.skip(f"no {missing[0]}")
    (tmp_path / "bin").mkdir()
    work = tmp_path / "work"
    work.mkdir()
    done = subprocess.run(
        ["sh", "-e", "-c", example],
        cwd=work,
        env={**ENVIRONMENT, "PATH": programs(tmp_path / "bin")},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    at = 0
    for shown in _SHOWN.findall(example):
        at = done.stdout.index(shown, at) + len(shown)
    assert at, "it prints nothing that the guide tells"
