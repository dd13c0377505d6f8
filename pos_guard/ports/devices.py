"""Opening a device by its address: those that need a thread of their own to wait for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pos_guard.errors import LocalError
from pos_guard.ports.address import Address, Kind
from pos_guard.ports.base import Port
from pos_guard.ports.usb_find import Backend, load_backend

if TYPE_CHECKING:
    from pos_guard.ports.cdc_acm import CdcPort
    from pos_guard.ports.evdev import EvdevPort
    from pos_guard.ports.hid import HidPort
    from pos_guard.ports.hidraw import HidrawPort
    from pos_guard.ports.usb import UsbPort
    from pos_guard.ports.usblp import UsbLpPort

DEVICES = frozenset({Kind.USB, Kind.LP, Kind.HID, Kind.CDC, Kind.HIDRAW, Kind.EVDEV})
"""Kinds that ``open_device`` opens."""

_NODES = frozenset({Kind.LP, Kind.HIDRAW, Kind.EVDEV})
"""Of those the kernel's driver keeps the device; the others are claimed from it."""


def open_device(
    address: Address, *, library: str = "", backend: Backend = None, give_back: bool = True
) -> Port:
    """Open a device; it may take some seconds.

    ``library``, ``backend`` and ``give_back`` as in :meth:`~pos_guard.ports.usb.UsbPort.open`.

    :raises LocalError: when the kind is not in ``DEVICES``, or pyusb or libusb is missing.
    :raises PortError: as the ports' ``open`` do.
    """
    if address.kind not in DEVICES:
        raise LocalError(f"no device is behind {address}")
    if address.kind in _NODES:
        return _node(address.kind).open(address.path)
    usb = backend or load_backend(library)
    return _claimed(address.kind).open(address.place, backend=usb, give_back=give_back)


def report_descriptor(port: Port) -> bytes:
    """The report descriptor of a HID device; empty for every other port."""
    from pos_guard.ports.hid import HidPort
    from pos_guard.ports.hidraw import HidrawPort

    return port.facts.descriptor if isinstance(port, HidPort | HidrawPort) else b""


# A shop has one or two of these kinds: only their modules are loaded.


def _node(kind: Kind) -> type[UsbLpPort] | type[HidrawPort] | type[EvdevPort]:
    if kind is Kind.LP:
        from pos_guard.ports.usblp import UsbLpPort

        return UsbLpPort
    if kind is Kind.HIDRAW:
        from pos_guard.ports.hidraw import HidrawPort

        return HidrawPort
    from pos_guard.ports.evdev import EvdevPort

    return EvdevPort


def _claimed(kind: Kind) -> type[UsbPort] | type[HidPort] | type[CdcPort]:
    if kind is Kind.USB:
        from pos_guard.ports.usb import UsbPort

        return UsbPort
    if kind is Kind.HID:
        from pos_guard.ports.hid import HidPort

        return HidPort
    from pos_guard.ports.cdc_acm import CdcPort

    return CdcPort
