"""What a simulated ZVT terminal says wrongly on demand, once for each wrong. Sans-IO.

An ACK is 80 00 00 on TCP and the single byte 06 on a serial line; everything else is a message.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping

from pos_guard.frames import zvt_build
from pos_guard.frames.zvt_serial import ACK, NAK, SerialFrame, SerialFramer, frame
from pos_guard.links.session import Effect, Effects, SetTimer, ToApp
from pos_guard.links.zvt_wire import Framing
from pos_guard_simulator.payment_words import Wrong

__all__ = ["GARBAGE", "LATE", "Wrong", "Wrongs"]

LATE = "late"
LATE_S = 3.0
"""Seconds that an ACK comes late: less than T3, after which a till gives up."""

GARBAGE = bytes.fromhex("00ff0140")
"""A whole unit that means nothing; between frames of a serial line, noise."""

OF_ACKS = frozenset({Wrong.LATE_ACK, Wrong.NO_ACK, Wrong.NAK, Wrong.GLUE})
"""What happens to an ACK. ``glue`` is one of them: behind a message of its own a terminal is silent
until the till has acknowledged it, so only behind an ACK does anything follow at once."""


class Wrongs:
    """What is still to go wrong, in order; each takes the next ACK or message that it fits."""

    def __init__(self, framing: Framing = Framing.TCP) -> None:
        self._ack = ACK if framing is Framing.SERIAL else zvt_build.ack
        self._plan: deque[Wrong] = deque()
        self._held = b""
        self._late: list[bytes] = []

    def next(self, *wrongs: Wrong) -> None:
        """So the next words come wrongly, the ones after them as well if there are more."""
        self._plan.extend(wrongs)

    def refuses(self) -> bool:
        """On TCP the next thing that goes wrong is a 84 9A: what just came is not taken."""
        if self._ack == ACK or not self._plan or self._plan[0] is not Wrong.NAK:
            return False
        self._plan.popleft()
        return True

    def done_to(self, effects: Effects) -> Effects:
        """The effects as the till gets them."""
        if not (self._plan or self._held or self._late):
            return effects
        out: Effects = []
        for effect in effects:
            out += self._said(effect.data) if isinstance(effect, ToApp) else [effect]
        return out

    def late(self) -> Effects:
        """What was held back, now."""
        late, self._late = self._late, []
        return [ToApp(data) for data in late]

    def forget(self) -> None:
        """The connection is gone, and with it what was under way."""
        self._held, self._late = b"", []

    def _said(self, data: bytes) -> list[Effect]:
        held, self._held = self._held, b""
        if self._late:  # what was said later comes later
            self._late.append(held + data)
            return []
        if held or not self._plan or not self._fits(self._plan[0], data):
            return [ToApp(held + data)]
        return self._wrong(self._plan.popleft(), data)

    def _fits(self, wrong: Wrong, data: bytes) -> bool:
        return (data == self._ack) is (wrong in OF_ACKS) and len(data) > (wrong not in OF_ACKS)

    def _wrong(self, wrong: Wrong, data: bytes) -> list[Effect]:
        match wrong:
            case Wrong.GLUE:
                self._held = data
                return []
            case Wrong.LATE_ACK:
                self._late.append(data)
                return [SetTimer(LATE, LATE_S)]
            case Wrong.NAK:
                return [ToApp(NAK if data == ACK else zvt_build.negative(0x9A))]
            case Wrong.SPLIT:
                return [ToApp(bytes([byte])) for byte in data]
            case _:
                return [ToApp(part) for part in _SPOILT[wrong](data)]


def _unit(data: bytes) -> bytes | None:
    """The unit in a serial frame."""
    framed = SerialFramer().feed(data) if data[:1] == b"\x10" else []
    return framed[0].apdu if framed and isinstance(framed[0], SerialFrame) else None


def _too_long(data: bytes) -> list[bytes]:
    """The length says one more than there is; a serial frame has the right CRC over that."""
    unit = _unit(data)
    if unit is None:
        return [data[:2] + bytes([data[2] + 1 & 0xFF]) + data[3:]]
    return [frame(unit[:2] + bytes([unit[2] + 1 & 0xFF]) + unit[3:])]


def _behind_garbage(data: bytes) -> list[bytes]:
    serial = _unit(data) is not None
    return [GARBAGE + frame(GARBAGE) + data] if serial else [GARBAGE + data]


def _nothing(data: bytes) -> list[bytes]:
    del data
    return []


_SPOILT: Mapping[Wrong, Callable[[bytes], list[bytes]]] = {
    Wrong.NO_ACK: _nothing,
    Wrong.LOST: _nothing,
    Wrong.DUPLICATE: lambda data: [data, data],
    Wrong.BAD_CHECK: lambda data: [data[:-1] + bytes([data[-1] ^ 0xFF])],
    Wrong.BAD_LENGTH: _too_long,
    Wrong.GARBAGE: _behind_garbage,
}
