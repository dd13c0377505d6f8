"""``/dev/hidraw0``: reports as they come (Documentation/hid/hidraw.rst, drivers/hid/hidraw.c)."""

from __future__ import annotations

import errno
import struct
from collections import deque
from collections.abc import Callable

from pos_guard.ports.usb_descriptors import UsbIdentity
from pos_guard_simulator.preload import ioctls
from pos_guard_simulator.preload.caller import Caller, Readiness
from pos_guard_simulator.preload.queue_node import QueueNode

BUS_USB = 3
MAX_DESCRIPTOR = 4_096
"""HID_MAX_DESCRIPTOR_SIZE."""
MAX_REPORT = 16_384
"""HID_MAX_BUFFER_SIZE."""

_DESCRIPTOR_SIZE, _DESCRIPTOR, _INFO, _NAME, _PLACE, _SERIAL = 1, 2, 3, 4, 5, 8


class HidrawNode(QueueNode):
    """The reports of one HID interface.

    ``send`` carries an output report to the device; ``used`` is called when a program opens it.
    """

    read_when_gone = errno.EIO

    def __init__(
        self,
        ready: Readiness,
        identity: UsbIdentity,
        descriptor: bytes,
        send: Callable[[bytes], None],
        used: Callable[[], None],
    ) -> None:
        super().__init__(ready)
        self._used = used
        self._descriptor = descriptor
        self._send = send
        name = f"{identity.maker} {identity.name}"
        self._texts = {
            _NAME: name.encode(),
            _PLACE: b"usb-simulated-1/input0",
            _SERIAL: identity.serial.encode(),
        }
        self._identity = identity

    def opened(self, caller: Caller) -> None:
        """What comes from now on is its, and what the device has kept until somebody asks."""
        super().opened(caller)
        self._used()

    def read(self, caller: Caller, address: int, size: int) -> int:
        """One report; what does not fit of it is lost."""
        report = self.take(caller, size)
        caller.poke(address, report)
        return len(report)

    def write(self, caller: Caller, address: int, size: int) -> int:
        """One output report, its number first (0 where reports have none)."""
        self.check_present()
        if not 2 <= size <= MAX_REPORT:
            raise OSError(errno.EINVAL, "no report")
        data = caller.peek(address, size)
        self._send(data if data[0] else data[1:])
        return size

    def ioctl(self, caller: Caller, request: int, argument: int) -> int:
        """What the device is."""
        self.check_present()
        code, size = ioctls.code_of(request), ioctls.size_of(request)
        if ioctls.kind_of(request) != "H":
            raise OSError(errno.ENOTTY, "no such request")
        if code == _DESCRIPTOR_SIZE:
            caller.poke(argument, struct.pack("@i", len(self._descriptor)))
        elif code == _DESCRIPTOR:
            wanted = struct.unpack("@I", caller.peek(argument, 4))[0]
            if wanted > MAX_DESCRIPTOR - 1:
                raise OSError(errno.EINVAL, "too much")
            caller.poke(argument + 4, self._descriptor[:wanted])
        elif code == _INFO:
            vendor, product = self._identity.vendor, self._identity.product
            caller.poke(argument, struct.pack("@IHH", BUS_USB, vendor, product))
        elif code in self._texts:
            text = (self._texts[code] + b"\0")[:size]
            caller.poke(argument, text)
            return len(text)
        else:
            raise OSError(errno.ENOTTY, "no such request")
        return 0

    def fit(self, records: deque[bytes], size: int) -> bytes:
        """One report."""
        return records.popleft()[:size]
