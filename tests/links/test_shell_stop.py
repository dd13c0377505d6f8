"""Stopping a link at any moment: a kept pty is given back, nothing is left half begun."""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import Generator

import pytest

from pos_guard.links.session import Effects, QuietSession
from pos_guard.links.shell import LinkShell
from pos_guard.links.sides import PtyAcceptor
from pos_guard.ports.aio import stream_over_pty
from pos_guard.ports.base import Stream
from pos_guard.ports.pty import open_pty


class Deaf(QuietSession):
    """Hears nothing, says nothing."""

    def app_data(self, data: bytes) -> Effects:
        del data
        return []

    def device_data(self, data: bytes) -> Effects:
        del data
        return []


class Step:
    """Lets the loop run once."""

    def __await__(self) -> Generator[None, None, None]:
        yield


@pytest.mark.parametrize("steps", range(12))
def test_a_link_that_is_stopped_after_so_many_steps_gives_its_pty_back(steps: int) -> None:
    app, device = open_pty(), open_pty()

    async def connect() -> Stream:
        return stream_over_pty(device.master)

    async def scenario() -> None:
        acceptor = PtyAcceptor(os.dup(app.master))
        shell = LinkShell(Deaf(), acceptor, connect, lambda _: None)
        running = asyncio.get_running_loop().create_task(shell.run())
        for _ in range(steps):
            await Step()
        running.cancel()
        await asyncio.wait([running])
        stream = await asyncio.wait_for(acceptor.accept(), 5)
        await stream.close()
        acceptor.close()

    asyncio.run(scenario())
    gc.collect()
    app.close()
    device.close()
