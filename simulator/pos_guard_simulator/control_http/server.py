"""Serves an application in a thread with a loop of its own, on a socket that is ours."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Generator

import uvicorn
from starlette.types import ASGIApp

from pos_guard_simulator.control_http.feed import Feed

MAX_CONNECTIONS = 128
"""At once, streams included: the workers of a test run and some pages that look on."""

START_SECONDS = 10.0
"""To start takes milliseconds; longer means that the machine is stuck."""

LAST_ANSWERS_SECONDS = 2
"""For requests that are under way at the end; a client that reads nothing is cut off then."""


@contextlib.contextmanager
def serving(app: ASGIApp, feed: Feed, listener: socket.socket) -> Generator[None, None, None]:
    """Serve until the end; streams then end by themselves.

    :raises RuntimeError: when it does not start.
    """
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            loop="asyncio",
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            # What goes wrong in the application is told by it; the rest is the clients' doing.
            log_level="critical",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            limit_concurrency=MAX_CONNECTIONS,
            timeout_graceful_shutdown=LAST_ANSWERS_SECONDS,
        )
    )

    async def serve() -> None:
        feed.open()
        try:
            await server.serve(sockets=[listener])
        finally:
            feed.close()  # before the loop is gone: whoever tells events must not meet that

    thread = threading.Thread(target=lambda: asyncio.run(serve()), name="http", daemon=True)
    thread.start()
    if not feed.opened.wait(START_SECONDS):
        raise RuntimeError("the control API did not start")
    try:
        yield
    finally:
        feed.close()
        server.should_exit = True
        thread.join(START_SECONDS)
