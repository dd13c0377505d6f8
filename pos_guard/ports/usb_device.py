"""The device side of USB, as twins and re-exported printers offer it to any transport.

One device model serves an in-process pyusb backend, USB/IP and vhci_hcd alike. Its transfers never
wait: a device that cannot take or give now answers NAK (0 bytes taken, None given), which is what
makes back-pressure, time-outs, unplugging and partial writes come out right at every level.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol


class Stalled(Exception):  # noqa: N818  # USB's own word; a STALL handshake is no error of ours
    """The endpoint or the control request is refused (STALL handshake, USB 2.0 8.4.5)."""


class Unplugged(Exception):  # noqa: N818  # see above
    """The device is not on the bus any more."""


class Speed(IntEnum):
    """Numbers as USB/IP and the Linux kernel give them (enum usb_device_speed)."""

    LOW = 1
    FULL = 2
    HIGH = 3


@dataclass(frozen=True, slots=True)
class Setup:
    """The eight bytes of a control transfer (USB 2.0 table 9-2)."""

    request_type: int
    request: int
    value: int
    index: int
    length: int


class UsbDevice(Protocol):
    """One device. Thread-safe: transports call it from their own threads.

    Every method raises ``Unplugged`` once the device is gone, and ``Stalled`` where the device
    refuses.
    """

    speed: Speed

    @property
    def present(self) -> bool:
        """False once it is off the bus: a transport with nothing under way asks this."""
        ...

    @property
    def device_descriptor(self) -> bytes:
        """18 bytes (USB 2.0 table 9-8)."""
        ...

    @property
    def configuration_descriptor(self) -> bytes:
        """The whole of the one configuration, with its interfaces and endpoints."""
        ...

    def control(self, setup: Setup, data: bytes) -> bytes:
        """A control transfer; ``data`` for an OUT request, the answer's bytes for an IN one."""
        ...

    def out(self, endpoint: int, data: bytes | memoryview) -> int:
        """Bytes of ``data`` that the device took now; 0 is NAK."""
        ...

    def in_(self, endpoint: int, size: int) -> bytes | None:
        """One packet of at most ``size`` bytes (which may be empty), or None: NAK."""
        ...

    def listen(self, changed: Callable[[], None]) -> Callable[[], None]:
        """Call ``changed`` whenever a NAK may have become data or room, or the device went away.

        Returns what ends the listening.
        """
        ...
