"""``sim://`` for pyserial: ``serial.serial_for_url(pos.printer.address)`` at level ``memory``.

A real pyserial port in all that an app sees of it: settings, timeouts, modem lines, errors.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from serial.serialutil import PortNotOpenError, SerialBase, SerialException, SerialTimeoutException

from pos_guard_simulator.pytest_plugin.memory import MemoryPlace, place_at

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

__all__ = ["Serial"]


class Serial(SerialBase):
    """A serial line to a device at level ``memory``."""

    _place: MemoryPlace | None = None
    _cancelled = False

    def open(self) -> None:
        """Open the line.

        :raises SerialException: there is no such device, it is unplugged, or it is open already.
        """
        if self.is_open:
            raise SerialException("Port is already open.")
        place = place_at(self.port or "")
        if place is None or not place.plugged:
            raise SerialException(2, f"could not open port {self.port}: there is no such device")
        if not place.connect():
            raise SerialException(16, f"could not open port {self.port}: it is open already")
        self._place = place
        self.is_open = True
        self._reconfigure_port()
        self._update_dtr_state()
        self._update_rts_state()

    def close(self) -> None:
        """Hang up."""
        if self.is_open:
            self.is_open = False
            if self._place is not None:
                self._place.settings.dtr = self._place.settings.rts = False
                self._place.hang_up()

    @property
    def in_waiting(self) -> int:
        """Bytes that can be read at once.

        :raises SerialException: the port is closed, or the device is gone.
        """
        return len(self._there().unread)

    @property
    def out_waiting(self) -> int:
        """Bytes on their way: none, ever."""
        self._there()
        return 0

    def read(self, size: int = 1) -> bytes:
        """So many bytes, or what came before the timeout.

        :raises SerialException: the port is closed, or the device is gone.
        """
        place = self._there()
        deadline = None if self.timeout is None else time.monotonic() + self.timeout
        with place.changed:
            self._cancelled = False
            while len(place.unread) < size and place.connected and not self._cancelled:
                left = None if deadline is None else deadline - time.monotonic()
                if left is not None and left <= 0:
                    break
                place.changed.wait(left)
            if not place.connected and not place.unread:
                raise SerialException("device reports readiness to read but returned no data")
            data = bytes(place.unread[:size])
            del place.unread[:size]
        return data

    def write(self, b: ReadableBuffer, /) -> int:
        """Hand over all of it, waiting while the device takes none.

        :raises SerialTimeoutException: it did not take all of it before the write timeout.
        :raises SerialException: the port is closed, or the device is gone.
        """
        place, data = self._there(), memoryview(b).tobytes()
        limit = self.write_timeout
        deadline = None if limit is None else time.monotonic() + limit
        sent = 0
        with place.changed:
            while True:
                if not place.connected:
                    raise SerialException(5, "write failed: [Errno 5] Input/output error")
                sent += place.take(data[sent:])
                if sent == len(data):
                    return sent
                left = None if deadline is None else deadline - time.monotonic()
                if left is not None and left <= 0:
                    raise SerialTimeoutException("Write timeout")
                place.changed.wait(left)

    def flush(self) -> None:
        """What was written has arrived."""
        self._there()

    def cancel_read(self) -> None:
        """Let a ``read`` in another thread end with what it has."""
        place = self._there()
        with place.changed:
            self._cancelled = True
            place.changed.notify_all()

    def reset_input_buffer(self) -> None:
        """Drop what was not read."""
        place = self._there()
        with place.changed:
            place.unread.clear()

    def reset_output_buffer(self) -> None:
        """Nothing waits there."""
        self._there()

    @property
    def cts(self) -> bool:
        """Clear to send: the device takes bytes, and drives no other."""
        place = self._there()
        return place.free and place.settings.cts

    @property
    def dsr(self) -> bool:
        """Data set ready: the same, as printers wire it to their DTR."""
        place = self._there()
        return place.free and place.settings.dsr

    @property
    def cd(self) -> bool:
        """Carrier detect: the device is there."""
        place = self._there()
        return place.plugged and place.settings.cd

    @property
    def ri(self) -> bool:
        """Ring indicator: nobody rings, unless the device drives it."""
        return self._there().settings.ri

    def _there(self) -> MemoryPlace:
        if not self.is_open or self._place is None:
            raise PortNotOpenError
        return self._place

    def _reconfigure_port(self) -> None:
        """The device is told; it understands any speed and format."""
        settings = self._there().settings
        settings.baudrate = self.baudrate
        settings.bytesize = self.bytesize
        settings.parity = self.parity
        settings.stopbits = self.stopbits
        settings.xonxoff, settings.rtscts = bool(self.xonxoff), bool(self.rtscts)

    def _update_rts_state(self) -> None:
        """The device sees it."""
        self._there().settings.rts = self.rts

    def _update_dtr_state(self) -> None:
        """The device sees it."""
        self._there().settings.dtr = self.dtr

    def _update_break_state(self) -> None:
        """The device sees it."""
        self._there().settings.break_condition = self.break_condition
