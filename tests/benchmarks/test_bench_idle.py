"""A daemon with four idle links: what it holds, how often it wakes, how long until it is ready.

The only waits here are those that are measured. ``POS_GUARD_IDLE_S`` makes the silence longer.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from pos_guard_simulator.bench import Bench
from tests.benchmarks.ratio import Benchmark, Side, against
from tests.soak.idle_site import LINKS, idle_shop, modules, prepare, wake_ups
from tests.soak.soak_daemon import START_S, Daemon

IDLE_S = float(os.environ.get("POS_GUARD_IDLE_S", "30"))
SETTLED_S = 12.0
"""A printer that says nothing after it was connected is noted once, ten seconds later."""
MAX_RSS_KIB = 45 * 1024
MAX_READY = 4.0
READY_ROUNDS = 5
SIDES = 2 * len(LINKS) - 1
"""Connections once a till can pay: four devices, three tills on ptys."""


@pytest.mark.timeout(120 + IDLE_S)
def test_an_idle_daemon_is_small_and_sleeps(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with idle_shop(tmp_path) as daemon:
        _wait(SETTLED_S)
        before = wake_ups(daemon.pid)
        _wait(IDLE_S)
        woken = wake_ups(daemon.pid) - before
        held = daemon.sample(0)
    with capsys.disabled():
        sys.stdout.write(
            f"\nidle: {held.rss} KiB, {held.threads} threads, woke {woken} times in {IDLE_S} s\n"
        )
    assert woken <= IDLE_S
    assert held.rss < MAX_RSS_KIB


def _wait(seconds: float) -> None:
    threading.Event().wait(seconds)


@pytest.mark.timeout(600)
def test_ready_against_bare_python_and_its_imports(benchmark: Benchmark, tmp_path: Path) -> None:
    """The peer imports what the daemon has loaded, in its order, and does nothing.

    Each start is the first one of a day: the keeper of the ptys is started too, and all devices
    and ptys are connected.
    """
    with idle_shop(tmp_path):
        pass
    names = [name for name in modules(tmp_path) if not name.startswith("__")]
    imports = f"import importlib\nfor name in {names}: importlib.import_module(name)"

    def bare() -> None:
        subprocess.run([sys.executable, "-c", imports], check=True)

    with Bench() as bench:
        again = tmp_path / "again"
        again.mkdir()
        prepare(again, bench)
        lives: list[Daemon] = []

        def ready() -> None:
            lives.append(Daemon(again))
            lives[-1].start()
            lives[-1].wait()
            lives[-1].expect("side", SIDES, START_S)

        def ended() -> None:
            if lives:
                lives.pop().stop()

        ratio = against(benchmark, Side(ready, before=ended), Side(bare), rounds=READY_ROUNDS)
        ended()
    assert ratio < MAX_READY
