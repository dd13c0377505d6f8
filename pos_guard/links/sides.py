"""Where the two sides of a link come from: a listener, a kept pty, a device to connect to."""

from __future__ import annotations

import asyncio
import os
import select
import socket
from pathlib import Path

from pos_guard.errors import PortError
from pos_guard.links.shell import Connect
from pos_guard.ports.address import Address, Kind
from pos_guard.ports.aio import (
    DescriptorStream,
    accept_tcp,
    accept_unix,
    connect_tcp,
    connect_unix,
    stream_over_serial,
)
from pos_guard.ports.aio_port import stream_over_port
from pos_guard.ports.base import Port, Stream
from pos_guard.ports.devices import open_device
from pos_guard.ports.serial import SerialSettings
from pos_guard.ports.tls import TlsDialer
from pos_guard.ports.unix_listen import listen_unix
from pos_guard.ports.usb_find import Backend

CONNECT_SECONDS = 4.0
"""A terminal in the shop answers in milliseconds, a provider abroad in half a second."""

BACKLOG = 8
"""Connections that the system keeps for us: one till, and its retries."""

HUNG_UP_SECONDS = 0.25
"""How often a pty that nobody holds is looked at: the system does not say when it is opened."""

MAX_STALE = 1024 * 1024
"""Bytes thrown away after hanging up on a pty; more than a pty holds."""


class TcpAcceptor:
    """Listens on one address."""

    def __init__(self, host: str, port: int) -> None:
        """Listen at once.

        :raises PortError: when the address is taken or not ours.
        """
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            self._listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
        except OSError as error:
            raise PortError(f"{host}:{port}: {error.strerror or error}") from error
        self._listener.setblocking(False)

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens; the port that the system chose, if 0 was asked."""
        name = self._listener.getsockname()
        return str(name[0]), int(name[1])

    async def accept(self) -> Stream:
        """The next till."""
        return await accept_tcp(self._listener)

    def close(self) -> None:
        """Listen no more."""
        self._listener.close()


class UnixAcceptor:
    """Listens on a local socket: the user of the daemon and its group may connect (0660)."""

    def __init__(self, path: str) -> None:
        """Listen at once; a missing directory is made for the same people (0750).

        :raises PortError: when another program listens there, or something else is there.
        """
        self._path = Path(path)
        try:
            self._listener = listen_unix(self._path, 0o660, BACKLOG)
        except OSError as error:
            raise PortError(f"{path}: {error.strerror or error}") from error
        self._listener.setblocking(False)

    async def accept(self) -> Stream:
        """The next till."""
        return await accept_unix(self._listener)

    def close(self) -> None:
        """Listen no more, and take the socket away."""
        self._listener.close()
        self._path.unlink(missing_ok=True)


class PtyAcceptor:
    """A pty: the till is always there, and hanging up means to forget what it had sent."""

    def __init__(self, master: int) -> None:
        self._master = master
        self._free = asyncio.Event()
        self._free.set()
        self._used = False

    async def accept(self) -> Stream:
        """The pty; again once the former stream is closed, without what was sent meanwhile."""
        await self._free.wait()
        while _hung_up(self._master):
            await _pause(HUNG_UP_SECONDS)
        self._free.clear()
        fd = os.dup(self._master)
        os.set_blocking(fd, False)
        # Bytes that waited while the daemon was down are the till's, and are read.
        if self._used:
            _drain(fd)
        self._used = True
        return DescriptorStream(fd, lambda: self._released(fd))

    def close(self) -> None:
        """Give the master back to the keeper."""
        os.close(self._master)

    def _released(self, fd: int) -> None:
        os.close(fd)
        self._free.set()


def _hung_up(master: int) -> bool:
    """Whether nobody has the other end open and nothing is left to read: the keeper died."""
    poll = select.poll()
    poll.register(master, select.POLLIN)
    return [event for _, event in poll.poll(0)] == [select.POLLHUP]


async def _pause(seconds: float) -> None:
    done = asyncio.Event()
    asyncio.get_running_loop().call_later(seconds, done.set)
    await done.wait()


def _drain(fd: int) -> None:
    dropped = 0
    while dropped < MAX_STALE:
        try:
            data = os.read(fd, 65536)
        except OSError:
            return
        if not data:
            return
        dropped += len(data)


def connector(address: Address, *, libusb: str = "", usb_backend: Backend = None) -> Connect:
    """How the device at this address is connected.

    ``libusb`` is the path of libusb where the system does not find it by itself; ``usb_backend``
    a pyusb backend to use instead.
    """

    def opened() -> Port:
        # A guard that stops leaves no driver behind on which a till passes it by.
        return open_device(address, library=libusb, backend=usb_backend, give_back=False)

    tls = TlsDialer(address.host, address.port)

    async def connect() -> Stream:
        match address.kind:
            case Kind.SERIAL | Kind.PTY:
                return stream_over_serial(SerialSettings(address.path, address.baudrate))
            case Kind.UNIX:
                return connect_unix(address.path)
            case Kind.HTTPS:
                return await tls.connect(CONNECT_SECONDS)
            case Kind.TCP | Kind.HTTP:
                return await connect_tcp(address.host, address.port, CONNECT_SECONDS)
            case _:
                return await stream_over_port(opened)

    return connect
