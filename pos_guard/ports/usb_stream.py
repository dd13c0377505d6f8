"""A port over a claimed USB device: own deadlines, exact counts, and nothing read is ever lost.

libusb's own rules are kept out: a time-out of 0 never waits for ever here, a buffer smaller than a
packet never overflows, and a transfer that was cut short tells how much of it left.
"""

from __future__ import annotations

import errno
import threading
import time

from pos_guard.errors import PortClosedError, PortError, PortTimeoutError
from pos_guard.ports.descriptor import CLOSE_SECONDS
from pos_guard.ports.usb_errors import milliseconds, usb_error
from pos_guard.ports.usb_find import Claimed, Request

CHUNK = 4096
"""Bytes of one OUT transfer. libusb does not tell how much of a transfer had left when the device
was unplugged or stalled in its midst: so many bytes at most are uncertain then."""

SLICE_SECONDS = 0.5
"""The longest IN transfer, after which a reader looks whether the port was closed."""

CONTROL_SECONDS = 1.0
"""A device answers control requests in milliseconds, unless it hangs."""


class ClaimedPort:
    """What every port over a claimed device does; thread-safe. Takes the device over."""

    def __init__(self, claimed: Claimed) -> None:
        self._claimed = claimed
        self._device = claimed.device
        self._what = claimed.kind.name
        self._reading = threading.Lock()
        self._writing = threading.Lock()
        self._asking = threading.Lock()
        self._closed = threading.Event()

    def close(self) -> None:
        """Close at once; a reader in another thread gets PortClosedError within a second.

        A writer that waits for the device leaves at its deadline; the device is released then.
        """
        if self._closed.is_set():
            return
        self._closed.set()
        closer = threading.Thread(target=self._close, name="usb-close", daemon=True)
        closer.start()
        closer.join(CLOSE_SECONDS)

    def _leave(self) -> None:
        """The last words to the device, before it is released. Errors mean that it is gone."""

    def _check_open(self, sent: int = 0) -> None:
        if self._closed.is_set():
            raise PortClosedError("this port was closed", sent=sent)

    def _transfer(self, size: int, seconds: float) -> bytes:
        """One IN transfer, or nothing; a halt is ended once."""
        endpoint = self._claimed.channel.in_
        if not endpoint:
            self._closed.wait(seconds)
            return b""
        try:
            return self._receive(endpoint, size, seconds)
        except OSError as error:
            if error.errno != errno.EPIPE:
                raise self._error(error) from error
        try:
            self._device.clear_halt(endpoint)
            return self._receive(endpoint, size, seconds)
        except OSError as error:
            raise self._error(error) from error

    def _receive(self, endpoint: int, size: int, seconds: float) -> bytes:
        try:
            return bytes(self._device.read(endpoint, size, milliseconds(seconds)))
        except OSError as error:
            if error.errno == errno.ETIMEDOUT:
                return b""
            raise

    def _put(self, chunk: bytes, seconds: float, sent: int) -> int:
        """One OUT transfer: the bytes that were taken."""
        out = self._claimed.channel.out
        try:
            return self._device.write(out, chunk, milliseconds(seconds))
        except OSError as error:
            if error.errno == errno.ETIMEDOUT:
                raise PortTimeoutError(f"the {self._what} takes nothing", sent=sent) from error
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

    def _ask(self, request: Request, seconds: float = CONTROL_SECONDS) -> bytes:
        with self._asking:
            self._check_open()
            try:
                return self._claimed.ask(request, milliseconds(seconds))
            except OSError as error:
                if error.errno == errno.ETIMEDOUT:
                    raise PortTimeoutError(f"the {self._what} answers no request") from error
                raise self._error(error) from error

    def _ask_if_known(self, request: Request) -> None:
        """A request that the device may refuse: then it does without."""
        try:
            self._ask(request)
        except PortError as error:
            refused = error.__cause__
            if not isinstance(refused, OSError) or refused.errno != errno.EPIPE:
                raise

    def _error(self, error: OSError, sent: int = 0) -> PortError:
        return usb_error(error, self._claimed.name, self._claimed.kind, sent=sent)

    def _close(self) -> None:
        with self._reading, self._writing, self._asking:
            self._leave()
            self._claimed.release()


class BulkPort(ClaimedPort):
    """A :class:`~pos_guard.ports.base.Port` over two bulk endpoints.

    A write that timed out counts in ``sent`` what the device took. Where it is reached through
    USB/IP that count is a lower bound, because a cancelled transfer has none there.
    """

    def __init__(self, claimed: Claimed) -> None:
        super().__init__(claimed)
        self._held = bytearray()

    def read(self, limit: int, seconds: float) -> bytes:
        """At least one byte, at most ``limit``; see :class:`~pos_guard.ports.base.Port`."""
        deadline = time.monotonic() + seconds
        packet = self._claimed.channel.packet  # never less is asked for: it would be lost
        with self._reading:
            while not self._held:
                self._check_open()
                left = deadline - time.monotonic()
                self._held += self._transfer(packet, min(max(left, 0.0), SLICE_SECONDS))
                if left <= 0 and not self._held:
                    raise PortTimeoutError(f"the {self._what} said nothing before the deadline")
            self._check_open()
            data = bytes(self._held[:limit])
            del self._held[:limit]
            return data

    def write(self, data: bytes, seconds: float) -> None:
        """Have all of ``data`` taken by the device; see :class:`~pos_guard.ports.base.Port`.

        :raises PortError: when the device refused a transfer. Nothing is sent twice: of the last
            ``CHUNK`` bytes after ``sent`` it is unknown what the device took.
        """
        deadline = time.monotonic() + seconds
        sent = 0
        with self._writing:
            while sent < len(data):
                self._check_open(sent)
                left = deadline - time.monotonic()
                sent += self._put(data[sent : sent + CHUNK], max(left, 0.0), sent)
                if left <= 0 and sent < len(data):
                    raise PortTimeoutError(f"the {self._what} takes no more", sent=sent)
