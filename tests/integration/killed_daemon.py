"""The daemon under a supervisor, with points at which it kills itself (SIGKILL, nothing less).

``python killed_daemon.py DIRECTORY``: forks the daemon of ``DIRECTORY/guard.toml`` and forks it
again whenever it was killed, as systemd would. Each line on stdout is a JSON object: ``ready``,
``armed``, ``passed`` (how many points there were, of each kind). On SIGUSR1 the running daemon
reads ``DIRECTORY/plan.json``: ``{"kinds": [...], "left": N}`` makes it die at the N-th point of
those kinds from then on. SIGTERM ends it, and the supervisor with it.

One thread and no event loop when it forks: that is why this is a program of its own.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections import Counter
from collections.abc import Callable
from contextvars import Context
from pathlib import Path
from typing import TYPE_CHECKING, TypeVarTuple

from pos_guard.clock import SystemClock
from pos_guard.config import GuardConfig, load_config
from pos_guard.daemon import serve
from pos_guard.frames.decoded import Json
from pos_guard.guard import Guard
from pos_guard.policy.load import load_policy
from tests.simulation.faults import open_store

if TYPE_CHECKING:
    from _typeshed import FileDescriptorLike

Ts = TypeVarTuple("Ts")

WRITES = (
    "before-transaction",
    "before-commit",
    "after-commit",
    "before-write",
    "after-write",
)
STEPS = ("step",)


class Points:
    """Counts points of each kind, and dies at the one that was asked for."""

    def __init__(self, plan: Path) -> None:
        self._plan = plan
        self._kinds: frozenset[str] = frozenset()
        self._left = 0
        self.seen: Counter[str] = Counter()

    def arm(self) -> None:
        """Read the plan; count from now on."""
        say(passed=dict(self.seen))
        self.seen.clear()
        plan = json.loads(self._plan.read_text(encoding="utf-8"))
        self._kinds, self._left = frozenset(plan["kinds"]), int(plan["left"])
        say(armed=True)

    def point(self, name: str) -> None:
        """One point."""
        self.seen[name] += 1
        if name in self._kinds:
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            self._left -= 1

    def write(self) -> None:
        """The disk is never full here."""


class MortalLoop(asyncio.SelectorEventLoop):
    """An event loop that has a point before each callback: at each await, and as bytes come."""

    points: Points

    def call_soon(
        self, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        """As in any loop, but counted when it runs."""
        return super().call_soon(self._counted(callback), *args, context=context)

    def add_reader(
        self, fd: FileDescriptorLike, callback: Callable[[*Ts], object], *args: *Ts
    ) -> None:
        """The same for a port that has something to read."""
        super().add_reader(fd, self._counted(callback), *args)

    def _counted(self, callback: Callable[[*Ts], object]) -> Callable[[*Ts], None]:
        def counted(*args: *Ts) -> None:
            self.points.point("step")
            callback(*args)

        return counted


def say(**fields: Json) -> None:
    """One line for the test."""
    os_write(1, json.dumps(fields).encode() + b"\n")


os_write = os.write


def count_writes(points: Points) -> None:
    """Put a point around everything that a stream writes."""

    def write(fd: int, data: bytes) -> int:
        points.point("before-write")
        count = os_write(fd, data)
        points.point("after-write")
        return count

    os.write = write  # type: ignore[assignment]  # in this forked process only


def run(directory: Path) -> None:
    """The daemon, until SIGTERM or its death."""
    points = Points(directory / "plan.json")
    config = load_config(directory / "guard.toml")
    clock = SystemClock()
    with open_store(config.state, clock, points, durable=True) as store:
        guard = Guard(store, load_policy(config.policy), clock)
        count_writes(points)
        loop = MortalLoop()
        MortalLoop.points = points
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(_serve(config, guard, points))


async def _serve(config: GuardConfig, guard: Guard, points: Points) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_signal_handler(signal.SIGUSR1, points.arm)

    def ready(_: dict[str, Json]) -> None:
        say(ready=True, pid=os.getpid())

    await serve(config, guard, stop=stop, on_ready=ready)


def main(directory: Path) -> int:
    """Fork, wait, fork again."""
    while True:
        child = os.fork()
        if child == 0:
            run(directory)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status) or os.WTERMSIG(status) != signal.SIGKILL:
            return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
