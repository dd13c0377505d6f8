"""What the devices of one run share: the bench, USB/IP servers, one simulated machine, desktops."""

from __future__ import annotations

import contextlib
from types import TracebackType
from typing import TYPE_CHECKING

import click

from pos_guard.ports.address import Address
from pos_guard_simulator.bench import Bench
from pos_guard_simulator.seats.bench_seat import BenchSeat
from pos_guard_simulator.seats.seat import Seat
from pos_guard_simulator.simulate_device import Device, OnUsb
from pos_guard_simulator.simulate_place import Place, named

if TYPE_CHECKING:
    from pos_guard.ports.usbip_server import UsbIpServer
    from pos_guard_simulator.desktop.typist import Typist
    from pos_guard_simulator.preload.machine import Machine


class Site:
    """Puts devices at their places. Use it as a context manager, within the bench's own.

    The machine is made for the first device that is on its USB, a USB/IP server for the first one
    at its address; later ones get the next bus ids there (``1-2``, ``1-3``).
    """

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._machine: Machine | None = None
        self._servers: dict[tuple[str, int], UsbIpServer] = {}
        self._typists: dict[str, Typist] = {}
        self._undo = contextlib.ExitStack()

    def __enter__(self) -> Site:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self.close()

    def seat(self, device: Device, place: Place, name: str = "") -> Seat:
        """Put a device at its place; ``name``: of this device, where others are of its kind.

        :raises click.UsageError: when the place cannot be had.
        :raises LocalError: when it needs a program that is not installed.
        """
        if place.usbip is not None:
            return self._exported(device, place, place.usbip)
        if place.usb is not None:
            return self._plugged(device, place)
        if place.desktop is not None:
            return self._typing(device, place.desktop)
        if isinstance(device.twin, OnUsb):
            raise click.UsageError(f"This {device.kind} is on the USB only: --usb or --usbip")
        return BenchSeat(self._bench, name or device.kind, device, device.twin, place)

    @property
    def environment(self) -> dict[str, str]:
        """What makes a program see the machine's devices; empty where there is no machine."""
        return {} if self._machine is None else self._machine.marks()

    def close(self) -> None:
        """Every USB device is unplugged; the bench takes down the others."""
        self._undo.close()

    def _plugged(self, device: Device, place: Place) -> Seat:
        # Loaded when somebody wants it: most runs have a pty or a port only.
        from pos_guard_simulator.preload.machine import Machine
        from pos_guard_simulator.seats.machine_seat import MachineSeat

        if self._machine is None:
            self._machine = self._undo.enter_context(Machine())
        return MachineSeat(on_usb(device, place), self._machine)

    def _exported(self, device: Device, place: Place, at: Address) -> Seat:
        from pos_guard.ports.usbip_server import UsbIpServer
        from pos_guard_simulator.seats.usbip_seat import UsbIpSeat

        key = (at.host, at.port)
        if key not in self._servers:
            with named(f"--usbip {at.host}:{at.port}"):
                self._servers[key] = UsbIpServer({}, at.host, at.port)
            self._undo.callback(self._servers[key].close)
        return UsbIpSeat(on_usb(device, place), self._servers[key])

    def _typing(self, device: Device, display: str) -> Seat:
        from pos_guard_simulator.desktop.session import open_typist
        from pos_guard_simulator.seats.typed import typed_seat

        if display not in self._typists:
            self._typists[display] = open_typist(display)
            self._undo.callback(self._typists[display].close)
        return typed_seat(device, self._typists[display])


def on_usb(device: Device, place: Place) -> OnUsb:
    """The device as it hangs on the USB: by itself, or its serial line behind an adapter.

    :raises click.UsageError: it has no serial line for an adapter.
    """
    from pos_guard_simulator.usb_serial.device import adapter_on_usb, serial_on_usb

    twin = device.twin
    if isinstance(twin, OnUsb):
        if place.usb == "ftdi":
            raise click.UsageError(f"This {device.kind} has no serial line for an adapter: --usb")
        return twin
    if place.usb == "ftdi":
        return adapter_on_usb(twin, device.ready)
    return serial_on_usb(twin) if device.on_usb is None else device.on_usb(twin)
