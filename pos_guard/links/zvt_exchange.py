"""One exchange of a till through the guard: what the terminal says, and what the till answers.

An approval is durable before the till hears of it and before the terminal is told that it was
understood. After that the till still owns the answer: 84 66 takes the payment back.
"""

from __future__ import annotations

from pos_guard.errors import FrameError
from pos_guard.frames import zvt_build
from pos_guard.frames.zvt import Command, parse
from pos_guard.frames.zvt_apdu import Apdu
from pos_guard.frames.zvt_table import (
    ACK,
    END_OF_DAY,
    ENDS_AT_ACK,
    REDUCE,
    REGISTRATION,
    REPEAT_RECEIPT,
    WAIT,
)
from pos_guard.links import zvt_money, zvt_outcome, zvt_words
from pos_guard.links.session import CloseDevice
from pos_guard.links.zvt_model import Due, Job, State
from pos_guard.links.zvt_sides import Sides
from pos_guard.model import Outcome, Words
from pos_guard.money import currency_of_number
from pos_guard.policy.verdict import Reason
from pos_guard.store.ledger import Phase

NO_PASSWORD = "0" * 6
"""For our own 06 20 until the till registered: the factory setting, which most terminals keep."""


class Exchange(Sides):
    """A command that the terminal has, until its end."""

    _config = 0
    _currency: str | None = None
    _password = NO_PASSWORD
    _lost_approval: Job | None = None
    # The approval that a word outside its exchange just settled, until that word's end.
    _fresh: Job | None = None
    # A contract number that is not on the list: recorded once, not with each answer.
    _stranger: str | None = None

    def _forward(self, job: Job) -> None:
        """The very bytes that were judged go to the terminal."""
        self._job = job
        self._till_waits = True
        self._due = Due.NOBODY
        self._state = State.RELAY
        self._to_terminal(job.apdu.raw)
        self._set("answer", self._timing.answer_s)

    def _settle(self, job: Job, outcome: Outcome) -> None:
        if job.decision is None:
            return
        phase = self._guard.store.ledger.entry(job.decision).phase
        if phase in (Phase.RESERVED, Phase.UNKNOWN):
            self._tell(self._guard.settle(job.decision, outcome))
        else:  # a person decided in the meantime; the record stays as it is
            self._refused(Reason.UNRESOLVED, zvt_words.DISAGREES, job.apdu.raw)

    def _revoke(self, job: Job) -> None:
        """An approval was undone: it is void, and a case for a person."""
        if job.decision is not None and job.posted and not job.revoked:
            job.revoked = True
            self._lost_approval = None
            self._guard.revoke(job.decision)
            self._tell(zvt_words.TAKEN_BACK)

    # -- from the terminal ---------------------------------------------------------------------

    def _yes(self, apdu: Apdu) -> None:
        job = self._job
        if job is None:
            return
        self._set("answer", self._timing.answer_s)
        stop = job.accepted and job.stops > 0
        if stop:
            job.stops -= 1
        keep = job.owed_yes and not job.accepted
        if self._till_waits and not keep and (stop or not job.accepted):
            self._to_till(apdu.raw)
        job.accepted = True
        job.begun = job.begun or apdu.code != WAIT
        if job.apdu.code in ENDS_AT_ACK:
            self._over()

    def _no(self, apdu: Apdu) -> None:
        job = self._job
        if job is None or (job.accepted and job.stops == 0):
            return
        if job.accepted:
            job.stops -= 1
            if self._till_waits:
                self._to_till(apdu.raw)
            return
        self._settle(job, zvt_outcome.declined(apdu.code & 0xFF))
        if job.owed_yes and self._till_waits:
            self._refuse(zvt_words.ABORTED, greeted=True)
            return
        if self._till_waits:
            self._to_till(apdu.raw)
        self._over()

    def _progress(self, apdu: Apdu) -> None:
        self._set("answer", self._timing.answer_s)
        self._ask_till(apdu.raw)

    def _result(self, apdu: Apdu) -> None:
        """04 0F: the result of a transaction."""
        command = self._read(apdu)
        job = self._job
        if command is None or job is None:
            return
        self._state = State.RELAY  # also when it had fallen silent
        if job.money:
            self._money_result(job, command)
        elif job.apdu.code == REPEAT_RECEIPT:
            self._weigh(command)
            job = self._whose(job)
        elif command.result:
            job.declined = command.result
        self._progress(apdu)
        job.unheard = job.posted and self._due is Due.TERMINAL

    def _money_result(self, job: Job, command: Command) -> None:
        if command.result:
            job.declined = command.result
            self._revoke(job)
        elif command.result == 0 and not job.posted:
            job.posted = True
            job.receipt = command.receipt or job.receipt
            self._settle(job, zvt_outcome.approved(command, job.receipt))

    def _done(self, apdu: Apdu) -> None:
        """06 0F: the terminal's exchange ended, well unless a result said otherwise."""
        command = self._read(apdu)
        job = self._job
        if command is None or job is None:
            return
        job = self._whose(job)
        if job.posted and job.unwanted and command.result:
            self._revoke(job)
        elif job.money and not job.posted and not job.revoked:
            code = job.declined or command.result
            if code:
                self._settle(job, zvt_outcome.declined(code))
            else:
                self._settle(job, zvt_outcome.approved(command, job.receipt))
                job.posted = True
        if job.apdu.code == REGISTRATION:
            self._registered(job)
        elif job.apdu.code == END_OF_DAY and not (job.declined or command.result):
            self._guard.batch_closed(self.name)  # what it took before is settled
        self._end(apdu)

    def _failed(self, apdu: Apdu) -> None:
        """06 1E: it ended without success. After an approval that means: taken back."""
        job = self._job
        if job is None:
            return
        job = self._whose(job)
        if job.posted:
            self._revoke(job)
        elif job.money:
            self._settle(job, zvt_outcome.declined(apdu.body[0] if apdu.body else job.declined))
        self._end(apdu)

    def _whose(self, job: Job) -> Job:
        """The exchange that the terminal's word belongs to: its end is the end of that one.

        A terminal that has not begun with what only asks is still at the payment itself, when that
        payment's approval comes; so the till's answer to the approval may undo it.
        """
        fresh = self._fresh
        if fresh is None or job.money:
            return job
        self._fresh = None
        if job.begun:
            return job  # a repeated receipt: that payment ended long ago
        fresh.accepted, fresh.stops = job.accepted, job.stops
        self._job, self._open_entry = fresh, fresh.decision
        return fresh

    def _end(self, apdu: Apdu) -> None:
        self._cancel("answer", "again")
        self._ask_till(apdu.raw)
        if self._due is Due.TERMINAL:
            self._state = State.ENDING
        else:
            self._over()

    def _stray(self, apdu: Apdu) -> None:
        """Outside an exchange: taken note of and acknowledged, so that the terminal goes on."""
        command = self._read(apdu)
        if command is None:
            return
        self._weigh(command)
        self._to_terminal(zvt_build.ack)

    def _read(self, apdu: Apdu) -> Command | None:
        """Parse what may hold a result; None: unreadable, so the connection is given up.

        An unreadable result may be either: it is neither told nor acknowledged, but asked again.
        """
        try:
            command = _readable(apdu)
        except FrameError as error:
            self._out.append(CloseDevice(f"unreadable answer: {error.code}"))
            self._terminal_gone()
            return None
        if command.terminal_id is not None:
            self._tell(self._guard.payee_reported(self.name, command.terminal_id))
        stranger = zvt_money.strange_vu(self._guard.policy.payees, command.vu_number)
        if stranger not in (None, self._stranger):
            self._tell(self._guard.payee_reported(self.name, stranger or ""))
        self._stranger = stranger or self._stranger
        return command

    def _registered(self, job: Job) -> None:
        registration = parse(job.apdu)
        self._config = registration.status or 0
        if registration.currency is not None:
            self._currency = currency_of_number(registration.currency)
        if registration.password is not None:
            self._password = registration.password.hex()

    # -- from the till -------------------------------------------------------------------------

    def _answer(self, apdu: Apdu) -> None:
        """The till's 80 00 00 or 84 xx to what was relayed; anything unasked stays here."""
        job = self._job
        if self._alive_due:
            self._alive_due = False
            return
        if self._due is not Due.TERMINAL or job is None:
            return
        if apdu.code == REDUCE:
            self._reduce(job, apdu)
            return
        if apdu.body or not apdu.canonical:
            self._bad_answer(job, apdu, zvt_words.MALFORMED)
            return
        # Taken back it is only when the terminal says so: until then the money is with the shop.
        job.unwanted = job.unheard and apdu.code not in (ACK, WAIT)
        unheard = job.unheard and apdu.code != ACK
        self._heard(job, apdu.raw)
        job.unheard = unheard

    def _reduce(self, job: Job, apdu: Apdu) -> None:
        """84 9D: less was handed out. Forwarded as the smaller sale that it makes, or 84 66."""
        entry = None if job.decision is None else self._guard.store.ledger.entry(job.decision)
        try:
            lower = parse(apdu).amount or 0
        except FrameError:
            lower = 0
        if entry is None or not job.unheard or not zvt_money.may_lower(entry, lower):
            self._bad_answer(job, apdu, zvt_words.NO_REDUCTION)
            return
        if lower < (entry.amount or 0):
            decision = self._guard.lower(entry.id, lower, frame=apdu.raw)
            if not decision.allowed:
                self._bad_answer(job, apdu, decision.say)
                return
            job.lowered_to(decision.id)
            self._open_entry = decision.id
        self._heard(job, apdu.raw)

    def _bad_answer(self, job: Job, apdu: Apdu, say: Words) -> None:
        """Not an answer that we can stand for. To an approval the only safe one is 84 66."""
        self._refused(Reason.MALFORMED, say, apdu.raw)
        if job.unheard:
            job.unwanted = True
            self._heard(job, zvt_build.not_authentic)
            job.unheard = True

    def _heard(self, job: Job, answer: bytes) -> None:
        """Hand the answer on (the till's, or ours in its place)."""
        self._cancel("till")
        self._due = Due.NOBODY
        job.unheard = False
        self._to_terminal(answer)
        if self._state is State.ENDING:
            self._over()

    def _till_late(self) -> None:
        """No answer from the till: the guard owns the acknowledgement."""
        if self._due is Due.GUARD:
            self._next_line()
        elif self._due is Due.TERMINAL and self._job is not None:
            self._heard(self._job, zvt_build.ack)

    def _stop(self, apdu: Apdu) -> None:
        """06 B0 of a forwarded command always passes: it only stops."""
        if self._job is not None and self._terminal_there:
            self._job.stops += 1
            self._to_terminal(apdu.raw)

    # -- for the next layer --------------------------------------------------------------------

    def _weigh(self, command: Command) -> None:
        raise NotImplementedError

    def _terminal_gone(self) -> None:
        raise NotImplementedError


def _readable(apdu: Apdu) -> Command:
    command = parse(apdu)
    if command.rest and command.result is None:
        raise FrameError("unknown-field", "no result code before an unknown BMP")
    return command
