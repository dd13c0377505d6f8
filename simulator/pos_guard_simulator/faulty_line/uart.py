"""What a UART makes of bytes that were sent at another speed, or with another parity.

A frame is a start bit (0), eight bits with the lowest first, and a stop bit (1); the idle line is
1. A receiver waits for a falling edge, looks at the middle of the start bit, and then once in each
bit time (TI, TL16C550D data sheet, "Receiver"). Bytes with a wrong stop bit are handed over all
the same, as Linux does it for a raw line without INPCK (termios(3)).
"""

from __future__ import annotations

from collections.abc import Iterator
from math import gcd

FRAME_BITS = 10
"""Start, eight, stop; 7E1 has as many: start, seven, parity, stop."""

WRONG_PARITY = ord("?")
"""What a device takes a byte of wrong parity for.

Epson's TM printers, as delivered, print ``?`` (TM-T88III, DIP switch 1-1: data receive error)."""


def resampled(data: bytes, sent: int, read: int) -> bytes:
    """What is read at the rate ``read`` of a burst that was sent at the rate ``sent``."""
    common = gcd(sent, read)
    # Half a bit time of the reader, in units of which the sender's bit has a whole number.
    half, bit = sent // common, 2 * (read // common)
    return bytes(_frames(data, half, bit))


def _frames(data: bytes, half: int, bit: int) -> Iterator[int]:
    end = len(data) * FRAME_BITS * bit
    at = _falling(data, 0, bit)
    while at < end:
        if _level(data, (at + half) // bit):
            at = _falling(data, (at + half) // bit + 1, bit)  # too short for a start bit
            continue
        middles = (at + half * (2 * number + 3) for number in range(8))
        yield sum(_level(data, middle // bit) << number for number, middle in enumerate(middles))
        at = _falling(data, (at + half * 19) // bit + 1, bit)


def _level(data: bytes, place: int) -> int:
    """The line in the sender's bit at this place; idle behind the last one."""
    number, bit = divmod(place, FRAME_BITS)
    if number >= len(data) or bit == FRAME_BITS - 1:
        return 1
    return 0 if bit == 0 else data[number] >> bit - 1 & 1


def _falling(data: bytes, place: int, bit: int) -> int:
    """When the line next goes from 1 to 0, at this bit or later; behind the end: never."""
    last = len(data) * FRAME_BITS
    while place < last and (_level(data, place) or (place and not _level(data, place - 1))):
        place += 1
    return place * bit


def with_parity(data: bytes) -> bytes:
    """Bytes of a 7E1 sender as an 8N1 reader has them: even parity stands in bit 7."""
    return bytes(_seven(byte) | _odd(_seven(byte)) << 7 for byte in data)


def without_parity(data: bytes) -> bytes:
    """Bytes of an 8N1 sender as a 7E1 reader has them: bit 7 is taken for the parity."""
    return bytes(WRONG_PARITY if _odd(byte) else _seven(byte) for byte in data)


def _seven(byte: int) -> int:
    return byte & 0x7F


def _odd(byte: int) -> int:
    return byte.bit_count() & 1
