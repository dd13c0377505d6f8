"""Set-up and take-down of a terminal for one test, against a fixture that gives nothing."""

from __future__ import annotations

import contextlib
import statistics
import time
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from pos_guard_simulator.pytest_plugin.pos import Pos
from pos_guard_simulator.pytest_plugin.snapshot import Snapshots
from pos_guard_simulator.pytest_plugin.wanted import wanted_of
from tests.benchmarks.ratio import Benchmark, Side, against

PARTS = ("printer", "scanner", "terminal", "host", "guard")

CALLS = 1_000
"""Of the empty fixture, in one turn: one call is too short to be measured."""


@contextlib.contextmanager
def empty() -> Generator[object]:
    yield None


def nothing() -> None:
    with empty():
        pass


@pytest.mark.parametrize("level", ["memory", "pty", "tcp"])
@pytest.mark.parametrize("parts", [PARTS[:1], PARTS], ids=["printer", "all"])
def test_setting_up_a_terminal(
    benchmark: Benchmark,
    tmp_path_factory: pytest.TempPathFactory,
    level: str,
    parts: tuple[str, ...],
) -> None:
    wanted = wanted_of([{"level": level}])
    snapshots = Snapshots(Path("test_app.py"), update=False)
    fresh: list[Path] = []

    def terminal() -> None:
        made = Pos(wanted, lambda: fresh[0], snapshots, {})
        for part in parts:
            getattr(made, part)
        made.close()

    def folder() -> None:
        fresh[:] = [tmp_path_factory.mktemp("pos")]

    subject = Side(terminal, before=folder)
    against(benchmark, subject, Side(nothing, repeat=CALLS), rounds=40)
    benchmark.extra_info["cpu_us"] = round(_cpu_seconds(folder, terminal) * 1e6)


def _cpu_seconds(before: Callable[[], None], act: Callable[[], None]) -> float:
    """What all threads of this process take, whoever else is on the machine."""
    seconds: list[float] = []
    for _ in range(20):
        before()
        start = time.process_time()
        act()
        seconds.append(time.process_time() - start)
    return statistics.median(seconds)
