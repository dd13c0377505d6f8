"""The session of every request and answer protocol: a till, a device, a verdict between them.

Each unit of the till is judged by itself, wherever segments end. What moves money is made durable
before its very bytes go to the device; a refused one is answered in the protocol's own words and
the device never hears of it. What moves the link from state to state is one table,
``ExchangeSession.transitions``. The protocol itself is a ``Dialect`` and two ``Line``s.

What the device says: ``exchange_device``; silence, and what is done about it:
``exchange_resolve``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pos_guard.errors import FrameError
from pos_guard.guard import Decision, Guard
from pos_guard.judging import SAME_REQUEST
from pos_guard.links import exchange_words as words
from pos_guard.links.dialect import Ask, Asks, Heard, Parts
from pos_guard.links.exchange_device import NOT_SENT
from pos_guard.links.exchange_model import MAX_LATER, REPEAT_S, Job, State
from pos_guard.links.exchange_undo import Undoing
from pos_guard.links.session import AskPerson, Effects
from pos_guard.policy.verdict import Level, Reason

Handler = Callable[[Ask], None]


class ExchangeSession(Undoing):
    """One link; see ``links.session.Session`` for how it is driven.

    ``app_survives``: the till's line lives through a restart of the guard (a kept pty), so that a
    till may still wait for an answer that an earlier process owed it. ``payee``: who is at the end
    of the line, where the protocol has no word for it.
    """

    def __init__(
        self,
        name: str,
        guard: Guard,
        parts: Parts,
        *,
        app_survives: bool = False,
        payee: str | None = None,
    ) -> None:
        super().__init__(name, guard, parts)
        self._named = () if payee is None else (payee,)
        self._orphan = app_survives and bool(guard.unresolved(name))
        self._wake()
        self._table = self.transitions()

    def transitions(self) -> Mapping[State, Mapping[Asks, Handler]]:
        """What a till's unit does in which state."""
        free: dict[Asks, Handler] = {
            Asks.MONEY: self._money,
            Asks.PASSES: self._pass,
            Asks.STOPS: self._stop_nothing,
            Asks.UNDOES: self._take_back,
            Asks.UNKNOWN: self._not_known,
        }
        busy: dict[Asks, Handler] = {
            Asks.MONEY: self._too_early,
            Asks.PASSES: self._too_early,
            Asks.UNKNOWN: self._too_early,
            Asks.UNDOES: self._take_back,
        }
        return {
            State.IDLE: free,
            State.HELD: busy | {Asks.STOPS: self._give_up},
            State.RELAY: busy | {Asks.STOPS: self._stop},
            State.SILENT: dict.fromkeys(free, self._begin_anew) | {Asks.STOPS: self._stop},
            State.RESOLVING: dict.fromkeys(free, self._wait_turn) | {Asks.STOPS: self._stop_turn},
        }

    # -- Session -------------------------------------------------------------------------------

    def app_connected(self) -> Effects:
        """The till is there."""
        self._out += self._till.reset()
        if self._left is not None:
            self._set("left", REPEAT_S)
        return self._taken()

    def app_data(self, data: bytes) -> Effects:
        """Units of the till, each judged by itself."""
        self._from_app(self._till.receive(data))
        return self._taken()

    def app_closed(self) -> Effects:
        """The till hung up: what waits for a person is abandoned, what runs is finished."""
        self._out += self._till.reset()
        self._orphan = False
        self._app_gone()
        return self._taken()

    def device_connected(self) -> Effects:
        """The device is there: first of all, find out what is not known."""
        self._device_there = True
        self._out += self._device.reset()
        self._payees(self._named)
        self._ask_anew()
        return self._taken()

    def device_data(self, data: bytes) -> Effects:
        """Units of the device."""
        self._from_device(self._device.receive(data))
        self._next_turn()
        return self._taken()

    def device_closed(self) -> Effects:
        """The device is gone."""
        self._device_gone()
        self._next_turn()
        return self._taken()

    def timer(self, name: str) -> Effects:
        """Time passed."""
        handlers: dict[str, Callable[[], None]] = {
            "answer": self._silent,
            "undo": self._undo_silent,
            "hold": self._nobody_decided,
            "alive": self._keep_alive,
            "resolve": self._no_reply,
            "again": self._ask_again,
            "given": self._forget_answer,
            "left": self._forget_left,
            "told": self._told,
        }
        if name in handlers:
            handlers[name]()
        elif (got := self._till.timer(name)) is not None:
            self._from_app(got)
        elif (got := self._device.timer(name)) is not None:
            self._from_device(got)
        self._next_turn()
        return self._taken()

    def answered(self, decision: int) -> Effects:
        """A person approved or refused; the guard judges again with the answer."""
        job = self._job
        if self._state is State.HELD and job is not None and job.decision == decision:
            self._decided(job, self._guard.rejudge(decision))
            self._next_turn()
        return self._taken()

    # -- units of the till ---------------------------------------------------------------------

    def _from_app(self, got: Heard) -> None:
        self._out += got.effects
        self._hung_up = False
        for unit in got.units:
            if not self._hung_up:  # what came behind it is nobody's
                self._unit(unit)
        if got.error is not None:
            self._broken(got, got.error)
        elif got.lost:
            if self._given is not None:
                self._given.heard = False
            self._app_gone()
        self._next_turn()

    def _unit(self, unit: bytes) -> None:
        self._fresh = True
        if self._is_repeat(unit):
            self._accept()
            return
        given = self._given
        if given is not None and not given.heard and self._again(unit):
            self._answer(given.unit, given.units)
            return
        try:
            ask = self._dialect.read(unit)
        except FrameError as error:
            self._malformed(unit, error)
            return
        self._dispatch(ask)

    def _is_repeat(self, unit: bytes) -> bool:
        """The same bytes while their exchange is open: acknowledged, never judged twice."""
        waiting = self._job if self._job is not None else self._doubt
        if waiting is not None and waiting.ask.unit == unit:
            if waiting is self._job and self._state is State.RELAY:
                waiting.waits = True  # also a till that came back
            return waiting.waits
        return any(later.unit == unit for later in self._later)

    def _again(self, unit: bytes) -> bool:
        given = self._given
        same = given is not None and given.unit == unit and given.order == self._order
        return same and self._state in (State.IDLE, State.SILENT)

    def _forget_answer(self) -> None:
        self._given = None
        self._told()

    def _dispatch(self, ask: Ask) -> None:
        if self._undo is not None and ask.kind is not Asks.UNDOES and self._state is State.IDLE:
            self._too_early(ask)
        else:
            self._table[self._state][ask.kind](ask)

    def _broken(self, got: Heard, error: FrameError) -> None:
        """Bytes that are no unit: recorded. A stream that cannot be followed is hung up on."""
        self._fresh = True
        self._refused(Reason.MALFORMED, words.MALFORMED, got.cut)
        if got.lost:
            self._hang_up(error.code)
        else:
            self._reject(error.code)

    def _malformed(self, unit: bytes, error: FrameError) -> None:
        """A unit that is no valid message. While another is open, no words could be told apart."""
        self._refused(Reason.MALFORMED, words.MALFORMED, unit)
        units = self._dialect.malformed(unit, error) if self._state is State.IDLE else ()
        if units:
            self._answer(unit, units)
        else:
            self._reject(error.code)

    # -- a new request -------------------------------------------------------------------------

    def _money(self, ask: Ask) -> None:
        if (self._orphan or ask.key) and self._left_over(ask):
            self._wait_on(ask)
            return
        if self._answered_before(ask):
            return
        self._orphan = False
        self._left = None
        if ask.intent is None:
            self._not_known(ask)
        elif not self._device_there:
            self._no_device(ask)
        else:
            decision = self._guard.judge(ask.intent, link=self.name, frame=ask.unit)
            self._judged(ask, decision)

    def _judged(self, ask: Ask, decision: Decision) -> None:
        if decision.verdict.level is not Level.ALLOW:
            self._tell(decision.say, decision.verdict.level)
        if decision.allowed and decision.verdict.decisive.rule == SAME_REQUEST:
            # Harmless at a provider that knows its numbers; a terminal would pay again.
            self._refuse(ask, Reason.DUPLICATE, words.SENT_BEFORE)
        elif decision.allowed:
            self._forward(Job(ask, decision.id))
        elif decision.needs_person:
            self._hold(Job(ask, decision.id), decision)
        else:
            self._deny(ask, decision.reason, decision.say)

    def _pass(self, ask: Ask) -> None:
        if self._device_there:
            self._forward(Job(ask))
        else:
            self._no_device(ask)

    def _not_known(self, ask: Ask) -> None:
        self._refuse(ask, Reason.NOT_PERMITTED, words.UNKNOWN_COMMAND)

    def _begin_anew(self, ask: Ask) -> None:
        """Another request: the till has given up waiting for the silent one."""
        if self._doubt is not None:
            self._doubt.waits = False
        self._state = State.IDLE
        self._dispatch(ask)

    # -- too early -----------------------------------------------------------------------------

    def _too_early(self, ask: Ask) -> None:
        """A second request while one is open: recorded, never forwarded, said no to at once.

        In words only where they cannot be taken for the answer to another request, now or later:
        else it is the line that says no. Where that has no word either, the till hears the answer
        to the open request, the no, and then the end of the call: nothing can come behind it.
        """
        self._refused(Reason.MALFORMED, words.TOO_EARLY, ask.unit)
        if self._told_apart(ask):
            self._deny(ask, Reason.MALFORMED, words.TOO_EARLY)
        elif said := self._till.rejected():
            self._fresh = False
            self._out += said
        elif len(self._last_words) < MAX_LATER:
            self._last_words.append(ask)
        else:
            self._hang_up("too many requests at once")

    def _told_apart(self, ask: Ask) -> bool:
        """Every answer that the till still waits for has another number."""
        waiting = [open_.ask for open_ in (self._job, self._undo) if open_ and open_.waits]
        keys = {other.key for other in (*waiting, *self._later)}
        return not keys or ("" not in keys and ask.key not in {"", *keys})

    def _wait_turn(self, ask: Ask) -> None:
        if self._doubt is not None:
            self._doubt.waits = False
        if self._told_apart(ask):
            self._enqueue(ask)
        else:
            self._too_early(ask)

    def _stop_turn(self, ask: Ask) -> None:
        """It ends the request that waits its turn: the device never had that one."""
        if self._later:
            self._answer(ask.unit, self._dialect.stopped(ask, self._later.pop()))
        else:
            self._wait_turn(ask)

    def _next_turn(self) -> None:
        """The link is free: what came while the guard asked is read as if it came now."""
        while self._later and self._undo is None and self._state is State.IDLE:
            self._dispatch(self._later.popleft())
        free = self._job is None and self._undo is None and self._state is not State.RESOLVING
        if self._last_words and free:
            for ask in self._last_words:
                self._say(self._dialect.refuse(ask, Reason.MALFORMED, words.TOO_EARLY))
            self._hang_up("a second request while one was open")

    # -- a person decides ----------------------------------------------------------------------

    def _hold(self, job: Job, decision: Decision) -> None:
        self._accept()
        self._job = job
        self._state = State.HELD
        self._out.append(AskPerson(decision.id, decision.say))
        self._set("hold", self._timing.decide_s)
        if self._dialect.alive(job.ask) is not None:
            self._set("alive", self._timing.alive_s)

    def _decided(self, job: Job, decision: Decision) -> None:
        self._cancel("hold", "alive")
        if decision.allowed and self._device_there:
            self._forward(job)
            return
        self._over()
        if decision.allowed:
            self._settle(decision.id, NOT_SENT)
            self._no_device(job.ask)
        elif decision.verdict.level is Level.REQUIRE:  # a person's yes was all that it lacked
            self._tell(words.NOT_APPROVED)
            self._deny(job.ask, Reason.DECLINED_BY_PERSON, words.NOT_APPROVED)
        else:
            self._tell(decision.say, decision.verdict.level)
            self._deny(job.ask, decision.reason, decision.say)

    def _nobody_decided(self) -> None:
        job = self._job
        if self._state is State.HELD and job is not None:
            self._abandon()
            self._tell(words.TOO_LATE)
            self._deny(job.ask, Reason.DECLINED_BY_PERSON, words.TOO_LATE)

    def _keep_alive(self) -> None:
        job = self._job
        unit = self._dialect.alive(job.ask) if job is not None else None
        if self._state is State.HELD and unit is not None:
            self._out += self._till.send(unit)
            self._set("alive", self._timing.alive_s)

    def _no_reply(self) -> None:
        if self._state is State.RESOLVING:
            self._attempt_over()
