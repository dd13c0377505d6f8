"""What a system has for simulated devices. Everywhere: memory, TCP, RFC 2217, pyusb, HTTP."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from enum import Enum

import click


class Needs(Enum):
    """Something that not every system has, and what serves instead."""

    PTY = ("no ptys", "--tcp HOST:PORT, or --rfc2217 HOST:PORT for a serial line")
    UNIX = ("no Unix sockets in Python", "--http, at a port of this machine")
    USBIP = ("no poll() for a USB/IP server", "--tcp HOST:PORT, or a Linux machine for this")
    PRELOAD = ("no umockdev", "--tcp HOST:PORT, or level usb of the pytest plugin")
    DESKTOP = ("no X11 of its own", "--tcp HOST:PORT, or a Linux machine for this")
    STORE = ("no file locks that the guard's store can use", "a Linux machine for the guard")
    DAEMON = ("nothing that the guard's daemon can run on", "a Linux machine for the guard")
    REAL = ("no termios and poll() for real devices", "simulated ones")


_NAMES = {"win32": "Windows", "darwin": "macOS"}
_LACKS: Mapping[str, frozenset[Needs]] = {
    "win32": frozenset(Needs),
    "darwin": frozenset({Needs.PRELOAD, Needs.DESKTOP, Needs.DAEMON}),
}
"""By ``sys.platform``; one that is not named is taken for Linux, and says itself what fails."""


def lacking(need: Needs) -> str:
    """Why this system cannot; empty: it can."""
    if need not in _LACKS.get(sys.platform, ()):
        return ""
    return f"{_NAMES[sys.platform]} has {need.value[0]}"


def require(need: Needs, option: str) -> None:
    """Refuse what this system has not, before anything starts.

    :raises click.UsageError: with what to use instead.
    """
    why = lacking(need)
    if why:
        raise click.UsageError(f"{option}: {why}. Use {need.value[1]}.")
