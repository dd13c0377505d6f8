"""What libusb lets a program do with a device of the simulated bus, and what it answers.

The rules are those of Linux's usbfs (drivers/usb/core/devio.c) through libusb 1.0.26, as observed
on Linux 6.1 with its usblp driver: who may claim, what is busy, which error each refusal becomes,
and how many bytes a transfer that ran into its deadline reports.
"""

from __future__ import annotations

import threading
import time
from enum import IntEnum

from pos_guard.ports.usb_device import Setup, Stalled, Unplugged
from pos_guard.ports.usb_standard import (
    CLEAR_FEATURE,
    ENDPOINT_RECIPIENT,
    SET_CONFIGURATION,
    SET_INTERFACE,
    TO_HOST,
)
from pos_guard_simulator.usb_bus import Seat, SimulatedBus
from pos_guard_simulator.usb_transfer import In, Out, TooLongError, Transfer

MAX_INTERFACES = 32
"""USB_MAXINTERFACES: libusb refuses larger numbers itself."""

_VENDOR, _TYPE = 0x40, 0x60
_INTERFACE_RECIPIENT, _RECIPIENT = 0x01, 0x1F
_GET_DEVICE_ID = (0xA1, 0)


class Code(IntEnum):
    """libusb's error codes (enum libusb_error)."""

    IO = -1
    INVALID_PARAM = -2
    ACCESS = -3
    NO_DEVICE = -4
    NOT_FOUND = -5
    BUSY = -6
    TIMEOUT = -7
    OVERFLOW = -8
    PIPE = -9
    OTHER = -99


class UsbfsError(Exception):
    """libusb answers with an error code."""

    def __init__(self, code: Code) -> None:
        self.code = code
        super().__init__(code.name)


class Handle:
    """An opened device. Time-outs are milliseconds; 0 waits for ever, as libusb's does."""

    def __init__(self, bus: SimulatedBus, seat: Seat) -> None:
        """Open the device.

        :raises UsbfsError: ``NO_DEVICE``, or ``ACCESS`` without permission.
        """
        self._bus = bus
        self._seat = seat
        self._claimed: set[int] = set()  # libusb's own list; usbfs keeps the seat's
        self._transfers = 0
        self._check_present()
        if not seat.permitted:
            raise UsbfsError(Code.ACCESS)

    def close(self) -> None:
        """Give back everything that this handle claimed.

        :raises RuntimeError: under a transfer: libusb's behaviour is undefined there.
        """
        if self._transfers:
            raise RuntimeError("libusb_close while a transfer is pending")
        with self._bus.lock:
            seat = self._seat
            seat.claims = {key: owner for key, owner in seat.claims.items() if owner is not self}

    # -- interfaces and their drivers -----------------------------------------------------------

    def claim(self, interface: int) -> None:
        """Claim an interface; ``BUSY`` while a kernel driver or another handle has it."""
        _check_number(interface)
        with self._bus.lock:
            self._check_present()
            if interface not in self._claimed:
                self._hold(interface, Code.BUSY)
                self._claimed.add(interface)

    def release(self, interface: int) -> None:
        """Release a claimed interface; ``NOT_FOUND`` if it is not claimed."""
        _check_number(interface)
        with self._bus.lock:
            if interface not in self._claimed:
                raise UsbfsError(Code.NOT_FOUND)
            self._check_present()
            self._claimed.discard(interface)
            self._seat.claims.pop(interface, None)

    def driver_active(self, interface: int) -> bool:
        """Whether a kernel driver holds the interface."""
        self._check_present()
        return interface in self._seat.bound

    def detach_driver(self, interface: int) -> None:
        """Take the interface from its kernel driver; ``NOT_FOUND`` if none has it."""
        with self._bus.lock:
            self._check_present()
            if self._seat.bound.pop(interface, None) is None:
                raise UsbfsError(Code.NOT_FOUND)

    def attach_driver(self, interface: int) -> None:
        """Give it back; ``BUSY`` while claimed or bound, ``NOT_FOUND`` if no driver wants it."""
        with self._bus.lock:
            self._check_present()
            if interface in self._seat.bound or interface in self._seat.claims:
                raise UsbfsError(Code.BUSY)
            if interface not in self._seat.usual:
                raise UsbfsError(Code.NOT_FOUND)
            self._seat.bound[interface] = self._seat.usual[interface]

    def set_configuration(self, value: int) -> None:
        """``BUSY`` while any interface is claimed (also by this handle) or bound."""
        with self._bus.lock:
            self._check_present()
            if self._seat.claims or self._seat.bound:
                raise UsbfsError(Code.BUSY)
        try:
            self._ask(Setup(0x00, SET_CONFIGURATION, value, 0, 0))
        except UsbfsError as error:
            raise UsbfsError(Code.NOT_FOUND) from error

    def set_alternate(self, interface: int, alternate: int) -> None:
        """Choose an alternate setting of a claimed interface."""
        self._check_present()
        if interface not in self._claimed:
            raise UsbfsError(Code.NOT_FOUND)
        try:
            self._ask(Setup(0x01, SET_INTERFACE, alternate, interface, 0))
        except UsbfsError as error:
            raise UsbfsError(Code.NOT_FOUND) from error

    def clear_halt(self, endpoint: int) -> None:
        """End an endpoint's STALL."""
        self._check_present()
        self._own(self._owner(endpoint, Code.NOT_FOUND), Code.OTHER)
        self._ask(Setup(ENDPOINT_RECIPIENT, CLEAR_FEATURE, 0, endpoint, 0))

    def reset(self) -> None:
        """Reset the device: it is configured as before, no endpoint is halted."""
        self._check_present()
        self._ask(Setup(0x00, SET_CONFIGURATION, self._seat.device.configuration.value, 0, 0))

    # -- transfers ------------------------------------------------------------------------------

    def control(self, setup: Setup, data: bytes) -> bytes:
        """A control transfer; an interface that it is for is claimed by it."""
        self._check_present()
        if setup.request_type & _TYPE != _VENDOR and not self._is_device_id(setup):
            recipient = setup.request_type & _RECIPIENT
            if recipient == _INTERFACE_RECIPIENT:
                self._own(setup.index & 0xFF, Code.IO)
            elif recipient == ENDPOINT_RECIPIENT and setup.index & ~TO_HOST:
                self._own(self._owner(setup.index & 0xFF, Code.IO), Code.IO)
        return self._ask(setup, data)

    def write(self, endpoint: int, data: memoryview, timeout: int) -> int:
        """A bulk OUT transfer: the bytes that were taken, which may be fewer at the time-out."""
        return self._carry(self.outgoing(endpoint, data), timeout)

    def read(self, endpoint: int, buffer: memoryview, timeout: int) -> int:
        """A bulk IN transfer: ends at a short packet, at a full buffer, or at the time-out."""
        transfer = self.incoming(endpoint, len(buffer))
        count = self._carry(transfer, timeout)
        buffer[:count] = transfer.data
        return count

    def outgoing(self, endpoint: int, data: bytes | memoryview) -> Out:
        """A bulk OUT transfer that nobody waits for; ``advance`` moves it."""
        self._check_present()
        self._own(self._owner(endpoint, Code.IO), Code.IO)
        return Out(self._seat.device, endpoint, data)

    def incoming(self, endpoint: int, size: int) -> In:
        """A bulk IN transfer that nobody waits for; ``advance`` moves it."""
        self._check_present()
        self._own(self._owner(endpoint, Code.IO), Code.IO)
        return In(self._seat.device, endpoint, size, self._packet(endpoint))

    def advance(self, transfer: Transfer) -> bool:
        """Move a transfer on; whether it is over.

        :raises UsbfsError: ``NO_DEVICE``, ``PIPE``, ``OVERFLOW``: it has ended so.
        """
        self._check_present()
        try:
            return transfer.step()
        except Unplugged as error:
            raise UsbfsError(Code.NO_DEVICE) from error
        except Stalled as error:
            raise UsbfsError(Code.PIPE) from error
        except TooLongError as error:
            raise UsbfsError(Code.OVERFLOW) from error

    def _carry(self, transfer: Transfer, timeout: int) -> int:
        self._transfers += 1
        try:
            done = self.advance(transfer) or self._wait(transfer, timeout)
        finally:
            self._transfers -= 1
        if not done and not transfer.count:
            raise UsbfsError(Code.TIMEOUT)
        return transfer.count

    def _wait(self, transfer: Transfer, timeout: int) -> bool:
        """Ask again whenever the device says that something changed."""
        deadline = time.monotonic() + timeout / 1000
        changed = threading.Event()
        stop = self._seat.device.listen(changed.set)
        try:
            while not self.advance(transfer):
                left = deadline - time.monotonic() if timeout else None
                if left is not None and left <= 0:
                    return False
                changed.wait(left)
                changed.clear()
        finally:
            stop()
        return True

    # -- the rules ------------------------------------------------------------------------------

    def _ask(self, setup: Setup, data: bytes = b"") -> bytes:
        try:
            return self._seat.device.control(setup, data)
        except Unplugged as error:
            raise UsbfsError(Code.NO_DEVICE) from error
        except Stalled as error:
            raise UsbfsError(Code.PIPE) from error

    def _check_present(self) -> None:
        if not self._seat.present:
            raise UsbfsError(Code.NO_DEVICE)

    def _hold(self, interface: int, busy: Code) -> None:
        if interface not in self._seat.interfaces:
            raise UsbfsError(Code.NOT_FOUND)
        owner = self._seat.claims.get(interface, self)
        if interface in self._seat.bound or owner is not self:
            raise UsbfsError(busy)
        self._seat.claims[interface] = self

    def _own(self, interface: int, busy: Code) -> None:
        """Usbfs claims what a program uses unclaimed."""
        with self._bus.lock:
            self._hold(interface, busy)

    def _owner(self, endpoint: int, unknown: Code) -> int:
        owner = self._seat.device.configuration.owner(endpoint)
        if owner is None:
            raise UsbfsError(unknown)
        return owner

    def _packet(self, endpoint: int) -> int:
        for interface in self._seat.device.configuration.interfaces:
            for end in interface.endpoints:
                if end.address == endpoint:
                    return end.packet
        raise UsbfsError(Code.IO)

    def _is_device_id(self, setup: Setup) -> bool:
        """GET_DEVICE_ID of a printer is let through whoever holds the interface."""
        if (setup.request_type, setup.request) != _GET_DEVICE_ID:
            return False
        wanted = (setup.index >> 8, setup.index & 0xFF)
        return any(
            (item.number, item.alternate) == wanted and item.triple[0] == 7
            for item in self._seat.device.configuration.interfaces
        )


def _check_number(interface: int) -> None:
    if not 0 <= interface < MAX_INTERFACES:
        raise UsbfsError(Code.INVALID_PARAM)
