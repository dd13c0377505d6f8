"""A USB device that any machine with ``usbip`` can attach."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pos_guard.frames.decoded import Json
from pos_guard.links.session import Effects
from pos_guard.ports.usbip_server import UsbIpServer
from pos_guard_simulator.seats.usb_line import drive, told
from pos_guard_simulator.simulate_device import OnUsb


class UsbIpSeat:
    """One bus id of a server; the server is whose it was made for."""

    def __init__(self, device: OnUsb, server: UsbIpServer) -> None:
        self._device = device
        bus_id = server.add(device.function)
        host, port = server.address
        self.addresses: Mapping[str, Json] = {"usbip": f"{host}:{port}", "busid": bus_id}

    @property
    def line(self) -> Mapping[str, Json]:
        """Of a serial device."""
        return told(self._device.function)

    def do(self, act: Callable[[], Effects]) -> None:
        """Under the device's lock."""
        self._device.do(act)

    def plug(self) -> None:
        """It can be attached again, under the same bus id."""
        self._device.function.plug()

    def unplug(self) -> None:
        """Whoever has it attached loses it, and it is not offered."""
        self._device.function.unplug()

    def set_lines(self, wires: Mapping[str, bool]) -> None:
        """Of a serial device."""
        drive(self._device.function, wires)

    def close(self) -> None:
        """As a cable that is pulled."""
        self.unplug()
