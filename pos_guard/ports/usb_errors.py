"""What a failed USB call means, and what to do about it."""

from __future__ import annotations

import errno
import math

from pos_guard.errors import PortBusyError, PortClosedError, PortError

GONE = frozenset({errno.ENODEV, errno.EIO, errno.ESHUTDOWN})
"""The device left the bus. libusb says EIO where it notices during the transfer."""


def usb_error(error: OSError, name: str, *, sent: int = 0, rule: str = "") -> PortError:
    """Our error for one of libusb's; ``rule`` is the udev rule to suggest for a lack of rights."""
    if error.errno in GONE:
        return PortClosedError(f"{name} is gone: it was unplugged or switched off", sent=sent)
    if error.errno == errno.EBUSY:
        return PortBusyError(
            f"{name} is in use by another program: stop it, or take the printer out of CUPS"
        )
    if error.errno == errno.EACCES:
        return PortError(f"{name}: no permission; {advice(rule)}")
    if error.errno == errno.EPIPE:
        return PortError(f"{name} refused the transfer (STALL)", sent=sent)
    return PortError(f"{name}: {error.strerror or error}", sent=sent)


def udev_rule(vendor: int, product: int) -> str:
    """The line that gives the users of group ``lp`` this printer."""
    ids = f'ATTR{{idVendor}}=="{vendor:04x}", ATTR{{idProduct}}=="{product:04x}"'
    return f'SUBSYSTEM=="usb", {ids}, MODE="0660", GROUP="lp"'


def advice(rule: str) -> str:
    """How a rule is put in place."""
    return (
        f"put this line into /etc/udev/rules.d/70-pos-guard.rules, plug the printer in again, and "
        f"add this user to group lp: {rule}"
    )


def milliseconds(seconds: float) -> int:
    """For libusb: rounded up, and never 0, which waits for ever."""
    return max(1, math.ceil(seconds * 1000))
