"""What a till asks for, and what the guard says to it before the terminal hears of anything."""

from __future__ import annotations

from pos_guard.errors import FrameError
from pos_guard.frames import zvt_build
from pos_guard.frames.zvt import asks_for_reservations, parse
from pos_guard.frames.zvt_apdu import Apdu
from pos_guard.frames.zvt_intent import intent_of
from pos_guard.frames.zvt_table import MONEY, PASSES, REGISTRATION
from pos_guard.guard import Decision
from pos_guard.links import zvt_money, zvt_outcome, zvt_words
from pos_guard.links.session import AskPerson, CloseApp
from pos_guard.links.zvt_model import MAX_LATER, Due, Job, State
from pos_guard.links.zvt_resolve import Resolver
from pos_guard.model import Intent
from pos_guard.money import currency_of_number
from pos_guard.policy.verdict import Level, Mode, Reason


class Requests(Resolver):
    """Judges each command in its turn; holds what a person must decide."""

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
        if self._checks_approval():
            self._refused(Reason.UNRESOLVED, zvt_words.FINDING_OUT, apdu.raw)
            self._refuse(zvt_words.NOT_READY)
            return
        if intent.kind in zvt_money.OF_RESERVATIONS:
            intent = zvt_money.completed(self._guard, self.name, intent)
            if zvt_money.lets_nothing_go(self._guard, self.name, intent):
                self._refused(Reason.ORIGINAL, zvt_words.NO_RESERVATION, apdu.raw)
                self._refuse(zvt_words.NO_REVERSAL)
                return
        decision = self._guard.judge(intent, link=self.name, frame=apdu.raw)
        self._judged(apdu, intent, decision)

    def _checks_approval(self) -> bool:
        """An approval may have been taken back: until that is known no other money moves."""
        if self._lost_approval is None and self._fresh is None:
            return False
        return self._guard.policy.setting("link-resolved").mode is Mode.ENFORCE

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
        job = self._job
        if self._state is State.RELAY and job is not None and job.busy:
            self._took_busy_for_no(job, apdu)
            return
        self._refused(Reason.MALFORMED, zvt_words.TOO_EARLY, apdu.raw)
        if not self._till_waits and self._state is State.RELAY:
            self._to_till(zvt_build.ack)  # a till that came anew; the old exchange still runs
            self._to_till(zvt_build.abort(zvt_words.NOT_READY))
        else:
            self._enqueue(apdu, refused=True)

    def _took_busy_for_no(self, job: Job, apdu: Apdu) -> None:
        """The till asks anew after 84 9C. Whether the first one is still done has to be asked."""
        if job.in_doubt:
            self._unknown()
        self._begin_anew(apdu)

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
        if decision.verdict.level is Level.REQUIRE:  # a person's yes was all that it lacked
            self._tell(zvt_words.NOT_APPROVED)
            self._refuse(zvt_words.ABORTED, greeted=True)
        elif not decision.allowed:
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
