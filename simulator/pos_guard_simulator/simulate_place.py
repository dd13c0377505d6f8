"""Where a simulated device is found: a pty, a TCP port, RFC 2217, or a USB device over USB/IP."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import click

from pos_guard.errors import PortError
from pos_guard.frames.decoded import Json
from pos_guard.links.session import Effects
from pos_guard.ports.address import Address, Kind
from pos_guard.ports.usbip_server import UsbIpServer
from pos_guard_simulator.bench import Bench
from pos_guard_simulator.rfc2217_line import Rfc2217Line
from pos_guard_simulator.simulate_device import Device, OnUsb

BUS_ID = "1-1"
"""By what ``usbip attach`` names the device."""


@dataclass(frozen=True, slots=True)
class Place:
    """A TCP address, a USB/IP one, or else a pty; and the control socket.

    ``pty``: it was asked for, and not only what is usual. ``link`` names it. ``rfc2217``: what is
    at the TCP address is a serial line of that kind.
    """

    tcp: Address | None = None
    pty: bool = False
    link: str | None = None
    control: Path | None = None
    usbip: Address | None = None
    rfc2217: bool = False

    @property
    def serial(self) -> bool:
        """A serial line, so that the device frames its bytes as on one."""
        return self.tcp is None or self.rfc2217


@dataclass(frozen=True, slots=True)
class Places:
    """The options that name a place."""

    tcp: str | None = None
    pty: str | None = None
    rfc2217: str | None = None
    control: Path | None = None


def place_of(given: Places, *, usual: Kind, serial: bool = True) -> Place:
    """Read the options; without any the device is at its usual kind of place.

    ``serial``: the device has a serial line too.

    :raises click.UsageError: no address, a place that it cannot have, or two at once.
    """
    if sum(one is not None for one in (given.tcp, given.pty, given.rfc2217)) > 1:
        raise click.UsageError("One place, please: --tcp or --pty or --rfc2217.")
    if not serial and (given.pty is not None or given.rfc2217 is not None):
        raise click.UsageError("It has no serial line, it speaks over TCP: --tcp HOST:PORT")
    if given.rfc2217 is not None:
        address = read_address("--rfc2217", given.rfc2217.removeprefix("rfc2217://"))
        return Place(address, control=given.control, rfc2217=True)
    tcp = given.tcp
    if tcp is None and given.pty is None and usual is Kind.TCP:
        tcp = "127.0.0.1:0"
    if tcp is None:
        return Place(pty=given.pty is not None, link=given.pty or None, control=given.control)
    return Place(read_address("--tcp", tcp), control=given.control)


def read_address(option: str, text: str) -> Address:
    """``HOST:PORT`` of an option.

    :raises click.UsageError: it is none.
    """
    try:
        return Address.parse(f"tcp:{text}")
    except ValueError as error:
        example = "write HOST:PORT, such as 127.0.0.1:9100"
        raise click.UsageError(f"{option} {text!r}: {example}") from error


class Seat(Protocol):
    """A device at its place."""

    @property
    def addresses(self) -> Mapping[str, Json]:
        """Where it is now, by kind of place."""
        ...

    @property
    def line(self) -> Mapping[str, Json]:
        """How the host has set the serial line, where its place can tell."""
        ...

    def do(self, act: Callable[[], Effects]) -> None:
        """Run something that somebody does to it, and its effects. Of any thread."""
        ...

    def plug(self) -> None:
        """Be there again after it was unplugged; a pty is another one then, under its link."""
        ...

    def close(self) -> None:
        """Be there no more."""
        ...


def seat_at(bench: Bench, device: Device, place: Place) -> Seat:
    """Put a device at its place.

    :raises click.UsageError: when the place cannot be had.
    """
    if isinstance(device.twin, OnUsb):
        if place.usbip is None:
            raise click.UsageError(f"This {device.kind} is on the USB only: --usbip")
        with named(f"--usbip {place.usbip.host}:{place.usbip.port}"):
            return _UsbSeat(device.twin, place.usbip)
    return _BenchSeat(bench, device, place)


class _BenchSeat:
    """A twin at a pty or a TCP port, which may be a serial line (RFC 2217)."""

    def __init__(self, bench: Bench, device: Device, place: Place) -> None:
        self._bench = bench
        self._device = device
        self._place = place
        self._remote: Rfc2217Line | None = None
        self.addresses = self._sit()

    @property
    def line(self) -> Mapping[str, Json]:
        return {} if self._remote is None else {"line": self._remote.settings.told}

    def do(self, act: Callable[[], Effects]) -> None:
        remote = self._remote
        if remote is None:
            self._bench.call(self._device.kind, act)
        else:
            self._bench.call(self._device.kind, lambda: remote.outward(act()))

    def plug(self) -> None:
        if self._place.tcp is None:  # a TCP port stays where it is
            self._bench.unplug(self._device.kind)
            self.addresses = self._sit()

    def close(self) -> None:
        """The bench takes it down."""

    def _sit(self) -> Mapping[str, Json]:
        device, place = self._device, self._place
        if isinstance(device.twin, OnUsb):
            raise TypeError("a USB device has no place on the bench")
        if place.tcp is None:
            with named(f"--pty {place.link}"):
                return {"pty": self._bench.pty(device.kind, device.twin, place.link)}
        host, port = place.tcp.host, place.tcp.port
        if place.rfc2217:
            self._remote = Rfc2217Line(device.twin)
            with named(f"--rfc2217 {host}:{port}"):
                at = self._bench.tcp(device.kind, self._remote, host, port, second=device.second)
            return {"rfc2217": f"rfc2217://{at}"}
        with named(f"--tcp {host}:{port}"):
            address = self._bench.tcp(device.kind, device.twin, host, port, second=device.second)
        if device.kind == "provider":
            return {"tcp": address, "http": f"http://{address}"}
        return {"tcp": address}


class _UsbSeat:
    """A USB device that any machine with ``usbip`` can attach."""

    line: Mapping[str, Json] = {}

    def __init__(self, device: OnUsb, place: Address) -> None:
        self._device = device
        self._server = UsbIpServer({BUS_ID: device.function}, place.host, place.port)
        host, port = self._server.address
        self.addresses: Mapping[str, Json] = {"usbip": f"{host}:{port}", "busid": BUS_ID}

    def do(self, act: Callable[[], Effects]) -> None:
        self._device.do(act)

    def plug(self) -> None:
        self._device.function.plug()

    def close(self) -> None:
        self._server.close()


@contextlib.contextmanager
def named(what: str) -> Generator[None, None, None]:
    """Say of an error which option it belongs to."""
    try:
        yield
    except PortError as error:
        raise click.UsageError(f"{what}: {error}") from error
    except OSError as error:
        raise click.UsageError(f"{what}: {error.strerror or error}") from error
