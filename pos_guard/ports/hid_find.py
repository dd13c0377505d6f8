"""Which interface of a USB device is a scanner's HID interface, and its report descriptor.

Keyboards, mice and touch screens are HID devices too. To read a report descriptor over USB an
interface must be taken from its driver, which would make those stop for a moment: so what the
kernel has read already is preferred, and only devices that were named, or that come from a maker
of scanners, are ever asked.
"""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pos_guard.frames.hid_descriptor import MAX_DESCRIPTOR
from pos_guard.ports.hid_facts import HidFacts, is_scanner
from pos_guard.ports.scanner_makers import is_known
from pos_guard.ports.usb_errors import SCANNER, usb_error
from pos_guard.ports.usb_find import (
    INTERRUPT,
    Backend,
    Channel,
    Claimed,
    Device,
    Interface,
    Request,
    UsbPlace,
    borrowed,
    claim,
    control,
    endpoints,
    find_only,
)

HID_CLASS, BOOT, KEYBOARD, MOUSE = 3, 1, 1, 2
"""Interface class, boot subclass, and protocols (HID 1.11 clauses 4.1 to 4.3)."""

SYSFS = Path("/sys/bus/usb/devices")
"""Where Linux shows the report descriptors that its driver has read."""

PROBE_MS = 500
"""A device answers for its descriptor in milliseconds, unless it hangs."""

_GET_DESCRIPTOR, _REPORT = (0x81, 6), 0x2200
_NONE_TO_SHOW = (errno.EPIPE, errno.ETIMEDOUT)
_NOT_FOR_US = (errno.EBUSY, errno.EACCES)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A HID interface of a device."""

    channel: Channel
    keyboard: bool


def claim_hid(
    place: UsbPlace, backend: Backend, *, give_back: bool = True
) -> tuple[Claimed, HidFacts]:
    """Find the one scanner and claim its HID interface, from the kernel's driver if need be.

    A named device gives its scanner interface (usage page 8C), else a keyboard's, else its first;
    a place that names none is the only device with a scanner interface.

    :raises PortClosedError: when it is not there.
    :raises PortBusyError: when another program holds it.
    :raises PortError: without permission (says the udev rule), or when several scanners fit.
    """
    pick: Callable[[Device], Chosen | None] = partial(_pick, named=bool(place.vendor))
    device, chosen = find_only(place, backend, pick, SCANNER)
    channel = chosen.channel
    claimed = claim(device, channel, place=place, kind=SCANNER, give_back=give_back)
    try:
        descriptor = _ask(device, channel.interface)
    except OSError as error:
        if error.errno not in _NONE_TO_SHOW:
            claimed.release()
            raise usb_error(error, claimed.name, SCANNER) from error
        descriptor = b""  # it has none to show: its user must know its reports
    shown = claimed.facts
    return claimed, HidFacts(
        vendor=shown.vendor,
        product=shown.product,
        descriptor=descriptor,
        keyboard=chosen.keyboard,
        release=shown.release,
        manufacturer=shown.manufacturer,
        name=shown.name,
        serial=shown.serial,
        interface=channel.interface,
        in_endpoint=channel.in_,
        out_endpoint=channel.out,
        packet=channel.packet,
        speed=shown.speed,
    )


def _pick(device: Device, *, named: bool) -> Chosen | None:
    interfaces = [item for config in device for item in config if _fits(item)]
    if not named:
        scanners = [item for item in interfaces if not _boots(item)]
        chosen = next((item for item in scanners if _scans(device, item, named=False)), None)
        return _chosen(chosen) if chosen else None
    if len(interfaces) > 1:
        interfaces.sort(key=lambda item: _rank(device, item))
    return _chosen(interfaces[0]) if interfaces else None


def _fits(interface: Interface) -> bool:
    """It can send reports, and is no mouse."""
    if interface.bInterfaceClass != HID_CLASS or _boots(interface) == MOUSE:
        return False
    return bool(endpoints(interface, INTERRUPT)[1])


def _boots(interface: Interface) -> int:
    """The boot protocol; 0: none."""
    return int(interface.bInterfaceProtocol) if interface.bInterfaceSubClass == BOOT else 0


def _rank(device: Device, interface: Interface) -> int:
    if _boots(interface):
        return 1
    return 0 if _scans(device, interface, named=True) else 2


def _chosen(interface: Interface) -> Chosen:
    number, alternate = interface.bInterfaceNumber, interface.bAlternateSetting
    channel = Channel(number, alternate, *endpoints(interface, INTERRUPT))
    return Chosen(channel, _boots(interface) == KEYBOARD)


def _scans(device: Device, interface: Interface, *, named: bool) -> bool:
    """A scanner's interface, or one that may be: claiming it will tell why it cannot be asked."""
    number = interface.bInterfaceNumber
    known = shown_by_kernel(device, number)
    if known or not (named or is_known(device.idVendor, device.idProduct)):
        return is_scanner(known)
    try:
        with borrowed(device, number):
            return is_scanner(_ask(device, number))
    except OSError as error:
        if error.errno in _NONE_TO_SHOW:
            return False
        if error.errno in _NOT_FOR_US:
            return True
        raise


def shown_by_kernel(device: Device, number: int, sysfs: Path = SYSFS) -> bytes:
    """What the kernel's HID driver read from an interface that it holds; empty elsewhere."""
    ids = (f"{device.address}", f"{device.idVendor:04x}", f"{device.idProduct:04x}")
    try:
        for place in sysfs.glob(f"{device.bus}-*/devnum"):
            names = (place, place.with_name("idVendor"), place.with_name("idProduct"))
            if tuple(name.read_text(encoding="ascii").strip() for name in names) != ids:
                continue
            for found in sysfs.glob(f"{place.parent.name}:*.{number}/*/report_descriptor"):
                return found.read_bytes()
    except OSError:
        return b""  # it was unplugged meanwhile
    return b""


def _ask(device: Device, number: int) -> bytes:
    request = Request(*_GET_DESCRIPTOR, _REPORT, number, MAX_DESCRIPTOR)
    return control(device, request, PROBE_MS)
