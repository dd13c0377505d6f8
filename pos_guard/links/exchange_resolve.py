"""Finding out what became of a request: the dialect's question, a few times, then a person.

Nothing is ever sent twice. Where the protocol has no question, only the device's own late answer
or a person can say.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from pos_guard.errors import FrameError
from pos_guard.links import exchange_words as words
from pos_guard.links import owed
from pos_guard.links.dialect import Ask, Say, Says, Units
from pos_guard.links.exchange_device import OPEN, DeviceSide
from pos_guard.links.exchange_model import Given, Job, State
from pos_guard.model import Outcome, Result
from pos_guard.policy.verdict import Level, Reason
from pos_guard.records import frame_hash
from pos_guard.store.ledger import Entry, Phase

LOOK_BACK = 32
"""Approvals of the link that are looked at for a receipt number: a device repeats its last one."""


class Resolver(DeviceSide):
    """Asks the device and draws the conclusion."""

    _asking: Entry | None = None
    # Whether anything may be unknown; what only asks is not to wait for a look at the ledger.
    _doubtful = True
    # The newest request, as long as an earlier process may owe the till its answer.
    _left: int | None = None

    def _begin_asking(self) -> None:
        """Something may be in doubt: ask about it, beginning anew."""
        self._attempt = 0
        self._doubtful = True
        if self._device_there and any(self._questions()):
            self._set("again", self._timing.again_s[0])

    def _questions(self) -> Iterator[tuple[Entry, bytes]]:
        """What can be asked, the newest request first."""
        doubt = self._doubt
        entries = list(self._guard.unresolved(self.name))
        if doubt is not None and doubt.late is not None and doubt.decision is not None:
            entries.append(self._guard.store.ledger.entry(doubt.decision))
        for entry in reversed(entries):
            question = self._dialect.question(entry)
            if question is not None:
                yield entry, question

    def _ask_again(self) -> None:
        """Ask now, if there is something to find out and nothing else under way."""
        self._by_hand()
        questions = list(self._questions())
        if not self._device_there or self._attempt >= len(self._timing.again_s) or not questions:
            return
        if self._state not in (State.IDLE, State.SILENT) or self._undo is not None:
            self._set("again", self._timing.again_s[self._attempt])
            return
        self._asking, question = questions[self._attempt % len(questions)]
        self._attempt += 1
        if self._doubt is not None and self._doubt.decision == self._asking.id:
            self._doubt.asked = True
        self._state = State.RESOLVING
        self._out += self._device.send(question)
        self._set("resolve", self._timing.resolve_s)

    def _device_unit(self, unit: bytes) -> None:
        if self._state is State.RESOLVING and self._asking is not None:
            self._replied(self._asking, unit)
        else:
            super()._device_unit(unit)

    def _replied(self, entry: Entry, unit: bytes) -> None:
        """A unit while our question is out: its answer, or the late one to the request itself."""
        doubt = self._doubt
        with suppress(FrameError):
            said = self._dialect.hear(unit, None) if doubt is None else self._hear(unit, doubt)
            self._payees(said.payees)
            if said.kind is Says.FINAL and doubt is not None:
                self._late_answer(doubt, said)
                return
            if said.kind is Says.PROGRESS:
                self._out += self._device.took()
                return
        try:
            outcome = self._dialect.found(entry, unit)
        except FrameError:
            self._out += self._device.rejected()
        else:
            self._conclude(entry, outcome)
            self._out += self._device.took()
        self._attempt_over()

    def _late_answer(self, doubt: Job, said: Say) -> None:
        """An approval is not told before our question is answered: that may have undone it."""
        self._final(doubt, said)
        if doubt.late is None:
            self._attempt_over()

    def _learn(self, question: bytes, unit: bytes) -> None:
        """The till asked our question itself: its answer counts as much."""
        if not self._doubtful:
            return
        self._doubtful = bool(self._guard.unresolved(self.name))
        for entry, ours in self._questions():
            if ours == question:
                with suppress(FrameError):
                    self._conclude(entry, self._dialect.found(entry, unit))
                return

    def _conclude(self, entry: Entry, outcome: Outcome | None) -> None:
        if outcome is None or outcome.result is Result.UNKNOWN or self._elsewhere(entry, outcome):
            return
        paid = outcome.result is Result.APPROVED
        if self._phase(entry.id) in OPEN:
            self._settle(entry.id, outcome)
            self._tell(words.RESOLVED_PAID if paid else words.RESOLVED_NOT_PAID, Level.ALLOW)
        elif not paid:
            self._revoke(entry.id)
        self._attempt = 0
        doubt = self._doubt
        if doubt is not None and doubt.decision == entry.id:
            self._doubt = None
            if paid and doubt.undone:
                self._revoke(entry.id)
            self._say_end(doubt)

    def _elsewhere(self, entry: Entry, outcome: Outcome) -> bool:
        """The answer is another terminal's, or about another request of this link."""
        if outcome.payee and entry.payee and outcome.payee != entry.payee:
            return True
        if outcome.result is not Result.APPROVED or outcome.receipt is None:
            return False
        posted = self._guard.store.ledger.search(
            link=self.name, phase=Phase.POSTED, limit=LOOK_BACK
        )
        others = [other for other in posted if other.id != entry.id]
        if any(other.receipt == outcome.receipt for other in others):
            return True
        return not self._dialect.tells_kind and self._nameless(entry, others[:1])

    def _nameless(self, entry: Entry, last: list[Entry]) -> bool:
        """Something of the same amount may be meant whose number nobody knows."""
        open_ = [other for other in self._guard.unresolved(self.name) if other.kind != entry.kind]
        numberless = [other for other in (*last, *open_) if other.receipt is None]
        return any(other.amount == entry.amount for other in numberless)

    def _attempt_over(self) -> None:
        self._asking = None
        self._cancel("resolve")
        if self._state is State.RESOLVING:
            self._rest()
        if self._attempt < len(self._timing.again_s):
            if any(self._questions()):
                self._set("again", self._timing.again_s[self._attempt])
        elif self._doubt is not None and self._doubt.late is not None:
            # Approved, then asked about, and no answer: on record as paid, and for a person.
            self._refused(Reason.UNRESOLVED, words.DISAGREES, self._doubt.ask.unit)
            self._ended(self._doubt)

    def _ask_anew(self) -> None:
        """A new connection: ask at once, but where our questions ended the last ones.

        Each new connection would end as well then, many times a second.
        """
        in_vain, self._in_vain = self._in_vain, False
        if not in_vain:
            self._attempt = 0
        if self._attempt <= 1:
            self._ask_again()
            return
        self._attempt_over()
        last = len(self._timing.again_s) - 1
        if self._attempt > last:
            self._attempt = last
            self._set("again", self._timing.again_s[last])

    def _by_hand(self) -> None:
        """A person decided in the meantime, and the till may still wait."""
        doubt = self._doubt
        if doubt is None or doubt.decision is None or doubt.late is not None:
            return
        phase = self._phase(doubt.decision)
        if phase not in OPEN:
            self._doubt = None
            self._say_end(doubt)

    def _say_end(self, doubt: Job) -> None:
        """The till that still waits hears what came of it; so does one that asks once more."""
        if self._state is State.SILENT:
            self._state = State.IDLE
        if doubt.decision is None:
            return
        entry = self._guard.store.ledger.entry(doubt.decision)
        if entry.phase is Phase.POSTED:
            self._say_paid(doubt, entry)
        elif doubt.waits:
            self._deny(doubt.ask, Reason.UNRESOLVED, words.RESOLVED_NOT_PAID)

    def _say_paid(self, job: Job, entry: Entry) -> None:
        """A yes of the device's own, or from the record; at least never a no to what was paid.

        From the record only to the whole amount: a till takes a yes for what it asked.
        """
        ask = job.ask
        said: Units = () if job.late is None else (job.late,)
        if not said and ask.intent is not None and ask.intent.amount in (None, entry.amount):
            said = self._dialect.paid(ask, entry)
        said = said or self._dialect.late(ask)
        self._answer(ask.unit, said, waits=job.waits)
        if not said:
            self._keep(Given(ask.unit, (), self._order, heard=False))

    # -- after a restart -----------------------------------------------------------------------

    def _wake(self) -> None:
        """Take up what an earlier process may still owe the till."""
        left = owed.owed(self._guard, self.name)
        self._left = None if left is None else left.id

    def _answered_before(self, ask: Ask) -> bool:
        """The till repeats what the dead process had an answer to: it gets that from the record."""
        entry = None if self._left is None else owed.repeats(self._guard, self._left, ask.unit)
        if entry is None or entry.phase is Phase.UNKNOWN:
            return False
        self._left = None
        self._owing = entry.id
        self._past.forwarded(ask.key, entry.id)
        if entry.phase is Phase.POSTED:
            self._tell(words.RESOLVED_PAID, Level.ALLOW)
            self._say_paid(Job(ask, entry.id), entry)
        else:
            self._tell(words.RESOLVED_NOT_PAID, Level.ALLOW)
            self._deny(ask, Reason.UNRESOLVED, words.RESOLVED_NOT_PAID)
        return True

    def _forget_left(self) -> None:
        self._left = None

    def _told(self) -> None:
        """Some time after an answer: on record, unless something about it is still in doubt."""
        entry, given = self._owing, self._given
        if entry is None or self._phase(entry) in OPEN or (given is not None and not given.heard):
            return
        self._owing = None
        owed.close(self._guard, self.name, entry)

    def _left_over(self, ask: Ask) -> bool:
        """The till repeats a request of which nobody knows what became: it is not judged again.

        That is so for the same bytes and the same order; a new customer may pay the same amount.
        """
        left = self._guard.unresolved(self.name)
        if not left or left[-1].frame_hash != frame_hash(ask.unit):
            return False
        return left[-1].order_key == self._order

    def _wait_on(self, ask: Ask) -> None:
        """Such a till is told what a till is told of an unknown outcome."""
        entry = self._guard.unresolved(self.name)[-1]
        job = Job(ask, entry.id)
        self._accept()
        late = self._dialect.late(ask)
        self._answer(ask.unit, late)
        job.waits = not late
        self._doubt = job
        self._past.forwarded(ask.key, entry.id)
        if job.waits and self._state is State.IDLE:
            self._state = State.SILENT
