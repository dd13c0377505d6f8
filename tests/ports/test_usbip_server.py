"""USB/IP over TCP: the list, the import, and one machine at a time."""

from __future__ import annotations

import contextlib
import socket
import struct
from collections.abc import Iterator

import pytest

from pos_guard.errors import PortError
from pos_guard.ports.usbip_server import UsbIpServer
from tests.ports.usb_gadget import Gadget

SECONDS = 60.0

# By the offsets of the kernel's table: path, busid, busnum, devnum, speed, ids, class, ...
DEVICE = (
    b"/sys/devices/pos-guard/1-1".ljust(256, b"\0")
    + b"1-1".ljust(32, b"\0")
    + struct.pack(">III", 1, 2, 2)
    + bytes.fromhex("04b8 0e15 0100 000000 01 01 01")
)
INTERFACE = bytes.fromhex("07 01 02 00")


@pytest.fixture
def gadget() -> Gadget:
    return Gadget()


@pytest.fixture
def server(gadget: Gadget) -> Iterator[UsbIpServer]:
    server = UsbIpServer({"1-1": gadget}, port=0)
    yield server
    server.close()


def ask(server: UsbIpServer, request: bytes) -> socket.socket:
    host = socket.create_connection(server.address, timeout=SECONDS)
    host.sendall(request)
    return host


def everything(host: socket.socket) -> bytes:
    """Until the server hangs up."""
    data = b""
    with host:
        while more := host.recv(4096):
            data += more
    return data


def exactly(host: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        more = host.recv(count - len(data))
        assert more
        data += more
    return data


def wanted(name: str) -> bytes:
    return bytes.fromhex("0111 8003 00000000") + name.encode().ljust(32, b"\0")


def test_the_list(server: UsbIpServer, gadget: Gadget) -> None:
    request = bytes.fromhex("0111 8005 00000000")
    head = bytes.fromhex("0111 0005 00000000")
    assert everything(ask(server, request)) == head + b"\0\0\0\1" + DEVICE + INTERFACE
    gadget.present = False
    assert everything(ask(server, request)) == head + b"\0\0\0\0"


def test_an_imported_device_serves_transfers_for_one_machine(
    server: UsbIpServer, gadget: Gadget
) -> None:
    head = bytes.fromhex("0111 0003 00000000")
    with ask(server, wanted("1-1")) as host:
        assert exactly(host, 8 + len(DEVICE)) == head + DEVICE
        host.sendall(struct.pack(">10I", 1, 5, 0x10002, 0, 1, 0, 4, 0, 0, 0) + bytes(8) + b"bill")
        answer = struct.unpack(">12I", exactly(host, 48))
        assert answer[:7] == (3, 5, 0, 0, 0, 0, 4)
        assert gadget.took == b"bill"
        refused = everything(ask(server, wanted("1-1")))
        assert refused == bytes.fromhex("0111 0003 00000001")
        gadget.present = False
        gadget.changed()
        assert host.recv(1) == b""
    gadget.present = True
    with ask(server, wanted("1-1")) as host:
        assert exactly(host, 8) == head


@pytest.mark.parametrize(
    "request_",
    [
        wanted("9-9")[:20],  # hung up in the midst
        bytes.fromhex("0111 8009 00000000"),
        bytes.fromhex("0100 8005 00000000"),
        b"GET / HTTP/1.1\r\n\r\n",
    ],
)
def test_what_is_no_request_is_hung_up_on(server: UsbIpServer, request_: bytes) -> None:
    with ask(server, request_) as host, contextlib.suppress(OSError):  # it may be gone already
        host.shutdown(socket.SHUT_WR)
        assert host.recv(1) == b""
    assert everything(ask(server, wanted("9-9"))) == bytes.fromhex("0111 0003 00000001")


def test_a_taken_address(server: UsbIpServer) -> None:
    with pytest.raises(PortError):
        UsbIpServer({}, port=server.address[1])
