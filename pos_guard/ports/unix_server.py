"""Serving a local socket on asyncio: at most so many at once, and nobody is left behind."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable, Coroutine

LOG = logging.getLogger(__name__)

ACCEPT_TURNS = 4
"""Turns of the loop until a connection that the system accepted just now is known here."""

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[None, None, None]]
Welcome = Callable[[asyncio.StreamWriter], bool]


class UnixServer:
    """Runs ``serve`` for each connection; it is hung up on once that has returned.

    ``most``: connections at once, further ones are hung up on, as are those that ``welcome``
    does not want. ``limit``: bytes of a line.
    """

    def __init__(
        self, serve: Serve, *, most: int, limit: int, welcome: Welcome = lambda _: True
    ) -> None:
        self._serve = serve
        self._most = most
        self._limit = limit
        self._welcome = welcome
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def start(self, listener: socket.socket) -> None:
        """Serve on a socket that listens."""
        self._server = await asyncio.start_unix_server(
            self._accept, sock=listener, limit=self._limit
        )

    async def close(self) -> None:
        """Hang up on everybody and stop."""
        if self._server is not None:
            await self._accept_no_more(self._server)
            self._server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    @staticmethod
    async def _accept_no_more(server: asyncio.Server) -> None:
        """Until here nobody is lost: asyncio leaks what it accepts just before a server closes."""
        loop = asyncio.get_running_loop()
        for listener in server.sockets:
            loop.remove_reader(listener.fileno())
        for _ in range(ACCEPT_TURNS):
            turn = loop.create_future()
            loop.call_soon(turn.set_result, None)
            await turn

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._connections) >= self._most or not self._welcome(writer):
            writer.transport.abort()
            return
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._connections.add(task)

        def over(done: asyncio.Task[None]) -> None:  # also of one that never took its first step
            self._connections.discard(done)
            writer.transport.abort()
            error = None if done.cancelled() else done.exception()
            if error is not None:
                LOG.error("a connection to a local socket failed", exc_info=error)

        task.add_done_callback(over)
