"""Serial ports for drivers, opened by pyserial, read and written by our own loops.

pyserial 3.5 opens and configures; its write path is not used (it spins at a full buffer and
forgets how many bytes had left).
"""

from __future__ import annotations

import errno
import os
import termios
from dataclasses import dataclass

import serial

from pos_guard.errors import PortBusyError, PortClosedError, PortError
from pos_guard.ports.descriptor import DescriptorPort

DRAIN_READS = 64
"""What waits at a line that is opened is dropped, 4096 bytes at a time, at most so often."""


@dataclass(frozen=True, slots=True)
class SerialSettings:
    """How the line is set. ``device`` is a path or a stable link such as ``/dev/pos/printer``."""

    device: str
    baudrate: int = 9600
    bytesize: int = 8
    parity: str = "N"
    stopbits: int = 1
    xonxoff: bool = False
    rtscts: bool = False


@dataclass(frozen=True, slots=True)
class ModemLines:
    """What the device says by wire."""

    cts: bool
    dsr: bool
    ri: bool
    cd: bool


class _Line(serial.Serial):
    """A line whose old input is dropped when it opens, but not the XON that may be under way in it.

    A flush throws away what the kernel has not looked at yet; an XON among it would be lost, and
    the line stopped for ever. Bytes that are read have been looked at.
    """

    def _reset_input_buffer(self) -> None:
        if self.fd is None:
            return
        if not self.xonxoff:
            termios.tcflush(self.fd, termios.TCIFLUSH)
            return
        for _ in range(DRAIN_READS):
            try:
                if not os.read(self.fd, 4096):
                    return
            except BlockingIOError:
                return


def open_serial(settings: SerialSettings) -> serial.Serial:
    """Open and lock a line; the caller closes it.

    :raises PortBusyError: when another program holds it.
    :raises PortClosedError: when there is no such device.
    :raises PortError: when the device cannot do these settings.
    """
    try:
        return _Line(
            settings.device,
            settings.baudrate,
            bytesize=settings.bytesize,
            parity=settings.parity,
            stopbits=settings.stopbits,
            timeout=0,
            xonxoff=settings.xonxoff,
            rtscts=settings.rtscts,
            exclusive=True,
        )
    except (OSError, ValueError) as error:
        raise _open_error(settings.device, error) from error
    except termios.error as error:  # neither OSError nor SerialException: a pty refusing parity
        raise PortError(f"{settings.device} cannot do these settings: {error}") from error


class SerialPort(DescriptorPort):
    """A serial line. Takes the device for itself, and gives it back on ``close``."""

    def __init__(self, settings: SerialSettings) -> None:
        self._line = open_serial(settings)
        super().__init__(self._line.fileno(), self._line.close)

    def lines(self) -> ModemLines:
        """The modem lines now.

        :raises PortError: when the port has none (ptys, some USB adapters).
        """
        line = self._line
        try:
            return ModemLines(line.cts, line.dsr, line.ri, line.cd)
        except (OSError, termios.error) as error:
            raise _line_error(error) from error

    def set_lines(self, *, dtr: bool, rts: bool) -> None:
        """Set our own modem lines.

        :raises PortError: when the port has none (ptys, some USB adapters).
        """
        try:
            self._line.dtr = dtr
            self._line.rts = rts
        except (OSError, termios.error) as error:
            raise _line_error(error) from error


def _open_error(device: str, error: OSError | ValueError) -> PortError:
    code = error.errno if isinstance(error, OSError) else None
    if code in {errno.EAGAIN, errno.EBUSY}:
        return PortBusyError(f"{device} is in use by another program")
    if code in {errno.ENOENT, errno.ENXIO, errno.ENODEV, errno.EIO}:
        return PortClosedError(f"{device} is not there: plug it in, or correct its name")
    if code in {errno.EACCES, errno.EPERM}:
        return PortError(f"{device}: no permission; add this user to the device's group")
    return PortError(f"{device} cannot be opened: {error}")


def _line_error(error: Exception) -> PortError:
    if error.args and error.args[0] == errno.ENOTTY:
        return PortError("this port has no modem lines")
    return PortError(f"the modem lines cannot be used: {error}")
