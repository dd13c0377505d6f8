"""What a simulated payment terminal or host does about a request, by script. Sans-IO.

The protocol says how money moves and how a yes and a no sound; here is when, and whether at all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from pos_guard.links.session import CancelTimer, CloseApp, Effect, SetTimer
from pos_guard_simulator.payment_screen import ASK_MS, Key, Screen, Shows
from pos_guard_simulator.payment_words import LATE_MS, Outcome, Wrong
from pos_guard_simulator.payment_wrongs import Wrongs
from pos_guard_simulator.zvt_book import Script

SLOW_MS = 5_000
"""A customer who looks for the card, where the script does not say."""

REVERSED_MS = 1_000
"""The device takes it back once the till has its yes, where the script does not say."""


_USUAL_MS: Mapping[str, int] = {
    Outcome.ASK: ASK_MS,
    Outcome.SLOW: SLOW_MS,
    Outcome.LATE: LATE_MS,
}


class Movable(Protocol):
    """Money that moved, in minor units; ``reversed``: taken back, in the end nothing moved."""

    amount: int
    reversed: bool


M = TypeVar("M", bound=Movable)


@dataclass(frozen=True, slots=True)
class Job(Generic[M]):
    """A request to be decided: how money moves, and how a yes and a no are said.

    ``move`` gives what moved, or the code of the no why it cannot. ``before`` is said at once.
    ``back``: what else there is to do when the device takes it back by itself.
    """

    amount: int
    move: Callable[[int], M | str]
    yes: Callable[[M], bytes]
    no: Callable[[str], bytes]
    before: tuple[bytes, ...] = ()
    back: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True)
class _Work(Generic[M]):
    """A job that waits for a customer, a host or a key, and what becomes of it then."""

    job: Job[M]
    word: str
    rest: str


class Voice(Protocol):
    """How the device speaks to the till. ``more``: outcomes that only it has; it moves money."""

    more: frozenset[str]

    def took(self) -> None:
        """Acknowledge the request; nothing where the protocol has no ACK."""
        ...

    def rejected(self) -> None:
        """Refuse to take it: NAK."""
        ...

    def say(self, unit: bytes) -> None:
        """Say something, if anybody is there."""
        ...


class Teller(Generic[M]):
    """Decides jobs as ``script`` says; what it does to ports goes to ``out``."""

    def __init__(
        self, voice: Voice, wrongs: Wrongs, out: Callable[[Effect], None], work_s: float = 0.0
    ) -> None:
        self.script = Script()
        self.screen = Screen()
        self._words = {*Outcome, *wrongs.known, *voice.more}
        self._voice = voice
        self._wrongs = wrongs
        self._out = out
        self._work_s = work_s
        self._works: dict[str, _Work[M]] = {}
        self._backs: dict[str, Callable[[], None]] = {}
        self._count = 0

    @property
    def idle(self) -> bool:
        """No customer is at the device."""
        return not self._works

    def begin(self, job: Job[M]) -> None:
        """A request came.

        :raises ValueError: for a word of the script that this protocol does not have.
        """
        word, rest = self.script.behaviour(job.amount)
        if word not in self._words:
            raise ValueError(f"{word!r} is nothing that this device can do")
        if word == Outcome.HANG:
            return
        if word == Wrong.NAK:
            self._voice.rejected()
            return
        self._plan(word, ack=True)
        self._voice.took()
        if word == Outcome.SILENT_BEFORE:
            return
        for unit in job.before:
            self._voice.say(unit)
        usual = _USUAL_MS.get(word)
        wait = self._work_s if usual is None else int(rest or usual) / 1000
        if wait > 0:
            name = "work" if self.idle else f"work-{self._next()}"
            self._works[name] = _Work(job, word, rest)
            self.screen = Screen(Shows.ASKS if word == Outcome.ASK else Shows.WORKING, job.amount)
            self._out(SetTimer(name, wait))
        else:
            self._decide(job, word, rest)

    def timer(self, name: str) -> bool:
        """Time passed; False: it is no timer of this."""
        work, back = self._works.pop(name, None), self._backs.pop(name, None)
        if work is not None:
            self._decide(work.job, work.word, work.rest)
        elif back is not None:
            back()
        return work is not None or back is not None

    def press(self, key: Key) -> bool:
        """Somebody presses a key; False: nothing waits for that one.

        Whoever is asked decides; ``stop`` ends whatever has not been decided yet.
        """
        for name, work in self._works.items():
            if key is Key.STOP or work.word == Outcome.ASK:
                del self._works[name]
                self._out(CancelTimer(name))
                self._decide(work.job, Outcome.APPROVE if key is Key.OK else Outcome.DECLINE, "")
                return True
        return False

    def _decide(self, job: Job[M], word: str, rest: str) -> None:
        if word in (Outcome.DECLINE, Outcome.ASK):  # asked, and nobody came
            self._declined(job, rest if word == Outcome.DECLINE else "")
            return
        done = job.move(int(rest) if word == Outcome.APPROVE and rest else job.amount)
        if isinstance(done, str):
            self._declined(job, done)
            return
        self.screen = Screen(Shows.APPROVED, done.amount)
        answer = job.yes(done)
        if word == Outcome.SILENT_AFTER:
            return
        if word == Outcome.RESET:
            self._out(CloseApp("the device hangs up"))
            return
        self._plan(word, ack=False)
        self._voice.say(answer)
        if word == Outcome.REVERSED:
            self._later(job, done, int(rest or REVERSED_MS))

    def _declined(self, job: Job[M], code: str) -> None:
        self.screen = Screen(Shows.DECLINED, job.amount)
        self._voice.say(job.no(code))

    def _plan(self, word: str, *, ack: bool) -> None:
        if word in self._wrongs.known and self._wrongs.of_ack(Wrong(word)) is ack:
            self._wrongs.next(Wrong(word))

    def _later(self, job: Job[M], done: M, wait_ms: int) -> None:
        def take_back() -> None:
            done.reversed = True
            self.screen = Screen(Shows.TAKEN_BACK, done.amount)
            job.back()

        name = f"back-{self._next()}"
        self._backs[name] = take_back
        self._out(SetTimer(name, wait_ms / 1000))

    def _next(self) -> int:
        self._count += 1
        return self._count
