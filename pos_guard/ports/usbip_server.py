"""Exports USB devices over TCP: any Linux machine with vhci_hcd attaches them (``usbip attach``).

USB/IP has no password and no encryption. Listen on the loopback address, or on a network where
nobody else is.
"""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Mapping
from itertools import count

from pos_guard.errors import PortError, RemoteError
from pos_guard.frames.usbip_import import (
    BUS_ID,
    HEAD,
    ExportedDevice,
    build_import,
    build_list,
    parse_request,
)
from pos_guard.ports.usb_device import UsbDevice
from pos_guard.ports.usbip_connection import UsbIpConnection

LOG = logging.getLogger(__name__)

REQUEST_SECONDS = 5.0
"""How long a request may take to arrive; the tools send it at once."""

BACKLOG = 8
"""Machines that may wait for their turn; one at a time is listened to."""


class UsbIpServer:
    """Offers devices by their bus id (``1-1``); each can be had by one machine at a time."""

    def __init__(
        self, devices: Mapping[str, UsbDevice], host: str = "127.0.0.1", port: int = 3240
    ) -> None:
        """Listen at once; port 0: the system chooses.

        :raises PortError: when the address is taken or not ours.
        """
        self._devices: dict[str, UsbDevice] = {}
        self._shown: dict[str, ExportedDevice] = {}
        for name, device in devices.items():
            self._show(name, device)
        self._imported: dict[str, UsbIpConnection] = {}
        try:
            self._listener = socket.create_server((host, port), backlog=BACKLOG)
        except OSError as error:
            raise PortError(f"{host}:{port}: {error.strerror or error}") from error
        self._thread = threading.Thread(target=self._run, name="usbip-server", daemon=True)
        self._thread.start()

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        name = self._listener.getsockname()
        return str(name[0]), int(name[1])

    def add(self, device: UsbDevice) -> str:
        """Offer one more; gives its bus id, the first of ``1-1``, ``1-2`` … that is free."""
        number = next(one for one in count(1) if f"1-{one}" not in self._devices)
        self._show(f"1-{number}", device)
        return f"1-{number}"

    def close(self) -> None:
        """Listen no more, and unplug everything."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()
        for connection in self._imported.values():
            connection.close()

    def _show(self, name: str, device: UsbDevice) -> None:
        self._shown[name] = ExportedDevice.of(
            name,
            len(self._shown) + 2,
            int(device.speed),
            device.device_descriptor,
            device.configuration_descriptor,
        )
        self._devices[name] = device

    def _run(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:  # closed
                return
            try:
                if not self._serve(connection):
                    connection.close()
            except (OSError, RemoteError) as error:
                LOG.info("USB/IP: %s", error)
                connection.close()

    def _serve(self, connection: socket.socket) -> bool:
        """Answer one request. True: the connection is the device's now."""
        connection.settimeout(REQUEST_SECONDS)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if not parse_request(_exactly(connection, HEAD)):
            offered = tuple(self._devices.items())  # another thread may add one
            present = [self._shown[name] for name, device in offered if device.present]
            connection.sendall(build_list(present))
            return False
        name = _exactly(connection, BUS_ID).rstrip(b"\0").decode("ascii", "replace")
        device = self._devices.get(name)
        former = self._imported.get(name)
        if device is None or not device.present or (former is not None and former.alive):
            connection.sendall(build_import(None))
            return False
        connection.sendall(build_import(self._shown[name]))
        self._imported[name] = UsbIpConnection(device, connection)
        return True


def _exactly(connection: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        more = connection.recv(count - len(data))
        if not more:
            raise ConnectionResetError("hung up in the midst of a request")
        data += more
    return data
