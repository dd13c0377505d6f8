"""The ZVT link: a till on one side, a payment terminal on the other, a verdict between them.

Each unit of the till is judged by itself, wherever segments end. A money command is read
strictly, judged, made durable, and only then its very bytes go to the terminal; a refused one is
answered with ``80 00 00``, ``06 1E 01 rc`` and the terminal never hears of it. What moves the
link from state to state is one table, ``ZvtSession.transitions``.

A second command while an exchange is open is refused and recorded, in order, once the open one
has ended. What the terminal says of it passes unchanged; see ``zvt_requests`` for what a till asks,
``zvt_exchange`` and ``zvt_answers`` for who acknowledges what, ``zvt_former`` for words of an
earlier exchange, and ``zvt_resolve`` for silence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pos_guard.errors import FrameError
from pos_guard.frames.zvt_apdu import Apdu
from pos_guard.guard import Guard
from pos_guard.links import zvt_words
from pos_guard.links.session import CloseApp, CloseDevice, Effects
from pos_guard.links.zvt_model import Event, State, ZvtTiming, from_terminal, from_till
from pos_guard.links.zvt_requests import Requests
from pos_guard.links.zvt_wire import Framing, Received
from pos_guard.policy.verdict import Reason

Handler = Callable[[Apdu], None]

DEFAULT_TIMING = ZvtTiming()


class ZvtSession(Requests):
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
            Event.STRANGE: self._strange,
            Event.STOP: self._stop,
        }
        stray: dict[Event, Handler] = {
            Event.RESULT: self._stray,
            Event.PROGRESS: self._acknowledge,
            Event.DONE: self._stray_done,
            Event.FAILED: self._stray_failed,
            Event.STRANGE: self._strange,
        }
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
                Event.YES: self._asked_heard,
                Event.NO: self._asked_in_vain,
                Event.RESULT: self._repeated,
                Event.PROGRESS: self._acknowledge,
                Event.DONE: self._asked_last,
                Event.FAILED: self._asked_failed,
                Event.STRANGE: self._strange,
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
        there = self._terminal_there
        for apdu in got.apdus:
            if there and not self._terminal_there:
                break  # hung up: the rest is not acknowledged, and asked for later
            event = from_terminal(apdu)
            if event is not Event.STRANGE:
                self._strange_units = 0
            self._dispatch(event, apdu)
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
