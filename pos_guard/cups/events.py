"""What the guard says of a link while a job is printed: read from the decision socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import cast

from pos_guard.api.client import MAX_ANSWER
from pos_guard.api.message import VERSION
from pos_guard.errors import PortClosedError, PortError
from pos_guard.frames.decoded import Json
from pos_guard.model import Words
from pos_guard.policy.verdict import Level
from pos_guard.ports.unix_path import socket_address

ANSWER_SECONDS = 5.0
"""The guard answers within milliseconds."""

GRACE_SECONDS = 0.2
"""What was said before an answer was written stands in the other connection by then."""


class Events:
    """Listens to one link from ``open`` on. Every change calls ``on_change``.

    ``accepted``: the link took a connection, ``left``: and has read all of it.
    ``refused``: the words of each job, or part of one, that was not printed as it came.
    ``warned``: of each that was. ``unprinted``: the printer was away when a job was complete.
    """

    def __init__(self, link: str, on_change: Callable[[], None]) -> None:
        self.refused: list[Words] = []
        self.warned: list[Words] = []
        self.accepted = False
        self.left = False
        self.device_lost = False
        self.unprinted = False
        self.over = False
        self._link = link
        self._on_change = on_change
        self._asker: _Line | None = None
        self._listener: _Line | None = None
        self._reading: asyncio.Task[None] | None = None

    async def open(self, socket: Path) -> None:
        """Listen from now on.

        :raises PortError: when no guard is there, or this user may not ask it.
        """
        self._asker = await _Line.open(socket)
        self._listener = await _Line.open(socket)
        await self._listener.request("events")
        self._reading = asyncio.get_running_loop().create_task(self._read(self._listener))

    async def settle(self) -> None:
        """Until everything is heard that was said before now.

        :raises PortError: when the guard is gone.
        """
        if self._asker is None or self.over:
            raise PortClosedError("pos-guard hung up")
        await self._asker.request("hello")  # answered in the order in which things happen there
        await asyncio.wait([self._task()], timeout=GRACE_SECONDS)

    async def close(self) -> None:
        """Listen no more."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait([self._reading])
        for line in (self._asker, self._listener):
            if line is not None:
                line.close()

    def _task(self) -> asyncio.Task[None]:
        if self._reading is None:
            raise PortClosedError("pos-guard is not connected")
        return self._reading

    async def _read(self, line: _Line) -> None:
        try:
            while True:
                event = await line.read()
                if event.get("link") == self._link:
                    self._take(event)
                    self._on_change()
        except PortError:
            self.over = True
            self._on_change()

    def _take(self, event: dict[str, Json]) -> None:
        match event.get("event"):
            case "told":
                words = cast("dict[str, str]", event["say"])
                self._told(str(event["level"]), Words(words["zh"], words["en"]))
            case "side" if event["side"] == "app":
                self.left = self.accepted and event["up"] is not True
                self.accepted = self.accepted or event["up"] is True
            case "side" if event["up"] is not True:
                self.device_lost = True
            case "failed":
                self.device_lost = True
            case _:
                pass

    def _told(self, level: str, say: Words) -> None:
        if level not in Level.__members__ or Level[level] > Level.WARN:
            self.refused.append(say)
        elif _is_away(say):
            self.unprinted = True
        else:
            self.warned.append(say)


def _is_away(say: Words) -> bool:
    """The link's words for a printer that is not there: an event has no other mark of it."""
    # What reads receipts takes half a second to load, and a job without warnings needs none of it.
    from pos_guard.links.printer_paper import AWAY

    return say == AWAY


class _Line:
    """One connection to the decision socket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, socket: Path) -> _Line:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                with socket_address(socket) as address:
                    streams = await asyncio.open_unix_connection(address, limit=MAX_ANSWER)
        except OSError as error:  # TimeoutError is one
            raise PortClosedError(f"{socket}: {error.strerror or 'no answer'}") from error
        return cls(*streams)

    async def request(self, op: str) -> None:
        """Ask for something that is never refused."""
        self._writer.write(json.dumps({"v": VERSION, "op": op}).encode() + b"\n")
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                answer = await self.read()
        except TimeoutError as error:
            raise PortClosedError("pos-guard does not answer") from error
        if answer.get("ok") is not True:
            raise PortError(f"pos-guard refused {op}")

    async def read(self) -> dict[str, Json]:
        """The next line."""
        try:
            return cast("dict[str, Json]", json.loads(await self._reader.readuntil(b"\n")))
        except (OSError, EOFError, ValueError, asyncio.LimitOverrunError) as error:
            raise PortClosedError("pos-guard hung up") from error

    def close(self) -> None:
        self._writer.transport.abort()
