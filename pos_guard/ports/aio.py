"""Streams on asyncio, over any descriptor (pty, serial line, socket).

One class serves all descriptors, so that a till on a pty and one on TCP behave alike. Only what is
about serial lines, ptys and local sockets needs POSIX: TCP works on every system, in a loop that
watches sockets (on Windows ``asyncio.SelectorEventLoop``).
"""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from pos_guard.errors import PortBusyError, PortClosedError, PortError, PortTimeoutError
from pos_guard.ports.base import Stream
from pos_guard.ports.descriptor import GONE, port_error
from pos_guard.ports.tcp import tune
from pos_guard.ports.unix_path import socket_address

if TYPE_CHECKING:
    from pos_guard.ports.serial import SerialSettings

Take = Callable[[bytes], bool]
"""Takes what arrived; True: and wants more."""


class DescriptorStream:
    """A stream over a non-blocking descriptor. ``release`` closes it, once."""

    def __init__(self, fd: int, release: Callable[[], None]) -> None:
        self._fd = fd
        self._release = release
        self._loop = asyncio.get_running_loop()
        self._closed = False
        self._reading = False  # whether the loop watches the descriptor
        self._wanted = 0
        self._received: bytes | PortError | None = None
        self._take: Take | None = None
        self._readable: asyncio.Future[bool] | None = None
        self._writable: asyncio.Future[None] | None = None

    async def receive(self, limit: int = 65536) -> bytes:
        """Some bytes; ``b""`` when the other side is gone or this side was closed.

        Waits for the loop's next turn, also when data is there: a peer that floods must not
        starve the others. What was read for a caller who was cancelled is the next one's.
        """
        if self._received is None and not self._closed:
            await self._wait(limit)
        received, self._received = self._received, None
        if isinstance(received, PortError):
            raise received
        return received or b""

    async def receive_each(self, limit: int, take: Take) -> bool:
        """Give all that comes to ``take``, in the very turn of the loop in which it came.

        A task that is woken for each piece costs a turn more. Still one piece a turn: a peer that
        floods does not starve the others. True: ``take`` wants no more for now; False: the other
        side is gone, or this side was closed.

        :raises PortError: when the line broke; besides whatever ``take`` raises.
        """
        if self._received is None and not self._closed:
            self._take = take
            try:
                if await self._wait(limit):
                    return True
            finally:
                self._take = None
        data = await self.receive(limit)
        return bool(data) and (not take(data) or await self.receive_each(limit, take))

    async def _wait(self, limit: int) -> bool:
        """Until something is there for ``receive``; True: until ``_take`` had enough."""
        self._wanted = limit
        self._readable = self._loop.create_future()
        if not self._reading:
            self._loop.add_reader(self._fd, self._read)
            self._reading = True
        try:
            return await self._readable
        finally:
            self._readable = None

    def _read(self) -> None:
        """The descriptor is readable. Watched on while somebody waits: each call costs a turn."""
        waiting = self._readable
        if waiting is None or waiting.done():
            self._forget_reader()
            return
        try:
            received: bytes | PortError = self._take_in(self._wanted)
        except BlockingIOError:
            return
        except OSError as error:
            # A pty master says EIO once the last slave is closed.
            received = b"" if error.errno in GONE else port_error(error)
        if not isinstance(received, bytes) or not received:
            self._forget_reader()
        elif self._take is not None:
            _give(received, self._take, waiting)
            return
        self._received = received
        waiting.set_result(False)

    def send_now(self, data: bytes) -> int:
        """Hand over what the system takes at once; what is wrong, if anything, ``send`` says."""
        try:
            return 0 if self._closed else self._hand_over(data)
        except OSError:
            return 0

    async def send(self, data: bytes) -> None:
        """Hand over all of ``data``; see :class:`~pos_guard.ports.base.Stream`."""
        sent = 0
        rest = memoryview(data)
        while sent < len(rest):
            if self._closed:
                raise PortClosedError("this port was closed", sent=sent)
            try:
                sent += self._hand_over(rest[sent:])
                continue
            except BlockingIOError:
                self._writable = self._loop.create_future()
                self._loop.add_writer(self._fd, _wake, self._writable)
            except OSError as error:
                raise port_error(error, sent=sent) from error
            try:
                await self._writable
            finally:
                self._forget_writer()

    async def close(self) -> None:
        """Close at once; whoever waits here is woken."""
        if self._closed:
            return
        self._closed = True
        if self._readable is not None and not self._readable.done():
            self._readable.set_result(False)
        if self._writable is not None:
            _wake(self._writable)
        self._forget_reader()
        self._loop.remove_writer(self._fd)
        self._release()

    def _take_in(self, limit: int) -> bytes:
        """At most so many bytes of what is there; BlockingIOError where nothing is."""
        return os.read(self._fd, limit)

    def _hand_over(self, data: bytes | memoryview) -> int:
        """Bytes that the system takes at once; BlockingIOError where it takes none."""
        return os.write(self._fd, data)

    def _forget_reader(self) -> None:
        if self._reading:
            self._reading = False
            self._loop.remove_reader(self._fd)

    def _forget_writer(self) -> None:
        self._writable = None
        if not self._closed:
            self._loop.remove_writer(self._fd)


class SocketStream(DescriptorStream):
    """A stream over a connected socket in non-blocking mode, which it takes over.

    By calls of its own: to Windows a socket is no descriptor that can be read and written.
    """

    def __init__(self, connection: socket.socket) -> None:
        super().__init__(connection.fileno(), connection.close)
        self._connection = connection

    def _take_in(self, limit: int) -> bytes:
        """As above."""
        return self._connection.recv(limit)

    def _hand_over(self, data: bytes | memoryview) -> int:
        """As above."""
        return self._connection.send(data)


def _wake(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_result(None)


def _give(data: bytes, take: Take, waiting: asyncio.Future[bool]) -> None:
    try:
        more = take(data)
    except Exception as error:
        if waiting.done():
            raise
        waiting.set_exception(error)
    else:
        if not more and not waiting.done():  # done: it closed this stream
            waiting.set_result(True)


def stream_over_socket(connection: socket.socket) -> DescriptorStream:
    """A stream over a connected TCP socket, which it takes over."""
    tune(connection)
    return SocketStream(connection)


async def accept_tcp(listener: socket.socket) -> DescriptorStream:
    """A stream over the next connection of a non-blocking TCP listener.

    Unlike ``loop.sock_accept`` it never loses a connection that came while it was cancelled.
    """
    return stream_over_socket(await _accept(listener))


async def accept_unix(listener: socket.socket) -> DescriptorStream:
    """A stream over the next connection of a non-blocking local listener."""
    return SocketStream(await _accept(listener))


async def _accept(listener: socket.socket) -> socket.socket:
    loop = asyncio.get_running_loop()
    fd = listener.fileno()
    while True:
        knock: asyncio.Future[None] = loop.create_future()
        loop.add_reader(fd, _wake, knock)
        try:
            await knock
        finally:
            loop.remove_reader(fd)
        try:
            connection, _ = listener.accept()
        except (BlockingIOError, ConnectionError):  # it went away again
            continue
        connection.setblocking(False)
        return connection


def stream_over_pty(master: int) -> DescriptorStream:
    """A stream over a pty master, through a descriptor of its own: the keeper's stays open."""
    fd = os.dup(master)
    os.set_blocking(fd, False)
    return DescriptorStream(fd, lambda: os.close(fd))


def stream_over_serial(settings: SerialSettings) -> DescriptorStream:
    """A stream over a serial line.

    :raises PortError: as :func:`~pos_guard.ports.serial.open_serial` does.
    """
    from pos_guard.ports.serial import open_serial

    line = open_serial(settings)

    def release() -> None:
        # cdc_acm may drain for 30 s: nobody shall wait for that.
        threading.Thread(target=line.close, name="serial-close", daemon=True).start()

    return DescriptorStream(line.fileno(), release)


async def connect_tcp(host: str, port: int, seconds: float) -> Stream:
    """Connect within ``seconds``.

    :raises PortTimeoutError: when nobody answered in time.
    :raises PortError: when nobody listens there, or there is no such host.
    """
    try:
        async with asyncio.timeout(seconds):
            return await _dial(host, port)
    except TimeoutError as error:
        raise PortTimeoutError(f"{host}:{port} did not answer in {seconds} s") from error
    except OSError as error:
        raise PortError(f"{host}:{port}: {error.strerror or error}") from error


def connect_unix(path: str) -> Stream:
    """Connect to a program on this machine, which succeeds or fails at once.

    Not by ``loop.sock_connect``: to that a full queue (EAGAIN) looks like success.

    :raises PortBusyError: when it does not accept the connections that wait already.
    :raises PortError: when nobody listens there, or this user may not connect.
    """
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.setblocking(False)
    try:
        with socket_address(path) as address:
            connection.connect(address)
    except BlockingIOError as error:
        connection.close()
        raise PortBusyError(f"{path}: the program there accepts nobody now") from error
    except OSError as error:
        connection.close()
        raise PortError(f"{path}: {error.strerror or error}") from error
    return SocketStream(connection)


async def _dial(host: str, port: int) -> DescriptorStream:
    loop = asyncio.get_running_loop()
    # As bytes: of text it would load the tables for names beyond ASCII, which no address has.
    found = await loop.getaddrinfo(host.encode("ascii"), port, type=socket.SOCK_STREAM)
    failure: OSError = ConnectionRefusedError(f"no address for {host}")
    for family, kind, protocol, _, address in found:
        connection = socket.socket(family, kind, protocol)
        connection.setblocking(False)
        try:
            await loop.sock_connect(connection, address)
        except OSError as error:
            failure = error
            connection.close()
        except asyncio.CancelledError:
            connection.close()
            raise
        else:
            return stream_over_socket(connection)
    raise failure
