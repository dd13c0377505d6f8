"""Packed decimal digits: two in a byte, high nibble first."""

from __future__ import annotations

from pos_guard.errors import FrameError, LocalError


def is_bcd(data: bytes) -> bool:
    """Every nibble is a digit."""
    return data.hex().isdecimal() if data else True


def digits(data: bytes, *, at: int | None = None) -> str:
    """The digits as text, two for each byte.

    :raises FrameError: ``not-bcd`` when a nibble is no digit; ``at`` is passed on.
    """
    if not is_bcd(data):
        raise FrameError("not-bcd", f"{len(data)} bytes that are not all decimal digits", at)
    return data.hex()


def to_int(data: bytes, *, at: int | None = None) -> int:
    """The number that the digits make; nothing is 0.

    :raises FrameError: ``not-bcd`` when a nibble is no digit.
    """
    return int(digits(data, at=at) or "0")


def from_int(value: int, size: int) -> bytes:
    """``value`` in exactly ``size`` bytes, zeros in front.

    :raises LocalError: when it is negative or has more than ``2 * size`` digits.
    """
    text = str(value)
    if value < 0 or len(text) > 2 * size:
        raise LocalError(f"{value} does not fit into {2 * size} decimal digits")
    return bytes.fromhex(text.rjust(2 * size, "0"))
