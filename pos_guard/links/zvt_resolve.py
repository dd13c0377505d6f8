"""Finding out what became of a request whose outcome is unknown: 06 20, a few times, then a person.

The till may still wait in that exchange, also across a restart of the guard when its line
survives: then it gets the end that was found out. Nothing is ever sent twice.
"""

from __future__ import annotations

from pos_guard.frames import zvt_build
from pos_guard.frames.zvt import Command
from pos_guard.frames.zvt_apdu import Apdu
from pos_guard.frames.zvt_table import STATUS_INFORMATION
from pos_guard.links import zvt_outcome, zvt_words
from pos_guard.links.zvt_exchange import Exchange
from pos_guard.links.zvt_model import Due, State
from pos_guard.model import Result
from pos_guard.policy.verdict import Level
from pos_guard.store.ledger import Phase


class Resolver(Exchange):
    """Asks the terminal for its last receipt and draws the conclusion."""

    _attempt = 0
    _ending: tuple[bytes, ...] = ()
    _orphan = False

    def _terminal_gone(self) -> None:
        """The terminal cannot be heard: an open payment is unknown from now on."""
        self._terminal_there = False
        self._out += self._terminal.reset()
        self._cancel("answer", "resolve")
        job = self._job
        if self._state is State.RESOLVING:
            self._state = State.SILENT if self._till_waits else State.IDLE
        elif self._state is State.ENDING:
            self._due = Due.GUARD
            self._state = State.SAYING
        elif self._state is State.RELAY and job is not None:
            if job.money and (job.unheard or not job.posted):
                self._unknown()
            else:
                self._finish_alone()

    def _unknown(self) -> None:
        """The outcome is not known: durable, and nothing is claimed to the till."""
        job = self._job
        if job is None:
            return
        if job.posted:
            # The terminal never heard that its approval arrived, and may have taken it back.
            self._lost_approval = job
        else:
            self._settle(job, zvt_outcome.UNKNOWN)
        self._tell(zvt_words.UNKNOWN_OUTCOME)
        self._cancel("till", "answer")
        self._due = Due.NOBODY
        self._attempt = 0
        self._state = State.SILENT
        if not self._till_waits:
            self._over()
        if self._terminal_there:
            self._set("again", self._timing.again_s[0])

    def _finish_alone(self) -> None:
        """Nothing is in doubt: give the till the end that the terminal did not."""
        job = self._job
        if job is None or not self._till_waits:
            self._over()
        elif job.posted and not job.revoked:
            self._say(zvt_build.completion())
        else:
            code = zvt_words.NOT_READY if not self._terminal_there else zvt_words.ABORTED
            self._refuse(code, greeted=job.accepted or job.owed_yes)

    # -- asking --------------------------------------------------------------------------------

    @property
    def _doubtful(self) -> bool:
        return self._lost_approval is not None or bool(self._guard.unresolved(self.name))

    def _ask_again(self) -> None:
        """Ask now if there is something to find out and nothing else under way."""
        if not self._doubtful:
            self._deliver()
            return
        if not self._terminal_there or self._attempt >= len(self._timing.again_s):
            return
        if self._state not in (State.IDLE, State.SILENT):
            self._set("again", self._timing.again_s[self._attempt])
            return
        self._attempt += 1
        self._ending = ()
        self._state = State.RESOLVING
        self._to_terminal(zvt_build.repeat_receipt(self._password))
        self._set("resolve", self._timing.resolve_s)

    def _repeated(self, apdu: Apdu) -> None:
        """04 0F in answer to our question: weighed before it is acknowledged."""
        self._stray(apdu)

    def _acknowledge(self, _: Apdu) -> None:
        self._to_terminal(zvt_build.ack)

    def _asked_last(self, _: Apdu) -> None:
        self._to_terminal(zvt_build.ack)
        self._attempt_over()

    def _asked_in_vain(self, _: Apdu) -> None:
        self._attempt_over()

    def _attempt_over(self) -> None:
        self._cancel("resolve")
        self._state = State.SILENT if self._till_waits else State.IDLE
        if self._doubtful:
            if self._attempt < len(self._timing.again_s):
                self._set("again", self._timing.again_s[self._attempt])
        else:
            self._deliver()

    def _deliver(self) -> None:
        """The till that still waits gets the end of its exchange."""
        ending, self._ending = self._ending or self._decided_by_hand(), ()
        waits = self._state is State.SILENT or (self._state is State.IDLE and self._orphan)
        if waits and ending:
            self._orphan = False
            self._till_waits = True
            self._say(*ending)

    def _decided_by_hand(self) -> tuple[bytes, ...]:
        job = self._job
        if self._state is not State.SILENT or job is None or job.decision is None:
            return ()
        phase = self._guard.store.ledger.entry(job.decision).phase
        endings = {
            Phase.POSTED: (zvt_build.completion(),),
            Phase.FAILED: (zvt_build.abort(zvt_words.ABORTED),),
        }
        return endings.get(phase, ())

    # -- concluding ----------------------------------------------------------------------------

    def _weigh(self, command: Command) -> None:
        """Draw the conclusion from a status information, durably, before anybody goes on."""
        if command.code != STATUS_INFORMATION:
            return
        if self._lost_approval is not None:
            self._weigh_approval(command)
            return
        entries = self._guard.unresolved(self.name)
        if not entries:
            return
        entry = entries[-1]  # the terminal repeats its last transaction only
        last = self._guard.store.ledger.last_receipt(self.name)
        outcome = zvt_outcome.weigh(entry, last, command)
        if outcome is None:
            return
        self._tell(self._guard.settle(entry.id, outcome))
        paid = outcome.result is Result.APPROVED
        self._conclude(command, paid=paid)

    def _weigh_approval(self, command: Command) -> None:
        job, self._lost_approval = self._lost_approval, None
        if job is None:
            return
        same = command.result == 0 and command.receipt == job.receipt
        if not same:
            self._revoke(job)
        self._conclude(command, paid=same)

    def _conclude(self, command: Command, *, paid: bool) -> None:
        if paid:
            self._tell(zvt_words.RESOLVED_PAID, Level.ALLOW)
            self._ending = (command.raw, zvt_build.completion())
        else:
            self._tell(zvt_words.RESOLVED_NOT_PAID, Level.ALLOW)
            self._ending = (zvt_build.abort(zvt_words.ABORTED),)
