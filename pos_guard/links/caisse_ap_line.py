"""How Caisse-AP messages travel over TCP: bare, with nothing that ends them.

A message that came in one piece is whole when all that its kind must have is there. One that came
in pieces may go on behind any tag, so it is taken as it is after a short silence.
"""

from __future__ import annotations

from collections.abc import Callable

from pos_guard.errors import FrameError
from pos_guard.frames import caisse_ap_table as table
from pos_guard.frames.caisse_ap import CaisseFramer
from pos_guard.links.dialect import Fate, Heard
from pos_guard.links.session import CancelTimer, Effect, Effects, SetTimer

SETTLE_S = 0.25
"""Silence behind a message that came in pieces: a till on the same network sends the rest within
milliseconds, and other clients wait as long for an answer's end."""

HALF_S = 2.0
"""Silence within a message: nothing more will come."""

_REQUEST = frozenset(table.REQUIRED)


class CaisseLine:
    """One side. ``prefix`` is for its timers, ``out`` makes the sending effect."""

    def __init__(self, prefix: str, out: Callable[[bytes], Effect]) -> None:
        self._end = f"{prefix}-end"
        self._out = out
        self._framer = CaisseFramer()
        self._pieces = 0
        self._timing = False

    def receive(self, data: bytes) -> Heard:
        """Whole messages; what may still go on waits for a timer."""
        heard = Heard()
        self._pieces = self._pieces + 1 if self._framer.pending else 1
        try:
            heard.units += self._framer.feed(data)
        except FrameError as error:
            heard.effects += self.reset_after(heard, error)
            return heard
        if heard.units:
            self._pieces = 1
        if self._framer.pending and self._pieces == 1 and self._complete():
            heard.units.append(self._framer.drop())
        heard.effects += self._timer()
        return heard

    def took(self) -> Effects:
        """Nothing is acknowledged on this line."""
        return []

    def rejected(self) -> Effects:
        """Nor has it a word for a broken message."""
        return []

    def send(self, unit: bytes) -> Effects:
        """The message in one piece: clients read an answer with one ``recv``."""
        return [self._out(unit)]

    def withdraw(self, unit: bytes) -> Fate:
        """Nothing waits here: it left as it was sent."""
        del unit
        return Fate.LEFT

    def timer(self, name: str) -> Heard | None:
        """Silence: what is there is the message, or never will be one."""
        if name != self._end:
            return None
        self._timing = False
        whole, rest = self._framer.whole, self._framer.drop()
        if not rest:
            return Heard()
        if whole:
            return Heard([rest])
        return Heard(error=FrameError("truncated", "a message without its end"), cut=rest)

    def reset(self) -> Effects:
        """Forget the unfinished message."""
        self._framer.drop()
        return self._timer()

    def reset_after(self, heard: Heard, error: FrameError) -> Effects:
        """The stream cannot be followed any more: what is there is given up."""
        heard.error, heard.cut, heard.lost = error, self._framer.drop(), True
        return self._timer()

    def _complete(self) -> bool:
        """Everything that such a message must have is there. An answer repeats the request."""
        tags = self._framer.tags
        if not self._framer.whole or not tags:
            return False
        asks_only = tags.get(table.ACTION) == table.IDENTIFY
        return asks_only or table.STATUS in tags or tags.keys() >= _REQUEST

    def _timer(self) -> Effects:
        if not self._framer.pending:
            running, self._timing = self._timing, False
            return [CancelTimer(self._end)] if running else []
        self._timing = True
        return [SetTimer(self._end, SETTLE_S if self._complete() else HALF_S)]
