"""The daemon in this process, before given devices: what ``pos-guard run`` does, in a thread."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType
from typing import cast

from pos_guard.clock import Clock, SystemClock
from pos_guard.config import GuardConfig, load_config
from pos_guard.daemon import serve
from pos_guard.errors import PosGuardError
from pos_guard.frames.decoded import Json
from pos_guard.guard import Guard
from pos_guard.links.events import LinkEvent
from pos_guard.policy.load import load_policy
from pos_guard.ports.keeper_client import KeeperClient
from pos_guard_simulator.guarded.heard_store import HeardStore
from pos_guard_simulator.guarded.settings import GuardedDevice, guard_config
from pos_guard_simulator.guarded.store import make_store
from pos_guard_simulator.guarded.verdicts import GuardVerdict, Verdicts

READY_SECONDS = 60.0
"""It listens within a fraction of a second; a machine that is busy takes far longer."""


class GuardRun:
    """A guard before these devices. Use it as a context manager, or ``start`` and ``stop``.

    Everything of it is in ``directory``, which must be there: guard.toml, policy.toml, the store
    (made where there is none, with the people of ``store.PEOPLE``), the decision socket.
    ``on_event`` hears what the links tell, in the guard's thread; ``on_verdict`` each verdict once
    it is recorded, before anything comes of it. They must neither block nor raise.
    """

    def __init__(
        self,
        directory: Path,
        devices: Mapping[str, GuardedDevice],
        policy: str,
        *,
        clock: Clock | None = None,
        on_event: Callable[[LinkEvent], None] = lambda _event: None,
        on_verdict: Callable[[GuardVerdict], None] = lambda _verdict: None,
    ) -> None:
        self.settings = guard_config(directory, devices, policy)
        self.socket = Path()
        self.addresses: dict[str, str] = {}
        self._clock = clock or SystemClock()
        self._on_event = on_event
        self._on_verdict = on_verdict
        self._undo = contextlib.ExitStack()
        self._verdicts = Verdicts()
        self._looking = threading.Lock()

    def __enter__(self) -> GuardRun:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Serve; returns once all links listen. ``addresses``: where the till finds each device.

        :raises PosGuardError: when a setting is wrong, or an address cannot be had.
        """
        config = load_config(self.settings)
        if not config.state.exists():
            make_store(config.state)
        with contextlib.ExitStack() as undo:
            self.store = undo.enter_context(
                HeardStore.open(config.state, clock=self._clock, durable=False)
            )
            self.store.on_kept = self._look
            self.guard = Guard(self.store, load_policy(config.policy), self._clock)
            undo.callback(_end_keeper, config.keeper)
            serving = _Serving(config, self.guard, self._on_event)
            undo.callback(serving.stop)
            ready = serving.ready.result(READY_SECONDS)
            self.addresses = {link["name"]: link["app"] for link in _links(ready)}
            self.socket = config.socket
            self._undo = undo.pop_all()

    def stop(self) -> None:
        """Serve no more; the records stay."""
        self._undo.close()

    def verdicts(self) -> list[GuardVerdict]:
        """What it decided up to now, oldest first; also after ``stop`` and ``start``.

        :raises StoreError: the records cannot be read.
        """
        self._look()
        return list(self._verdicts.found)

    def _look(self) -> None:
        """Of any thread, one at a time: so each verdict is told once, and in order."""
        with self._looking:
            for verdict in self._verdicts.fresh(self.store.audit):
                self._on_verdict(verdict)


class _Serving:
    """The daemon's loop in a thread of its own."""

    def __init__(
        self, config: GuardConfig, guard: Guard, on_event: Callable[[LinkEvent], None]
    ) -> None:
        self.ready = Future[dict[str, Json]]()
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._work = serve(
            config, guard, stop=self._stop, on_ready=self.ready.set_result, on_event=on_event
        )
        self._thread = threading.Thread(target=self._run, name="guard", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Serve no more; the thread has ended."""
        with contextlib.suppress(RuntimeError):  # it has ended by itself, in an error
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _run(self) -> None:
        with contextlib.closing(self._loop):
            try:
                self._loop.run_until_complete(self._work)
            except PosGuardError as error:
                if self.ready.done():
                    raise
                self.ready.set_exception(error)


def _links(ready: dict[str, Json]) -> list[dict[str, str]]:
    return cast("list[dict[str, str]]", ready["links"])


def _end_keeper(path: Path) -> None:
    """The keeper of the ptys outlives a daemon; here nothing is to stay."""
    with contextlib.suppress(PosGuardError):
        client = KeeperClient(path)
        client.stop()
        client.close()
