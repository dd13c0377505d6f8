"""What a terminal says out of turn: of an earlier request, or nothing that means anything.

An earlier request may have been left in doubt by a pulled cable, a restart or a long silence, and
the terminal works on. Its result counts when it proves that very request; until the end of that
exchange has been heard it may still be taken back. An older receipt proves something only where it
answers a question (06 20) that the terminal has begun with.
"""

from __future__ import annotations

from pos_guard import lowered
from pos_guard.frames import zvt_build
from pos_guard.frames.zvt import Command
from pos_guard.frames.zvt_apdu import Apdu
from pos_guard.frames.zvt_table import STATUS_INFORMATION
from pos_guard.links import owed, zvt_open, zvt_outcome, zvt_words
from pos_guard.links.session import CloseDevice
from pos_guard.links.zvt_model import MAX_STRANGE, Job, State
from pos_guard.links.zvt_record import Record
from pos_guard.model import Result
from pos_guard.policy.verdict import Level, Reason
from pos_guard.store.ledger import Entry


class Former(Record):
    """Weighs words that belong to no open exchange, and keeps nonsense from the till."""

    _attempt = 0
    # The approval that a word outside its exchange just proved, until that exchange's end.
    _fresh: Job | None = None
    # What was found out: of which entry, and what its till gets for it.
    _found: tuple[int, tuple[bytes, ...]] | None = None
    _strange_units = 0
    # The timer of the next question runs.
    _asks_later = False

    # -- out of turn ---------------------------------------------------------------------------

    def _stray(self, apdu: Apdu) -> None:
        """04 0F outside an exchange: weighed, then acknowledged, so that the terminal goes on."""
        command = self._read(apdu)
        if command is None:
            return
        if self._is_news(command):
            self._refused(Reason.UNRESOLVED, zvt_words.UNASKED, apdu.raw)
        self._weigh(command, asked=False)
        self._to_terminal(zvt_build.ack)
        if self._fresh is not None:
            self._attempt = 0
            self._ask_later(self._timing.resolve_s)

    def _is_news(self, command: Command) -> bool:
        """A payment that nobody here asked for, or that the terminal had refused."""
        if command.result != 0 or command.receipt is None or self._doubtful:
            return False
        if self._job is not None and self._job.in_doubt:
            return False  # it may be that one: asked for at the end
        return command.receipt != self._guard.store.ledger.last_receipt(self.name)

    def _acknowledge(self, _: Apdu) -> None:
        self._to_terminal(zvt_build.ack)

    def _stray_done(self, _: Apdu) -> None:
        """06 0F outside an exchange: what was just proved stands."""
        self._to_terminal(zvt_build.ack)
        self._fresh = None
        self._former_known()

    def _stray_failed(self, _: Apdu) -> None:
        """06 1E outside an exchange: it undoes the approval that was just proved."""
        self._to_terminal(zvt_build.ack)
        self._undone()
        self._former_known()

    def _undone(self) -> None:
        fresh, self._fresh = self._fresh, None
        if fresh is not None:
            self._revoke(fresh)
            self._find(fresh.decision, zvt_build.abort(zvt_words.ABORTED))

    def _lose_fresh(self) -> None:
        """The end of the exchange was not heard: the approval is in doubt, and asked for."""
        if self._fresh is not None:
            self._lost_approval, self._fresh = self._fresh, None

    def _former_known(self) -> None:
        if self._state in (State.IDLE, State.SILENT) and not self._doubtful:
            self._ask_no_more()
            self._deliver()

    def _strange(self, apdu: Apdu) -> None:
        """No unit that a terminal says: refused in the protocol's words, never passed on."""
        self._strange_units += 1
        if self._strange_units > MAX_STRANGE:
            self._refused(Reason.MALFORMED, zvt_words.NONSENSE, apdu.raw)
            self._out.append(CloseDevice("terminal: units that mean nothing"))
            self._terminal_gone()
        elif apdu.code >> 8 != zvt_build.ack[0]:  # an answer is not answered
            self._to_terminal(zvt_build.negative(zvt_words.NOT_POSSIBLE))

    # -- when to ask ---------------------------------------------------------------------------

    def _ask_later(self, seconds: float) -> None:
        self._asks_later = True
        self._set("again", seconds)

    def _ask_no_more(self) -> None:
        """Nothing is in doubt any more: the question that was due is not put."""
        if self._asks_later and not self._doubtful:
            self._asks_later = False
            self._cancel("again")

    # -- in doubt ------------------------------------------------------------------------------

    @property
    def _doubtful(self) -> bool:
        if self._lost_approval is not None or self._fresh is not None:
            return True
        return bool(self._guard.unresolved(self.name))

    def _doubtful_but(self, job: Job) -> bool:
        """Something else than this request is in doubt on the link."""
        jobs = (self._lost_approval, self._fresh)
        if any(other is not None and other.decision != job.decision for other in jobs):
            return True
        return any(entry.id != job.decision for entry in self._guard.unresolved(self.name))

    # -- concluding ----------------------------------------------------------------------------

    def _weigh(self, command: Command, *, asked: bool) -> None:
        """Draw the conclusion from a status information, durably, before anybody goes on.

        ``asked``: it answers a question that the terminal has begun with.
        """
        if command.code != STATUS_INFORMATION:
            return
        if self._lost_approval is not None:
            self._weigh_approval(self._lost_approval, command, asked=asked)
            return
        entries = self._guard.unresolved(self.name)
        if not entries:
            return
        entry = entries[-1]  # the terminal repeats its last transaction only
        if zvt_open.elsewhere(self._guard, entry):
            return
        if asked and self._stands_in_full(entry, command):
            return
        last = self._guard.store.ledger.last_receipt(self.name)
        outcome = zvt_outcome.weigh(entry, last, command)
        if outcome is None:
            return
        paid = outcome.result is Result.APPROVED
        if not (paid or asked):
            return
        self._tell(self._guard.settle(entry.id, outcome))
        if paid:
            self._fresh = self._job_of(self._guard.store.ledger.entry(entry.id))
        self._conclude(entry, command, paid=paid)

    def _stands_in_full(self, entry: Entry, command: Command) -> bool:
        """The terminal never heard that the till lowered the payment: all of it stands."""
        before = lowered.former(self._guard.store, entry.id)
        outcome = None if before is None else zvt_outcome.not_lowered(before, command)
        if before is None or outcome is None:
            return False
        self._tell(self._guard.settle(entry.id, outcome))
        self._tell(zvt_words.NOT_LOWERED)
        self._find(before.id, command.raw, zvt_build.completion())
        owed.close(self._guard, self.name, before.id)
        return True

    def _weigh_approval(self, job: Job, command: Command, *, asked: bool) -> None:
        if job.decision is None:
            return
        entry = self._guard.store.ledger.entry(job.decision)
        elsewhere = zvt_open.elsewhere(self._guard, entry)
        undone = None if elsewhere else zvt_outcome.taken_back(entry, command)
        if not asked and undone is not False:
            return
        self._lost_approval = None
        if undone is None:
            self._refused(Reason.UNRESOLVED, zvt_words.DISAGREES, command.raw)
            self._find(job.decision, zvt_build.completion())
            return
        if undone:
            self._revoke(job)
        elif not asked:
            self._fresh = job
        self._conclude(entry, command, paid=not undone)

    def _conclude(self, entry: Entry, command: Command, *, paid: bool) -> None:
        if paid:
            self._tell(zvt_words.RESOLVED_PAID, Level.ALLOW)
            self._find(entry.id, command.raw, zvt_build.completion())
        else:
            self._tell(zvt_words.RESOLVED_NOT_PAID, Level.ALLOW)
            self._find(entry.id, zvt_build.abort(zvt_words.ABORTED))

    def _find(self, entry: int | None, *ending: bytes) -> None:
        self._found = None if entry is None else (entry, ending)

    # -- for the next layer --------------------------------------------------------------------

    def _deliver(self) -> None:
        raise NotImplementedError
