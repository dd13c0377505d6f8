"""``/dev/bus/usb/BBB/DDD``: what libusb, and every library on it, does with a device.

Behaviour of Linux's usbfs (drivers/usb/core/devio.c). The node is a FIFO that programs can write
exactly while a finished transfer waits for them: libusb polls for that.
"""

from __future__ import annotations

import errno
import struct
from collections.abc import Callable, Generator
from contextlib import contextmanager

from pos_guard.ports.usb_device import Setup, Speed
from pos_guard.ports.usb_standard import TO_HOST
from pos_guard_simulator.preload import ioctls
from pos_guard_simulator.preload.caller import Caller, Readiness
from pos_guard_simulator.preload.usb_open import ERRORS, Call, Opened
from pos_guard_simulator.preload.usb_urbs import Urbs
from pos_guard_simulator.preload.worker import Worker
from pos_guard_simulator.usb_bus import Seat, SimulatedBus
from pos_guard_simulator.usb_usbfs import Code, Handle, UsbfsError

CAPABILITIES = 0x01 | 0x04 | 0x08 | 0x10
"""Zero packets, no size limit of packets, scatter and gather, reaping after an unplug."""

_EXCEPT_DRIVER = 0x02


class UsbNode:
    """The node of one connection of a device. ``bind`` is told when drivers come and go."""

    def __init__(
        self, bus: SimulatedBus, seat: Seat, ready: Readiness, bind: Callable[[], None]
    ) -> None:
        self._bus = bus
        self._seat = seat
        self._ready = ready
        self._bind = bind
        ready.writable(False)
        self._urbs = Urbs(seat, ready.writable)
        self._worker = Worker(self._urbs.pump)
        self._stop = seat.device.listen(self._worker.poke)
        self._calls: dict[int, Callable[[Call], int]] = {
            ioctls.USB_CONTROL: _control,
            ioctls.USB_BULK: self._bulk,
            ioctls.USB_RESET_ENDPOINT: _clear_halt,
            ioctls.USB_SET_INTERFACE: _set_interface,
            ioctls.USB_SET_CONFIGURATION: _set_configuration,
            ioctls.USB_GET_DRIVER: self._get_driver,
            ioctls.USB_SUBMIT_URB: self._urbs.submit,
            ioctls.USB_CLAIM: _claim,
            ioctls.USB_RELEASE: _release,
            ioctls.USB_CONNECT_INFO: self._connect_info,
            ioctls.USB_DRIVER_REQUEST: self._driver_request,
            ioctls.USB_RESET: _reset,
            ioctls.USB_CLEAR_HALT: _clear_halt,
            ioctls.USB_CAPABILITIES: _capabilities,
            ioctls.USB_DISCONNECT_CLAIM: self._disconnect_claim,
            ioctls.USB_SPEED: lambda _: int(seat.device.speed),
        }
        self._unplugged: dict[int, Callable[[Call], int]] = {
            ioctls.USB_DISCARD_URB: self._urbs.discard,
            ioctls.USB_REAP_URB: self._urbs.reap,
            ioctls.USB_REAP_URB_NOW: self._urbs.reap_now,
        }

    def close(self) -> None:
        """The device has left: whoever waits for a transfer hears it."""
        self._stop()
        self._worker.close()
        self._urbs.pump()
        self._ready.close()

    def opened(self, caller: Caller) -> None:
        """A handle of its own."""
        try:
            self._urbs.open(caller, Opened(Handle(self._bus, self._seat)))
        except UsbfsError:
            return  # its calls will say that the device has left

    def closed(self, caller: Caller) -> None:
        """What it had claimed is free."""
        self._urbs.close(caller)

    def read(self, caller: Caller, address: int, size: int) -> int:
        """Reading gives the descriptors."""
        device = self._seat.device
        data = (device.device_descriptor + device.configuration_descriptor)[:size]
        caller.poke(address, data)
        return len(data)

    def write(self, caller: Caller, address: int, size: int) -> int:
        """Nothing can be written."""
        raise OSError(errno.EINVAL, f"{caller.pid} wrote {size} bytes from {address:#x}")

    def ioctl(self, caller: Caller, request: int, argument: int) -> int:
        """Every request of usbfs that libusb makes, and the two of older programs."""
        call = Call(caller, self._urbs.of(caller), argument)
        reap = self._unplugged.get(request)
        if reap is not None:
            return reap(call)
        answer = self._calls.get(request)
        if answer is None:
            raise OSError(errno.ENOTTY, "no such request")
        if not self._seat.present:
            raise OSError(errno.ENODEV, "unplugged")
        try:
            return answer(call)
        except UsbfsError as error:
            raise OSError(ERRORS[error.code], error.code.name) from error

    def _get_driver(self, call: Call) -> int:
        interface = call.number()
        name = self._seat.bound.get(interface)
        if name is None and interface in self._seat.claims:
            name = "usbfs"
        if name is None:
            raise OSError(errno.ENODATA, "no driver")
        call.poke(name.encode() + b"\0", at=4)
        return 0

    def _driver_request(self, call: Call) -> int:
        data = call.peek(ioctls.DRIVER_REQUEST.size)
        interface, request, _ = ioctls.DRIVER_REQUEST.unpack(data)
        if request & 0xFFFF == ioctls.USB_DISCONNECT:
            self._detach(call, interface)
            return 0
        if request & 0xFFFF == ioctls.USB_CONNECT:
            call.handle.attach_driver(interface)
            self._bind()
            return 1
        raise OSError(errno.ENOTTY, "no such request to a driver")

    def _disconnect_claim(self, call: Call) -> int:
        data = call.peek(ioctls.DISCONNECT_CLAIM.size)
        interface, flags, name = ioctls.DISCONNECT_CLAIM.unpack(data)
        bound = self._seat.bound.get(interface)
        if bound is not None:
            if flags & _EXCEPT_DRIVER and name.split(b"\0")[0].decode("latin-1") == bound:
                raise OSError(errno.EBUSY, "its driver stays")
            self._detach(call, interface)
        call.handle.claim(interface)
        return 0

    def _detach(self, call: Call, interface: int) -> None:
        if interface not in self._seat.bound:
            raise OSError(errno.ENODATA, "no driver")
        call.handle.detach_driver(interface)
        self._bind()

    def _connect_info(self, call: Call) -> int:
        slow = self._seat.device.speed is Speed.LOW
        call.poke(struct.pack("@IB3x", self._seat.address, slow))
        return 0

    def _bulk(self, call: Call) -> int:
        data = call.peek(ioctls.BULK_TRANSFER.size)
        endpoint, size, timeout, buffer = ioctls.BULK_TRANSFER.unpack(data)
        self._urbs.check(endpoint)
        if not endpoint & TO_HOST:
            sent = call.caller.peek(buffer, size)
            return call.handle.write(endpoint, memoryview(sent), timeout)
        taken = bytearray(min(size, MAX_BULK))
        count = call.handle.read(endpoint, memoryview(taken), timeout)
        call.caller.poke(buffer, bytes(taken[:count]))
        return count


MAX_BULK = 16_384
"""Bytes that one synchronous bulk read takes: MAX_USBFS_BUFFER_SIZE of old kernels."""


def _claim(call: Call) -> int:
    call.handle.claim(call.number())
    return 0


def _release(call: Call) -> int:
    call.handle.release(call.number())
    return 0


@contextmanager
def _absent_is_invalid() -> Generator[None]:
    """The kernel says EINVAL of a setting that a device has not; libusb makes it "not found"."""
    try:
        yield
    except UsbfsError as error:
        if error.code is Code.NOT_FOUND:
            raise OSError(errno.EINVAL, "no such setting") from error
        raise


def _set_configuration(call: Call) -> int:
    with _absent_is_invalid():
        call.handle.set_configuration(call.number())
    return 0


def _set_interface(call: Call) -> int:
    with _absent_is_invalid():
        call.handle.set_alternate(*struct.unpack("@II", call.peek(8)))
    return 0


def _clear_halt(call: Call) -> int:
    call.handle.clear_halt(call.number())
    return 0


def _reset(call: Call) -> int:
    call.handle.reset()
    return 0


def _capabilities(call: Call) -> int:
    call.poke(struct.pack("@I", CAPABILITIES))
    return 0


def _control(call: Call) -> int:
    data = call.peek(ioctls.CONTROL_TRANSFER.size)
    *fields, _, buffer = ioctls.CONTROL_TRANSFER.unpack(data)
    setup = Setup(*fields)
    if setup.request_type & TO_HOST:
        answer = call.handle.control(setup, b"")
        call.caller.poke(buffer, answer)
        return len(answer)
    call.handle.control(setup, call.caller.peek(buffer, setup.length))
    return setup.length
