"""The control socket of a stage: a Unix socket, one JSON object a line each way.

For one test on one machine: only our own user can open it (0600).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import threading
from collections.abc import Generator, Mapping
from pathlib import Path

from pos_guard.api.message import error_body
from pos_guard.errors import FrameError, LocalError
from pos_guard.frames.decoded import Json
from pos_guard.frames.json_strict import parse_object
from pos_guard.ports.unix_listen import listen_unix
from pos_guard.ports.unix_server import UnixServer
from pos_guard_simulator.simulate_device import Fields, RequestError
from pos_guard_simulator.simulate_place import named
from pos_guard_simulator.stage.perform import Service
from pos_guard_simulator.stage.stage import Stage

MAX_LINE = 65_536
"""Bytes of a request: the longest code, every byte of it escaped (``\\u0001``)."""

MAX_CONNECTIONS = 16
"""Programs at once: a test, and a few that look on."""

STOP_SECONDS = 10.0
"""To hang up on everybody takes milliseconds; longer means that a request hangs."""


def control_socket(path: Path | None) -> Service:
    """The service behind ``--control PATH``; without a path it serves nobody."""

    @contextlib.contextmanager
    def service(stage: Stage) -> Generator[Mapping[str, Json], None, None]:
        if path is None:
            yield {"control": None}
            return
        with named(f"--control {path}"):
            listener = listen_unix(path, 0o600, MAX_CONNECTIONS)
        with contextlib.ExitStack() as undo:
            undo.callback(path.unlink, missing_ok=True)
            undo.callback(listener.close)
            undo.enter_context(_serving(_Control(stage), listener))
            yield {"control": str(path)}

    return service


@contextlib.contextmanager
def _serving(control: _Control, listener: socket.socket) -> Generator[None, None, None]:
    """In a thread of its own: the devices' thread must be free for what is asked of them."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="control", daemon=True)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(control.start(listener), loop).result(STOP_SECONDS)
        yield
        asyncio.run_coroutine_threadsafe(control.close(), loop).result(STOP_SECONDS)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(STOP_SECONDS)
        loop.close()


class _Control:
    """Serves the control socket of one stage."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
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
            name = fields.maybe_text("device") or self._only()
            return {"ok": True, **self._stage.ask(name, fields.text("op"), fields)}
        except FrameError as error:
            return error_body("bad-json", str(error))
        except RequestError as error:
            return error_body(error.code, str(error))
        except LocalError as error:
            return error_body("bad-request", str(error))

    def _only(self) -> str:
        """The device that is meant where there is but one."""
        names = list(self._stage.devices)
        if len(names) == 1:
            return names[0]
        raise RequestError("bad-request", f"say which 'device' of: {', '.join(names)}")


async def _send(writer: asyncio.StreamWriter, body: Mapping[str, Json]) -> None:
    writer.write(json.dumps(body, ensure_ascii=False).encode() + b"\n")
    await writer.drain()
