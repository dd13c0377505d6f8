"""``python -m``: the daemon as ``pos-guard run`` runs it, with a wall clock that can be set.

No other program's clock can be set on a machine that others use; so its own is asked here.
"""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import sys
from pathlib import Path

import click

from pos_guard.clock import SECOND, SystemClock
from pos_guard.config import GuardConfig, load_config
from pos_guard.daemon import harden, serve
from pos_guard.frames.decoded import Json
from pos_guard.guard import Guard
from pos_guard.policy.load import load_policy
from pos_guard.store.store import Store
from pos_guard_simulator.campaign.guard_process import CLOCK_FILE


class SetClock(SystemClock):
    """The machine's clock, wrong by as many seconds as a file says."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self._file = file

    def wall_us(self) -> int:
        """Microseconds since the epoch, as far as this machine knows."""
        wrong = int(self._file.read_text(encoding="ascii") or 0) if self._file.exists() else 0
        return super().wall_us() + wrong * SECOND


def run(settings: Path) -> None:
    """Serve until SIGTERM.

    :raises PosGuardError: it cannot.
    """
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    harden()
    config, clock = load_config(settings), SetClock(settings.parent / CLOCK_FILE)
    policy = load_policy(config.policy, key=config.policy_key)
    with Store.open(config.state, clock=clock) as store:
        asyncio.run(_serve(config, Guard(store, policy, clock)))
        store.stopped()


async def _serve(config: GuardConfig, guard: Guard) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)

    def ready(addresses: dict[str, Json]) -> None:
        click.echo(json.dumps(addresses, ensure_ascii=False))

    await serve(config, guard, stop=stop, on_ready=ready)


if __name__ == "__main__":
    run(Path(sys.argv[1]))
