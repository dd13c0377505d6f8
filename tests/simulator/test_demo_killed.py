"""A demo that is killed leaves no daemon and no keeper, which would hold other programs' ptys."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.simulator.simulate_process import ENVIRONMENT, command

SECONDS = 60


def running(place: Path) -> list[str]:
    """What runs with this place among its words."""
    found: list[str] = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = file.read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue  # it has just ended
        if any(word.startswith(str(place)) for word in words):
            found.append(" ".join(words))
    return found


def until(true: Callable[[], bool], what: str) -> None:
    """Wait for what other processes cause."""
    deadline = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < deadline, what
        threading.Event().wait(0.05)


@pytest.mark.parametrize("words", [("demo", "--out"), ("run", "--simulated")], ids=" ".join)
def test_nothing_stays_of_a_shop_that_is_killed(words: tuple[str, ...], tmp_path: Path) -> None:
    place = tmp_path / "shop"
    place.mkdir()
    given = [*words, str(place / "out")] if words[-1] == "--out" else list(words)
    wanted = ("pos_guard.ports.keeper", "lifeline", *(["pos_guard run"] if "demo" in words else []))
    with subprocess.Popen(
        command(*given),
        env={**ENVIRONMENT, "TMPDIR": str(place)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        until(lambda: all(any(one in line for line in running(place)) for one in wanted), "begun")
        process.kill()
    until(lambda: not running(place), f"still there: {running(place)}")
