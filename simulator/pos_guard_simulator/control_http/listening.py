"""The API's own socket: a port of this machine, or a path that only our user can open."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Generator

from pos_guard.ports.unix_listen import listen_unix
from pos_guard_simulator.control_http.place import HttpPlace
from pos_guard_simulator.simulate_place import named

BACKLOG = 64
"""Clients that wait to be let in: a test's workers all at once."""

_EVERYWHERE = {"0.0.0.0": "192.0.2.1", "::": "2001:db8::1"}  # noqa: S104 - read, not bound
"""All addresses of this machine, and a foreign one of nobody's (RFC 5737, RFC 3849)."""


@contextlib.contextmanager
def listening(place: HttpPlace) -> Generator[socket.socket, None, None]:
    """A socket that listens there; its path is gone at the end.

    :raises click.UsageError: when the place cannot be had.
    """
    if place.unix is not None:
        path = place.unix
        with named(f"--http unix:{path}"):
            listener = listen_unix(path, 0o600, BACKLOG)
        try:
            with listener:
                yield listener
        finally:
            path.unlink(missing_ok=True)
        return
    if place.tcp is None:
        raise TypeError("a place is a TCP address or a path")
    host, port = place.tcp.host, place.tcp.port
    with named(f"--http {host}:{port}"):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
    with listener:
        # Connections inherit it (tcp(7)). asyncio sets it only on sockets that name their protocol,
        # and each answer would wait 40 ms for the client's delayed ACK.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield listener


def url_of(listener: socket.socket) -> str:
    """By what a client calls it; over a Unix socket the host's name says nothing."""
    if listener.family not in {socket.AF_INET, socket.AF_INET6}:
        return "http://localhost"
    host, port = listener.getsockname()[:2]
    if host in _EVERYWHERE:
        host = _outward(listener.family, _EVERYWHERE[host])
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _outward(family: int, nobody: str) -> str:
    """The address by which this machine goes to others; nothing is sent to find it."""
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((nobody, 9))
        except OSError:  # it has no network
            return "127.0.0.1" if family == socket.AF_INET else "::1"
        return str(probe.getsockname()[0])
