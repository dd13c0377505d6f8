"""The kernel's driver of CDC-ACM devices (drivers/usb/class/cdc-acm.c): CTS is always on."""

from __future__ import annotations

import struct
from collections.abc import Callable

from pos_guard.ports.usb_descriptors import Endpoint
from pos_guard.ports.usb_device import Setup, Stalled, Unplugged
from pos_guard.ports.usb_standard import TO_HOST
from pos_guard_simulator.preload import tty_driver as tty
from pos_guard_simulator.usb_bus import Seat
from pos_guard_simulator.usb_serial.line import Coding

CONTROL_CLASS = (2, 2)
DATA_CLASS = 0x0A

_SET_CODING, _SET_LINES, _SEND_BREAK = (0x21, 0x20), (0x21, 0x22), (0x21, 0x23)
_SERIAL_STATE = (0xA1, 0x20)
_CD, _DSR, _BREAK, _RING, _FRAMING, _PARITY, _OVERRUN = (1 << bit for bit in range(7))
_LINES = {_CD: tty.CAR, _DSR: tty.DSR, _RING: tty.RNG}
_ERRORS = {_FRAMING: tty.FRAME, _OVERRUN: tty.OVERRUN, _PARITY: tty.PARITY, _BREAK: tty.BREAK}
_BREAK_ON = 0xFFFF
_PARITIES, _STOP_BITS = "NOE", ("1", "1.5", "2")


class AcmDriver:
    """The two interfaces of a CDC-ACM device while the driver holds them."""

    def __init__(self, seat: Seat) -> None:
        self._device = seat.device
        self._control, self._notify = self._find_control()
        self._out, self._in = self._find_data()
        self._hear: tty.Hear = lambda _lines, _errors: None
        self._state = 0

    def bind(self, hear: tty.Hear, changed: Callable[[], None]) -> Callable[[], None]:
        """See SerialDriver."""
        self._hear = hear
        return self._device.listen(changed)

    def open(self) -> None:
        """Nothing but the lines and the settings is told."""

    def modem(self) -> int:
        """As the last SERIAL_STATE said."""
        return tty.CTS | self._state

    def set_lines(self, lines: int) -> None:
        """Bit 0 is DTR there."""
        self._ask(_SET_LINES, lines >> 1)

    def set_break(self, on: bool) -> None:
        """Until it is told otherwise."""
        self._ask(_SEND_BREAK, _BREAK_ON if on else 0)

    def set_coding(self, coding: Coding) -> None:
        """Seven bytes."""
        stops, parity = _STOP_BITS.index(coding.stopbits), _PARITIES.index(coding.parity)
        data = struct.pack("<IBBB", coding.baudrate, stops, parity, coding.bytesize)
        self._ask(_SET_CODING, 0, data)

    def take(self, data: bytes) -> int:
        """To the bulk endpoint."""
        return tty.send(self._device, self._out.address, data)

    def give(self) -> bytes | None:
        """Notifications are heard first."""
        try:
            while (told := self._device.in_(self._notify.address, self._notify.packet)) is not None:
                self._notified(told)
            return self._device.in_(self._in.address, self._in.packet)
        except (Stalled, Unplugged):
            return None

    def _notified(self, notification: bytes) -> None:
        if tuple(notification[:2]) != _SERIAL_STATE or len(notification) < 10:
            return
        state = notification[8]
        self._state = sum(line for bit, line in _LINES.items() if state & bit)
        self._hear(self.modem(), sum(error for bit, error in _ERRORS.items() if state & bit))

    def _ask(self, request: tuple[int, int], value: int, data: bytes = b"") -> None:
        tty.ask(self._device, Setup(*request, value, self._control, len(data)), data)

    def _find_control(self) -> tuple[int, Endpoint]:
        for item in self._device.configuration.interfaces:
            if item.triple[:2] == CONTROL_CLASS:
                return item.number, item.endpoints[0]
        raise LookupError("no communications interface")

    def _find_data(self) -> tuple[Endpoint, Endpoint]:
        for item in self._device.configuration.interfaces:
            if item.triple[0] == DATA_CLASS:
                ends = {bool(end.address & TO_HOST): end for end in item.endpoints}
                return ends[False], ends[True]
        raise LookupError("no data interface")
