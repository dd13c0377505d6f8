"""One open of a usbfs node, one call on it, and what libusb's errors are called in the kernel."""

from __future__ import annotations

import errno
import struct
from collections import deque
from dataclasses import dataclass, field

from pos_guard_simulator.preload.caller import Caller
from pos_guard_simulator.usb_transfer import Transfer
from pos_guard_simulator.usb_usbfs import Code, Handle

ERRORS = {
    Code.IO: errno.EBUSY,  # somebody else has the interface; libusb makes an I/O error of it
    Code.INVALID_PARAM: errno.EINVAL,
    Code.ACCESS: errno.EACCES,
    Code.NO_DEVICE: errno.ENODEV,
    Code.NOT_FOUND: errno.ENOENT,
    Code.BUSY: errno.EBUSY,
    Code.TIMEOUT: errno.ETIMEDOUT,
    Code.OVERFLOW: errno.EOVERFLOW,
    Code.PIPE: errno.EPIPE,
    Code.OTHER: errno.EBUSY,
}


@dataclass(eq=False, slots=True)
class Urb:
    """A transfer that a program has submitted; ``at`` and ``buffer`` are addresses there."""

    at: int
    endpoint: int
    buffer: int
    transfer: Transfer
    status: int = 0


@dataclass(eq=False, slots=True)
class Opened:
    """One open of the node: claims and transfers belong to it."""

    handle: Handle
    pending: list[Urb] = field(default_factory=list[Urb])
    done: deque[Urb] = field(default_factory=deque[Urb])


@dataclass(frozen=True, slots=True)
class Call:
    """One ioctl: who makes it, and its argument, mostly an address."""

    caller: Caller
    opened: Opened
    argument: int

    @property
    def handle(self) -> Handle:
        """What the simulated kernel lets it do."""
        return self.opened.handle

    def number(self) -> int:
        """The unsigned int that the argument points to."""
        return int(struct.unpack("@I", self.peek(4))[0])

    def peek(self, size: int) -> bytes:
        """What the argument points to."""
        return self.caller.peek(self.argument, size)

    def poke(self, data: bytes, at: int = 0) -> None:
        """Write there."""
        self.caller.poke(self.argument + at, data)
