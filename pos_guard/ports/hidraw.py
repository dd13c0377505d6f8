"""A port to a HID scanner that the kernel's driver holds: ``/dev/hidraw0``.

The kernel shares such a device: every program that opened it reads each report, and a keyboard
types as well. Where nobody else may, the scanner is claimed through ``ports.hid`` instead.
"""

from __future__ import annotations

import errno
import fcntl
import os
import struct
from contextlib import suppress

from pos_guard.errors import LocalError, PortClosedError, PortError
from pos_guard.ports.descriptor import DescriptorPort, port_error
from pos_guard.ports.hid_facts import MAX_REPORT, HidFacts, is_keyboard, report_sizes
from pos_guard.ports.ioctls import ior
from pos_guard.ports.node_error import open_error
from pos_guard.ports.usb_errors import SCANNER

_TEXT = 256
_DESCRIPTOR = struct.Struct("I4096s")
_INFO = struct.Struct("IHH")

# linux/hidraw.h
_GET_SIZE = ior("H", 0x01, 4)
_GET_DESCRIPTOR = ior("H", 0x02, _DESCRIPTOR.size)
_GET_INFO = ior("H", 0x03, _INFO.size)
_GET_NAME = ior("H", 0x04, _TEXT)
_GET_UNIQUE = ior("H", 0x08, _TEXT)


class HidrawPort(DescriptorPort):
    """A :class:`~pos_guard.ports.base.Port` of reports, with their id first where there are ids.

    ``read`` gives exactly one input report, ``write`` takes exactly one output report. Takes the
    descriptor over.
    """

    def __init__(self, fd: int, facts: HidFacts) -> None:
        super().__init__(fd, lambda: os.close(fd))
        self.facts = facts
        self._ids = report_sizes(facts.descriptor).ids

    @classmethod
    def open(cls, device: str) -> HidrawPort:
        """Open the device.

        :raises PortClosedError: when there is no such device.
        :raises PortError: without permission (says which group), or when it is no HID device.
        """
        try:
            fd = os.open(device, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            raise open_error(device, error, SCANNER) from error
        try:
            return cls(fd, _facts(fd))
        except OSError as error:
            os.close(fd)
            if error.errno in {errno.ENOTTY, errno.EINVAL}:
                raise PortError(f"{device} is no HID device") from error
            raise open_error(device, error, SCANNER) from error

    def read(self, limit: int, seconds: float) -> bytes:
        """One input report; see :class:`~pos_guard.ports.base.Port`.

        :raises LocalError: when ``limit`` is less than the report; the report is lost.
        """
        report = super().read(MAX_REPORT, seconds)
        if len(report) > limit:
            raise LocalError(f"a report has {len(report)} bytes: read as many at once")
        return report

    def write(self, data: bytes, seconds: float) -> None:
        """Send one output report. The kernel gives a scanner that takes nothing up to 5 s.

        :raises PortError: when the scanner refuses it.
        :raises PortClosedError: when the scanner is gone.
        """
        del seconds  # the kernel's own; kernels before 5.5 never say that one may write
        with self._writing:
            if self._closed:
                raise PortClosedError("this port was closed")
            try:
                # Where a device has no ids hidraw wants a zero in their place.
                os.write(self._fd, data if self._ids else b"\0" + data)
            except OSError as error:
                raise port_error(error) from error


def _facts(fd: int) -> HidFacts:
    size = struct.unpack("i", fcntl.ioctl(fd, _GET_SIZE, bytes(4)))[0]
    asked = bytearray(_DESCRIPTOR.pack(size, b""))
    fcntl.ioctl(fd, _GET_DESCRIPTOR, asked)
    descriptor = bytes(_DESCRIPTOR.unpack(asked)[1][:size])
    _, vendor, product = _INFO.unpack(fcntl.ioctl(fd, _GET_INFO, bytes(_INFO.size)))
    return HidFacts(
        vendor,
        product,
        descriptor,
        is_keyboard(descriptor),
        name=_text(fd, _GET_NAME),
        serial=_text(fd, _GET_UNIQUE),
    )


def _text(fd: int, request: int) -> str:
    answer = bytearray(_TEXT)
    with suppress(OSError):  # HIDIOCGRAWUNIQ came with Linux 5.6
        fcntl.ioctl(fd, request, answer)
    return answer.split(b"\0")[0].decode("utf-8", "replace")
