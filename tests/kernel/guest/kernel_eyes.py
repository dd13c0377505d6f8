"""How programs in the guest find devices: by what udevd says, and through libusb."""

from __future__ import annotations

from typing import Any

from tests.contract.far_eyes import find
from tests.contract.site import Value
from tests.kernel.guest.kernel_events import KernelEvents

NODES = {
    "printer": {"SUBSYSTEM": "usbmisc"},
    "pos": {"SUBSYSTEM": "hidraw"},
    "keyboard": {"SUBSYSTEM": "input", "ID_INPUT_KEYBOARD": "1"},
}
OTHERS = {"SUBSYSTEM": "tty"}
"""Every serial machine."""


class KernelEyes:
    """Waits for udevd, which tells libusb as well."""

    backend: Any = None

    def __init__(self) -> None:
        self._events = KernelEvents()
        self._plugged = 0

    def plugged(self, kind: str, told: Value) -> str:
        """The node that the driver has made."""
        del told
        node = node_of(self._events, kind)
        self._plugged += 1
        return node

    def unplugged(self) -> None:
        """Wait for each device once, however often it is unplugged."""
        if self._plugged:
            self._events.wait(ACTION="remove", SUBSYSTEM="usb", DEVTYPE="usb_device")
            self._plugged -= 1

    def find(self, serial: str) -> Any:
        """Through libusb."""
        return find(serial)

    def close(self) -> None:
        """Listen no more."""
        self._events.close()


def node_of(events: KernelEvents, kind: str) -> str:
    """The next node of this kind of device."""
    while True:
        node = events.wait(ACTION="add", **NODES.get(kind, OTHERS)).get("DEVNAME", "")
        if node and "/js" not in node and "/mouse" not in node:
            return node
