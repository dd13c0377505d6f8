"""Garbage without end, each framer in a process of its own: its memory stays what it was.

Every framer gets 1 MiB here; ``POS_GUARD_FUZZ_MIB=64`` is the whole measure (docs/fuzzing.md).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.framers import FRAMERS

ROOT = Path(__file__).parents[2]
MIB = 1 << 20
SIZE = int(os.environ.get("POS_GUARD_FUZZ_MIB", "1")) * MIB
MOST = 8 * MIB
"""What a process may grow by, whatever it was fed."""
SEED = 20260101


@pytest.mark.timeout(60 + SIZE // MIB * 10)
@pytest.mark.parametrize("name", FRAMERS)
def test_garbage_does_not_make_a_framer_grow(name: str) -> None:
    path = os.pathsep.join(str(ROOT / part) for part in (".", "drivers", "simulator"))
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.memory", name, str(SIZE), str(SEED)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["fed"] >= 0.8 * SIZE
    assert told["grown"] <= MOST, told
    if "POS_GUARD_FUZZ_MIB" in os.environ:
        rate = told["fed"] / told["seconds"] / 1e6
        grown, longest = told["grown"] / MIB, told["longest"] * 1e3
        line = f"{name:18} {rate:8.1f} MB/s, grew {grown:4.1f} MiB, 64 KiB in {longest:6.1f} ms"
        sys.stdout.write(f"{line}\n")
