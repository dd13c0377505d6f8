"""How ZVT units travel: bare on TCP, framed and acknowledged on a serial line.

One wire is one side of a link (or of the simulated terminal). It turns bytes into units and
units into effects, and does on its own what the serial line asks for: ACK, NAK, repeats, and
knowing a repeat of a frame from a second command. It never raises for what a peer sent.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from pos_guard.errors import FrameError
from pos_guard.frames.zvt_apdu import MAX_BODY, Apdu, ApduFramer, single
from pos_guard.frames.zvt_serial import (
    ACK,
    NAK,
    SerialEvent,
    SerialFrame,
    SerialFramer,
    Signal,
    frame,
)
from pos_guard.links.session import CancelTimer, Effect, Effects, SetTimer

REPEATS = 3
"""How often a frame is sent again before the other side counts as gone (as terminals do)."""

MAX_QUEUED_FRAMES = 64
"""Frames that wait for the ACK of the one before: an end-of-day printout sends one at a time."""


class Framing(StrEnum):
    """How units are framed on one side."""

    TCP = "tcp"
    SERIAL = "serial"


@dataclass(slots=True)
class Received:
    """What some bytes came to.

    ``error``: the stream cannot be followed, or a unit is broken; ``cut`` are its bytes.
    ``lost``: the other side does not acknowledge any more.
    """

    apdus: list[Apdu] = field(default_factory=list[Apdu])
    effects: Effects = field(default_factory=list[Effect])
    error: FrameError | None = None
    cut: bytes = b""
    lost: bool = False


@dataclass(frozen=True, slots=True)
class WireSettings:
    """Times in seconds and the longest body.

    ``half_s``: silence inside a unit after which it is given up (T1 is 0.2 s on a serial line;
    TCP segments may take longer). ``ack_s``: wait for the ACK of a frame before it is repeated.
    """

    half_s: float = 2.0
    ack_s: float = 5.0
    limit: int = MAX_BODY


class ZvtWire(Protocol):
    """One side of a conversation in units."""

    def receive(self, data: bytes) -> Received:
        """Bytes came."""
        ...

    def send(self, apdu: bytes) -> Effects:
        """Send one unit, as soon as the line allows."""
        ...

    def timer(self, name: str) -> Received | None:
        """A timer ran out; None when it is none of this wire's."""
        ...

    def reset(self) -> Effects:
        """The connection is new or gone: forget everything unfinished."""
        ...


def open_wire(
    framing: Framing, side: str, out: Callable[[bytes], Effect], settings: WireSettings
) -> ZvtWire:
    """The wire for that framing; ``side`` prefixes its timers, ``out`` makes the sending effect."""
    if framing is Framing.SERIAL:
        return SerialWire(side, out, settings)
    return TcpWire(side, out, settings)


class TcpWire:
    """Units one after the other in a stream."""

    def __init__(self, side: str, out: Callable[[bytes], Effect], settings: WireSettings) -> None:
        self._half = f"{side}-half"
        self._out = out
        self._settings = settings
        self._framer = ApduFramer(settings.limit)

    def receive(self, data: bytes) -> Received:
        """Whole units; an unfinished one starts the half-unit timer."""
        got = Received()
        self._framer.feed(data)
        try:
            while (apdu := self._framer.take()) is not None:
                got.apdus.append(apdu)
        except FrameError as error:
            got.error, got.cut = error, self._framer.drop()
        half = SetTimer(self._half, self._settings.half_s)
        got.effects.append(half if self._framer.pending else CancelTimer(self._half))
        return got

    def send(self, apdu: bytes) -> Effects:
        """The unit as it is."""
        return [self._out(apdu)]

    def timer(self, name: str) -> Received | None:
        """A unit stayed unfinished for too long: it is given up."""
        if name != self._half:
            return None
        cut = self._framer.drop()
        if not cut:
            return Received()
        return Received(error=FrameError("truncated", "a unit without its end", len(cut)), cut=cut)

    def reset(self) -> Effects:
        """Forget the unfinished unit."""
        self._framer.drop()
        return [CancelTimer(self._half)]


class SerialWire:
    """Frames with CRC, each answered by ACK or NAK before the next one goes out."""

    def __init__(self, side: str, out: Callable[[bytes], Effect], settings: WireSettings) -> None:
        self._half = f"{side}-half"
        self._unacked = f"{side}-frame"
        self._out = out
        self._settings = settings
        self._framer = SerialFramer(settings.limit)
        self._queue: deque[bytes] = deque()
        self._tries = 0
        # The last frame of the peer, until one of ours that came after it was acknowledged: the
        # same frame again before that is a repeat, since its sender heard no answer yet.
        self._answering: bytes | None = None

    def receive(self, data: bytes) -> Received:
        """Whole units, each acknowledged; repeats are acknowledged and not delivered again."""
        got = Received()
        for event in self._framer.feed(data):
            self._event(event, got)
        half = SetTimer(self._half, self._settings.half_s)
        got.effects.append(half if self._framer.pending else CancelTimer(self._half))
        return got

    def send(self, apdu: bytes) -> Effects:
        """Queue one frame; it goes out at once when nothing waits for its ACK."""
        self._queue.append(frame(apdu))
        if len(self._queue) > MAX_QUEUED_FRAMES:
            self._queue.clear()
            return []
        return self._transmit() if len(self._queue) == 1 else []

    def timer(self, name: str) -> Received | None:
        """No ACK came: repeat. Or half a frame: ask for it again."""
        if name == self._half:
            return Received(effects=[self._out(NAK)] if self._framer.drop() else [])
        if name == self._unacked:
            got = Received()
            self._repeat(got)
            return got
        return None

    def reset(self) -> Effects:
        """Forget frames on their way and the repeat that might come."""
        self._framer.drop()
        self._queue.clear()
        self._tries = 0
        self._answering = None
        return [CancelTimer(self._half), CancelTimer(self._unacked)]

    def _event(self, event: SerialEvent, got: Received) -> None:
        if isinstance(event, Signal):
            if event is Signal.ACK:
                self._acknowledged(got)
            else:
                self._repeat(got)
        elif isinstance(event, SerialFrame):
            self._frame(event, got)
        elif event.error.code != "noise":
            got.effects.append(self._out(NAK))

    def _frame(self, event: SerialFrame, got: Received) -> None:
        got.effects.append(self._out(ACK))
        if event.raw == self._answering:
            if self._queue:
                got.effects += self._transmit()
            return
        self._answering = event.raw
        try:
            got.apdus.append(single(event.apdu))
        except FrameError as error:
            got.error, got.cut = error, event.raw

    def _acknowledged(self, got: Received) -> None:
        if not self._queue:
            return
        self._queue.popleft()
        self._tries = 0
        self._answering = None
        got.effects.append(CancelTimer(self._unacked))
        if self._queue:
            got.effects += self._transmit()

    def _repeat(self, got: Received) -> None:
        if not self._queue:
            return
        self._tries += 1
        if self._tries > REPEATS:
            got.effects += self.reset()
            got.lost = True
        else:
            got.effects += self._transmit()

    def _transmit(self) -> Effects:
        return [self._out(self._queue[0]), SetTimer(self._unacked, self._settings.ack_s)]
