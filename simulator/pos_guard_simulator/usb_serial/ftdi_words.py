"""What an FT232R is told by USB requests. Pure.

Sources: FTDI AN232B-05 (baud rates and their divisors), drivers/usb/serial/ftdi_sio.h of Linux
(requests, modem and line status), both for chips with a 3 MHz base.
"""

from __future__ import annotations

from typing import Final

IDENTITY: Final = (0x0403, 0x6001)
"""Vendor and product of every FT232R that nobody has programmed."""

TO_DEVICE, FROM_DEVICE = 0x40, 0xC0
"""Request types: vendor requests to and from the device."""

RESET, MODEM_CONTROL, FLOW, BAUD, DATA, MODEM_STATUS = range(6)
EVENT_CHARACTER, ERROR_CHARACTER = 6, 7
SET_LATENCY, GET_LATENCY, SET_BIT_MODE, GET_PINS = range(9, 13)
READ_EEPROM = 0x90
"""Requests."""

PURGE_INPUT = 1
"""Of RESET: what the chip holds for the host is gone (the host calls it its receive buffer)."""

CTS, DSR, RI, CD = 0x10, 0x20, 0x40, 0x80
FIXED = 0x01
"""The first status byte; its low half is always 1 on a full-speed chip."""

EMPTY = 0x60
OVERRUN, PARITY, FRAMING, BREAK = 0x02, 0x04, 0x08, 0x10
"""The second status byte: transmitter empty, and what went wrong on the line."""

BREAK_ON = 1 << 14
"""In the value of DATA."""

_CLOCK = 24_000_000
"""Eighths of the 3 MHz that divisors count in."""

_EIGHTHS = (0, 3, 2, 4, 1, 5, 6, 7)
"""The code of each eighth (AN232B-05, sub-integer divisors)."""

_USUAL = (300, 600, 1200, 2400, 4800, 9600, 19_200, 38_400, 57_600, 115_200, 230_400, 460_800)
_TOLERANCE = 100
"""A usual speed is meant where the divisor's is within 1 %."""


def divisor_of(baudrate: int) -> int:
    """The 17 bits that a host sends for a speed.

    :raises ValueError: no such speed: 183 to 3,000,000.
    """
    eighths = (_CLOCK + baudrate // 2) // baudrate if baudrate > 0 else 0
    if not 8 <= eighths < 1 << 17:
        raise ValueError(f"an FT232R has no {baudrate} baud")
    found = eighths >> 3 | _EIGHTHS[eighths & 7] << 14
    return {0x1: 0, 0x4001: 1}.get(found, found)


def baudrate_of(divisor: int) -> int:
    """The speed that a divisor makes; a usual one where that is nearly it."""
    if divisor in (0, 1):
        return 3_000_000 if divisor == 0 else 2_000_000
    eighths = (divisor & 0x3FFF) * 8 + _EIGHTHS.index(divisor >> 14 & 7)
    exact = _CLOCK // max(eighths, 8)
    near = (usual for usual in _USUAL if abs(usual - exact) * _TOLERANCE <= usual)
    return next(near, exact)
