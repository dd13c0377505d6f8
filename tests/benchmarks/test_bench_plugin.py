"""Set-up and take-down of a terminal for one test, against the bare system calls that it needs.

The times are those of the clock. The bar is 10 ms for a test on the levels memory and pty
(``ready_ms``, the median); the peer is what no program could leave out: a folder, as many ptys
or listening sockets, a thread that serves them, the files of a store, and one commit to it.
"""

from __future__ import annotations

import os
import socket
import sqlite3
import statistics
import threading
import time
import tty
from collections.abc import Callable
from pathlib import Path

import pytest

from pos_guard_simulator.guarded.store import make_store
from pos_guard_simulator.pytest_plugin.pos import Pos
from pos_guard_simulator.pytest_plugin.snapshot import Snapshots
from pos_guard_simulator.pytest_plugin.wanted import wanted_of
from tests.benchmarks.ratio import WARM_UP, Benchmark, Side, against

PARTS = ("printer", "scanner", "terminal", "host", "guard")

BAR_MS = 10


class Bare:
    """The system calls alone. A host is on the network at every level but memory."""

    def __init__(self, level: str, parts: tuple[str, ...], fresh: list[Path]) -> None:
        devices = [part for part in parts if part != "guard"]
        self._ptys = [one for one in devices if level == "pty" and one != "host"]
        self._sockets = 0 if level == "memory" else len(devices) - len(self._ptys)
        self._store = "guard" in parts
        self._fresh = fresh

    def set_up(self) -> None:
        over = threading.Event()
        opened = [self._pty(name) for name in self._ptys]
        servers = [socket.create_server(("127.0.0.1", 0)) for _ in range(self._sockets)]
        served = threading.Thread(target=over.wait)
        if opened or servers:
            served.start()
        if self._store:
            self._commit()
        over.set()
        if opened or servers:
            served.join()
        for master, slave in opened:
            os.close(master)
            os.close(slave)
        for server in servers:
            server.close()

    def _pty(self, name: str) -> tuple[int, int]:
        master, slave = os.openpty()
        tty.setraw(slave)
        (self._fresh[0] / name).symlink_to(os.ttyname(slave))
        return master, slave

    def _commit(self) -> None:
        make_store(self._fresh[0] / "shop")
        database = sqlite3.connect(self._fresh[0] / "shop" / "pos-guard.db")
        database.execute("PRAGMA synchronous = OFF")
        with database:
            database.execute("CREATE TABLE bare (one)")
        database.close()


@pytest.mark.parametrize("level", ["memory", "pty", "tcp"])
@pytest.mark.parametrize(
    ("parts", "guard"),
    [(PARTS[:1], False), (PARTS, False), (PARTS, True)],
    ids=["printer", "all", "guarded"],
)
def test_setting_up_a_terminal(
    benchmark: Benchmark,
    tmp_path_factory: pytest.TempPathFactory,
    level: str,
    parts: tuple[str, ...],
    guard: bool,
) -> None:
    wanted = wanted_of([{"level": level, "guard": guard}])
    snapshots = Snapshots(Path("test_app.py"), update=False)
    fresh: list[Path] = []
    ready: list[float] = []

    def terminal() -> None:
        start = time.perf_counter()
        made = Pos(wanted, lambda: fresh[0], snapshots, {})
        for part in parts:
            getattr(made, part)
        ready.append(time.perf_counter() - start)
        made.close()

    def folder() -> None:
        fresh[:] = [tmp_path_factory.mktemp("pos")]

    subject = Side(terminal, before=folder)
    against(benchmark, subject, Side(Bare(level, parts, fresh).set_up, before=folder), rounds=40)
    benchmark.extra_info["ready_ms"] = round(statistics.median(ready[WARM_UP:]) * 1e3, 2)
    benchmark.extra_info["cpu_us"] = round(_cpu_seconds(folder, terminal) * 1e6)
    benchmark.extra_info["bar_ms"] = BAR_MS


def _cpu_seconds(before: Callable[[], None], act: Callable[[], None]) -> float:
    """What all threads of this process take, whoever else is on the machine."""
    seconds: list[float] = []
    for _ in range(20):
        before()
        start = time.process_time()
        act()
        seconds.append(time.process_time() - start)
    return statistics.median(seconds)
