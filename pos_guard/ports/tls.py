"""Streams over TLS, for providers: certificates checked, sessions resumed where that is safe."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable

from pos_guard.errors import PortClosedError, PortError, PortTimeoutError

SESSION_SECONDS = 3600.0
"""How long a session may be resumed. A resumed one shows no certificate: what was revoked, or
taken off the system's list, is found out within the hour."""


class TlsStream:
    """A stream over TLS. ``leave`` is called once, with the session as it is at the end."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        leave: Callable[[ssl.SSLObject], None],
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._leave = leave
        self._open = True

    async def receive(self, limit: int = 65536) -> bytes:
        """Some bytes; ``b""`` when the other side is gone."""
        try:
            return await self._reader.read(limit)
        except OSError:
            return b""

    async def send(self, data: bytes) -> None:
        """Hand over all of ``data``; see :class:`~pos_guard.ports.base.Stream`."""
        self._writer.write(data)
        try:
            await self._writer.drain()
        except OSError as error:
            raise PortClosedError(f"the other side is gone: {error}") from error

    async def close(self) -> None:
        """Close at once, without waiting for the other side's goodbye."""
        if self._open:
            self._open = False
            self._leave(_session_of(self._writer))
        self._writer.transport.abort()

    @property
    def resumed(self) -> bool:
        """It goes on with the session of an earlier connection."""
        return bool(_session_of(self._writer).session_reused)


class TlsDialer:
    """Connects to one host and port, again and again.

    A session is offered to that very host only, whose name was checked when it began, and no
    request is sent before the handshake ended (no early data, which could be replayed).
    """

    def __init__(self, host: str, port: int, now: Callable[[], float] = time.monotonic) -> None:
        self._host = host
        self._port = port
        self._now = now
        self._context: _Resuming | None = None
        self._begun = 0.0

    async def connect(self, seconds: float) -> TlsStream:
        """Connect, the certificate checked against the system's list.

        :raises PortTimeoutError: when nobody answered in time.
        :raises PortError: when nobody listens there, or the certificate is not good.
        """
        where = f"{self._host}:{self._port}"
        context = self._context_now()
        try:
            async with asyncio.timeout(seconds):
                reader, writer = await asyncio.open_connection(self._host, self._port, ssl=context)
        except TimeoutError as error:
            raise PortTimeoutError(f"{where} did not answer in {seconds} s") from error
        except OSError as error:  # ssl.SSLError is one
            context.kept = None
            raise PortError(f"{where}: {error.strerror or error}") from error
        return TlsStream(reader, writer, context.keep)

    def _context_now(self) -> _Resuming:
        """The context to connect with; an old one is given up with its session."""
        now = self._now()
        if self._context is None or now - self._begun > SESSION_SECONDS:
            self._context = _Resuming(ssl.PROTOCOL_TLS_CLIENT)  # checks certificate and name
            self._context.load_default_certs()
            self._begun = now
        return self._context


class _Resuming(ssl.SSLContext):
    """Offers the last session again: asyncio has no argument for it."""

    kept: ssl.SSLSession | None = None

    def wrap_bio(
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLObject:
        """As the parent does, with the session that was kept."""
        offered = session or self.kept
        return super().wrap_bio(incoming, outgoing, server_side, server_hostname, offered)

    def keep(self, connection: ssl.SSLObject) -> None:
        """Remember the session of a connection that ends: its ticket came behind the handshake."""
        if connection.session is not None and connection.session.has_ticket:
            self.kept = connection.session


def _session_of(writer: asyncio.StreamWriter) -> ssl.SSLObject:
    found: object = writer.get_extra_info("ssl_object")
    if not isinstance(found, ssl.SSLObject):
        raise PortError("this connection has no TLS")
    return found
