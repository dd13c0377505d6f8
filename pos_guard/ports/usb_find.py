"""Finding and claiming a USB printer through pyusb, which is imported here only, when it is used.

The kernel's usblp driver holds printers that it knows: it is detached from the interface, and
attached again when the printer is released.
"""

from __future__ import annotations

import errno
import logging
from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, TypeAlias, cast

from pos_guard.errors import LocalError, PortClosedError, PortError
from pos_guard.ports.usb_device import Speed
from pos_guard.ports.usb_errors import advice, udev_rule, usb_error
from pos_guard.ports.usb_facts import MARK, UsbPrinterFacts

LOG = logging.getLogger(__name__)

Backend: TypeAlias = Any
"""A ``usb.backend.IBackend``; pyusb has no types."""

Device: TypeAlias = Any
"""A ``usb.core.Device``. Beyond this module it is known as ``Transfers`` only."""

Interface: TypeAlias = Any
"""A ``usb.core.Interface``."""

PRINTER_CLASS, VENDOR_CLASS = 7, 0xFF
"""Interface classes: printers, and printers that hide it (Epson's M129C, 04b8:0202)."""

PROTOCOLS = (2, 1, 3)
"""Of a printer's alternate settings the best first: bidirectional, unidirectional, IEEE 1284.4.
Protocol 4 (IPP over USB) is no byte stream."""

_BULK, _TYPE, _TO_HOST = 2, 3, 0x80
_SPEEDS = {1: Speed.LOW, 2: Speed.FULL}


class Transfers(Protocol):
    """What a port uses of pyusb's Device; failures are OSErrors with libusb's errno."""

    def write(self, endpoint: int, data: bytes, timeout: int) -> int:
        """Bytes taken."""
        ...

    def read(self, endpoint: int, size: int, timeout: int) -> Iterable[int]:
        """Bytes read."""
        ...

    def clear_halt(self, endpoint: int) -> None:
        """End an endpoint's STALL."""
        ...


@dataclass(frozen=True, slots=True)
class UsbPlace:
    """Which printer: by its ids, and by its serial number among equal ones; 0 is any printer."""

    vendor: int = 0
    product: int = 0
    serial: str = ""

    def __str__(self) -> str:
        if not self.vendor:
            return "usb:printer"
        serial = f":{self.serial}" if self.serial else ""
        return f"usb:{self.vendor:04x}:{self.product:04x}{serial}"


@dataclass(frozen=True, slots=True)
class Channel:
    """A printer's interface: what to claim, and its two bulk endpoints (0: it never answers)."""

    interface: int
    alternate: int
    out: int
    in_: int
    packet: int


@dataclass(frozen=True, slots=True)
class ClaimedPrinter:
    """A printer that is ours until ``release``, which never raises. ``facts`` lack a device id.

    ``ask`` is a class request: request type, request, index, length of the answer, milliseconds.
    """

    name: str
    facts: UsbPrinterFacts
    device: Transfers
    channel: Channel
    ask: Callable[[int, int, int, int, int], bytes]
    release: Callable[[], None]


def load_backend(library: str = "") -> Backend:
    """Load libusb 1.0; ``library`` is its path where the system's search does not find it.

    :raises LocalError: when pyusb or libusb is missing; says what to install.
    """
    try:
        from usb.backend import libusb1
    except ImportError as error:
        raise LocalError("USB printers need pyusb: pip install pyusb") from error

    def named(_: str) -> str:
        return library

    backend = libusb1.get_backend(find_library=named if library else None)
    if backend is None:
        what = f"no {library!r}" if library else "apt install libusb-1.0-0, or give its path"
        raise LocalError(f"libusb 1.0 is missing: {what}")
    return backend


def claim_printer(place: UsbPlace, backend: Backend, *, give_back: bool = True) -> ClaimedPrinter:
    """Find the one printer and claim it, from the kernel's driver if need be.

    ``give_back``: the kernel's driver has it again when it is released.

    :raises PortClosedError: when it is not there.
    :raises PortBusyError: when another program holds it.
    :raises PortError: without permission (says the udev rule), or when several printers fit.
    """
    device, channel = _only(place, backend)
    try:
        release = _claim(device, channel, give_back)
    except OSError as error:
        _dispose(device)
        rule = udev_rule(device.idVendor, device.idProduct)
        raise usb_error(error, _name(device), rule=rule) from error
    facts = _facts(device, channel)
    return ClaimedPrinter(_name(device), facts, device, channel, partial(_ask, device), release)


def _only(place: UsbPlace, backend: Backend) -> tuple[Device, Channel]:
    """The one printer that fits; what is known of the others is given up."""
    candidates = list(_candidates(place, backend))
    found = candidates
    if place.serial:
        found = [pair for pair in candidates if _text(pair[0], "serial_number") == place.serial]
    for device, _ in candidates:
        if len(found) != 1 or device is not found[0][0]:
            _dispose(device)
    if len(found) == 1:
        return found[0]
    if found:
        raise PortError(f"{place}: {len(found)} printers fit; write usb:VENDOR:PRODUCT:SERIAL")
    if any(not _text(device, "serial_number") for device, _ in candidates):
        rule = udev_rule(place.vendor, place.product)
        raise PortError(f"{place}: a serial number cannot be read; {advice(rule)}")
    raise PortClosedError(f"{place} is not there: plug it in, and switch it on")


def _candidates(place: UsbPlace, backend: Backend) -> Iterator[tuple[Device, Channel]]:
    import usb.core

    ids = {"idVendor": place.vendor, "idProduct": place.product} if place.vendor else {}
    found = cast("Iterable[Device]", usb.core.find(find_all=True, backend=backend, **ids))
    for device in found:
        try:
            channel = _channel(device, named=bool(place.vendor))
        except OSError as error:  # one bad device must not hide the others
            LOG.debug("%s: descriptors cannot be read: %s", _name(device), error)
            continue
        if channel is not None:
            yield device, channel


def _channel(device: Device, *, named: bool) -> Channel | None:
    """The best of the device's printer interfaces; of a vendor's own only if it was named."""
    best: tuple[int, Channel] | None = None
    for configuration in device:
        if MARK in bytes(configuration.extra_descriptors):
            return None  # our own export of a printer, not the printer
        for interface in configuration:
            rank = _rank(interface, named=named)
            ends = _ends(interface)
            if rank is None or not ends[0] or (best is not None and best[0] <= rank):
                continue
            number, alternate = interface.bInterfaceNumber, interface.bAlternateSetting
            best = rank, Channel(number, alternate, *ends)
    return best[1] if best else None


def _rank(interface: Interface, *, named: bool) -> int | None:
    if interface.bInterfaceClass == PRINTER_CLASS:
        protocol = interface.bInterfaceProtocol
        return PROTOCOLS.index(protocol) if protocol in PROTOCOLS else None
    if interface.bInterfaceClass == VENDOR_CLASS and named:
        return len(PROTOCOLS)
    return None


def _ends(interface: Interface) -> tuple[int, int, int]:
    """The first bulk endpoint each way, and the packet size of the one that is read."""
    bulk = [end for end in interface if end.bmAttributes & _TYPE == _BULK]
    out = [end for end in bulk if not end.bEndpointAddress & _TO_HOST]
    back = [end for end in bulk if end.bEndpointAddress & _TO_HOST]
    return (
        out[0].bEndpointAddress if out else 0,
        back[0].bEndpointAddress if back else 0,
        back[0].wMaxPacketSize if back else 64,
    )


def _claim(device: Device, channel: Channel, give_back: bool) -> Callable[[], None]:
    """Claim the interface; what undoes it."""
    import usb.util

    number = channel.interface
    detached = _detach(device, number)

    def release() -> None:
        try:
            usb.util.release_interface(device, number)
            if detached and give_back:
                device.attach_kernel_driver(number)
        except OSError as error:  # it was unplugged meanwhile
            LOG.info("%04x:%04x: %s", device.idVendor, device.idProduct, error)
        _dispose(device)

    try:
        _configure(device)
        usb.util.claim_interface(device, number)
        if channel.alternate:
            device.set_interface_altsetting(number, channel.alternate)
    except OSError:
        release()
        raise
    return release


def _detach(device: Device, number: int) -> bool:
    try:
        if not device.is_kernel_driver_active(number):
            return False
        device.detach_kernel_driver(number)
    except NotImplementedError:  # systems without drivers to detach
        return False
    except OSError as error:
        if error.errno != errno.ENOENT:  # somebody else has just detached it
            raise
        return False
    return True


def _configure(device: Device) -> None:
    """Linux has configured the device already; elsewhere that is the program's to do."""
    try:
        device.get_active_configuration()
    except OSError as error:
        if error.errno is not None:
            raise
        device.set_configuration()


def _ask(device: Device, *request: *tuple[int, int, int, int, int]) -> bytes:
    """A class request past pyusb's Device.

    That would first claim the interface which the index's low byte names. In GET_DEVICE_ID the
    byte is the alternate setting, and the interface somebody else's.
    """
    kind, number, index, length, timeout = request
    answer = array("B", bytes(length))
    handle = device._ctx.managed_open()  # noqa: SLF001  # pyusb has no other way to the handle
    count = device.backend.ctrl_transfer(handle, kind, number, 0, index, answer, timeout)
    return answer[:count].tobytes()


def _name(device: Device) -> str:
    return str(UsbPlace(device.idVendor, device.idProduct))


def _facts(device: Device, channel: Channel) -> UsbPrinterFacts:
    return UsbPrinterFacts(
        device.idVendor,
        device.idProduct,
        device.bcdDevice,
        _text(device, "manufacturer"),
        _text(device, "product"),
        _text(device, "serial_number"),
        interface=channel.interface,
        out_endpoint=channel.out,
        in_endpoint=channel.in_,
        speed=_SPEEDS.get(device.speed or 0, Speed.HIGH),
    )


def _text(device: Device, name: str) -> str:
    """One of the device's texts; empty when it has none, or may not be read."""
    try:
        return str(getattr(device, name) or "").strip("\0 ")
    except (OSError, ValueError):  # pyusb says ValueError where it may not open the device
        return ""


def _dispose(device: Device) -> None:
    import usb.util

    usb.util.dispose_resources(device)
