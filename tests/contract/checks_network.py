"""What is otherwise across a network than at a serial port, with pyserial's own clients."""

from __future__ import annotations

from typing import Any

from tests.contract.checks_serial import plugged
from tests.contract.files import exception_of, pulling
from tests.contract.levels import Level
from tests.contract.site import Site
from tests.contract.statements import Family
from tests.contract.waiting import wait_until

NETWORK = Family(
    "network",
    "Where a network is no serial port",
    "pyserial 3.5: urlhandler/protocol_socket.py and rfc2217.py",
    (Level.TCP, Level.RFC2217),
)

REMOTE, SOCKET = (Level.RFC2217,), (Level.TCP,)


@NETWORK.states("in-waiting", "in_waiting is 1 for any number of bytes.", levels=SOCKET)
def waiting_bytes_are_not_counted(site: Site) -> None:
    device, port = plugged(site)
    assert port.in_waiting == 0
    device.do("say", b"12345".hex())
    wait_until(lambda: bool(port.in_waiting))
    assert port.in_waiting == 1
    assert port.read(5) == b"12345"


@NETWORK.states(
    "write-timeout",
    "write_timeout is NotImplementedError, and so is every setting after it.",
    levels=REMOTE,
)
def a_write_timeout_spoils_the_port(site: Site) -> None:
    _, port = plugged(site)
    assert exception_of(lambda: setattr(port, "write_timeout", 1)) == "NotImplementedError"
    assert exception_of(lambda: setattr(port, "baudrate", 19_200)) == "NotImplementedError"


@NETWORK.states(
    "gone",
    "A read that waits when the other end goes gives b''; what comes after it is SerialException.",
    levels=REMOTE,
)
def the_other_end_goes(site: Site) -> None:
    device, port = plugged(site)
    pulling(site, device)
    assert port.read(1) == b""
    assert exception_of(lambda: port.read(1)) == "SerialException"
    assert exception_of(lambda: _write_for_ever(port)) == "SerialException"


def _write_for_ever(port: Any) -> None:
    while True:
        port.write(b"x")
