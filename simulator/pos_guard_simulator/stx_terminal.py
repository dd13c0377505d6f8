"""A simulated terminal of the STX/ETX family, without I/O: bytes and timers in, effects out.

What it says is a ``Speech``'s; here is how it says it, what it does by script and amount, and how
it misbehaves on demand. A transaction that has begun is completed although the till is gone.
``ToApp`` is "to the till".
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from pos_guard.errors import FrameError
from pos_guard.frames.stx import Control, StxFormat
from pos_guard.links.dialect import Heard
from pos_guard.links.session import Effect, Effects, SetTimer, ToApp
from pos_guard.links.stx_line import StxLine, StxTiming
from pos_guard_simulator.zvt_book import Book, Script, Transaction

WORDS = "approve[:AMOUNT], decline[:RC], silent-before, silent-after, late[:SECONDS], hang"
_WORD = re.compile(
    r"approve(:\d{1,12})?|decline(:[0-9A-Z]{2})?|silent-before|silent-after|late(:\d{1,4})?|hang",
    re.ASCII,
)
LATE_S = 300
"""Later than any till waits, where the script does not say."""

DEFAULT_SCRIPT = Script()


def check_stx(word: str) -> str:
    """Something that such a terminal can do.

    :raises ValueError: it is not.
    """
    if not _WORD.fullmatch(word):
        raise ValueError(f"{word!r} is none of: {WORDS}")
    return word


class Wrong(StrEnum):
    """What goes wrong with the next ACK, or the next frame, of a terminal."""

    NO_ACK = "no-ack"
    NAK = "nak"
    BAD_LRC = "bad-lrc"
    SPLIT = "split"
    GLUED = "glued"
    DUPLICATE = "duplicate"
    GARBAGE = "garbage"


_OF_ACKS = frozenset({Wrong.NO_ACK, Wrong.NAK, Wrong.GLUED})


@dataclass(frozen=True, slots=True)
class Job:
    """A transaction to be decided: how money moves, and how a yes and a no are said."""

    amount: int
    move: Callable[[int], Transaction]
    yes: Callable[[Transaction], bytes]
    no: Callable[[str], bytes]
    before: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What follows from a unit of the till: an answer at once, or a job."""

    answer: tuple[bytes, ...] = ()
    job: Job | None = None


class Speech(Protocol):
    """The words of one kind of terminal."""

    form: StxFormat
    timing: StxTiming
    anew: frozenset[bytes]
    identity: str

    def plan(self, unit: bytes, book: Book) -> Plan:
        """What to do about a unit.

        :raises FrameError: for one that this terminal does not understand: it says NAK.
        """
        ...


@dataclass(slots=True)
class _State:
    """What is under way: ``work`` is done when the timer rings."""

    work: Callable[[], None] | None = None
    wrongs: deque[Wrong] = field(default_factory=deque[Wrong])
    held: bytes = b""


class StxTerminal:
    """The twin. ``heard`` holds every byte that ever arrived, ``book`` what was moved."""

    def __init__(
        self, speech: Speech, script: Script = DEFAULT_SCRIPT, work_s: float = 0.0
    ) -> None:
        self.speech = speech
        self.script = script
        self.book = Book()
        self.heard = bytearray()
        self.units: list[bytes] = []
        self._work_s = work_s
        self._line = StxLine("twin", ToApp, speech.form, speech.timing, speech.anew)
        self._connected = False
        self._state = _State()
        self._out: list[Effect] = []

    @property
    def moved(self) -> list[Transaction]:
        """Transactions that stand."""
        return [item for item in self.book.transactions if not item.reversed]

    @property
    def idle(self) -> bool:
        """Nothing is under way."""
        return self._state.work is None

    def misbehave(self, *wrongs: Wrong) -> None:
        """Do these things wrong, one after the other, at the next occasion of each."""
        self._state.wrongs.extend(wrongs)

    # -- driven by a shell ---------------------------------------------------------------------

    def connected(self) -> Effects:
        """A till is there."""
        self._connected = True
        return self._said(self._line.reset())

    def closed(self) -> Effects:
        """The till is gone: a running transaction goes on; what is to be said is not."""
        self._connected = False
        return self._said(self._line.reset())

    def data(self, data: bytes) -> Effects:
        """Bytes of the till."""
        self.heard += data
        self._received(self._line.receive(data))
        return self._taken()

    def timer(self, name: str) -> Effects:
        """Time passed."""
        if name == "work":
            work, self._state.work = self._state.work, None
            if work is not None:
                work()
        else:
            heard = self._line.timer(name)
            if heard is not None:
                self._received(heard)
        return self._taken()

    # -- what comes ----------------------------------------------------------------------------

    def _received(self, heard: Heard) -> None:
        self._out += heard.effects
        if heard.error is not None:
            self._out += self._line.rejected()
        for unit in heard.units:
            self._unit(unit)

    def _unit(self, unit: bytes) -> None:
        self.units.append(unit)
        if self._state.wrongs and self._state.wrongs[0] is Wrong.NAK:
            self._state.wrongs.popleft()
            self._out += self._line.rejected()
            return
        if not self.idle:
            self._out += self._line.rejected()  # busy
            return
        try:
            plan = self.speech.plan(unit, self.book)
        except FrameError:
            self._out += self._line.rejected()
            return
        if plan.job is None:
            self._out += self._line.took()
            self._say(*plan.answer)
        else:
            self._begin(plan.job)

    def _begin(self, job: Job) -> None:
        word, rest = self.script.behaviour(job.amount)
        if word == "hang":
            return
        self._out += self._line.took()
        if word == "silent-before":
            return
        self._say(*job.before)
        wait = float(rest or LATE_S) if word == "late" else self._work_s
        if wait <= 0:
            self._decide(job, word, rest)
            return
        self._state.work = lambda: self._decide(job, word, rest)
        self._out.append(SetTimer("work", wait))

    def _decide(self, job: Job, word: str, rest: str) -> None:
        if word == "decline":
            self._say(job.no(rest))
            return
        done = job.move(int(rest) if word == "approve" and rest else job.amount)
        if word != "silent-after":
            self._say(job.yes(done))

    # -- what goes -----------------------------------------------------------------------------

    def _say(self, *units: bytes) -> None:
        if self._connected:
            for unit in units:
                self._out += self._line.send(unit)

    def _taken(self) -> Effects:
        out, self._out = self._out, []
        return self._said(out)

    def _said(self, effects: Effects) -> Effects:
        said: Effects = []
        for effect in effects:
            if isinstance(effect, ToApp) and self._connected:
                said += [ToApp(piece) for piece in self._spoiled(effect.data)]
            elif not isinstance(effect, ToApp):
                said.append(effect)
        return said

    def _spoiled(self, data: bytes) -> list[bytes]:
        """The bytes as the next thing that is to go wrong leaves them."""
        state = self._state
        is_ack = data == Control.ACK.on_line(self.speech.form)
        held, state.held = state.held, b""
        if not state.wrongs or (state.wrongs[0] in _OF_ACKS) is not is_ack:
            return [held + data]
        match state.wrongs.popleft():
            case Wrong.NO_ACK:
                pieces: list[bytes] = []
            case Wrong.GLUED:
                state.held, pieces = data, []
            case Wrong.BAD_LRC:
                pieces = [data[:-1] + bytes([data[-1] ^ 0x40])]
            case Wrong.SPLIT:
                pieces = [data[:3], data[3:]]
            case Wrong.DUPLICATE:
                pieces = [data, data]
            case _:
                pieces = [b"\x7f\x00\xfe", data]
        return [held, *pieces] if held else pieces
