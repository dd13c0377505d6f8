"""What a process keeps in memory stays there: no core, no tracing by its own user."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}

SHOW = """
import ctypes, resource
{act}
print(resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))
"""
"""``prctl(3)`` is PR_GET_DUMPABLE."""


def state_after(act: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", SHOW.format(act=act)],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    ).stdout.splitlines()[-1]


@pytest.mark.skipif(sys.platform != "linux", reason="prctl is Linux")
@pytest.mark.parametrize(
    "act",
    [
        "from pos_guard.dumps import no_dumps; no_dumps()",
        "from pos_guard.daemon import harden; harden()",
        "import pos_guard.cli.main as cli\ntry: cli.run(['classify'])\nexcept SystemExit: pass",
    ],
)
def test_nothing_is_dumped_after_it(act: str) -> None:
    assert state_after(act) == "(0, 0) 0"


@pytest.mark.skipif(sys.platform != "linux", reason="prctl is Linux")
def test_without_it_a_process_can_be_dumped() -> None:
    assert state_after("pass").endswith(" 1")


@pytest.mark.skipif(sys.platform != "linux", reason="cores are named by Linux here")
def test_a_process_that_is_killed_leaves_no_core(tmp_path: Path) -> None:
    """With the limit lifted again: what is left is that it cannot be dumped at all."""
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    if hard == 0:
        pytest.skip("cores are off here for everybody")
    code = "import os; from pos_guard.dumps import no_dumps; no_dumps(); os.abort()"
    done = subprocess.run(
        [sys.executable, "-c", code], env=ENVIRONMENT, cwd=tmp_path, timeout=30, check=False
    )
    assert done.returncode == -6
    assert list(tmp_path.iterdir()) == []


def test_a_traceback_in_the_log_shows_no_values() -> None:
    """Code and messages, but not what the variables held."""
    code = """
import logging
from pos_guard.cli.main import run
from pos_guard.errors import StoreError
logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")
def judge(pin):
    held = pin * 2
    raise StoreError("the store is closed")
try:
    judge("48" + "2915")
except StoreError:
    logging.getLogger("pos_guard.daemon").exception("the link cannot be served")
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert "StoreError: the store is closed" in done.stderr
    assert "482915" not in done.stderr
    assert done.stdout == ""
