"""The two sides of a request and answer link, and how the till gets its answers. No judgement."""

from __future__ import annotations

from collections import deque

from pos_guard.guard import Guard
from pos_guard.links import exchange_words as words
from pos_guard.links.dialect import Ask, Parts, Units
from pos_guard.links.exchange_model import (
    MAX_LATER,
    REPEAT_S,
    TOLD_S,
    Given,
    Job,
    Past,
    State,
    Undo,
)
from pos_guard.links.session import CloseApp
from pos_guard.links.speaking import Speaking
from pos_guard.model import Words
from pos_guard.policy.verdict import Reason


class Sides(Speaking):
    """Both lines, and what is under way between them.

    ``_job`` is the open request, ``_undo`` a forwarded UNDOES beside it, ``_doubt`` the last
    request whose outcome is not known: the device may still answer it.
    """

    def __init__(self, name: str, guard: Guard, parts: Parts) -> None:
        super().__init__(name, guard)
        self._dialect = parts.dialect
        self._till = parts.app
        self._device = parts.device
        self._timing = parts.timing
        self._device_there = False
        # The device was lost while a question of our own was out.
        self._in_vain = False
        self._state = State.IDLE
        self._job: Job | None = None
        self._undo: Undo | None = None
        self._doubt: Job | None = None
        self._later: deque[Ask] = deque()
        self._given: Given | None = None
        self._past = Past()
        # A money request that the device had, and whose exchange is not on record as closed yet.
        self._owing: int | None = None
        # A unit of the till that its line has not acknowledged yet.
        self._fresh = False
        self._hung_up = False
        # Refused behind the open request: said once that is answered, and then the till is hung
        # up on.
        self._last_words: list[Ask] = []

    # -- the till's line -----------------------------------------------------------------------

    def _accept(self) -> None:
        """The till's line is told that its unit arrived: what follows from it is durable."""
        if self._fresh:
            self._fresh = False
            self._out += self._till.took()

    def _reject(self, why: str) -> None:
        """No words for a no: the line's own, or nothing at all and the end of the call."""
        said = self._till.rejected() if self._fresh else []
        self._fresh = False
        if said:
            self._out += said
        else:
            self._hang_up(why)

    def _hang_up(self, why: str) -> None:
        self._hung_up = True
        self._out.append(CloseApp(f"till: {why}"))
        self._app_gone()

    def _enqueue(self, ask: Ask) -> None:
        """It waits its turn."""
        self._accept()
        if len(self._later) < MAX_LATER:
            self._later.append(ask)
        else:
            self._hang_up("too many requests at once")

    def _say(self, units: Units) -> None:
        self._accept()
        for said in units:
            self._out += self._till.send(said)

    def _answer(self, unit: bytes, units: Units, *, waits: bool = True) -> None:
        """The answer to a unit of the till; kept for a till that is not there to take it."""
        if waits:
            self._say(units)
        if units:
            self._keep(Given(unit, units, self._order, heard=waits))

    def _keep(self, given: Given) -> None:
        self._given = given
        self._set("given", REPEAT_S)
        if self._owing is not None:
            self._set("told", TOLD_S)

    def _deny(self, ask: Ask, reason: Reason, say: Words) -> None:
        """The protocol's own no; the device never hears of the request."""
        self._past.kept(ask.key)
        units = self._dialect.refuse(ask, reason, say)
        if units:
            self._answer(ask.unit, units)
        else:
            self._reject(f"refused: {reason}")

    def _refuse(self, ask: Ask, reason: Reason, say: Words) -> None:
        """A no that needed no judgement: recorded, told, said."""
        self._refused(reason, say, ask.unit)
        self._deny(ask, reason, say)

    @property
    def _order(self) -> str | None:
        order = self._guard.context().order
        return None if order is None else order.value.key

    # -- the end -------------------------------------------------------------------------------

    def _over(self) -> None:
        """The open request has ended."""
        self._job = None
        self._state = State.IDLE
        self._cancel("answer", "hold", "alive")

    def _app_gone(self) -> None:
        """Nobody waits on the till's side any more: what is held is never forwarded."""
        self._last_words.clear()
        self._later.clear()
        for waiting in (self._job, self._doubt):
            if waiting is not None:
                waiting.waits = False
        if self._undo is not None:
            self._undo.waits = False
        if self._state is State.HELD:
            self._abandon()
        elif self._state is State.SILENT:
            self._state = State.IDLE

    def _abandon(self) -> None:
        job = self._job
        if job is not None and job.decision is not None:
            self._guard.abandon(job.decision)
            self._past.kept(job.ask.key)
        self._over()

    def _no_device(self, ask: Ask) -> None:
        self._refuse(ask, Reason.GUARD, words.NO_TERMINAL)
