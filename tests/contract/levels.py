"""The levels at which a twin can be had, and what each is; ``docs/levels.md`` shows them."""

from __future__ import annotations

from enum import StrEnum


class Level(StrEnum):
    """From the nearest to the program under test to the farthest."""

    MEMORY = "memory"
    PTY = "pty"
    TCP = "tcp"
    RFC2217 = "rfc2217"
    USB = "usb"
    PRELOAD = "preload"
    USBIP = "usbip"
    KERNEL = "kernel"


LINES = (Level.MEMORY, Level.PTY, Level.TCP, Level.RFC2217)
"""Levels of a serial line or a network connection, all in the process of the tests."""

GUEST = (Level.USBIP, Level.KERNEL)
"""Levels that need root and vhci_hcd: their checks run in the virtual machine."""
