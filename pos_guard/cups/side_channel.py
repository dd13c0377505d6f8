"""CUPS' side channel: what filters ask of a backend while a job is printed. No I/O.

Source: CUPS API, cups/sidechannel.h (numbers) and libcups' packets: command, status, length of
the data in two bytes with the high one first, data.
"""

from __future__ import annotations

import struct
from enum import IntEnum, IntFlag
from typing import NamedTuple

from pos_guard.frames.escpos_status import PrinterStatus

DESCRIPTOR = 4
"""CUPS_SC_FD."""

_HEAD = struct.Struct(">BBH")


class Ask(IntEnum):
    """Requests that are answered; others are not implemented here."""

    DRAIN_OUTPUT = 2
    GET_BIDI = 3
    GET_DEVICE_ID = 4
    GET_STATE = 5
    GET_CONNECTED = 8


class Status(IntEnum):
    """What became of a request."""

    OK = 1
    TIMEOUT = 3
    NOT_IMPLEMENTED = 7


class State(IntFlag):
    """The answer to GET_STATE."""

    OFFLINE = 0
    ONLINE = 0x01
    ERROR = 0x04
    MEDIA_LOW = 0x10
    MEDIA_EMPTY = 0x20


class Request(NamedTuple):
    """One packet."""

    command: int
    data: bytes


class Requests:
    """Bytes in, whole requests out. A packet has 65,535 bytes of data at most, by its length."""

    def __init__(self) -> None:
        self._held = b""

    def feed(self, data: bytes) -> list[Request]:
        """The requests that are whole now."""
        self._held += data
        found: list[Request] = []
        while len(self._held) >= _HEAD.size:
            command, _, length = _HEAD.unpack_from(self._held)
            end = _HEAD.size + length
            if len(self._held) < end:
                break
            found.append(Request(command, self._held[_HEAD.size : end]))
            self._held = self._held[end:]
        return found


def answer(command: int, status: Status, data: bytes = b"") -> bytes:
    """The packet that answers a request."""
    return _HEAD.pack(command, status, len(data)) + data


def state_of(status: PrinterStatus) -> State:
    """A printer's state as the side channel has it; what is not known counts as well."""
    if status.online is None:
        return State.OFFLINE
    state = State.ONLINE if status.online else State.OFFLINE
    if status.error or status.cover_open:
        state |= State.ERROR
    if status.paper is False:
        state |= State.MEDIA_EMPTY
    elif status.near_end:
        state |= State.MEDIA_LOW
    return state
