"""TCP for drivers: terminals, network printers, hosts."""

from __future__ import annotations

import socket
import sys

from pos_guard.errors import PortClosedError, PortError, PortTimeoutError
from pos_guard.ports.descriptor import DescriptorPort, port_error

KEEPALIVE_SECONDS = 15
"""Idle time before the system probes a silent peer: a cut cable is noticed within a minute."""

# One option under two names (tcp(7); Darwin's netinet/tcp.h).
if sys.platform == "darwin":
    _IDLE = socket.TCP_KEEPALIVE
else:
    _IDLE = socket.TCP_KEEPIDLE


def tune(connection: socket.socket) -> None:
    """Send small frames at once, notice a dead peer, never block."""
    connection.setblocking(False)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    connection.setsockopt(socket.IPPROTO_TCP, _IDLE, KEEPALIVE_SECONDS)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, KEEPALIVE_SECONDS // 3)


class TcpPort(DescriptorPort):
    """A connected TCP socket; takes it over."""

    def __init__(self, connection: socket.socket) -> None:
        tune(connection)
        super().__init__(connection.fileno(), connection.close)

    @classmethod
    def connect(cls, host: str, port: int, seconds: float) -> TcpPort:
        """Connect within ``seconds``.

        :raises PortClosedError: when nobody listens there.
        :raises PortTimeoutError: when nobody answered in time.
        :raises PortError: for an unknown host or an unreachable network.
        """
        where = f"{host}:{port}"
        try:
            return cls(socket.create_connection((host, port), timeout=seconds))
        except TimeoutError as error:
            raise PortTimeoutError(f"{where} did not answer in {seconds} s") from error
        except ConnectionError as error:
            raise PortClosedError(f"{where} refuses the connection") from error
        except OSError as error:
            raise port_error(error) from error
        except ValueError as error:
            raise PortError(f"{where} is no address: {error}") from error
