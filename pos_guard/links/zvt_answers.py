"""One exchange of a till through the guard: what the till answers to the terminal.

After an approval the till still owns the answer: 84 66 takes the payment back, 84 9D lowers it. A
till that answers nothing in time, or something that we cannot stand for, has the guard answer in
its place.
"""

from __future__ import annotations

from pos_guard.errors import FrameError
from pos_guard.frames import zvt_build
from pos_guard.frames.zvt import parse
from pos_guard.frames.zvt_apdu import Apdu
from pos_guard.frames.zvt_table import ACK, REDUCE, WAIT
from pos_guard.links import zvt_money, zvt_words
from pos_guard.links.zvt_exchange import Exchange
from pos_guard.links.zvt_model import Due, Job, State
from pos_guard.model import Words
from pos_guard.policy.verdict import Reason


class Answers(Exchange):
    """The till's 80 00 00, 84 xx and 06 B0."""

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
