"""A port to a printer that the kernel's usblp driver holds: ``/dev/usb/lp0``.

What usblp does (drivers/usb/class/usblp.c, and observed on Linux 6.1), and what is done about it:

- A blocking write to a printer that takes nothing never returns. So the device is opened
  non-blocking.
- Then a write returns at once, as if all had gone; it took at most 8192 bytes, and close() throws
  them away silently if the printer has not. So every write waits until the device can take more,
  which means that the last piece is gone, and close() waits once more.
- A transfer that failed (STALL) is reported to nobody. Only the printer itself can tell.
- A read of nothing is no end of file: some printers send empty packets all the time.
"""

from __future__ import annotations

import errno
import fcntl
import os
import select
import struct
import threading
import time
from contextlib import suppress

from pos_guard.errors import PortClosedError, PortError, PortTimeoutError
from pos_guard.ports.descriptor import DescriptorPort, port_error
from pos_guard.ports.node_error import open_error
from pos_guard.ports.printer_class import MAX_DEVICE_ID, PortStatus, device_id_text
from pos_guard.ports.usb_errors import PRINTER

DRAIN_SECONDS = 0.8
"""How long close waits for the last piece: less than ``CLOSE_SECONDS``, which bounds it."""

EMPTY_PAUSE_MS = 10
"""Pause after an empty packet, so that a printer that sends nothing else costs little."""

_GET_STATUS = 0x060B  # LPGETSTATUS of linux/lp.h
_GET_DEVICE_ID = 2 << 30 | MAX_DEVICE_ID << 16 | 0x5001  # LPIOC_GET_DEVICE_ID
_SOFT_RESET = 0x5007  # LPIOC_SOFT_RESET


class UsbLpPort(DescriptorPort):
    """A :class:`~pos_guard.ports.base.Port` over a usblp device. Takes the descriptor over.

    ``pending`` are the bytes of the last piece that the printer had not taken when it was last
    seen; after ``close`` they may or may not have been printed. In a PortTimeoutError ``sent``
    includes them.
    """

    def __init__(self, fd: int, device: str) -> None:
        super().__init__(fd, self._drain)
        self.pending = 0
        self._device = device
        self._using = threading.Lock()

    @classmethod
    def open(cls, device: str) -> UsbLpPort:
        """Open the device, which only one program can.

        :raises PortBusyError: when another program holds it.
        :raises PortClosedError: when there is no such device.
        :raises PortError: without permission; says which group.
        """
        try:
            fd = os.open(device, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            raise open_error(device, error, PRINTER) from error
        return cls(fd, device)

    def write(self, data: bytes, seconds: float) -> None:
        """Have all of ``data`` taken by the printer; see :class:`~pos_guard.ports.base.Port`."""
        deadline = time.monotonic() + seconds
        sent = 0
        with self._writing:
            while sent < len(data):
                self._gone(deadline, sent)
                try:
                    self.pending = os.write(self._fd, memoryview(data)[sent:])
                except BlockingIOError:
                    continue
                except OSError as error:
                    raise port_error(error, sent=sent) from error
                sent += self.pending
            self._gone(deadline, sent)

    def device_id(self) -> str:
        """The printer's IEEE 1284 id.

        :raises PortError: when it has none, or is gone.
        """
        buffer = bytearray(MAX_DEVICE_ID)
        self._ioctl(_GET_DEVICE_ID, buffer)
        return device_id_text(bytes(buffer))

    def port_status(self) -> PortStatus:
        """What the printer's USB interface says of its state.

        :raises PortError: when it does not say, or is gone.
        """
        buffer = bytearray(4)
        self._ioctl(_GET_STATUS, buffer)
        return PortStatus.from_byte(struct.unpack("i", buffer)[0] & 0xFF)

    def soft_reset(self) -> None:
        """Flush the printer's buffers.

        :raises PortError: when it refuses, or is gone.
        """
        self._ioctl(_SOFT_RESET, bytearray(4))

    def _gone(self, deadline: float, sent: int) -> None:
        """Wait until the last piece has left."""
        while True:
            self._wait(deadline, reading=False, sent=sent)
            try:
                self._check_there()
            except BlockingIOError:
                continue
            except OSError as error:
                raise port_error(error, sent=sent) from error
            self.pending = 0
            return

    def _check_there(self) -> None:
        """Before Linux 5.12 a device that was unplugged looks writable, and only this tells."""
        os.write(self._fd, b"")

    def _read_nothing(self, deadline: float) -> None:
        """After an empty packet: is the printer still there? Then wait for more than that."""
        try:
            self._check_there()
        except BlockingIOError:
            pass  # it is there, and busy
        except OSError as error:
            raise port_error(error) from error
        poll = select.poll()
        poll.register(self._wake_read, select.POLLIN)
        poll.poll(EMPTY_PAUSE_MS)
        if time.monotonic() >= deadline:
            raise PortTimeoutError("only empty packets came before the deadline")

    def _drain(self) -> None:
        """Close; what the printer has not taken by then is thrown away by the kernel."""
        poll = select.poll()
        poll.register(self._fd, select.POLLOUT)
        if self.pending and poll.poll(DRAIN_SECONDS * 1000):
            with suppress(OSError):
                self._check_there()
                self.pending = 0
        with self._using:
            os.close(self._fd)

    def _ioctl(self, request: int, buffer: bytearray) -> None:
        with self._using:
            if self._closed:
                raise PortClosedError("this port was closed")
            try:
                fcntl.ioctl(self._fd, request, buffer)
            except OSError as error:
                if error.errno == errno.ENOTTY:
                    raise PortError(f"{self._device} is no USB printer of the kernel's") from error
                raise port_error(error) from error
