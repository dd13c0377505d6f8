"""The kernel's driver of FTDI's serial adapters (drivers/usb/serial/ftdi_sio.c)."""

from __future__ import annotations

from collections.abc import Callable

from pos_guard.ports.usb_descriptors import Interface
from pos_guard.ports.usb_device import Setup, Stalled, Unplugged
from pos_guard.ports.usb_standard import TO_HOST
from pos_guard_simulator.preload import tty_driver as tty
from pos_guard_simulator.usb_bus import Seat
from pos_guard_simulator.usb_serial import ftdi_words as ft
from pos_guard_simulator.usb_serial.line import Coding

_LINES = {ft.CTS: tty.CTS, ft.DSR: tty.DSR, ft.RI: tty.RNG, ft.CD: tty.CAR}
_ERRORS = {
    ft.FRAMING: tty.FRAME,
    ft.OVERRUN: tty.OVERRUN,
    ft.PARITY: tty.PARITY,
    ft.BREAK: tty.BREAK,
}
_STATUS_BYTES = 2
_DATA_BITS = (7, 8)
_PARITIES, _STOP_BITS = "NOEMS", ("1", "1.5", "2")
_DTR, _RTS = 1, 2


class FtdiDriver:
    """The adapter's interface while the driver holds it."""

    def __init__(self, seat: Seat, interface: Interface) -> None:
        self._device = seat.device
        ends = {bool(end.address & TO_HOST): end for end in interface.endpoints}
        self._out, self._in = ends[False], ends[True]
        self._hear: tty.Hear = lambda _lines, _errors: None
        self._data = 8

    def bind(self, hear: tty.Hear, changed: Callable[[], None]) -> Callable[[], None]:
        """See SerialDriver."""
        self._hear = hear
        return self._device.listen(changed)

    def open(self) -> None:
        """The chip is reset."""
        self._order(ft.RESET, 0)

    def modem(self) -> int:
        """The chip is asked each time."""
        setup = Setup(ft.FROM_DEVICE, ft.MODEM_STATUS, 0, 0, _STATUS_BYTES)
        return _lines(tty.ask(self._device, setup) or b"\0")

    def set_lines(self, lines: int) -> None:
        """Both are told at once; without DTR flow control is switched off first."""
        if not lines:
            self._order(ft.FLOW, 0)
        on = (_DTR if lines & tty.DTR else 0) | (_RTS if lines & tty.RTS else 0)
        self._order(ft.MODEM_CONTROL, (_DTR | _RTS) << 8 | on)

    def set_break(self, on: bool) -> None:
        """A bit beside the line's settings."""
        self._order(ft.DATA, self._data | (ft.BREAK_ON if on else 0))

    def set_coding(self, coding: Coding) -> None:
        """The chip has 7 and 8 data bits; a speed that it has not is left as it was."""
        bits = coding.bytesize if coding.bytesize in _DATA_BITS else 8
        parity, stops = _PARITIES.index(coding.parity), _STOP_BITS.index(coding.stopbits)
        self._data = bits | parity << 8 | stops << 11
        self._order(ft.DATA, self._data)
        try:
            divisor = ft.divisor_of(coding.baudrate)
        except ValueError:
            return
        self._order(ft.BAUD, divisor & 0xFFFF, divisor >> 16)

    def take(self, data: bytes) -> int:
        """To the bulk endpoint."""
        return tty.send(self._device, self._out.address, data)

    def give(self) -> bytes | None:
        """Each packet begins with the chip's status."""
        try:
            while (packet := self._device.in_(self._in.address, self._in.packet)) is not None:
                if len(packet) < _STATUS_BYTES:
                    continue
                errors = sum(error for bit, error in _ERRORS.items() if packet[1] & bit)
                self._hear(_lines(packet), errors)
                if len(packet) > _STATUS_BYTES:
                    return packet[_STATUS_BYTES:]
        except (Stalled, Unplugged):
            pass  # the port hears of it when it is taken away
        return None

    def _order(self, request: int, value: int, index: int = 0) -> None:
        tty.ask(self._device, Setup(ft.TO_DEVICE, request, value, index, 0))


def _lines(status: bytes) -> int:
    return sum(line for bit, line in _LINES.items() if status[0] & bit)
