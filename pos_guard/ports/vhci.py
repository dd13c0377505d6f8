"""Plugs a USB device of ours into this machine's Linux kernel, through its vhci_hcd module.

Its files are under /sys/devices/platform/vhci_hcd.0 (Linux 4.13 and later; drivers/usb/usbip).
One end of a socket pair goes to the kernel, which speaks USB/IP on it: no network, no tool.
"""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable
from pathlib import Path

from pos_guard.errors import PortBusyError, PortError
from pos_guard.ports.usb_device import UsbDevice
from pos_guard.ports.usbip_connection import UsbIpConnection

CONTROLLER = Path("/sys/devices/platform/vhci_hcd.0")

MAX_STATUS = 64 * 1024
"""Bytes of the status file: it has one line of 40 for each of at most 128 ports."""

_FREE = "004"
"""VDEV_ST_NULL, the state of a port where nothing is plugged in."""

_OTHERS_FIRST = frozenset({errno.EBUSY, errno.EINVAL})
"""Another program took the port between our look and our attach."""


class Attachment:
    """A device in a port of the virtual controller. ``port`` is its number."""

    def __init__(self, port: int, connection: UsbIpConnection) -> None:
        self.port = port
        self._connection = connection

    @property
    def alive(self) -> bool:
        """The kernel still has it: nobody has detached it, nor has it unplugged itself."""
        return self._connection.alive

    def close(self) -> None:
        """Pull it out; closing twice is fine."""
        self._connection.close()


def attach(
    device: UsbDevice, ended: Callable[[], None] = lambda: None, *, controller: Path = CONTROLLER
) -> Attachment:
    """Plug ``device`` into a free port; the kernel's drivers find it there at once.

    ``ended`` is called from another thread once the kernel has it no more.

    :raises PortBusyError: when every port is in use.
    :raises PortError: when the module is not loaded, or this user may not; with what to do.
    """
    ours, kernels = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        port = _plug(device, kernels.fileno(), controller)
    except PortError:
        ours.close()
        raise
    finally:
        kernels.close()
    return Attachment(port, UsbIpConnection(device, ours, ended))


def check(controller: Path = CONTROLLER) -> None:
    """Whether ``attach`` may work here.

    :raises PortError: when it cannot, with what to do.
    """
    free_ports(controller)
    if not os.access(controller / "attach", os.W_OK):
        raise _explained(PermissionError(errno.EACCES, "not writable"))


def _plug(device: UsbDevice, fd: int, controller: Path) -> int:
    tried: set[int] = set()
    while True:
        free = [port for port in free_ports(controller) if port not in tried]
        if not free:
            raise PortBusyError("every port of vhci_hcd is in use: detach a device that is not")
        port = free[0]
        tried.add(port)
        # The kernel wants a number of its own for each device: bus 1, and ours from the port.
        line = f"{port} {fd} {1 << 16 | port + 2} {int(device.speed)}"
        try:
            _write(controller / "attach", line)
        except OSError as error:
            if error.errno not in _OTHERS_FIRST:
                raise _explained(error) from error
        else:
            return port


def free_ports(controller: Path = CONTROLLER) -> list[int]:
    """The free ports for devices up to high speed, lowest first.

    :raises PortError: when the module is not loaded, with what to do.
    """
    try:
        with (controller / "status").open(encoding="ascii") as file:
            lines = file.read(MAX_STATUS).splitlines()
    except OSError as error:
        raise _explained(error) from error
    rows = [line.split() for line in lines]
    return sorted(int(row[1]) for row in rows if row[:1] == ["hs"] and row[2] == _FREE)


def _write(path: Path, line: str) -> None:
    fd = os.open(path, os.O_WRONLY)
    try:
        os.write(fd, line.encode())
    finally:
        os.close(fd)


def _explained(error: OSError) -> PortError:
    if error.errno == errno.ENOENT:
        return PortError("virtual USB is not available: run modprobe vhci_hcd as root")
    if error.errno in {errno.EACCES, errno.EPERM}:
        return PortError("only root may plug in virtual USB devices: run the guard's USB link so")
    return PortError(f"vhci_hcd refuses the device: {error.strerror or error}")
