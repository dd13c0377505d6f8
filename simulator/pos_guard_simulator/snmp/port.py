"""An agent at a UDP port of this machine, in a thread of its own."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
from collections.abc import Callable, Generator

from pos_guard.ports.address import Address
from pos_guard_simulator.simulate_place import named
from pos_guard_simulator.snmp.message import MAX_MESSAGE

Answer = Callable[[bytes], bytes | None]


@contextlib.contextmanager
def answering(place: Address, answer: Answer) -> Generator[str, None, None]:
    """Answer every datagram that arrives there; gives the address, with the port that it got.

    ``answer`` runs in another thread.

    :raises click.UsageError: when the place cannot be had.
    """
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    ours, wake = socket.socketpair()
    with ours, wake, socket.socket(family, socket.SOCK_DGRAM) as port:
        with named(f"--snmp {place.host}:{place.port}"):
            port.bind((place.host, place.port))
        thread = threading.Thread(target=_serve, args=(port, ours, answer), name="snmp")
        thread.start()
        try:
            host, number = port.getsockname()[:2]
            yield f"[{host}]:{number}" if ":" in host else f"{host}:{number}"
        finally:
            wake.send(b"\0")
            thread.join()


def _serve(port: socket.socket, stop: socket.socket, answer: Answer) -> None:
    with selectors.DefaultSelector() as ready:
        ready.register(port, selectors.EVENT_READ)
        ready.register(stop, selectors.EVENT_READ)
        while all(key.fileobj is port for key, _ in ready.select()):
            with contextlib.suppress(OSError):  # whoever asked is gone
                datagram, client = port.recvfrom(MAX_MESSAGE + 1)  # one byte more fits no message
                told = answer(datagram)
                if told is not None:
                    port.sendto(told, client)
