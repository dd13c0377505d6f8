"""The decision socket: a Unix socket, one JSON object a line, one request at a time a connection.

The directory is 0750 and the socket 0660; the kernel says who connects, and only our own user,
root, and members of the socket's group are heard.
"""

from __future__ import annotations

import asyncio
import contextlib
import grp
import logging
import os
import pwd
import socket
import struct
from pathlib import Path

from pos_guard.api.answer_ops import Answered
from pos_guard.api.bodies import verdict_body
from pos_guard.api.desk import AppDesk
from pos_guard.api.events import Hub
from pos_guard.api.message import (
    CODE_MISSING,
    MAX_LINE,
    Fields,
    RequestError,
    error_body,
    read_request,
    write_line,
)
from pos_guard.errors import LocalError, NotPermittedError, PortError, StoreError
from pos_guard.frames.decoded import Json
from pos_guard.guard import Guard
from pos_guard.ports.unix_listen import listen_unix
from pos_guard.ports.unix_server import UnixServer
from pos_guard.stickers import Checked
from pos_guard.store.signin import CodeMissingError

MAX_CONNECTIONS = 32
"""Programs at once: a till, a console or two, a monitor."""

MAX_WAIT_SECONDS = 170
"""Longest ``wait``: below the 180 s that a terminal gives a till."""

WRITE_SECONDS = 5.0
"""A program that does not read its answer for so long is hung up on."""

_JUDGING = frozenset({"ask", "again", "wait", "scan"})

SLOW = frozenset({"wait", "events", "payees_scan"})
"""Operations that take time; all others are answered at once."""

LOG = logging.getLogger(__name__)

_PEER = struct.Struct("3i")


class DecisionServer:
    """Serves the decision socket; ``on_answered`` tells the links what people answered."""

    def __init__(self, guard: Guard, hub: Hub, on_answered: Answered | None = None) -> None:
        self._guard = guard
        self._hub = hub
        self._on_answered = on_answered
        self._server = UnixServer(
            self._serve, most=MAX_CONNECTIONS, limit=MAX_LINE, welcome=self._welcome
        )
        self._gid = -1

    async def start(self, path: Path) -> None:
        """Listen at ``path``, whose directory is made (0750) where it is missing.

        :raises PortError: when the socket cannot be made, or another program serves it.
        """
        try:
            listener = listen_unix(path, 0o660, MAX_CONNECTIONS)
        except OSError as error:
            raise PortError(f"{path}: {error.strerror or error}") from error
        self._gid = path.stat().st_gid
        await self._server.start(listener)

    async def close(self) -> None:
        """Hang up on everybody and stop."""
        await self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        desk = AppDesk(self._guard, self._answered)
        try:
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await self._converse(desk, reader, writer)
        finally:
            try:
                desk.hang_up()
            except StoreError:
                LOG.exception("a program hung up, and that cannot be recorded")

    def _welcome(self, writer: asyncio.StreamWriter) -> bool:
        peer = writer.get_extra_info("socket")
        _, uid, gid = _PEER.unpack(
            peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size)
        )
        return uid in {0, os.getuid()} or gid == self._gid or self._gid in _groups_of(uid)

    async def _converse(
        self, desk: AppDesk, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        while True:
            try:
                line = await reader.readuntil(b"\n")
            except asyncio.IncompleteReadError:
                return  # a half line at the end was never a request
            except asyncio.LimitOverrunError:
                await _send(writer, error_body("too-long", f"a line has at most {MAX_LINE} bytes"))
                return
            if not await self._one(desk, line, reader, writer):
                return

    async def _one(
        self,
        desk: AppDesk,
        line: bytes,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> bool:
        """Answer one request; False when the connection is over."""
        try:
            op, fields = read_request(line)
            if op == "events":
                fields.end()
                await self._stream(reader, writer)
                return False
            body = await self._answer(desk, op, fields, reader)
            if op in _JUDGING and "level" in body:
                self._hub.publish({"event": "verdict", **body})
        except RequestError as error:
            await _send(writer, error_body(error.code, str(error)))
        except CodeMissingError as error:
            await _send(writer, error_body(CODE_MISSING, str(error)))
        except NotPermittedError as error:
            await _send(writer, error_body("not-permitted", str(error)))
        except StoreError as error:
            await _send(writer, error_body("store", str(error)))
        except LocalError as error:
            await _send(writer, error_body("bad-request", str(error)))
        else:
            await _send(writer, {"ok": True, **body})
        return True

    async def _answer(
        self, desk: AppDesk, op: str, fields: Fields, reader: asyncio.StreamReader
    ) -> dict[str, Json]:
        if op == "wait":
            return await self._wait(desk, fields, reader)
        if op == "payees_scan":
            return await self._sticker(desk, fields, reader)
        return desk.do(op, fields)

    async def _sticker(
        self, desk: AppDesk, fields: Fields, reader: asyncio.StreamReader
    ) -> dict[str, Json]:
        """Make the next scan on any link a sticker check; what it found, or nothing in time."""
        name, seconds = fields.maybe_text("name"), fields.number("seconds")
        fields.end()
        loop = asyncio.get_running_loop()
        heard, results = asyncio.Event(), list[Checked]()

        def done(checked: Checked) -> None:
            results.append(checked)
            heard.set()

        self._guard.stickers.expect(name, seconds, done, by=desk.link)
        scan = loop.create_task(heard.wait())
        gone = loop.create_task(reader.read(1))
        try:
            await asyncio.wait({scan, gone}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            if gone.done():  # hung up, or spoke while it should listen
                raise ConnectionAbortedError
        finally:
            if not results:
                self._guard.stickers.give_up()
            scan.cancel()
            gone.cancel()
            await asyncio.wait({scan, gone})  # one reader at a time
        return results[0].as_json() if results else {"found": None, "right": False}

    async def _wait(
        self, desk: AppDesk, fields: Fields, reader: asyncio.StreamReader
    ) -> dict[str, Json]:
        """Until a person answered, then the new verdict; or ``waiting`` once the time is over."""
        number, seconds = fields.number("decision"), fields.number("seconds")
        fields.end()
        desk.check_waiting(number)
        loop = asyncio.get_running_loop()
        answer = loop.create_task(self._hub.wait(number, min(seconds, MAX_WAIT_SECONDS)))
        gone = loop.create_task(reader.read(1))
        try:
            await asyncio.wait({answer, gone}, return_when=asyncio.FIRST_COMPLETED)
            if gone.done():  # hung up, or spoke while it should listen
                raise ConnectionAbortedError
        finally:
            answer.cancel()
            gone.cancel()
            await asyncio.wait({answer, gone})  # one reader at a time
        if answer.result():
            return {"waiting": False, **verdict_body(self._guard.rejudge(number))}
        return {"waiting": True, "decision": number}

    async def _stream(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        queue = self._hub.listen()
        gone = asyncio.get_running_loop().create_task(_drop_all(reader))
        gone.add_done_callback(lambda task: _end(task, queue))
        try:
            await _send(writer, {"ok": True})
            while (event := await queue.get()) is not None:
                await _send(writer, event)
        finally:
            gone.cancel()
            self._hub.leave(queue)

    def _answered(self, decision: int) -> None:
        self._hub.answered(decision)
        if self._on_answered is not None:
            self._on_answered(decision)


def _end(listener: asyncio.Task[None], queue: asyncio.Queue[dict[str, Json] | None]) -> None:
    """The listener hung up, however it did: its stream ends."""
    if not listener.cancelled():
        listener.exception()
    if not queue.full():  # full: it was dropped, and its end is in there
        queue.put_nowait(None)


async def _drop_all(reader: asyncio.StreamReader) -> None:
    while await reader.read(MAX_LINE):
        pass


async def _send(writer: asyncio.StreamWriter, body: dict[str, Json]) -> None:
    writer.write(write_line(body))
    async with asyncio.timeout(WRITE_SECONDS):
        await writer.drain()


def _groups_of(uid: int) -> list[int]:
    try:
        account = pwd.getpwuid(uid)
    except KeyError:
        return []
    return [group.gr_gid for group in grp.getgrall() if account.pw_name in group.gr_mem]
