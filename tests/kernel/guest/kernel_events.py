"""What udevd says of devices that come and go, to wait for without polling.

It repeats the kernel's words once it has acted on them: nodes have their owner, and libusb, which
listens to it as well, has heard.
"""

from __future__ import annotations

import socket
import struct
import time

from tests.contract.waiting import SECONDS

_UEVENTS = 15
"""NETLINK_KOBJECT_UEVENT."""

_FROM_UDEVD = 2
"""The multicast group of udevd; 1 is the kernel's."""


class KernelEvents:
    """Remembers all that happens from now on."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, _UEVENTS)
        self._socket.bind((0, _FROM_UDEVD))

    def wait(self, **wanted: str) -> dict[str, str]:
        """The next event with these values, such as ``ACTION="add"``."""
        deadline = time.monotonic() + SECONDS
        while True:
            self._socket.settimeout(max(0.01, deadline - time.monotonic()))
            event = _properties(self._socket.recv(65536))
            if all(event.get(key) == value for key, value in wanted.items()):
                return event

    def close(self) -> None:
        """Listen no more."""
        self._socket.close()


def _properties(message: bytes) -> dict[str, str]:
    """What follows libudev's header: its third number says where."""
    start, length = struct.unpack_from("<II", message, 16)
    lines = message[start : start + length].decode(errors="replace").split("\0")
    return dict(line.split("=", 1) for line in lines if "=" in line)
