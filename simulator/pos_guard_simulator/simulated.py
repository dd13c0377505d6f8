"""``pos-guard run --simulated``: the daemon among simulated devices, for a first look.

Every line that it writes begins with SIMULATED, so that nobody takes it for a guarded shop.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import tempfile
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

import click

from pos_guard.cli.run import event_text
from pos_guard.cli.state import printable
from pos_guard.clock import SystemClock
from pos_guard.config import GuardConfig, load_config
from pos_guard.daemon import harden, serve
from pos_guard.frames.decoded import Json
from pos_guard.guard import Guard
from pos_guard.links.events import LinkEvent, Side, SideChanged
from pos_guard.links.session import Effects
from pos_guard.model import Words
from pos_guard.policy.load import load_policy
from pos_guard.store.audit import AuditLog
from pos_guard.store.store import Store
from pos_guard_simulator.demo import shop
from pos_guard_simulator.demo.devices import ShopDevices, make_store, stop_keeper
from pos_guard_simulator.demo.lifeline import Lifeline
from pos_guard_simulator.simulate_scanner_input import scan_stdin
from pos_guard_simulator.simulated_news import News, Passed, greeting

MARK = "SIMULATED"

LOOK_SECONDS = 0.5
"""How often the devices are looked at: a person sees it at once, a machine does not feel it."""

CALM_SECONDS = 0.2
"""What is typed sooner after the guard opened the scanner would be taken for an old code's end."""

CONNECT_SECONDS = 5.0
"""The guard opens its scanner at once; after this long a code is shown all the same."""

DECIDE_MS = 60_000
"""Time for a person at a console; the demo's own five seconds are for one that is simulated."""


_END = Words("结束。一切都是模拟的，什么也没留下。", "The end. Nothing was real; nothing stays.")


class _Show:
    """What a person sees of this shop, in one language."""

    def __init__(self, devices: ShopDevices, badges: dict[str, str], lang: str) -> None:
        self._devices = devices
        self._badges = badges
        self._lang = lang
        self._calm = threading.Event()

    def ready(self, addresses: dict[str, Json]) -> None:
        """Say where everything is; from now on typed codes are scanned."""
        say(greeting(addresses, self._badges), self._lang)
        devices = self._devices
        scan_stdin(self._when_calm, devices.scanner.scan)

    def event(self, event: LinkEvent) -> None:
        """Show what a link tells."""
        _echo(event_text(event, self._lang))
        if isinstance(event, SideChanged) and (event.link, event.side) == ("scanner", Side.DEVICE):
            self._calm.clear()
            if event.up:
                asyncio.get_running_loop().call_later(CALM_SECONDS, self._calm.set)

    def _when_calm(self, act: Callable[[], Effects]) -> None:
        self._calm.wait(CONNECT_SECONDS)
        self._devices.bench.call("scanner", act)

    async def watch(self, audit: AuditLog) -> None:
        """Show what the devices do, and which codes reach the till, for ever."""
        passed = Passed(audit)
        news = News(self._devices)
        loop = asyncio.get_running_loop()
        while True:
            look = asyncio.Event()
            loop.call_later(LOOK_SECONDS, look.set)
            await look.wait()
            say([*passed.fresh(), *self._devices.bench.ask(news.fresh)], self._lang)


def run_simulated(lang: str) -> None:
    """Serve a whole simulated shop until SIGTERM or SIGINT; nothing of it stays.

    :raises PosGuardError: when the shop cannot be set up.
    """
    logging.basicConfig(level=logging.WARNING, format=f"{MARK} %(levelname)s %(name)s: %(message)s")
    harden()
    with tempfile.TemporaryDirectory(prefix="pos-guard-simulated-") as place:
        directory = Path(place)
        badges = make_store(directory)
        with contextlib.closing(Lifeline(directory)), ShopDevices() as devices:
            file = shop.write_files(directory, "enforce", devices.open(), DECIDE_MS)
            config = load_config(file)
            try:
                with Store.open(config.state, clock=SystemClock()) as store:
                    policy = load_policy(config.policy, key=config.policy_key)
                    guard = Guard(store, policy, SystemClock())
                    asyncio.run(_serve(config, guard, _Show(devices, badges, lang)))
            finally:
                stop_keeper(directory)
        say([_END], lang)


async def _serve(config: GuardConfig, guard: Guard, show: _Show) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)

    watching = loop.create_task(show.watch(guard.store.audit))
    try:
        await serve(config, guard, stop=stop, on_ready=show.ready, on_event=show.event)
    finally:
        watching.cancel()
        await asyncio.wait([watching])


def say(lines: Iterable[Words], lang: str) -> None:
    """Words for people, each line of them marked."""
    for words in lines:
        for line in words.to(lang).splitlines():
            _echo(printable(line))


def _echo(line: str) -> None:
    click.echo(f"{MARK} {line}")
