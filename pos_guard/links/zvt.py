"""The ZVT link: a till on one side, a payment terminal on the other, a verdict between them.

Each unit of the till is judged by itself, wherever segments end. A money command is read
strictly, judged, made durable, and only then its very bytes go to the terminal; a refused one is
answered with ``80 00 00``, ``06 1E 01 rc`` and the terminal never hears of it. What moves the
link from state to state is one table, ``ZvtSession.transitions``.

A second command while an exchange is open is refused and recorded, in order, once the open one
has ended. What the terminal says passes unchanged; see ``zvt_exchange`` for who acknowledges it,
and ``zvt_resolve`` for silence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pos_guard.errors import FrameError
from pos_guard.frames import zvt_build
from pos_guard.frames.zvt import asks_for_reservations, parse
from pos_guard.frames.zvt_apdu import Apdu
from pos_guard.frames.zvt_intent import intent_of
from pos_guard.frames.zvt_table import MONEY, PASSES, REGISTRATION
from pos_guard.guard import Decision, Guard
from pos_guard.links import zvt_money, zvt_outcome, zvt_words
from pos_guard.links.session import AskPerson, CloseApp, CloseDevice, Effects
from pos_guard.links.zvt_model import (
    MAX_LATER,
    Due,
    Event,
    Job,
    State,
    ZvtTiming,
    from_terminal,
    from_till,
)
from pos_guard.links.zvt_resolve import Resolver
from pos_guard.links.zvt_wire import Framing, Received
from pos_guard.model import Intent
from pos_guard.money import currency_of_number
from pos_guard.policy.verdict import Level, Reason

Handler = Callable[[Apdu], None]

DEFAULT_TIMING = ZvtTiming()

_WORDS_OF_TERMINAL = (Event.RESULT, Event.PROGRESS, Event.DONE, Event.FAILED)


class ZvtSession(Resolver):
    """One ZVT link; see ``links.session.Session`` for how it is driven.

    ``app`` and ``device`` say how each side is framed. ``app_survives``: the till's line lives
    through a restart of the guard (a kept pty), so a till may still wait for an answer that an
    earlier process owed it.
    """

    def __init__(
        self,
        name: str,
        guard: Guard,
        timing: ZvtTiming = DEFAULT_TIMING,
        *,
        framing: tuple[Framing, Framing] = (Framing.TCP, Framing.TCP),
        app_survives: bool = False,
    ) -> None:
        super().__init__(name, guard, timing, framing[0], framing[1])
        self._wake(app_survives)
        self._table = self.transitions()

    def transitions(self) -> Mapping[State, Mapping[Event, Handler]]:
        """What happens in which state; what is not here is no part of any exchange.

        Unasked answers of the till are dropped; unasked words of the terminal are acknowledged.
        """
        relayed: dict[Event, Handler] = {
            Event.YES: self._yes,
            Event.NO: self._no,
            Event.RESULT: self._result,
            Event.PROGRESS: self._progress,
            Event.DONE: self._done,
            Event.FAILED: self._failed,
            Event.STOP: self._stop,
        }
        stray: dict[Event, Handler] = dict.fromkeys(_WORDS_OF_TERMINAL, self._stray)
        stray |= {Event.FAILED: self._stray_failed}
        too_early: dict[Event, Handler] = {
            Event.COMMAND: self._too_early,
            Event.STOP: self._too_early,
        }
        held: dict[Event, Handler] = {
            Event.COMMAND: self._too_early,
            Event.STOP: self._give_up,
            Event.ANSWER: self._alive_heard,
        }
        return {
            State.IDLE: stray | {Event.COMMAND: self._begin, Event.STOP: self._begin},
            State.SAYING: stray | too_early | {Event.ANSWER: self._line_heard},
            State.HELD: stray | held,
            State.RELAY: relayed | {Event.COMMAND: self._too_early, Event.ANSWER: self._answer},
            State.ENDING: stray | too_early | {Event.ANSWER: self._answer},
            State.SILENT: relayed | {Event.COMMAND: self._begin_anew, Event.ANSWER: self._answer},
            State.RESOLVING: {
                Event.COMMAND: self._wait_turn,
                Event.STOP: self._wait_turn,
                Event.NO: self._asked_in_vain,
                Event.RESULT: self._repeated,
                Event.PROGRESS: self._acknowledge,
                Event.DONE: self._asked_last,
                Event.FAILED: self._asked_failed,
            },
        }

    # -- Session -------------------------------------------------------------------------------

    def app_connected(self) -> Effects:
        """The till is there."""
        self._out += self._till.reset()
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
        self._next_turn()
        return self._taken()

    def device_connected(self) -> Effects:
        """The terminal is there: first of all, find out what is not known."""
        self._terminal_there = True
        self._out += self._terminal.reset()
        self._attempt = 0
        self._ask_again()
        return self._taken()

    def device_data(self, data: bytes) -> Effects:
        """Units of the terminal."""
        self._from_device(self._terminal.receive(data))
        return self._taken()

    def device_closed(self) -> Effects:
        """The terminal is gone."""
        if self._terminal_there:
            self._terminal_gone()
        self._next_turn()
        return self._taken()

    def timer(self, name: str) -> Effects:
        """Time passed."""
        handlers: dict[str, Callable[[], None]] = {
            "till": self._till_late,
            "answer": self._terminal_silent,
            "hold": self._nobody_decided,
            "alive": self._keep_alive,
            "resolve": self._no_reply,
            "again": self._ask_again,
            "repeat": self._told_heard,
        }
        if name in handlers:
            handlers[name]()
            self._next_turn()
        elif (got := self._till.timer(name)) is not None:
            self._from_app(got)
        elif (got := self._terminal.timer(name)) is not None:
            self._from_device(got)
        return self._taken()

    def answered(self, decision: int) -> Effects:
        """A person approved or refused; the guard judges again with the answer."""
        job = self._job
        if self._state is State.HELD and job is not None and job.decision == decision:
            self._cancel("hold", "alive")
            self._decided(job, self._guard.rejudge(decision))
            self._next_turn()
        return self._taken()

    # -- bytes to events -----------------------------------------------------------------------

    def _from_app(self, got: Received) -> None:
        self._out += got.effects
        for apdu in got.apdus:
            self._dispatch(from_till(apdu), apdu)
        if got.error is not None:
            self._broken_till(got.error, got.cut)
        elif got.lost:
            self._app_gone()
        self._next_turn()

    def _from_device(self, got: Received) -> None:
        self._out += got.effects
        for apdu in got.apdus:
            self._dispatch(from_terminal(apdu), apdu)
        if got.error is not None or got.lost:
            why = "no acknowledgement" if got.error is None else got.error.code
            self._out.append(CloseDevice(f"terminal: {why}"))
            self._terminal_gone()
        self._next_turn()

    def _dispatch(self, event: Event, apdu: Apdu) -> None:
        handler = self._table[self._state].get(event)
        if handler is not None:
            handler(apdu)

    def _broken_till(self, error: FrameError, cut: bytes) -> None:
        """Bytes that are no unit: recorded. A stream without an end in sight is hung up on."""
        self._refused(Reason.MALFORMED, zvt_words.MALFORMED, cut)
        if self._app_framing is Framing.SERIAL and self._state is State.IDLE:
            self._refuse(zvt_words.PROTOCOL_ERROR)
        elif self._app_framing is Framing.TCP:
            self._out.append(CloseApp(f"till: {error.code}"))
            self._app_gone()

    # -- a new command -------------------------------------------------------------------------

    def _begin(self, apdu: Apdu) -> None:
        if self._is_repeat(apdu):
            return
        self._orphan = False
        if not apdu.canonical:
            self._refused(Reason.MALFORMED, zvt_words.MALFORMED, apdu.raw)
            self._refuse(zvt_words.PROTOCOL_ERROR)
        elif apdu.code not in MONEY | PASSES:
            self._refused(Reason.NOT_PERMITTED, zvt_words.UNKNOWN_COMMAND, apdu.raw)
            self._to_till(zvt_build.negative(zvt_words.NOT_POSSIBLE))
        elif not self._terminal_there:
            self._refused(Reason.GUARD, zvt_words.NO_TERMINAL, apdu.raw)
            self._refuse(zvt_words.NOT_READY)
        elif apdu.code in MONEY and not asks_for_reservations(apdu):
            self._money(apdu)
        elif apdu.code == REGISTRATION and not _registers(apdu):
            self._refused(Reason.MALFORMED, zvt_words.MALFORMED, apdu.raw)
            self._refuse(zvt_words.PROTOCOL_ERROR)
        else:
            self._forward(Job(apdu))

    def _money(self, apdu: Apdu) -> None:
        try:
            command = parse(apdu)
            intent = intent_of(command, self._currency or self._guard.policy.currency)
        except FrameError:
            intent = None
        if intent is None:
            self._refused(Reason.MALFORMED, zvt_words.MALFORMED, apdu.raw)
            self._refuse(zvt_words.PROTOCOL_ERROR)
            return
        if intent.kind in zvt_money.OF_RESERVATIONS:
            intent = zvt_money.completed(self._guard, self.name, intent)
            if zvt_money.lets_nothing_go(self._guard, self.name, intent):
                self._refused(Reason.ORIGINAL, zvt_words.NO_RESERVATION, apdu.raw)
                self._refuse(zvt_words.NO_REVERSAL)
                return
        decision = self._guard.judge(intent, link=self.name, frame=apdu.raw)
        self._judged(apdu, intent, decision)

    def _judged(self, apdu: Apdu, intent: Intent, decision: Decision) -> None:
        if decision.verdict.level is not Level.ALLOW:
            self._tell(decision.say, decision.verdict.level)
        job = Job(apdu, intent, decision.id)
        self._open_entry = decision.id or None  # 0: nothing could be recorded
        if decision.allowed:
            self._forward(job)
        elif decision.needs_person:
            self._hold(job, decision)
        else:
            self._refuse(zvt_words.result_code(decision.reason, intent))

    def _begin_anew(self, apdu: Apdu) -> None:
        """A new command: the till has given up waiting for the silent one."""
        self._over()
        self._begin(apdu)

    def _too_early(self, apdu: Apdu) -> None:
        """A second command while one is open: recorded, never forwarded, answered in its turn."""
        if self._is_repeat(apdu):
            return
        self._refused(Reason.MALFORMED, zvt_words.TOO_EARLY, apdu.raw)
        if not self._till_waits and self._state is State.RELAY:
            self._to_till(zvt_build.ack)  # a till that came anew; the old exchange still runs
            self._to_till(zvt_build.abort(zvt_words.NOT_READY))
        else:
            self._enqueue(apdu, refused=True)

    def _wait_turn(self, apdu: Apdu) -> None:
        if self._is_repeat(apdu):
            return
        self._orphan = False
        self._till_waits = False
        self._job = None
        self._enqueue(apdu, refused=False)

    def _enqueue(self, apdu: Apdu, *, refused: bool) -> None:
        if len(self._later) < MAX_LATER:
            self._later.append((apdu, refused))
        else:
            self._out.append(CloseApp("till: too many commands at once"))
            self._app_gone()

    def _next_turn(self) -> None:
        """The link is free: answer what came too early, in order."""
        while self._later and self._state is State.IDLE:
            apdu, refused = self._later.popleft()
            if refused:
                self._refuse(zvt_words.PROTOCOL_ERROR)
            else:
                self._begin(apdu)

    # -- a person decides ----------------------------------------------------------------------

    def _hold(self, job: Job, decision: Decision) -> None:
        job.owed_yes = True
        self._job = job
        self._till_waits = True
        self._state = State.HELD
        self._to_till(zvt_build.ack)
        self._out.append(AskPerson(decision.id, decision.say))
        self._set("hold", self._timing.decide_s)
        if self._config & zvt_build.CONFIG_INTERMEDIATE:
            self._set("alive", self._timing.alive_s)

    def _decided(self, job: Job, decision: Decision) -> None:
        if not decision.allowed:
            self._tell(decision.say, decision.verdict.level)
            self._refuse(zvt_words.result_code(decision.reason, job.intent), greeted=True)
        elif not self._terminal_there:
            self._settle(job, zvt_outcome.declined(zvt_words.NOT_READY))
            self._tell(zvt_words.NO_TERMINAL)
            self._refuse(zvt_words.NOT_READY, greeted=True)
        else:
            self._forward(job)

    def _abandon(self) -> None:
        self._cancel("hold", "alive")
        if self._job is not None and self._job.decision is not None:
            self._guard.abandon(self._job.decision)

    def _give_up(self, _: Apdu) -> None:
        """06 B0 while a person decides: never forwarded, because nothing was."""
        self._abandon()
        self._refuse(zvt_words.ABORTED)

    def _nobody_decided(self) -> None:
        if self._state is State.HELD:
            self._abandon()
            self._tell(zvt_words.TOO_LATE)
            self._refuse(zvt_words.ABORTED, greeted=True)

    def _keep_alive(self) -> None:
        if self._state is State.HELD:
            self._to_till(zvt_build.intermediate(zvt_build.WAITING_FOR_CASHIER))
            self._alive_due = True
            self._set("alive", self._timing.alive_s)

    def _alive_heard(self, _: Apdu) -> None:
        self._alive_due = False

    # -- a side goes away ----------------------------------------------------------------------

    def _app_gone(self) -> None:
        self._later.clear()
        self._script.clear()
        self._till_waits = False
        if self._state is State.HELD:
            self._abandon()
            self._over()
        elif self._state in (State.SAYING, State.SILENT):
            self._over()
        elif self._due is Due.TERMINAL and self._job is not None:
            self._heard(self._job, zvt_build.ack)

    def _terminal_silent(self) -> None:
        """T4 ran out."""
        if self._state is not State.RELAY or self._job is None:
            return
        if self._job.in_doubt:
            self._unknown()
        else:
            self._finish_alone()

    def _no_reply(self) -> None:
        if self._state is State.RESOLVING:
            self._attempt_over()


def _registers(apdu: Apdu) -> bool:
    """The registration can be read, and its currency exists."""
    try:
        number = parse(apdu).currency
    except FrameError:
        return False
    return number is None or currency_of_number(number) is not None
