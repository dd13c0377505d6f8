"""The control socket of a simulated device: a Unix socket, one JSON object a line each way.

For one test on one machine: only our own user can open it (0600).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import Callable, Mapping

from pos_guard.api.message import error_body
from pos_guard.errors import FrameError, LocalError
from pos_guard.frames.decoded import Json
from pos_guard.frames.json_strict import parse_object
from pos_guard.ports.unix_server import UnixServer
from pos_guard_simulator.simulate_device import Fields, RequestError

MAX_LINE = 65_536
"""Bytes of a request: the longest code, every byte of it escaped (``\\u0001``)."""

MAX_CONNECTIONS = 16
"""Programs at once: a test, and a few that look on."""

Do = Callable[[str, Fields], Mapping[str, Json]]


class Control:
    """Serves the control socket; ``do`` carries out one request."""

    def __init__(self, do: Do) -> None:
        self._do = do
        self._server = UnixServer(self._serve, most=MAX_CONNECTIONS, limit=MAX_LINE)

    async def start(self, listener: socket.socket) -> None:
        """Serve on a socket that listens."""
        await self._server.start(listener)

    async def close(self) -> None:
        """Hang up on everybody and stop."""
        await self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            await self._converse(reader, writer)
            writer.close()
            await writer.wait_closed()  # the last answer has left

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            try:
                line = await reader.readuntil(b"\n")
            except asyncio.IncompleteReadError:
                return  # a half line at the end was never a request
            except asyncio.LimitOverrunError:
                await _send(writer, error_body("too-long", f"a line has at most {MAX_LINE} bytes"))
                return
            await _send(writer, self._answer(line))

    def _answer(self, line: bytes) -> Mapping[str, Json]:
        try:
            fields = Fields(parse_object(line, limit=MAX_LINE))
            return {"ok": True, **self._do(fields.text("op"), fields)}
        except FrameError as error:
            return error_body("bad-json", str(error))
        except RequestError as error:
            return error_body(error.code, str(error))
        except LocalError as error:
            return error_body("bad-request", str(error))


async def _send(writer: asyncio.StreamWriter, body: Mapping[str, Json]) -> None:
    writer.write(json.dumps(body, ensure_ascii=False).encode() + b"\n")
    await writer.drain()
