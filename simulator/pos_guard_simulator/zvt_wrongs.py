"""What a simulated ZVT terminal does wrong on demand, once, with what it says next. Sans-IO."""

from __future__ import annotations

from collections import deque
from enum import StrEnum

from pos_guard.links.session import Effect, Effects, SetTimer, ToApp

LATE = "late"
LATE_S = 3.0
GARBAGE = bytes.fromhex("00ff1b40")
_ACK, _NAK = b"\x06", b"\x15"


class Wrong(StrEnum):
    """One thing that goes wrong."""

    DUPLICATE = "duplicate"
    """The unit comes twice."""
    SPLIT = "split"
    """It comes byte by byte."""
    GLUE = "glue"
    """It comes in one piece with the next."""
    LATE = "late"
    """It comes three seconds late: also the ACK of a serial frame."""
    BAD_CHECK = "bad-check"
    """Its last byte is wrong: on a serial line the CRC."""
    BAD_LENGTH = "bad-length"
    """Its third byte is one too high: on TCP the length."""
    GARBAGE = "garbage"
    """Bytes that mean nothing come first."""
    LOST = "lost"
    """It never comes."""
    NAK = "nak"
    """Where a serial frame should be acknowledged it is refused once."""


class Wrongs:
    """What is still to go wrong, in order; each takes the next words that it fits."""

    def __init__(self) -> None:
        self._plan: deque[Wrong] = deque()
        self._held = b""
        self._late: list[bytes] = []

    def next(self, *wrongs: Wrong) -> None:
        """So the next words come wrongly, the ones after them as well if there are more."""
        self._plan.extend(wrongs)

    def done_to(self, effects: Effects) -> Effects:
        """The effects as the till gets them."""
        if not (self._plan or self._held):
            return effects
        out: Effects = []
        for effect in effects:
            out += self._said(effect.data) if isinstance(effect, ToApp) else [effect]
        return out

    def late(self) -> Effects:
        """What was held back, now."""
        late, self._late = self._late, []
        return [ToApp(data) for data in late]

    def _said(self, data: bytes) -> list[Effect]:
        held, self._held = self._held, b""
        if held:
            return [ToApp(held + data)]
        if not self._plan or not _fits(self._plan[0], data):
            return [ToApp(data)]
        return self._wrong(self._plan.popleft(), data)

    def _wrong(self, wrong: Wrong, data: bytes) -> list[Effect]:
        match wrong:
            case Wrong.GLUE:
                self._held = data
                return []
            case Wrong.LATE:
                self._late.append(data)
                return [SetTimer(LATE, LATE_S)]
            case Wrong.SPLIT:
                return [ToApp(bytes([byte])) for byte in data]
            case _:
                return [ToApp(part) for part in _spoilt(wrong, data)]


def _fits(wrong: Wrong, data: bytes) -> bool:
    """A single ACK has no length; only such a one can be a NAK instead."""
    if wrong is Wrong.NAK:
        return data == _ACK
    return wrong is not Wrong.BAD_LENGTH or len(data) > 2


def _spoilt(wrong: Wrong, data: bytes) -> list[bytes]:
    match wrong:
        case Wrong.DUPLICATE:
            return [data, data]
        case Wrong.BAD_CHECK:
            return [data[:-1] + bytes([data[-1] ^ 0xFF])]
        case Wrong.BAD_LENGTH:
            return [data[:2] + bytes([data[2] + 1 & 0xFF]) + data[3:]]
        case Wrong.GARBAGE:
            return [GARBAGE + data]
        case Wrong.NAK:
            return [_NAK]
        case _:
            return []
