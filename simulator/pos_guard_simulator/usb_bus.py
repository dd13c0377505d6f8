"""A simulated USB bus: who is there at which address, and which kernel driver holds what.

``usb_usbfs`` is what a program may do on it, ``usb_sim_libusb1`` the same for pyusb.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from pos_guard.ports.usb_standard import StandardDevice

LAST_ADDRESS = 127
"""USB addresses have seven bits; 1 is the root hub's."""

Device = TypeVar("Device", bound=StandardDevice)


@dataclass(eq=False, slots=True)
class Seat:
    """One connection of a device. After the next one the device has another seat.

    ``bound`` are the interfaces that a kernel driver holds now, ``usual`` the driver that would
    take each; ``claims`` the interfaces held by programs, and by which handle.
    """

    device: StandardDevice
    address: int
    usual: dict[int, str]
    bound: dict[int, str] = field(default_factory=dict[int, str])
    claims: dict[int, object] = field(default_factory=dict[int, object])
    permitted: bool = True
    left: bool = False

    @property
    def present(self) -> bool:
        """Whether the device is still on the bus since this connection."""
        return not self.left and self.device.present

    @property
    def interfaces(self) -> frozenset[int]:
        """The numbers of the device's interfaces."""
        return frozenset(item.number for item in self.device.configuration.interfaces)


class SimulatedBus:
    """Devices come and go by ``plug`` and ``unplug``, from any thread."""

    def __init__(self, number: int = 1) -> None:
        self.number = number
        self.lock = threading.RLock()
        self._seats: list[Seat] = []
        self._followed: dict[StandardDevice, Callable[[], None]] = {}
        self._next = 2

    def plug(self, device: Device, *, driver: str | None = "usblp") -> Device:
        """Connect a device: at a new address, with the kernel's driver on every interface.

        ``driver``: None where the kernel has none for it.
        """
        with self.lock:
            self._part(device)
            device.plug()
            self._sit(device, driver)
            self._followed[device] = device.listen(partial(self._follow, device, driver))
        return device

    def unplug(self, device: StandardDevice) -> None:
        """Pull the cable."""
        with self.lock:
            self._part(device)
        device.unplug()

    def permit(self, device: StandardDevice, allowed: bool) -> None:
        """Whether programs may open it: a udev rule gives or withholds that."""
        self.seat(device).permitted = allowed

    def seat(self, device: StandardDevice) -> Seat:
        """The device's present connection.

        :raises LookupError: when it is not on this bus.
        """
        for seat in self.seats():
            if seat.device is device:
                return seat
        raise LookupError("this device is not plugged in")

    def seats(self) -> list[Seat]:
        """Everything that is connected now."""
        with self.lock:
            return [seat for seat in self._seats if seat.present]

    def _follow(self, device: StandardDevice, driver: str | None) -> None:
        """A device that leaves by itself loses its connection, and has another one once it is back.

        What had it open finds it gone, also where nobody looked in between.
        """
        with self.lock:
            if not device.present:
                self._leave(device)
            elif device in self._followed and all(
                seat.device is not device for seat in self._seats
            ):
                self._sit(device, driver)

    def _sit(self, device: StandardDevice, driver: str | None) -> None:
        numbers = {item.number for item in device.configuration.interfaces}
        usual = dict.fromkeys(numbers, driver) if driver else {}
        self._seats.append(Seat(device, self._next, usual, dict(usual)))
        self._next = self._next + 1 if self._next < LAST_ADDRESS else 2

    def _part(self, device: StandardDevice) -> None:
        deaf = self._followed.pop(device, None)
        if deaf is not None:
            deaf()
        self._leave(device)

    def _leave(self, device: StandardDevice) -> None:
        for seat in self._seats:
            if seat.device is device:
                seat.left = True
        self._seats = [seat for seat in self._seats if not seat.left]
