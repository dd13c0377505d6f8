"""What a failed USB call means, and what to do about it."""

from __future__ import annotations

import errno
import math
from dataclasses import dataclass

from pos_guard.errors import PortBusyError, PortClosedError, PortError

GONE = frozenset({errno.ENODEV, errno.EIO, errno.ESHUTDOWN})
"""The device left the bus. libusb says EIO where it notices during the transfer."""


@dataclass(frozen=True, slots=True)
class DeviceKind:
    """What the messages call a device, and which users may have it.

    ``free`` is what else to do when another program holds it; ``group`` the users, and ``rules``
    the file for the udev rule that gives them the device.
    """

    name: str
    free: str
    group: str
    rules: str


PRINTER = DeviceKind("printer", "stop it, or take the printer out of CUPS", "lp", "70-pos-guard")
SCANNER = DeviceKind("scanner", "stop it", "dialout", "60-pos-guard-scanners")
"""Scanners go to the group that has the serial ones already."""


def usb_error(
    error: OSError, name: str, kind: DeviceKind = PRINTER, *, sent: int = 0, rule: str = ""
) -> PortError:
    """Our error for one of libusb's; ``rule`` is the udev rule to suggest for a lack of rights."""
    if error.errno in GONE:
        return PortClosedError(f"{name} is gone: it was unplugged or switched off", sent=sent)
    if error.errno == errno.EBUSY:
        return PortBusyError(f"{name} is in use by another program: {kind.free}")
    if error.errno == errno.EACCES:
        return PortError(f"{name}: no permission; {advice(rule, kind)}")
    if error.errno == errno.EPIPE:
        return PortError(f"{name} refused the transfer (STALL)", sent=sent)
    return PortError(f"{name}: {error.strerror or error}", sent=sent)


def udev_rule(vendor: int, product: int, kind: DeviceKind = PRINTER) -> str:
    """The line that gives the users of the kind's group this device."""
    ids = f'ATTR{{idVendor}}=="{vendor:04x}", ATTR{{idProduct}}=="{product:04x}"'
    return f'SUBSYSTEM=="usb", {ids}, MODE="0660", GROUP="{kind.group}"'


def advice(rule: str, kind: DeviceKind = PRINTER) -> str:
    """How a rule is put in place."""
    return (
        f"put this line into /etc/udev/rules.d/{kind.rules}.rules, plug the {kind.name} in again, "
        f"and add this user to group {kind.group}: {rule}"
    )


def milliseconds(seconds: float) -> int:
    """For libusb: rounded up, and never 0, which waits for ever."""
    return max(1, math.ceil(seconds * 1000))
