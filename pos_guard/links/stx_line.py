"""How STX frames travel: each is answered by one byte, ACK or NAK, and repeated until it is ACKed.

Sans-IO. A frame that was acknowledged and comes once more (its sender did not hear the ACK) is
acknowledged again and not handed on twice. Times: Transbank, "POS Integrado", Timeout1 and
Timeout2; the others of the family are alike.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from pos_guard.frames.stx import BadFrame, Control, StxFormat, StxFrame, StxFramer, build
from pos_guard.links.dialect import Fate, Heard
from pos_guard.links.session import CancelTimer, Effect, Effects, SetTimer

MAX_WAITING = 64
"""Units that wait for their turn: a details list has at most the day's sales, sent one by one as
they are acknowledged. A reader that takes none for so long is not there."""


@dataclass(frozen=True, slots=True)
class StxTiming:
    """Times of a line, in seconds.

    ``ack_s``: for ACK or NAK. ``silence_s``: between two bytes of a frame. ``repeats``: how often
    a frame is sent again. ``again_s``: how long after its ACK the same frame counts as a repeat;
    longer than any sender waits for an ACK, shorter than a person asks for the same once more.
    """

    ack_s: float = 10.0
    silence_s: float = 1.0
    repeats: int = 2
    again_s: float = 12.0


DEFAULT = StxTiming()


class StxLine:
    """One side of a link. ``prefix`` keeps its timers apart from those of the other side.

    ``anew`` holds units that may come twice in a row and mean it (a poll): never taken for a
    repeat.
    """

    def __init__(
        self,
        prefix: str,
        out: Callable[[bytes], Effect],
        form: StxFormat,
        timing: StxTiming = DEFAULT,
        anew: frozenset[bytes] = frozenset(),
    ) -> None:
        self._out = out
        self._form = form
        self._timing = timing
        self._anew = anew
        self._names = {name: f"{prefix}:{name}" for name in ("ack", "silence", "again")}
        self._framer = StxFramer(form)
        self._waiting: deque[bytes] = deque()
        self._sent: bytes | None = None
        self._left = 0
        # Whether some sending of it met with silence: then it may have arrived.
        self._quiet = False
        # What was heard and not answered yet, and what was acknowledged last.
        self._open: deque[bytes] = deque(maxlen=MAX_WAITING)
        self._acked: bytes | None = None
        # What is wrong with the bytes that come, told once they have ended.
        self._bad: BadFrame | None = None
        self._answerable = False

    def receive(self, data: bytes) -> Heard:
        """Bytes came. Nothing is acknowledged but repeats."""
        heard = Heard()
        self._framer.feed(data)
        while (event := self._framer.take()) is not None:
            if isinstance(event, Control):
                self._answered(event, heard)
            elif isinstance(event, StxFrame):
                self._frame(event.body, heard)
            else:
                self._broken(event, heard)
        waits = self._framer.pending or self._framer.lost
        name = self._names["silence"]
        heard.effects.append(SetTimer(name, self._timing.silence_s) if waits else CancelTimer(name))
        return heard

    def took(self) -> Effects:
        """ACK the oldest frame that was heard and not answered yet."""
        if not self._open:
            return []
        self._acked = self._open.popleft()
        return [self._byte(Control.ACK), self._remember()]

    def rejected(self) -> Effects:
        """NAK what was heard; noise between frames is nobody's to repeat."""
        if self._answerable:
            self._answerable = False
        elif self._open:
            self._open.popleft()
        else:
            return []
        return [self._byte(Control.NAK)]

    def send(self, unit: bytes) -> Effects:
        """Send a unit, after those that are not acknowledged yet."""
        if len(self._waiting) >= MAX_WAITING:
            self._waiting.popleft()
        self._waiting.append(unit)
        return self._next()

    def withdraw(self, unit: bytes) -> Fate:
        """A unit that waits behind another one never goes out, one that did is not repeated."""
        if unit in self._waiting:
            self._waiting.remove(unit)
            return Fate.KEPT
        if self._sent != unit:
            return Fate.LEFT
        self._left = 0
        return Fate.OPEN

    def timer(self, name: str) -> Heard | None:
        """A timer ran out; None when it is none of this line's."""
        heard = Heard()
        if name == self._names["ack"] and self._sent is None:
            heard.effects += self._next()
        elif name == self._names["ack"]:
            self._quiet = True
            self._again(heard)
        elif name == self._names["silence"]:
            bad = self._framer.drop() or self._bad
            self._bad = None
            if bad is not None:
                self._tell(bad, heard)
        elif name == self._names["again"]:
            self._acked = None
        else:
            return None
        return heard

    def reset(self) -> Effects:
        """The connection is new or gone."""
        self._framer.drop()
        self._waiting.clear()
        self._open.clear()
        self._sent = self._acked = self._bad = None
        self._answerable = False
        return [CancelTimer(name) for name in self._names.values()]

    # -- what comes ----------------------------------------------------------------------------

    def _answered(self, control: Control, heard: Heard) -> None:
        if self._sent is None:
            return  # ACK or NAK of nothing: a late one, or noise
        if control is Control.ACK:
            # Who acknowledges our answer has heard our ACK before it: what comes now is new.
            self._acked = None
            heard.effects += self._delivered()
        elif control is Control.NAK:
            self._again(heard)

    def _frame(self, body: bytes, heard: Heard) -> None:
        if body in self._open:
            return  # still being thought about: one answer comes
        if body == self._acked and body not in self._anew:
            heard.effects.append(self._byte(Control.ACK))
            return
        if self._sent is not None:
            heard.effects += self._delivered()  # an answer says more than an ACK
        self._acked = None
        self._open.append(body)
        heard.units.append(body)

    def _broken(self, bad: BadFrame, heard: Heard) -> None:
        if self._framer.lost:
            self._bad = bad  # more of it may come: an answer now would meet the rest
        else:
            self._tell(bad, heard)

    def _tell(self, bad: BadFrame, heard: Heard) -> None:
        if heard.error is None:
            heard.error, heard.cut = bad.error, bad.cut
        self._answerable = self._answerable or bad.error.code != "noise"

    # -- what goes -----------------------------------------------------------------------------

    def _next(self) -> Effects:
        if self._sent is not None or not self._waiting:
            return []
        self._sent, self._left = self._waiting.popleft(), self._timing.repeats
        self._quiet = False
        return self._put(self._sent)

    def _put(self, unit: bytes) -> Effects:
        frame = self._out(build(self._form, unit))
        return [frame, SetTimer(self._names["ack"], self._timing.ack_s)]

    def _delivered(self) -> Effects:
        self._sent = None
        return [CancelTimer(self._names["ack"]), *self._next()]

    def _again(self, heard: Heard) -> None:
        if self._sent is None:
            return
        if self._left > 0:
            self._left -= 1
            heard.effects += self._put(self._sent)
            return
        heard.lost = True
        heard.untaken = None if self._quiet else self._sent
        self._sent = None
        # What waits behind it rests: who is told of the loss may give the line up.
        name = self._names["ack"]
        heard.effects.append(
            SetTimer(name, self._timing.ack_s) if self._waiting else CancelTimer(name)
        )

    def _byte(self, control: Control) -> Effect:
        return self._out(control.on_line(self._form))

    def _remember(self) -> Effect:
        return SetTimer(self._names["again"], self._timing.again_s)
