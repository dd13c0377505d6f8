"""How ISO 8583 messages travel over TCP: a length in front of each, nothing acknowledged."""

from __future__ import annotations

from collections.abc import Callable

from pos_guard.errors import FrameError
from pos_guard.frames.iso8583_framing import LengthFramer
from pos_guard.frames.iso8583_profile import Profile
from pos_guard.links.dialect import Fate, Heard
from pos_guard.links.session import CancelTimer, Effect, Effects, SetTimer

REST_S = 30.0
"""For the rest of a message that has begun: it is sent in one go, and modems repeat for seconds."""


class LengthLine:
    """One side. ``prefix`` is for its timer, ``out`` makes the sending effect."""

    def __init__(self, prefix: str, out: Callable[[bytes], Effect], profile: Profile) -> None:
        self._rest = f"{prefix}-rest"
        self._out = out
        self._length = profile.length
        self._framer = LengthFramer(profile)

    def receive(self, data: bytes) -> Heard:
        """Every whole message of the segment; a length that none has ends the conversation."""
        waited = self._framer.pending > 0
        self._framer.feed(data)
        units: list[bytes] = []
        try:
            while (unit := self._framer.take()) is not None:
                units.append(unit)
        except FrameError as error:
            cut = self._framer.drop()
            return Heard(units, [CancelTimer(self._rest)], error, cut, lost=True)
        return Heard(units, self._timer(waited, bool(units)))

    def took(self) -> Effects:
        """TCP has acknowledged it."""
        return []

    def rejected(self) -> Effects:
        """There is no word for a broken message but an answer, or the end of the call."""
        return []

    def send(self, unit: bytes) -> Effects:
        """The message behind its length, in one piece."""
        return [self._out(self._length.write(len(unit)) + unit)]

    def withdraw(self, unit: bytes) -> Fate:
        """Nothing waits here: it left as it was sent."""
        del unit
        return Fate.LEFT

    def timer(self, name: str) -> Heard | None:
        """The rest did not come: where the next message begins is not known any more."""
        if name != self._rest:
            return None
        cut = self._framer.drop()
        if not cut:
            return Heard()
        return Heard(error=FrameError("truncated", "half a message"), cut=cut, lost=True)

    def reset(self) -> Effects:
        """Forget the unfinished message."""
        self._framer.drop()
        return [CancelTimer(self._rest)]

    def _timer(self, waited: bool, got: bool) -> Effects:
        if not self._framer.pending:
            return [CancelTimer(self._rest)] if waited else []
        return [] if waited and not got else [SetTimer(self._rest, REST_S)]
