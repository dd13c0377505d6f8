"""A printer that is exported over TCP, attached as the kernel's usbip tool does it."""

from __future__ import annotations

import os
import socket

from pos_guard.ports import vhci
from pos_guard.ports.usb_device import Speed
from tests.kernel.guest.conftest import Printers
from tests.kernel.guest.kernel_events import SECONDS, KernelEvents

IMPORT = bytes.fromhex("0111 8003 00000000")
IMPORTED = bytes.fromhex("0111 0003 00000000")
REST_OF_REPLY = 312
"""Bytes of the device that was imported (Linux Documentation/usb/usbip_protocol.rst)."""


def test_the_kernel_prints_over_tcp(printers: Printers) -> None:
    port = int(str(printers.call("export", "far")))
    events = KernelEvents()
    with socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as connection:
        connection.sendall(IMPORT + b"far".ljust(32, b"\0"))
        assert connection.recv(8, socket.MSG_WAITALL) == IMPORTED
        assert len(connection.recv(REST_OF_REPLY, socket.MSG_WAITALL)) == REST_OF_REPLY
        connection.settimeout(None)  # the kernel takes it as it is, and waits for data
        free = vhci.free_ports()[0]
        line = f"{free} {connection.fileno()} 65538 {int(Speed.FULL)}"
        (vhci.CONTROLLER / "attach").write_text(line, encoding="ascii")
    node = events.wait(ACTION="add", SUBSYSTEM="usbmisc")["DEVNAME"]
    fd = os.open(node, os.O_RDWR)
    os.write(fd, b"\x10\x04\x01")
    assert os.read(fd, 10) == b"\x12"
    os.close(fd)
    (vhci.CONTROLLER / "detach").write_text(str(free), encoding="ascii")
    events.wait(ACTION="remove", SUBSYSTEM="usb", DEVTYPE="usb_device")
    events.close()
