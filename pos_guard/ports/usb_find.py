"""Finding and claiming a USB device through pyusb, which is imported here only, when it is used.

A kernel driver that holds an interface is detached from it, and attached again when the device is
released. Which interface it is to be, the modules of the printers and scanners know.
"""

from __future__ import annotations

import errno
import logging
import threading
from array import array
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial, wraps
from typing import Any, ParamSpec, Protocol, TypeAlias, TypeVar, cast

from pos_guard.errors import LocalError, PortClosedError, PortError
from pos_guard.ports.usb_device import Speed
from pos_guard.ports.usb_errors import PRINTER, DeviceKind, advice, udev_rule, usb_error
from pos_guard.ports.usb_facts import MARK

LOG = logging.getLogger(__name__)

Backend: TypeAlias = Any
"""A ``usb.backend.IBackend``; pyusb has no types."""

Device: TypeAlias = Any
"""A ``usb.core.Device``. Beyond what finds devices it is known as ``Transfers`` only."""

Interface: TypeAlias = Any
"""A ``usb.core.Interface``."""

Found = TypeVar("Found")

BULK, INTERRUPT = 2, 3
"""Transfer types in an endpoint's attributes (USB 2.0 table 9-13)."""

_TYPE, _TO_HOST = 3, 0x80

# libusb 1.0.26 may die when a device is pulled out while two threads look for devices, open or
# close them. Transfers need no lock.
_ONE_AT_A_TIME = threading.RLock()

P = ParamSpec("P")
T = TypeVar("T")


def _alone(call: Callable[P, T]) -> Callable[P, T]:
    """One thread at a time runs any of these."""

    @wraps(call)
    def alone(*args: P.args, **named: P.kwargs) -> T:
        with _ONE_AT_A_TIME:
            return call(*args, **named)

    return alone


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
    """Which device: by its ids, and by its serial number among equal ones; vendor 0 is any.

    ``scheme`` is the address' kind: ``usb`` for printers, ``hid`` and ``cdc`` for scanners.
    """

    vendor: int = 0
    product: int = 0
    serial: str = ""
    scheme: str = "usb"

    def __str__(self) -> str:
        if not self.vendor:
            return f"{self.scheme}:{'printer' if self.scheme == 'usb' else 'scanner'}"
        serial = f":{self.serial}" if self.serial else ""
        return f"{self.scheme}:{self.vendor:04x}:{self.product:04x}{serial}"


@dataclass(frozen=True, slots=True)
class Channel:
    """An interface: what to claim, and its endpoints (0: it has none that way)."""

    interface: int
    alternate: int
    out: int
    in_: int
    packet: int


@dataclass(frozen=True, slots=True)
class Request:
    """A control transfer: ``data`` to the device, or ``length`` bytes from it."""

    kind: int
    number: int
    value: int
    index: int
    length: int = 0
    data: bytes = b""


@dataclass(frozen=True, slots=True)
class UsbFacts:
    """What any device shows of itself."""

    vendor: int
    product: int
    release: int
    manufacturer: str
    name: str
    serial: str
    speed: Speed


@dataclass(frozen=True, slots=True)
class Claimed:
    """A device that is ours until ``release``, which never raises.

    ``ask`` makes a control transfer within so many milliseconds.
    """

    name: str
    kind: DeviceKind
    facts: UsbFacts
    device: Transfers
    channel: Channel
    ask: Callable[[Request, int], bytes]
    release: Callable[[], None]


@_alone
def load_backend(library: str = "") -> Backend:
    """Load libusb 1.0; ``library`` is its path where the system's search does not find it.

    :raises LocalError: when pyusb or libusb is missing; says what to install.
    """
    try:
        from usb.backend import libusb1
    except ImportError as error:
        raise LocalError("USB devices need pyusb: pip install pyusb") from error

    def named(_: str) -> str:
        return library

    backend = libusb1.get_backend(find_library=named if library else None)
    if backend is None:
        what = f"no {library!r}" if library else "apt install libusb-1.0-0, or give its path"
        raise LocalError(f"libusb 1.0 is missing: {what}")
    return backend


@_alone
def find_only(
    place: UsbPlace,
    backend: Backend,
    pick: Callable[[Device], Found | None],
    kind: DeviceKind = PRINTER,
) -> tuple[Device, Found]:
    """The one device that fits; what is known of the others is given up.

    ``pick`` says what of a device is wanted; None: nothing. Its OSErrors mean that one device.

    :raises PortClosedError: when it is not there.
    :raises PortError: when several fit, or a serial number may not be read (says the udev rule).
    """
    candidates = list(_candidates(place, backend, pick))
    found = candidates
    if place.serial:
        found = [pair for pair in candidates if _text(pair[0], "serial_number") == place.serial]
    for device, _ in candidates:
        if len(found) != 1 or device is not found[0][0]:
            _dispose(device)
    if len(found) == 1:
        return found[0]
    if found:
        how = f"write {place.scheme}:VENDOR:PRODUCT:SERIAL"
        raise PortError(f"{place}: {len(found)} {kind.name}s fit; {how}")
    if any(not _text(device, "serial_number") for device, _ in candidates):
        rule = udev_rule(place.vendor, place.product, kind)
        raise PortError(f"{place}: a serial number cannot be read; {advice(rule, kind)}")
    raise PortClosedError(f"{place} is not there: plug it in, and switch it on")


@_alone
def claim(
    device: Device,
    channel: Channel,
    *others: int,
    place: UsbPlace,
    kind: DeviceKind = PRINTER,
    give_back: bool = True,
) -> Claimed:
    """Claim ``others`` and the channel's interface, from the kernel's driver if need be.

    A driver of several interfaces is attached again by the first, where it was found.
    ``give_back``: the kernel's driver has it again when it is released.

    :raises PortClosedError: when it is gone.
    :raises PortBusyError: when another program holds it.
    :raises PortError: without permission; says the udev rule.
    """
    name = str(UsbPlace(device.idVendor, device.idProduct, scheme=place.scheme))
    try:
        release = _take(device, channel, others, give_back)
    except OSError as error:
        _dispose(device)
        rule = udev_rule(device.idVendor, device.idProduct, kind)
        raise usb_error(error, name, kind, rule=rule) from error
    return Claimed(name, kind, _facts(device), device, channel, partial(control, device), release)


def endpoints(interface: Interface, kind: int) -> tuple[int, int, int]:
    """The first endpoint each way of a transfer type, and the packet size of the one read."""
    ends = [end for end in interface if end.bmAttributes & _TYPE == kind]
    out = [end for end in ends if not end.bEndpointAddress & _TO_HOST]
    back = [end for end in ends if end.bEndpointAddress & _TO_HOST]
    return (
        out[0].bEndpointAddress if out else 0,
        back[0].bEndpointAddress if back else 0,
        back[0].wMaxPacketSize if back else 64,
    )


def control(device: Device, request: Request, timeout: int) -> bytes:
    """A control transfer past pyusb's Device; milliseconds.

    That would first claim the interface which the index's low byte names. In GET_DEVICE_ID the
    byte is the alternate setting, and the interface somebody else's.

    :raises OSError: with libusb's errno.
    """
    buffer = array("B", request.data or bytes(request.length))
    handle = device._ctx.managed_open()  # noqa: SLF001  # pyusb has no other way to the handle
    setup = (request.kind, request.number, request.value, request.index)
    count = device.backend.ctrl_transfer(handle, *setup, buffer, timeout)
    return buffer[:count].tobytes()


@contextmanager
def borrowed(device: Device, number: int) -> Generator[None]:
    """An interface for a moment, to ask it something; afterwards its driver has it as before.

    :raises OSError: with libusb's errno.
    """
    import usb.util

    held = _detach(device, number)
    try:
        usb.util.claim_interface(device, number)
        yield
    finally:
        with suppress(OSError):  # it is gone, or another program's by now
            usb.util.release_interface(device, number)
            if held:
                device.attach_kernel_driver(number)


def _candidates(
    place: UsbPlace, backend: Backend, pick: Callable[[Device], Found | None]
) -> Iterator[tuple[Device, Found]]:
    import usb.core

    ids = {"idVendor": place.vendor, "idProduct": place.product} if place.vendor else {}
    found = cast("Iterable[Device]", usb.core.find(find_all=True, backend=backend, **ids))
    for device in found:
        try:
            chosen = None if _ours(device) else pick(device)
        except OSError as error:  # one bad device must not hide the others
            LOG.debug("%04x:%04x cannot be read: %s", device.idVendor, device.idProduct, error)
            chosen = None
        if chosen is not None:
            yield device, chosen


def _ours(device: Device) -> bool:
    """Our own export of a device, not the device."""
    return any(MARK in bytes(configuration.extra_descriptors) for configuration in device)


def _take(
    device: Device, channel: Channel, others: tuple[int, ...], give_back: bool
) -> Callable[[], None]:
    """Claim the interfaces; what undoes it."""
    import usb.util

    numbers = (*others, channel.interface)
    detached: list[int] = []

    @_alone
    def release() -> None:
        try:
            for number in numbers:
                usb.util.release_interface(device, number)
            for number in detached if give_back else ():
                device.attach_kernel_driver(number)
        except OSError as error:  # it was unplugged meanwhile
            LOG.info("%04x:%04x: %s", device.idVendor, device.idProduct, error)
        _dispose(device)

    try:
        detached += [number for number in numbers if _detach(device, number)]
        _configure(device)
        for number in numbers:
            usb.util.claim_interface(device, number)
        if channel.alternate:
            device.set_interface_altsetting(channel.interface, channel.alternate)
    except OSError:
        release()
        raise
    return release


def _detach(device: Device, number: int) -> bool:
    """Take an interface from its kernel driver; whether one had it."""
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


def _facts(device: Device) -> UsbFacts:
    return UsbFacts(
        device.idVendor,
        device.idProduct,
        device.bcdDevice,
        _text(device, "manufacturer"),
        _text(device, "product"),
        _text(device, "serial_number"),
        _SPEEDS.get(device.speed or 0, Speed.HIGH),
    )


def _text(device: Device, name: str) -> str:
    """One of the device's texts; empty when it has none, or may not be read."""
    try:
        return str(getattr(device, name) or "").strip("\0 ")
    except (OSError, ValueError):  # pyusb says ValueError where it may not open the device
        return ""


@_alone
def _dispose(device: Device) -> None:
    import usb.util

    usb.util.dispose_resources(device)
