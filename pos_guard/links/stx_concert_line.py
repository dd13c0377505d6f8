"""How Concert frames travel: ENQ, ACK, frame, ACK, EOT, in either direction.

Who wants to speak asks first (ENQ), so the guard cannot pass a conversation through: it takes the
whole frame, and opens a conversation of its own on the other side. The same line serves both
sides. When both ask at once we let the other speak first, and ask again after.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from pos_guard.errors import FrameError
from pos_guard.frames.stx import BadFrame, Control, StxEvent, StxFormat, StxFrame, StxFramer, build
from pos_guard.links.dialect import Fate, Heard
from pos_guard.links.session import CancelTimer, Effect, Effects, SetTimer

MAX_WAITING = 16
"""Units that wait for their conversation: a terminal answers one request at a time."""


@dataclass(frozen=True, slots=True)
class ConcertTiming:
    """Times of a line, in seconds.

    ``listen_s``: how long the other side may take to answer our ENQ, ``asks`` how often we ask.
    ``frame_s``: for the frame after our ACK and for each pause in it ("wait up to 3 s for the
    LRC"). ``ack_s``: for ACK or NAK of our frame, ``repeats`` how often it is sent again after a
    NAK. ``end_s``: for the EOT. ``anew``: a frame that nobody acknowledged may be sent in a new
    conversation; never set towards a terminal, which might pay twice.
    """

    listen_s: float = 3.0
    asks: int = 3
    frame_s: float = 3.0
    ack_s: float = 5.0
    repeats: int = 2
    end_s: float = 3.0
    anew: bool = False


TO_TERMINAL = ConcertTiming()
TO_TILL = ConcertTiming(listen_s=60.0, asks=2, anew=True)
"""A till reads ENQ, then a fixed number of bytes: a second ENQ in its buffer would be taken for the
beginning of the frame, so we ask once and wait long."""


class _State(Enum):
    IDLE = auto()
    ASKED = auto()  # our ENQ is out
    SENT = auto()  # our frame is out
    LISTENING = auto()  # their ENQ was answered
    HEARD = auto()  # their frame is here, our reader has not answered yet
    ENDING = auto()  # their frame was answered, EOT comes


class ConcertLine:
    """One side of a link. ``prefix`` keeps its timer apart from that of the other side."""

    def __init__(
        self,
        prefix: str,
        out: Callable[[bytes], Effect],
        form: StxFormat,
        timing: ConcertTiming,
    ) -> None:
        self._name = f"{prefix}:concert"
        self._out = out
        self._form = form
        self._timing = timing
        self._framer = StxFramer(form)
        self._state = _State.IDLE
        self._waiting: deque[bytes] = deque()
        # Given up with the conversation before theirs.
        self._dropped: tuple[bytes, ...] = ()
        self._asks = 0
        self._left = 0
        # Whether some sending of the frame met with silence: then it may have arrived.
        self._quiet = False
        self._last: bytes | None = None
        self._closed = False

    def receive(self, data: bytes) -> Heard:
        """Bytes came. An ENQ is answered at once; nothing else is."""
        heard = Heard()
        self._framer.feed(data)
        while (event := self._framer.take()) is not None:
            self._event(event, heard)
        return heard

    def took(self) -> Effects:
        """ACK the frame; its EOT may follow."""
        if self._state is not _State.HEARD:
            return []
        after = self._over() if self._closed else self._go(_State.ENDING, self._timing.end_s)
        return [self._byte(Control.ACK), *after]

    def rejected(self) -> Effects:
        """NAK the frame; it may come once more."""
        if self._state not in (_State.HEARD, _State.LISTENING):
            return []
        self._last = None
        return [self._byte(Control.NAK), *self._go(_State.LISTENING, self._timing.frame_s)]

    def send(self, unit: bytes) -> Effects:
        """Send a unit in a conversation of its own, once the line is free."""
        if len(self._waiting) < MAX_WAITING:
            self._waiting.append(unit)
        self._dropped = ()
        return self._next()

    def withdraw(self, unit: bytes) -> Fate:
        """A unit whose conversation was not opened never goes out."""
        if unit in self._dropped:
            return Fate.KEPT
        if unit not in self._waiting:
            return Fate.LEFT
        first = self._waiting[0] == unit
        if first and (self._state is _State.SENT or self._quiet):
            self._left = self._asks = 0
            return Fate.OPEN
        self._waiting.remove(unit)
        return Fate.KEPT

    def timer(self, name: str) -> Heard | None:
        """A timer ran out; None when it is not this line's."""
        if name != self._name:
            return None
        heard = Heard()
        if self._state is _State.ASKED:
            self._not_listening(heard)
        elif self._state is _State.SENT:
            self._not_answered(heard)
        elif self._state is _State.LISTENING:
            self._cut(heard)
        elif self._state is _State.ENDING:
            heard.effects += self._over()
        return heard

    def reset(self) -> Effects:
        """The connection is new or gone."""
        self._framer.drop()
        self._waiting.clear()
        self._dropped = ()
        self._state = _State.IDLE
        self._last = None
        return [CancelTimer(self._name)]

    # -- what comes ----------------------------------------------------------------------------

    def _event(self, event: StxEvent, heard: Heard) -> None:
        if isinstance(event, StxFrame):
            self._frame(event, heard)
        elif isinstance(event, BadFrame):
            self._bad(event, heard)
        elif event is Control.ENQ:
            self._asked(heard)
        elif event is Control.EOT:
            self._ended(heard)
        elif self._state is _State.ASKED:
            if event is Control.ACK:
                self._left = self._timing.repeats
                heard.effects += self._put() if self._waiting else self._close()
            else:  # NAK: busy; the timer asks again
                heard.effects += self._go(_State.ASKED, self._timing.listen_s)
        elif self._state is _State.SENT:
            self._answered(event, heard)

    def _asked(self, heard: Heard) -> None:
        """ENQ. One that comes again while we listen was not heard to be answered."""
        if self._state in (_State.IDLE, _State.ASKED, _State.LISTENING, _State.ENDING):
            self._last = None
            heard.effects.append(self._byte(Control.ACK))
            heard.effects += self._go(_State.LISTENING, self._timing.frame_s)

    def _ended(self, heard: Heard) -> None:
        if self._state in (_State.LISTENING, _State.ENDING):
            heard.effects += self._over()
        self._closed = self._state is _State.HEARD  # they did not wait for our ACK

    def _frame(self, event: StxFrame, heard: Heard) -> None:
        if self._state is _State.LISTENING:
            self._state = _State.HEARD
            self._closed = False
            self._last = event.body
            heard.effects.append(CancelTimer(self._name))
            heard.units.append(event.body)
        elif self._state is _State.ENDING and event.body == self._last:
            heard.effects.append(self._byte(Control.ACK))  # they did not hear our ACK
        # A frame without a conversation is nobody's: it is not answered.

    def _bad(self, event: BadFrame, heard: Heard) -> None:
        if self._state is _State.LISTENING and event.error.code != "noise":
            heard.error, heard.cut = event.error, event.cut

    def _cut(self, heard: Heard) -> None:
        """Their frame did not come, or not to its end."""
        bad = self._framer.drop()
        if bad is None or bad.error.code == "noise":
            heard.effects += self._over()
        else:
            heard.error = FrameError(bad.error.code, str(bad.error), bad.error.at)
            heard.cut = bad.cut

    # -- what goes -----------------------------------------------------------------------------

    def _next(self) -> Effects:
        if self._state is not _State.IDLE or not self._waiting:
            return []
        self._asks = self._timing.asks
        self._quiet = False
        return self._ask()

    def _ask(self) -> Effects:
        self._asks -= 1
        return [self._byte(Control.ENQ), *self._go(_State.ASKED, self._timing.listen_s)]

    def _put(self) -> Effects:
        frame = self._out(build(self._form, self._waiting[0]))
        return [frame, *self._go(_State.SENT, self._timing.ack_s)]

    def _answered(self, event: Control, heard: Heard) -> None:
        if event is Control.ACK:
            self._waiting.popleft()
            heard.effects += self._close()
        elif self._left > 0:
            self._left -= 1
            heard.effects += self._put()
        else:
            self._give_up(heard, untaken=not self._quiet)

    def _not_listening(self, heard: Heard) -> None:
        if not self._waiting:
            heard.effects += self._close()
        elif self._asks > 0:
            heard.effects += self._ask()
        else:
            self._give_up(heard, untaken=not self._quiet)

    def _not_answered(self, heard: Heard) -> None:
        """Nobody knows whether the frame arrived."""
        self._quiet = True
        if self._timing.anew and self._asks > 0:
            heard.effects.append(self._byte(Control.EOT))
            heard.effects += self._ask()
        else:
            self._give_up(heard)

    def _give_up(self, heard: Heard, *, untaken: bool = False) -> None:
        first, *others = self._waiting
        heard.untaken = first if untaken else None
        self._dropped = tuple(others)
        self._waiting.clear()
        heard.lost = True
        heard.effects += self._close()

    def _close(self) -> Effects:
        return [self._byte(Control.EOT), *self._over()]

    def _over(self) -> Effects:
        self._state = _State.IDLE
        return [CancelTimer(self._name), *self._next()]

    def _go(self, state: _State, seconds: float) -> Effects:
        self._state = state
        return [SetTimer(self._name, seconds)]

    def _byte(self, control: Control) -> Effect:
        return self._out(control.on_line(self._form))
