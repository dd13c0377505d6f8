"""What the device says: durable first, then acknowledged, then told to the till.

A device that falls silent, goes away or cannot be read while money is out leaves its request
unknown; the till is told what the dialect has for that, which is never a yes.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from pos_guard.errors import FrameError, StoreError
from pos_guard.frames.decoded import Json
from pos_guard.links import exchange_words as words
from pos_guard.links.dialect import Fate, Heard, Say, Says
from pos_guard.links.exchange_model import MAX_PROGRESS, Job, State, Undo
from pos_guard.links.exchange_sides import Sides
from pos_guard.links.session import CloseDevice
from pos_guard.model import Outcome, Result
from pos_guard.outcomes import PHASE_OF
from pos_guard.policy.policy import Policy
from pos_guard.policy.verdict import Level, Reason
from pos_guard.records import frame_hash
from pos_guard.store.ledger import Phase

UNKNOWN = Outcome(Result.UNKNOWN)
NOT_SENT = Outcome(Result.DECLINED, code="not sent")
_NOT_TAKEN = Outcome(Result.DECLINED, code="not taken")
_TAKEN_BACK = Outcome(Result.DECLINED, code="undone")
_NOBODY: tuple[tuple[str, ...], Policy | None] = ((), None)
OPEN = frozenset({Phase.RESERVED, Phase.UNKNOWN})


class DeviceSide(Sides):
    """A request that the device has, until its end."""

    _attempt = 0
    # The ids that the device named last, if all are on the list of this policy.
    _known: tuple[tuple[str, ...], Policy | None] = _NOBODY
    # The last approval that has a number of its own, and whose it is.
    _yes: tuple[bytes, Job] | None = None

    def _forward(self, job: Job) -> None:
        """The very bytes that were judged go to the device."""
        self._cancel("hold", "alive")
        self._accept()
        if job.decision is not None:
            self._past.forwarded(job.ask.key, job.decision)
            self._owing = job.decision
        self._job = job
        self._state = State.RELAY
        self._out += self._device.send(job.ask.unit)
        if job.ask.answered:
            self._set("answer", self._timing.answer_s)
        else:
            self._over()

    def _settle(self, entry: int, outcome: Outcome) -> None:
        """Record what came of a request, durably; a record that is there already stays."""
        phase = self._phase(entry)
        if phase in OPEN:
            self._tell(self._guard.settle(entry, outcome))
        elif phase is not PHASE_OF[outcome.result]:  # a person decided, or it was taken back
            self._refused(Reason.UNRESOLVED, words.DISAGREES, b"")

    def _phase(self, entry: int) -> Phase:
        return self._guard.store.ledger.entry(entry).phase

    # -- units of the device -------------------------------------------------------------------

    def _from_device(self, got: Heard) -> None:
        self._out += got.effects
        for unit in got.units:
            if self._device_there:
                self._device_unit(unit)
        if got.error is not None:
            # Broken bytes may be anything, also the answer: no acknowledgement, the line's own no.
            self._out += self._device.rejected()
        if got.lost and not self._not_taken(got.untaken):
            why = "no acknowledgement" if got.error is None else got.error.code
            self._drop_device(why)

    def _not_taken(self, unit: bytes | None) -> bool:
        """The device said no to every sending of the open request: it never had it."""
        job = self._job
        if job is None or job.ask.unit != unit or self._state is not State.RELAY or job.progress:
            return False
        self._never_had(job, _NOT_TAKEN)
        return True

    def _never_had(self, job: Job, outcome: Outcome) -> None:
        """It is certain that the device does not have the open request."""
        if job.decision is not None:
            self._settle(job.decision, outcome)
        self._over()
        self._tell(words.NOT_TAKEN)
        if job.waits:
            self._deny(job.ask, Reason.GUARD, words.NOT_TAKEN)

    def _device_unit(self, unit: bytes) -> None:
        try:
            owner, said = self._whose(unit)
        except FrameError as error:
            self._unreadable(error)
            return
        self._payees(said.payees)
        if said.kind is Says.STRAY or owner is None:
            self._out += self._device.took()
        elif said.kind is Says.PROGRESS:
            self._progress(owner, said)
        elif isinstance(owner, Undo):
            self._undo_answered(owner, said)
        else:
            self._final(owner, said)

    def _whose(self, unit: bytes) -> tuple[Job | Undo | None, Say]:
        """Which of the open requests a unit belongs to: what was sent last is asked first."""
        waiting = (self._undo, self._job if self._state is State.RELAY else None, self._doubt)
        for owner in waiting:
            if owner is not None:
                said = self._hear(unit, owner)
                if said.kind is not Says.STRAY:
                    return owner, said
        return None, self._dialect.hear(unit, None)

    def _hear(self, unit: bytes, owner: Job | Undo) -> Say:
        """The same approval twice, down to its number, is no answer to the next request."""
        said = self._dialect.hear(unit, owner.ask)
        again = self._yes is not None and self._yes[0] == unit and self._yes[1] is not owner
        return replace(said, kind=Says.STRAY) if again and not owner.ask.key else said

    def _unreadable(self, error: FrameError) -> None:
        """It may be the answer, and may be either: not acknowledged, not told, asked again."""
        self._out += self._device.rejected()
        if self._state is State.RELAY or self._undo is not None:
            self._drop_device(f"unreadable answer: {error.code}")

    def _payees(self, payees: tuple[str, ...]) -> None:
        """Every id is held against the list; the best one last, so that it stays.

        The same ids under the same policy as the last time are known: nothing to record.
        """
        seen = (payees, self._guard.policy)
        if not payees or (seen[0] == self._known[0] and seen[1] is self._known[1]):
            return
        told = [self._guard.payee_reported(self.name, payee) for payee in reversed(payees)]
        for words_of_it in told:
            self._tell(words_of_it)
        self._known = seen if told == [None] * len(told) else _NOBODY

    def _progress(self, owner: Job | Undo, said: Say) -> None:
        self._out += self._device.took()
        if isinstance(owner, Undo):
            self._set("undo", self._timing.answer_s)
        elif owner is self._job:
            owner.progress += 1
            if owner.progress > MAX_PROGRESS:
                self._silent()
                return
            self._set("answer", self._timing.answer_s)
        if owner.waits:
            self._out += self._till.send(said.unit)

    def _final(self, job: Job, said: Say) -> None:
        if job.decision is None:
            self._learn(job.ask.unit, said.unit)
            if job.ask.closes and said.outcome is not None:
                self._closed(said.outcome)
            self._out += self._device.took()
            if job.waits:
                self._say((said.unit,))
            self._ended(job)
            return
        outcome = said.outcome or UNKNOWN
        self._result(job, job.decision, outcome)
        self._out += self._device.took()
        if outcome.result is Result.APPROVED and outcome.receipt is not None:
            self._yes = (said.unit, job)
        if job.asked and outcome.result is Result.APPROVED:
            job.late = said.unit
            self._begin_asking()
            return
        self._answer(job.ask.unit, (said.unit,), waits=job.waits)
        self._ended(job)
        if outcome.result is Result.UNKNOWN:
            self._begin_asking()

    def _closed(self, outcome: Outcome) -> None:
        if outcome.result is Result.APPROVED:
            self._guard.batch_closed(self.name)

    def _result(self, job: Job, entry: int, outcome: Outcome) -> None:
        self._settle(entry, outcome)
        if outcome.result is Result.UNKNOWN:
            self._tell(words.UNKNOWN_OUTCOME)
        elif outcome.result is Result.APPROVED and job.undone:
            self._revoke(entry)

    def _ended(self, job: Job) -> None:
        if job is self._doubt:
            self._doubt = None
            if self._state is State.SILENT:
                self._state = State.IDLE
        else:
            self._over()

    # -- silence -------------------------------------------------------------------------------

    def _silent(self) -> None:
        """The answer did not come in time: from now on the line sends nothing of the request.

        Else it could still go out, or go out again, when a person has said that nothing was paid.
        A line that holds on to it, because it was never acknowledged, is given up.
        """
        job = self._job
        if self._state is not State.RELAY or job is None:
            return
        fate = self._device.withdraw(job.ask.unit)
        if fate is Fate.KEPT:
            self._never_had(job, NOT_SENT)
        elif job.decision is not None:
            self._unknown(job, job.decision)
        else:
            self._over()
            self._end_without(job)
        if fate is Fate.OPEN and self._device_there:
            self._drop_device("no acknowledgement")

    def _end_without(self, job: Job) -> None:
        """Nothing is in doubt: the till is told that it got no answer."""
        if not job.waits:
            return
        if self._device_there:
            self._answer(job.ask.unit, self._dialect.late(job.ask))
        else:
            self._deny(job.ask, Reason.GUARD, words.NO_TERMINAL)

    def _unknown(self, job: Job, entry: int) -> None:
        """The outcome is not known: durable, and nothing is claimed to the till."""
        self._settle(entry, UNKNOWN)
        self._tell(words.UNKNOWN_OUTCOME)
        self._over()
        self._doubt = job
        if job.waits:
            late = self._dialect.late(job.ask)
            self._answer(job.ask.unit, late)
            job.waits = not late
        if job.waits:
            self._state = State.SILENT
        self._begin_asking()

    def _drop_device(self, why: str) -> None:
        self._out.append(CloseDevice(f"device: {why}"))
        self._device_gone()

    def _device_gone(self) -> None:
        """The device cannot be heard: an open payment is unknown from now on."""
        if not self._device_there:
            return
        self._device_there = False
        self._cancel("resolve", "again")
        if self._state is State.RESOLVING:
            self._in_vain = True
            self._rest()
        self._silent()
        if self._undo is not None:
            self._undo_silent()
        self._out += self._device.reset()

    def _rest(self) -> None:
        """Back from a question of our own."""
        doubt = self._doubt
        self._state = State.SILENT if doubt is not None and doubt.waits else State.IDLE

    # -- taking back ---------------------------------------------------------------------------

    def _send_undo(self, undo: Undo) -> None:
        """What is taken back is on record before the device hears of it."""
        self._give_up_waiting(undo)
        if undo.entry is None:
            self._note(undo)
        else:
            self._revoke(undo.entry)
        self._accept()
        self._undo = undo
        self._out += self._device.send(undo.ask.unit)
        self._set("undo", self._timing.answer_s)

    def _give_up_waiting(self, undo: Undo) -> None:
        """The till waits for the end of its UNDOES now, not for that of the request."""
        job, entry = self._job, undo.entry
        if entry is None:
            return
        if job is not None and self._state is State.RELAY and job.decision == entry:
            kept = self._device.withdraw(job.ask.unit) is Fate.KEPT
            self._settle(entry, NOT_SENT if kept else UNKNOWN)
            self._over()
            self._doubt = None if kept else job
        if self._doubt is not None and self._doubt.decision == entry:
            self._doubt.undone = True
            self._doubt.waits = False
            if self._state is State.SILENT:
                self._state = State.IDLE

    def _note(self, undo: Undo) -> None:
        """No request of the ledger is known by that number: it passes all the same."""
        store = self._guard.store
        body: dict[str, Json] = {"link": self.name, "frame": frame_hash(undo.ask.unit)}
        # Without the record it passes as well: a stopped reversal is a customer charged twice.
        with suppress(StoreError), store.transaction():
            store.audit.append("undo", body)

    def _revoke(self, entry: int) -> None:
        """An approval was undone: it is void, and a case for a person; once."""
        if self._phase(entry) is Phase.POSTED:
            self._guard.revoke(entry)
            self._tell(words.TAKEN_BACK)

    def _undo_answered(self, undo: Undo, said: Say) -> None:
        confirmed = said.outcome is not None and said.outcome.result is Result.APPROVED
        if undo.entry is not None:
            self._undo_result(undo.entry, confirmed=confirmed)
        self._undo_over()
        self._out += self._device.took()
        self._answer(undo.ask.unit, (said.unit,), waits=undo.waits)
        self._begin_asking()

    def _undo_result(self, entry: int, *, confirmed: bool) -> None:
        phase = self._phase(entry)
        if not confirmed:
            if phase in (Phase.UNKNOWN, Phase.VOIDED):
                self._refused(Reason.UNRESOLVED, words.NOT_UNDONE, b"")
            return
        if phase in OPEN:
            self._tell(self._guard.settle(entry, _TAKEN_BACK))
            self._tell(words.UNDONE, Level.ALLOW)
        if self._doubt is not None and self._doubt.decision == entry:
            self._doubt = None

    def _undo_silent(self) -> None:
        """Nobody knows whether it was taken back; a till repeats it."""
        undo = self._undo
        if undo is None:
            return
        self._undo_over()
        self._tell(words.NOT_UNDONE)
        if undo.waits:
            self._answer(undo.ask.unit, self._dialect.late(undo.ask))
        self._begin_asking()

    def _undo_over(self) -> None:
        self._undo = None
        self._cancel("undo")

    # -- for the next layer --------------------------------------------------------------------

    def _begin_asking(self) -> None:
        raise NotImplementedError

    def _learn(self, question: bytes, unit: bytes) -> None:
        raise NotImplementedError
