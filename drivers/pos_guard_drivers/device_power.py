"""Whether a device has power, as UnifiedPOS numbers it."""

from __future__ import annotations

from enum import IntEnum


class PowerState(IntEnum):
    """``OFFLINE``: it answers that it is offline. ``OFF_OFFLINE``: off or unplugged, no telling."""

    UNKNOWN = 2000
    ONLINE = 2001
    OFF = 2002
    OFFLINE = 2003
    OFF_OFFLINE = 2004
