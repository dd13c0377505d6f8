"""How what a simulated payment device says goes wrong on the way, once for each wrong. Sans-IO.

A protocol tells what an ACK is and how one of its messages is spoiled; what is the same for all is
here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping

from pos_guard.links.session import Effect, Effects, SetTimer, ToApp
from pos_guard_simulator.payment_words import Wrong

TIMER = "late-ack"
LATE_ACK_S = 3.0
"""Seconds: behind a till's impatience, before it gives up (it waits 10 s for an ACK, or 2 s)."""

NOISE = b"\x7f\x00\xfe"
"""Bytes that mean nothing in any of the protocols."""

Spoil = Callable[[bytes], tuple[bytes, ...]]

_ALWAYS: Mapping[Wrong, Spoil] = {
    Wrong.SPLIT: lambda data: tuple(part for part in (data[:3], data[3:20], data[20:]) if part),
    Wrong.DUPLICATE: lambda data: (data, data),
    Wrong.GARBAGE: lambda data: (NOISE, data),
    Wrong.LOST: lambda _: (),
}


class Wrongs:
    """What is still to go wrong, in order; each takes the next ACK or message that it fits.

    ``ack``: how an ACK begins, "" where the protocol has none. ``is_message`` tells messages from
    other bytes of the line. ``spoils``: the protocol's own ways, before the general ones.
    """

    def __init__(
        self,
        spoils: Mapping[Wrong, Spoil],
        ack: bytes = b"",
        is_message: Callable[[bytes], bool] = bool,
    ) -> None:
        self._spoils = {**_ALWAYS, **spoils}
        self._ack = ack
        self._is_message = is_message
        acks = {Wrong.LATE_ACK, Wrong.NO_ACK, Wrong.NAK}
        self._of_acks = acks if Wrong.GLUE in spoils else acks | {Wrong.GLUE}
        self._plan: deque[Wrong] = deque()
        self._held = b""
        self._late: list[bytes] | None = None

    @property
    def known(self) -> frozenset[Wrong]:
        """What can go wrong here."""
        return frozenset({*self._spoils, *(self._of_acks if self._ack else ())})

    def of_ack(self, wrong: Wrong) -> bool:
        """It concerns the ACK of a request, not its answer."""
        return wrong in self._of_acks

    def next(self, *wrongs: Wrong) -> None:
        """So the next ACK or message goes wrong, the ones after it as well if there are more.

        :raises ValueError: for what cannot go wrong in this protocol.
        """
        unknown = [str(wrong) for wrong in wrongs if wrong not in self.known]
        if unknown:
            raise ValueError(f"here nothing can be {unknown[0]}")
        self._plan.extend(wrongs)

    def refuses(self) -> bool:
        """The next thing that goes wrong is a NAK: so what just came is not taken."""
        if not self._plan or self._plan[0] is not Wrong.NAK:
            return False
        self._plan.popleft()
        return True

    def done_to(self, effects: Effects) -> Effects:
        """The effects as the till gets them."""
        if not (self._plan or self._held) and self._late is None:
            return effects
        out: Effects = []
        for effect in effects:
            out += self._said(effect.data) if isinstance(effect, ToApp) else [effect]
        return out

    def timer(self, name: str) -> Effects | None:
        """What was late comes now; None: no timer of this."""
        if name != TIMER:
            return None
        late, self._late = self._late or [], None
        return [ToApp(data) for data in late]

    def forget(self) -> None:
        """The connection is gone, and with it what was under way."""
        self._held, self._late = b"", None

    def _said(self, data: bytes) -> list[Effect]:
        held, self._held = self._held, b""
        if self._late is not None:  # what was said later comes later
            self._late.append(held + data)
            return []
        if not self._plan or not self._fits(self._plan[0], data):
            return [ToApp(held + data)]
        pieces: list[Effect] = [ToApp(held)] if held else []
        return pieces + self._spoiled(self._plan.popleft(), data)

    def _spoiled(self, wrong: Wrong, data: bytes) -> list[Effect]:
        if not self.of_ack(wrong):
            return [ToApp(piece) for piece in self._spoils[wrong](data)]
        if wrong is Wrong.GLUE:
            self._held = data
        elif wrong is Wrong.LATE_ACK:
            self._late = [data]
            return [SetTimer(TIMER, LATE_ACK_S)]
        return []

    def _fits(self, wrong: Wrong, data: bytes) -> bool:
        if self._ack and data.startswith(self._ack):
            return self.of_ack(wrong)
        return not self.of_ack(wrong) and self._is_message(data)
