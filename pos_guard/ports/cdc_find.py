"""Which interfaces of a USB device are a serial line (CDC-ACM)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from pos_guard.ports.scanner_makers import is_known
from pos_guard.ports.usb_errors import SCANNER
from pos_guard.ports.usb_find import (
    BULK,
    INTERRUPT,
    Backend,
    Channel,
    Claimed,
    Device,
    Interface,
    UsbPlace,
    claim,
    endpoints,
    find_only,
)

CONTROL, DATA_CLASS = (2, 2), 0x0A
"""Communications class, abstract control model; and the class of its data interface (PSTN 1.2)."""

_CLASS_DESCRIPTOR, _UNION = 0x24, 0x06


@dataclass(frozen=True, slots=True)
class SerialFunction:
    """``channel`` is the data interface; ``notify`` the control interface's endpoint, or 0."""

    channel: Channel
    control: int
    notify: int


def claim_cdc(
    place: UsbPlace, backend: Backend, *, give_back: bool = True
) -> tuple[Claimed, SerialFunction]:
    """Find the one scanner and claim both of its interfaces, from the kernel's driver if need be.

    A place that names none is the only such device of a maker of scanners, or with the ids of a
    known model: payment terminals and modems look the same.

    :raises PortClosedError: when it is not there.
    :raises PortBusyError: when another program holds it.
    :raises PortError: without permission (says the udev rule), or when several scanners fit.
    """
    pick: Callable[[Device], SerialFunction | None] = partial(_pick, named=bool(place.vendor))
    device, found = find_only(place, backend, pick, SCANNER)
    claimed = claim(
        device, found.channel, found.control, place=place, kind=SCANNER, give_back=give_back
    )
    return claimed, found


def _pick(device: Device, *, named: bool) -> SerialFunction | None:
    if not named and not is_known(device.idVendor, device.idProduct):
        return None
    interfaces = [item for config in device for item in config]
    for control in interfaces:
        if (control.bInterfaceClass, control.bInterfaceSubClass) != CONTROL:
            continue
        wanted = _data_number(control)
        for data in interfaces:
            if data.bInterfaceNumber == wanted and _carries(data):
                return _function(control, data)
    return None


def _data_number(control: Interface) -> int:
    """What the union descriptor says (CDC 1.2 clause 5.2.3.2), or the next interface."""
    extra = bytes(control.extra_descriptors)
    at = 0
    while at + 5 <= len(extra) and extra[at] >= 2:
        if (extra[at + 1], extra[at + 2]) == (_CLASS_DESCRIPTOR, _UNION):
            return extra[at + 4]
        at += extra[at]
    return int(control.bInterfaceNumber) + 1


def _carries(data: Interface) -> bool:
    return data.bInterfaceClass == DATA_CLASS and all(endpoints(data, BULK)[:2])


def _function(control: Interface, data: Interface) -> SerialFunction:
    ends = endpoints(data, BULK)
    channel = Channel(data.bInterfaceNumber, data.bAlternateSetting, *ends)
    return SerialFunction(channel, control.bInterfaceNumber, endpoints(control, INTERRUPT)[1])
