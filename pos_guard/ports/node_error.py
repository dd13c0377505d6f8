"""Why a device's node under /dev cannot be opened, and what to do about it."""

from __future__ import annotations

import errno

from pos_guard.errors import PortBusyError, PortClosedError, PortError
from pos_guard.ports.usb_errors import DeviceKind

_BUSY = frozenset({errno.EBUSY, errno.EAGAIN})
_AWAY = frozenset({errno.ENOENT, errno.ENXIO, errno.ENODEV})
_FORBIDDEN = frozenset({errno.EACCES, errno.EPERM})


def open_error(device: str, error: OSError, kind: DeviceKind) -> PortError:
    """Our error for one of the system's, in words for this kind of device."""
    if error.errno in _BUSY:
        return PortBusyError(f"{device} is in use by another program, which must close it first")
    if error.errno in _AWAY:
        return PortClosedError(f"{device} is not there: plug the {kind.name} in, and switch it on")
    if error.errno in _FORBIDDEN:
        return PortError(f"{device}: no permission; add this user to group {kind.group}")
    return PortError(f"{device} cannot be opened: {error.strerror}")
