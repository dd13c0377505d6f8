"""Which interface of a USB device is a printer's."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from pos_guard.ports.usb_facts import UsbPrinterFacts
from pos_guard.ports.usb_find import (
    BULK,
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

PRINTER_CLASS, VENDOR_CLASS = 7, 0xFF
"""Interface classes: printers, and printers that hide it (Epson's M129C, 04b8:0202)."""

PROTOCOLS = (2, 1, 3)
"""Of a printer's alternate settings the best first: bidirectional, unidirectional, IEEE 1284.4.
Protocol 4 (IPP over USB) is no byte stream."""


def claim_printer(place: UsbPlace, backend: Backend, *, give_back: bool = True) -> Claimed:
    """Find the one printer and claim it, from the kernel's driver if need be.

    ``give_back``: the kernel's driver has it again when it is released.

    :raises PortClosedError: when it is not there.
    :raises PortBusyError: when another program holds it.
    :raises PortError: without permission (says the udev rule), or when several printers fit.
    """
    pick: Callable[[Device], Channel | None] = partial(_channel, named=bool(place.vendor))
    device, channel = find_only(place, backend, pick)
    return claim(device, channel, place=place, give_back=give_back)


def printer_facts(printer: Claimed, device_id: bytes) -> UsbPrinterFacts:
    """What a claimed printer shows of itself."""
    shown = printer.facts
    channel = printer.channel
    return UsbPrinterFacts(
        shown.vendor,
        shown.product,
        shown.release,
        shown.manufacturer,
        shown.name,
        shown.serial,
        device_id,
        interface=channel.interface,
        out_endpoint=channel.out,
        in_endpoint=channel.in_,
        speed=shown.speed,
    )


def _channel(device: Device, *, named: bool) -> Channel | None:
    """The best of the device's printer interfaces; of a vendor's own only if it was named."""
    best: tuple[int, Channel] | None = None
    for configuration in device:
        for interface in configuration:
            rank = _rank(interface, named=named)
            ends = endpoints(interface, BULK)
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
