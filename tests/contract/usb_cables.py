"""The four ways to the bus: in process, preloaded, and into a kernel by vhci_hcd or over TCP."""

from __future__ import annotations

import socket
from dataclasses import dataclass

from pos_guard.ports import vhci
from pos_guard.ports.usbip_server import UsbIpServer
from pos_guard_simulator.preload.machine import Machine
from pos_guard_simulator.usb_bus import SimulatedBus
from pos_guard_simulator.usb_function import UsbFunction
from tests.contract.waiting import SECONDS

BUS_ID = "1-1"

IMPORT = bytes.fromhex("0111 8003 00000000") + BUS_ID.encode().ljust(32, b"\0")
IMPORTED = bytes.fromhex("0111 0003 00000000")
REST_OF_REPLY = 312
"""Bytes of the device that was imported (Linux Documentation/usb/usbip_protocol.rst)."""

HOST_DEVICE = 65_538
"""The number that the kernel is told: bus 1, device 2."""


class BusCable:
    """A simulated bus in this process; usblp has a printer until a program takes it."""

    def __init__(self) -> None:
        self.bus = SimulatedBus()

    def plug(self, device: UsbFunction) -> list[str]:
        """Onto the bus; there are no nodes."""
        self.bus.plug(device, driver="usblp")
        return []

    def unplug(self, device: UsbFunction) -> None:
        """Off it."""
        self.bus.unplug(device)


class MachineCable:
    """A preloaded machine."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._there: set[UsbFunction] = set()

    def plug(self, device: UsbFunction) -> list[str]:
        """Onto it; its nodes."""
        self._machine.plug(device)
        self._there.add(device)
        return list(self._machine.nodes(device))

    def unplug(self, device: UsbFunction) -> None:
        """Off it."""
        if device in self._there:
            self._there.remove(device)
            self._machine.unplug(device)

    def close(self) -> None:
        """Everything off it that a check left there."""
        for device in tuple(self._there):
            self.unplug(device)


class KernelCable:
    """This machine's kernel, through vhci_hcd."""

    def __init__(self) -> None:
        self._attached: dict[UsbFunction, vhci.Attachment] = {}

    def plug(self, device: UsbFunction) -> list[str]:
        """Into a free port; udevd tells the node."""
        device.plug()
        self._attached[device] = vhci.attach(device)
        return []

    def unplug(self, device: UsbFunction) -> None:
        """Out of it."""
        device.unplug()
        self._attached[device].close()


@dataclass(frozen=True, slots=True)
class _Exported:
    server: UsbIpServer
    port: int


class ExportCable:
    """This machine's kernel, from a USB/IP server as the kernel's own ``usbip attach`` does it."""

    def __init__(self) -> None:
        self._exported: dict[UsbFunction, _Exported] = {}

    def plug(self, device: UsbFunction) -> list[str]:
        """Export it, import it, and give the connection to the kernel."""
        device.plug()
        server = UsbIpServer({BUS_ID: device}, port=0)
        with socket.create_connection(server.address, timeout=SECONDS) as connection:
            connection.sendall(IMPORT)
            assert connection.recv(8, socket.MSG_WAITALL) == IMPORTED
            assert len(connection.recv(REST_OF_REPLY, socket.MSG_WAITALL)) == REST_OF_REPLY
            connection.settimeout(None)  # the kernel takes it as it is, and waits for data
            free = vhci.free_ports()[0]
            line = f"{free} {connection.fileno()} {HOST_DEVICE} {int(device.speed)}"
            (vhci.CONTROLLER / "attach").write_text(line, encoding="ascii")
        self._exported[device] = _Exported(server, free)
        return []

    def unplug(self, device: UsbFunction) -> None:
        """The server goes, and with it the connection."""
        device.unplug()
        if found := self._exported.pop(device, None):
            found.server.close()
