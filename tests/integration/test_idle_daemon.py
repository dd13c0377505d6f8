"""What an idle daemon does not do: load what no link of it needs, and set its alarm clock."""

from __future__ import annotations

import asyncio
from asyncio import TimerHandle
from collections.abc import Callable
from contextvars import Context
from pathlib import Path
from typing import TypeVarTuple

import pytest

from pos_guard.clock import SystemClock
from pos_guard.config import load_config
from pos_guard.daemon import serve
from pos_guard.guard import Guard
from pos_guard.links.events import LinkEvent, SideChanged
from pos_guard.policy.load import load_policy
from pos_guard.store.store import Store
from pos_guard_simulator.bench import Bench
from tests.integration.test_killed import stop_keeper
from tests.soak.idle_site import LINKS, idle_shop, modules, prepare

Ts = TypeVarTuple("Ts")

UNNEEDED = (
    "PIL", "z3", "hypothesis", "cryptography", "argon2", "psycopg", "segno", "zxingcpp", "usb",
    "h11", "http", "email", "xml", "iso4217", "pos_guard_drivers",
    "pos_guard_simulator", "pos_guard.cups", "pos_guard.hooks", "pos_guard.doctor",
    "pos_guard.links.provider", "pos_guard.frames.provider_profile", "pos_guard.links.caisse_ap",
    "pos_guard.links.iso8583", "pos_guard.frames.iso8583", "pos_guard.links.usb_export",
    "pos_guard.links.printer_star", "pos_guard.links.stx_nexi", "pos_guard.links.stx_hypercom",
    "pos_guard.ports.usb", "pos_guard.ports.hid", "pos_guard.ports.evdev", "pos_guard.ports.uinput",
    "pos_guard.ledger.postgres", "pos_guard.scanners.ssi",
)  # fmt: skip
"""Megabytes, and start-up time, that a shop without them does not pay."""


def test_only_what_the_four_links_need_is_loaded(tmp_path: Path) -> None:
    with idle_shop(tmp_path):
        pass
    loaded = modules(tmp_path)
    assert "pos_guard.links.zvt" in loaded
    assert "pos_guard.links.stx_transbank" in loaded
    assert sorted(set(loaded).intersection(UNNEEDED)) == []


ROUNDS = 8
"""A scanner's first silence is one; polling would need no end of them."""


class WatchedLoop(asyncio.SelectorEventLoop):
    """Remembers which alarms are set."""

    def __init__(self) -> None:
        super().__init__()
        self.alarms: list[TimerHandle] = []

    def call_at(
        self,
        when: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> TimerHandle:
        """As in any loop."""
        handle = super().call_at(when, callback, *args, context=context)
        self.alarms.append(handle)
        return handle

    def to_come(self) -> list[TimerHandle]:
        """Alarms that will ring within a second: an idle daemon may wake once in that time."""
        now = self.time()
        live = (one for one in self.alarms if not one.cancelled())
        return [one for one in live if now < one.when() < now + 1]

    async def settled(self) -> list[str]:
        """What still rings after some rounds of alarms: those that follow a connection are over."""
        for _ in range(ROUNDS):
            alarms = self.to_come()
            if not alarms:
                return []
            rung = asyncio.Event()
            super().call_at(max(one.when() for one in alarms), rung.set)
            await rung.wait()
        return [repr(one) for one in self.to_come()]


async def _connected(directory: Path, guard: Guard, loop: WatchedLoop) -> list[str]:
    stop, sides = asyncio.Event(), asyncio.Semaphore(0)

    def heard(event: LinkEvent) -> None:
        if isinstance(event, SideChanged) and event.up:
            sides.release()

    config = load_config(directory / "guard.toml")
    daemon = asyncio.create_task(serve(config, guard, stop=stop, on_event=heard))
    for _ in range(2 * len(LINKS) - 1):  # a till on TCP has not dialled
        await sides.acquire()
    to_come = await loop.settled()
    stop.set()
    await daemon
    return to_come


@pytest.mark.timeout(60)
def test_an_idle_daemon_sleeps_until_somebody_comes(tmp_path: Path) -> None:
    with Bench() as bench:
        prepare(tmp_path, bench)
        with Store.open(tmp_path / "state", clock=SystemClock()) as store:
            guard = Guard(store, load_policy(tmp_path / "policy.toml"), SystemClock())
            loop = WatchedLoop()
            with asyncio.Runner(loop_factory=lambda: loop) as runner:
                to_come = runner.run(_connected(tmp_path, guard, loop))
    stop_keeper(tmp_path / "run" / "keeper.sock")
    assert to_come == []
