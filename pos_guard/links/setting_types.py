"""Values of settings files that several links read: waits in milliseconds, bytes as hex text."""

from __future__ import annotations

from typing import NewType

MAX_MILLISECONDS = 3_600_000
"""No wait of a till is longer than an hour."""

Milliseconds = NewType("Milliseconds", int)
Hex = NewType("Hex", bytes)


def milliseconds(value: object) -> Milliseconds:
    """Whole milliseconds, one at least.

    :raises ValueError: for anything else.
    """
    if type(value) is not int or not 0 < value <= MAX_MILLISECONDS:
        raise ValueError(f"must be whole milliseconds, 1 to {MAX_MILLISECONDS}")
    return Milliseconds(value)


def hexadecimal(value: object) -> Hex:
    """Bytes, two digits each; blanks between them are allowed.

    :raises ValueError: for anything else.
    """
    try:
        return Hex(bytes.fromhex(text(value)))
    except ValueError as error:
        raise ValueError('must be bytes in hexadecimal, such as "0D 0A"') from error


def text(value: object) -> str:
    """Text.

    :raises ValueError: for anything else.
    """
    if type(value) is not str:
        raise ValueError("must be text")
    return value
