"""How programs find devices at each level."""

from __future__ import annotations

from typing import Any

import usb.core
import usb.util

from pos_guard_simulator.usb_bus import SimulatedBus
from pos_guard_simulator.usb_sim_libusb1 import SimulatedBackend
from tests.contract.site import Value

NODES = {"printer": "/dev/usb/lp", "pos": "/dev/hidraw", "keyboard": "/dev/input/event"}
HUBS = 0x1D6B
"""The Linux Foundation's vendor id: root hubs, which need not be opened to be passed over."""

OTHERS = "/dev/tty"
"""Of every serial machine."""


class LineEyes:
    """A line has an address, and that is all."""

    backend: Any = None

    def plugged(self, kind: str, told: Value) -> str:
        """The address that the hands told."""
        del kind
        assert isinstance(told, list)
        return told[0]

    def unplugged(self) -> None:
        """The hands are back when it is."""

    def find(self, serial: str) -> Any:
        """It is on no bus."""
        raise LookupError(serial)


class NodeEyes:
    """Nodes of a preloaded machine, and libusb there."""

    backend: Any = None

    def plugged(self, kind: str, told: Value) -> str:
        """The node that a driver of this kind makes."""
        assert isinstance(told, list)
        return next(node for node in told if node.startswith(NODES.get(kind, OTHERS)))

    def unplugged(self) -> None:
        """The hands are back when it is."""

    def find(self, serial: str) -> Any:
        """Through libusb."""
        return find(serial)


class BusEyes:
    """A simulated bus in this process: no nodes."""

    def __init__(self, bus: SimulatedBus) -> None:
        self.backend: Any = SimulatedBackend(bus)

    def plugged(self, kind: str, told: Value) -> str:
        """There is nothing to open by name."""
        del kind, told
        return ""

    def unplugged(self) -> None:
        """The hands are back when it is."""

    def find(self, serial: str) -> Any:
        """Through the simulated backend."""
        return find(serial, self.backend)


def find(serial: str, backend: Any = None) -> Any:
    """The device with this serial number; the others are closed again."""
    wanted = None
    everything: Any = usb.core.find(find_all=True, backend=backend)
    for device in everything:
        if wanted is None and device.idVendor != HUBS and _serial_of(device) == serial:
            wanted = device
        else:
            usb.util.dispose_resources(device)
    return wanted


def _serial_of(device: Any) -> str | None:
    """None for what has none, or is gone while it is asked."""
    try:
        text: str | None = device.serial_number
    except (usb.core.USBError, ValueError):
        return None
    return text
