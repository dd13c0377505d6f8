"""Where a simulated device is found: a pty, a TCP port, RFC 2217, a USB, or a desktop."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from dataclasses import dataclass
from typing import Literal, get_args

import click

from pos_guard.errors import PortError
from pos_guard.ports.address import Address, Kind
from pos_guard_simulator.systems.having import Needs

UsbAs = Literal["device", "ftdi"]
"""On the USB as the device is by itself, or its serial line behind an adapter."""

USB_AS = get_args(UsbAs)

LOOPBACK = "127.0.0.1"
"""Where a place is that nobody else shall reach."""

USBIP = f"{LOOPBACK}:3240"
"""Where ``usbip attach`` looks on this machine; the port is registered with IANA."""


@dataclass(frozen=True, slots=True)
class Place:
    """A TCP address, the USB of a simulated machine, a USB/IP address, or else a pty.

    ``pty``: it was asked for, and not only what is usual. ``link`` names it. ``rfc2217``: what is
    at the TCP address is a serial line of that kind. ``usb``: on the simulated machine's USB,
    unless there is a ``usbip`` address. ``desktop``: it types on this X11 display; empty: on that
    of the session.
    """

    tcp: Address | None = None
    pty: bool = False
    link: str | None = None
    usbip: Address | None = None
    rfc2217: bool = False
    usb: UsbAs | None = None
    desktop: str | None = None

    @property
    def serial(self) -> bool:
        """A serial line, so that the device frames its bytes as on one."""
        return self.tcp is None or self.rfc2217

    @property
    def on_usb(self) -> bool:
        """At either USB."""
        return self.usb is not None or self.usbip is not None

    @property
    def option(self) -> str:
        """The option that asks for it."""
        given = {"--usbip": self.usbip, "--usb": self.usb, "--desktop": self.desktop}
        found = next((option for option, value in given.items() if value is not None), "--pty")
        if self.tcp is not None:
            return "--rfc2217" if self.rfc2217 else "--tcp"
        return found

    @property
    def need(self) -> Needs | None:
        """What it takes of the system; None: every system has it."""
        return _NEEDS.get(self.option)

    @property
    def usual(self) -> bool:
        """Nobody asked for a place."""
        chosen = self.tcp is not None or self.pty or self.on_usb or self.desktop is not None
        return not chosen


_NEEDS = {
    "--usbip": Needs.USBIP,
    "--usb": Needs.PRELOAD,
    "--desktop": Needs.DESKTOP,
    "--pty": Needs.PTY,
}


@dataclass(frozen=True, slots=True)
class Places:
    """The options that name a place."""

    tcp: str | None = None
    pty: str | None = None
    rfc2217: str | None = None
    usb: UsbAs | None = None
    usbip: str | None = None

    @property
    def many(self) -> bool:
        """More than one is asked for; ``usb`` says what is at a USB/IP address, too."""
        usb = self.usb if self.usbip is None else self.usbip
        given = (self.tcp, self.pty, self.rfc2217, usb)
        return sum(one is not None for one in given) > 1

    @property
    def wired(self) -> bool:
        """One that needs more of the device than TCP."""
        given = (self.pty, self.rfc2217, self.usb, self.usbip)
        return any(one is not None for one in given)


def place_of(given: Places, *, usual: Kind, serial: bool = True) -> Place:
    """Read the options; without any the device is at its usual kind of place.

    ``serial``: the device has a serial line too, or is on the USB.

    :raises click.UsageError: no address, a place that it cannot have, or two at once.
    """
    if given.many:
        raise click.UsageError("One place, please: --tcp or --pty or --usb or --usbip.")
    if not serial and given.wired:
        raise click.UsageError("It has no serial line, it speaks over TCP: --tcp HOST:PORT")
    if given.rfc2217 is not None:
        address = read_address("--rfc2217", given.rfc2217.removeprefix("rfc2217://"))
        return Place(address, rfc2217=True)
    if given.usbip is not None:
        return Place(usbip=read_address("--usbip", given.usbip), usb=given.usb)
    if given.usb is not None:
        return Place(usb=given.usb)
    tcp = given.tcp
    if tcp is None and given.pty is None and usual is Kind.TCP:
        tcp = f"{LOOPBACK}:0"
    if tcp is None:
        return Place(pty=given.pty is not None, link=given.pty or None)
    return Place(read_address("--tcp", tcp))


def read_address(option: str, text: str) -> Address:
    """``HOST:PORT`` of an option.

    :raises click.UsageError: it is none.
    """
    try:
        return Address.parse(f"tcp:{text}")
    except ValueError as error:
        example = "write HOST:PORT, such as 127.0.0.1:9100"
        raise click.UsageError(f"{option} {text!r}: {example}") from error


@contextlib.contextmanager
def named(what: str) -> Generator[None, None, None]:
    """Say of an error which option it belongs to."""
    try:
        yield
    except PortError as error:
        raise click.UsageError(f"{what}: {error}") from error
    except OSError as error:
        raise click.UsageError(f"{what}: {error.strerror or error}") from error
