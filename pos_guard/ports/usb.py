"""A port to a USB printer: own deadlines, exact counts, and nothing read is ever lost.

libusb's own rules are kept out: a time-out of 0 never waits for ever here, a buffer smaller than a
packet never overflows, and a transfer that was cut short tells how much of it left.
"""

from __future__ import annotations

import errno
import threading
import time
from dataclasses import replace

from pos_guard.errors import PortClosedError, PortError, PortTimeoutError
from pos_guard.ports.descriptor import CLOSE_SECONDS
from pos_guard.ports.printer_class import MAX_DEVICE_ID, PortStatus, device_id_text
from pos_guard.ports.usb_errors import milliseconds, usb_error
from pos_guard.ports.usb_facts import UsbPrinterFacts
from pos_guard.ports.usb_find import (
    Backend,
    ClaimedPrinter,
    UsbPlace,
    claim_printer,
    load_backend,
)

CHUNK = 4096
"""Bytes of one OUT transfer. libusb does not tell how much of a transfer had left when the printer
was unplugged or stalled in its midst: so many bytes at most are uncertain then."""

SLICE_SECONDS = 0.5
"""The longest IN transfer, after which a reader looks whether the port was closed."""

CONTROL_SECONDS = 1.0
"""A printer answers class requests in milliseconds, unless it hangs."""

_DEVICE_ID, _PORT_STATUS, _SOFT_RESET = (0xA1, 0), (0xA1, 1), (0x21, 2)


class UsbPort:
    """A :class:`~pos_guard.ports.base.Port` over a claimed printer, which it takes over.

    A write that timed out counts in ``sent`` what the printer took. Where the printer is reached
    through USB/IP that count is a lower bound, because a cancelled transfer has none there.
    """

    def __init__(self, printer: ClaimedPrinter) -> None:
        self._printer = printer
        self._device = printer.device
        self._held = bytearray()
        self._reading = threading.Lock()
        self._writing = threading.Lock()
        self._asking = threading.Lock()
        self._closed = threading.Event()

    @classmethod
    def open(
        cls,
        place: UsbPlace,
        *,
        library: str = "",
        backend: Backend = None,
        give_back: bool = True,
    ) -> UsbPort:
        """Find and claim a printer; ``library`` is the path of libusb, ``backend`` a pyusb one.

        ``give_back``: on ``close`` the kernel's driver gets the printer again, as it was before.

        :raises LocalError: when pyusb or libusb is missing; says what to install.
        :raises PortClosedError: when the printer is not there.
        :raises PortBusyError: when another program holds it.
        :raises PortError: without permission (says the udev rule), or when several printers fit.
        """
        return cls(claim_printer(place, backend or load_backend(library), give_back=give_back))

    def read(self, limit: int, seconds: float) -> bytes:
        """At least one byte, at most ``limit``; see :class:`~pos_guard.ports.base.Port`."""
        deadline = time.monotonic() + seconds
        with self._reading:
            while not self._held:
                self._check_open()
                left = deadline - time.monotonic()
                self._held += self._packet(min(max(left, 0.0), SLICE_SECONDS))
                if left <= 0 and not self._held:
                    raise PortTimeoutError("the printer said nothing before the deadline")
            self._check_open()
            data = bytes(self._held[:limit])
            del self._held[:limit]
            return data

    def write(self, data: bytes, seconds: float) -> None:
        """Have all of ``data`` taken by the printer; see :class:`~pos_guard.ports.base.Port`.

        :raises PortError: when the printer refused a transfer. Nothing is sent twice: of the last
            ``CHUNK`` bytes after ``sent`` it is unknown what the printer took.
        """
        deadline = time.monotonic() + seconds
        sent = 0
        with self._writing:
            while sent < len(data):
                self._check_open(sent)
                left = deadline - time.monotonic()
                sent += self._put(data[sent : sent + CHUNK], max(left, 0.0), sent)
                if left <= 0 and sent < len(data):
                    raise PortTimeoutError("the printer takes no more", sent=sent)

    def close(self) -> None:
        """Close at once; a reader in another thread gets PortClosedError within a second.

        A writer that waits for the printer leaves at its deadline; the printer is released then.
        """
        if self._closed.is_set():
            return
        self._closed.set()
        closer = threading.Thread(target=self._release, name="usb-close", daemon=True)
        closer.start()
        closer.join(CLOSE_SECONDS)

    def device_id(self) -> str:
        """The printer's IEEE 1284 id, such as ``MFG:EPSON;CMD:ESC/POS;MDL:TM-T20II;``.

        :raises PortError: when the printer has none.
        """
        channel = self._printer.channel
        index = channel.interface << 8 | channel.alternate
        return device_id_text(self._ask(_DEVICE_ID, index, MAX_DEVICE_ID))

    def port_status(self) -> PortStatus:
        """What the printer's USB interface says of its state, also while it takes no data.

        :raises PortError: when the printer does not say.
        """
        answer = self._ask(_PORT_STATUS, self._printer.channel.interface, 1)
        if not answer:
            raise PortError(f"{self._printer.name} gave an empty status")
        return PortStatus.from_byte(answer[0])

    def soft_reset(self) -> None:
        """Flush the printer's buffers, and what was read of its answers.

        :raises PortError: when the printer refuses.
        """
        self._ask(_SOFT_RESET, self._printer.channel.interface, 0)
        if self._reading.acquire(blocking=False):  # under a reader nothing is held
            self._held.clear()
            self._reading.release()

    def facts(self) -> UsbPrinterFacts:
        """What the printer shows of itself; without a device id where it has none.

        :raises PortClosedError: when it is gone.
        """
        try:
            identity = self.device_id().encode("ascii")
        except PortClosedError:
            raise
        except PortError:
            identity = b""
        return replace(self._printer.facts, device_id=identity)

    def _check_open(self, sent: int = 0) -> None:
        if self._closed.is_set():
            raise PortClosedError("this port was closed", sent=sent)

    def _packet(self, seconds: float) -> bytes:
        """One packet, or nothing. Never less than a packet is asked for: it would be lost."""
        channel = self._printer.channel
        if not channel.in_:
            self._closed.wait(seconds)
            return b""
        try:
            return self._receive(seconds)
        except OSError as error:
            if error.errno != errno.EPIPE:
                raise self._error(error) from error
        try:
            self._device.clear_halt(channel.in_)
            return self._receive(seconds)
        except OSError as error:
            raise self._error(error) from error

    def _receive(self, seconds: float) -> bytes:
        channel = self._printer.channel
        try:
            return bytes(self._device.read(channel.in_, channel.packet, milliseconds(seconds)))
        except OSError as error:
            if error.errno == errno.ETIMEDOUT:
                return b""
            raise

    def _put(self, chunk: bytes, seconds: float, sent: int) -> int:
        out = self._printer.channel.out
        try:
            return self._device.write(out, chunk, milliseconds(seconds))
        except OSError as error:
            if error.errno == errno.ETIMEDOUT:
                raise PortTimeoutError("the printer takes nothing", sent=sent) from error
            if error.errno == errno.EPIPE:
                self._clear_halt(out)
            broken = self._error(error, sent)
            broken.perhaps = len(chunk)
            raise broken from error

    def _clear_halt(self, endpoint: int) -> None:
        """For the next write; this one is not repeated, its count is unknown."""
        try:
            self._device.clear_halt(endpoint)
        except OSError as error:
            raise self._error(error) from error

    def _ask(self, request: tuple[int, int], index: int, length: int) -> bytes:
        with self._asking:
            self._check_open()
            try:
                return self._printer.ask(*request, index, length, milliseconds(CONTROL_SECONDS))
            except OSError as error:
                if error.errno == errno.ETIMEDOUT:
                    raise PortTimeoutError("the printer answers no class request") from error
                raise self._error(error) from error

    def _error(self, error: OSError, sent: int = 0) -> PortError:
        return usb_error(error, self._printer.name, sent=sent)

    def _release(self) -> None:
        with self._reading, self._writing, self._asking:
            self._printer.release()
