"""One exchange of a till through the guard: what the terminal says.

An approval is durable before the till hears of it and before the terminal is told that it was
understood. What the terminal says before it has begun with the till's request (80 00 00) is about
an earlier one: it is never taken for the result, or the end, of the till's.
"""

from __future__ import annotations

from pos_guard.frames.zvt import Command
from pos_guard.frames.zvt_apdu import Apdu
from pos_guard.frames.zvt_table import END_OF_DAY, ENDS_AT_ACK, REGISTRATION, REPEAT_RECEIPT, WAIT
from pos_guard.links import zvt_outcome, zvt_words
from pos_guard.links.zvt_former import Former
from pos_guard.links.zvt_model import Due, Job, State


class Exchange(Former):
    """A command that the terminal has, until its end."""

    def _forward(self, job: Job) -> None:
        """The very bytes that were judged go to the terminal."""
        self._job = job
        self._till_waits = True
        self._due = Due.NOBODY
        self._state = State.RELAY
        self._to_terminal(job.apdu.raw)
        self._set("answer", self._timing.answer_s)

    def _yes(self, apdu: Apdu) -> None:
        job = self._job
        if job is None:
            return
        self._set("answer", self._timing.answer_s)
        if job.accepted and job.stops > 0:
            self._stop_answered(job, apdu)
            return
        if self._till_waits and not (job.accepted or job.owed_yes):
            self._to_till(apdu.raw)
        job.accepted = True
        job.begun = job.begun or apdu.code != WAIT
        if job.apdu.code in ENDS_AT_ACK:
            self._over()

    def _no(self, apdu: Apdu) -> None:
        job = self._job
        if job is None:
            return
        if job.accepted and job.stops > 0:
            self._stop_answered(job, apdu)
        elif not job.begun:
            self._declined_at_once(job, apdu)

    def _stop_answered(self, job: Job, apdu: Apdu) -> None:
        job.stops -= 1
        if self._till_waits:
            self._to_till(apdu.raw)

    def _declined_at_once(self, job: Job, apdu: Apdu) -> None:
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
        job = self._job
        if job is None:
            return
        if job.apdu.code != REPEAT_RECEIPT and self._is_former(job):
            self._set("answer", self._timing.answer_s)
            self._stray(apdu)
            return
        command = self._read(apdu)
        if command is None:
            return
        self._state = State.RELAY  # also when it had fallen silent
        if job.money:
            self._money_result(job, command)
        elif job.apdu.code == REPEAT_RECEIPT:
            self._weigh(command, asked=job.begun)
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
        job = self._job
        if job is None:
            return
        if self._is_former(job):
            self._stray_done(apdu)
            self._not_begun(job)
            return
        command = self._read(apdu)
        if command is not None:
            self._fresh = None  # a repeated receipt: that payment ended long ago
            self._own_done(job, command)
            self._end(apdu)

    def _own_done(self, job: Job, command: Command) -> None:
        if job.money:
            self._money_done(job, command)
        elif job.apdu.code == REGISTRATION:
            self._registered(job)
        elif job.apdu.code == END_OF_DAY and not (job.declined or command.result):
            self._guard.batch_closed(self.name)  # what it took before is settled

    def _money_done(self, job: Job, command: Command) -> None:
        code = job.declined or command.result
        if job.posted:
            if job.unwanted and command.result:
                self._revoke(job)
        elif job.revoked:
            return
        elif code:
            self._settle(job, zvt_outcome.declined(code))
        else:
            self._settle(job, zvt_outcome.approved(command, job.receipt))
            job.posted = True

    def _failed(self, apdu: Apdu) -> None:
        """06 1E: it ended without success. After an approval that means: taken back."""
        job = self._job
        if job is None:
            return
        if self._is_former(job):
            self._stray_failed(apdu)
            self._not_begun(job)
            return
        if job.posted:
            self._revoke(job)
        elif job.money:
            self._settle(job, zvt_outcome.declined(apdu.body[0] if apdu.body else job.declined))
        self._doubt_fresh()
        self._end(apdu)

    def _doubt_fresh(self) -> None:
        """A repeated receipt that failed undoes nothing, unless it was no repeat: ask again."""
        if self._fresh is not None:
            self._lose_fresh()
            self._attempt = 0
            self._ask_later(self._timing.again_s[0])

    # -- words of an earlier exchange ----------------------------------------------------------

    def _is_former(self, job: Job) -> bool:
        """What the terminal says is not about the till's request: it has not begun with it."""
        return not job.begun and (job.accepted or self._doubtful_but(job))

    def _whose(self, job: Job) -> Job:
        """The exchange that a result belongs to, when the till asks for a repeated receipt.

        A terminal that has not begun with that is still at the payment itself, when its approval
        comes; so the till's answer to the approval may undo it.
        """
        fresh = self._fresh
        if fresh is None or job.begun:
            return job
        self._fresh = None
        fresh.accepted, fresh.begun, fresh.stops = job.accepted, True, job.stops
        self._job, self._open_entry = fresh, fresh.decision
        return fresh

    def _not_begun(self, job: Job) -> None:
        """The earlier exchange ended: what was answered with 84 9C is not going to be done."""
        if self._state is not State.RELAY or not job.accepted:
            return
        if job.in_doubt:
            self._unknown()
        else:
            self._refuse(zvt_words.NOT_READY, greeted=True)

    def _end(self, apdu: Apdu) -> None:
        self._cancel("answer")
        self._ask_no_more()
        self._ask_till(apdu.raw)
        if self._due is Due.TERMINAL:
            self._state = State.ENDING
        else:
            self._over()

    # -- for the next layer --------------------------------------------------------------------

    def _unknown(self) -> None:
        raise NotImplementedError
