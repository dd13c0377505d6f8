"""How a kernel's HID driver reads a device of reports."""

from __future__ import annotations

from collections.abc import Iterator

from pos_guard.ports.usb_device import Setup, Stalled, UsbDevice
from pos_guard.ports.usb_standard import CLEAR_FEATURE, ENDPOINT_RECIPIENT


def reports_of(device: UsbDevice, endpoint: int, size: int) -> Iterator[bytes]:
    """The reports that are there now.

    A halt is cleared, and reading goes on (Linux, drivers/hid/usbhid/hid-core.c: ``hid_irq_in``,
    HID_CLEAR_HALT); with an endpoint that is halted again at once it does not.

    :raises Stalled: that.
    :raises Unplugged: the device is gone.
    """
    cleared = False
    while True:
        try:
            report = device.in_(endpoint, size)
        except Stalled:
            if cleared:
                raise
            device.control(Setup(ENDPOINT_RECIPIENT, CLEAR_FEATURE, 0, endpoint, 0), b"")
            cleared = True
            continue
        if report is None:
            return
        cleared = False
        yield report
