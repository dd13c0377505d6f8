"""A real decision server over a real shop, in a thread with a loop of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pos_guard.api.events import Hub
from pos_guard.api.server import DecisionServer
from pos_guard.guard import Guard


@contextmanager
def serving(
    guard: Guard, path: Path, on_answered: Callable[[int], None] | None = None
) -> Iterator[Hub]:
    """Serve ``guard`` at ``path`` while the block runs."""
    ready = threading.Event()
    hubs: list[Hub] = []
    loops: list[asyncio.AbstractEventLoop] = []
    stop = asyncio.Event()

    async def body() -> None:
        hubs.append(Hub())
        loops.append(asyncio.get_running_loop())
        server = DecisionServer(guard, hubs[0], on_answered)
        await server.start(path)
        ready.set()
        await stop.wait()
        await server.close()

    thread = threading.Thread(target=asyncio.run, args=(body(),))
    thread.start()
    try:
        assert ready.wait(10)
        yield hubs[0]
    finally:
        loops[0].call_soon_threadsafe(stop.set)
        thread.join(10)
        assert not thread.is_alive()
