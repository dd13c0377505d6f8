"""Finding out what became of a request whose outcome is unknown: 06 20, a few times, then a person.

The till may still wait in that exchange, also across a restart of the guard when its line
survives: then it gets the end that was found out. Nothing is ever sent twice.
"""

from __future__ import annotations

from pos_guard import lowered
from pos_guard.frames import zvt_build
from pos_guard.frames.zvt_apdu import Apdu
from pos_guard.frames.zvt_table import REDUCE, WAIT
from pos_guard.links import owed, zvt_open, zvt_outcome, zvt_words
from pos_guard.links.zvt_answers import Answers
from pos_guard.links.zvt_model import Due, State
from pos_guard.links.zvt_wire import REPEATS, Framing
from pos_guard.policy.verdict import Reason
from pos_guard.store.ledger import Entry, Phase

_UNDER_WAY = frozenset({Phase.RESERVED, Phase.WAITING, Phase.UNKNOWN})


class Resolver(Answers):
    """Asks the terminal for its last receipt and draws the conclusion."""

    # The terminal said 80 00 00 to our 06 20: what it says from then on is the answer.
    _question_begun = False
    _orphan = False
    _left: Entry | None = None
    # What a till was told of an exchange that an earlier process left, until it answers.
    _told: tuple[bytes, ...] = ()

    def _wake(self, app_survives: bool) -> None:
        """Take up what an earlier process left: its doubts, and a till that may still wait."""
        self._lost_approval = zvt_open.doubtful(self._guard, self.name)
        self._left = zvt_open.owed(self._guard, self.name)
        if self._left is not None:
            self._open_entry = self._left.id
        self._orphan = app_survives and (self._left is not None or self._doubtful)
        if self._app_framing is not Framing.SERIAL:
            self._left = None  # on TCP nothing is repeated

    def _is_repeat(self, apdu: Apdu) -> bool:
        """The till repeats the frame that the dead process got, and could not acknowledge.

        While the outcome is being found out it is told that its request is there. If it was told
        the end already, unasked and before it was ready to listen, it is told once more.
        """
        left = self._left
        if left is None or not (self._orphan or self._told):
            return False
        if owed.repeats(self._guard, left.id, apdu.raw) is None:
            return False
        self._to_till(zvt_build.ack)
        if self._told:
            ending, self._told = self._told, ()
            self._cancel("repeat")
            self._till_waits = True
            self._script.clear()
            self._say(*ending)
        return True

    def _line_heard(self, apdu: Apdu) -> None:
        # Whoever answers has its request acknowledged: nothing is repeated any more.
        self._told_heard()
        if apdu.code == REDUCE:
            # It was told how a payment ended; for the terminal that is over.
            self._refused(Reason.MALFORMED, zvt_words.NO_CHANGE, apdu.raw)
        super()._line_heard(apdu)

    def _told_heard(self) -> None:
        if self._told:
            self._told = ()
            self._cancel("repeat")

    def _terminal_gone(self) -> None:
        """The terminal cannot be heard: an open payment is unknown from now on."""
        self._terminal_there = False
        self._strange_units = 0
        self._lose_fresh()
        self._out += self._terminal.reset()
        self._cancel("answer", "resolve")
        job = self._job
        if self._state is State.RESOLVING:
            self._state = State.SILENT if self._till_waits else State.IDLE
        elif self._state is State.ENDING:
            self._due = Due.GUARD
            self._state = State.SAYING
        elif self._state is State.RELAY and job is not None:
            if job.in_doubt:
                self._unknown()
            else:
                self._finish_alone()

    def _unknown(self) -> None:
        """The outcome is not known: durable, and nothing is claimed to the till."""
        job = self._job
        if job is None:
            return
        if job.posted:
            # The terminal did not come to its end, and may have taken the approval back.
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
            self._ask_later(self._timing.again_s[0])

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

    def _ask_again(self) -> None:
        """Ask now if there is something to find out and nothing else under way."""
        self._asks_later = False
        if not self._doubtful:
            self._deliver()
            return
        if not self._terminal_there or self._attempt >= len(self._timing.again_s):
            return
        if self._state not in (State.IDLE, State.SILENT):
            self._ask_later(self._timing.again_s[self._attempt])
            return
        self._lose_fresh()
        self._attempt += 1
        self._found = None
        self._question_begun = False
        self._state = State.RESOLVING
        self._to_terminal(zvt_build.repeat_receipt(self._password))
        self._set("resolve", self._timing.resolve_s)

    def _asked_heard(self, apdu: Apdu) -> None:
        """The terminal begins with our question, unless it is still at something else (84 9C)."""
        self._question_begun = self._question_begun or apdu.code != WAIT

    def _repeated(self, apdu: Apdu) -> None:
        """04 0F in answer to our question: weighed before it is acknowledged."""
        command = self._read(apdu)
        if command is not None:
            self._weigh(command, asked=self._question_begun)
            self._to_terminal(zvt_build.ack)

    def _asked_last(self, apdu: Apdu) -> None:
        self._stray_done(apdu)
        self._attempt_over()

    def _asked_failed(self, apdu: Apdu) -> None:
        """06 1E: if it fails to print the receipt it undoes nothing, so ask once more."""
        if self._question_begun:
            self._to_terminal(zvt_build.ack)
        else:
            self._stray_failed(apdu)
        self._attempt_over()

    def _asked_in_vain(self, _: Apdu) -> None:
        self._attempt_over()

    def _attempt_over(self) -> None:
        self._cancel("resolve")
        self._lose_fresh()
        self._state = State.SILENT if self._till_waits else State.IDLE
        if self._doubtful:
            if self._attempt < len(self._timing.again_s):
                self._ask_later(self._timing.again_s[self._attempt])
            elif self._lost_approval is not None:
                # The ledger says paid, and the terminal cannot say so: that is for a person.
                job, self._lost_approval = self._lost_approval, None
                self._refused(Reason.UNRESOLVED, zvt_words.DISAGREES, job.apdu.raw)
        else:
            self._deliver()

    def _deliver(self) -> None:
        """The till that still waits gets the end of its exchange."""
        ending = self._found_for_till()
        waits = self._state is State.SILENT or (self._state is State.IDLE and self._orphan)
        if waits and ending:
            if self._orphan and self._left is not None:
                self._told = ending
                self._set("repeat", self._timing.frame_ack_s * (REPEATS + 1))
            self._orphan = False
            self._till_waits = True
            self._say(*ending)
        elif self._state is State.IDLE:
            self._close()

    def _found_for_till(self) -> tuple[bytes, ...]:
        """What came of the request that the till waits for: found out, or decided by hand."""
        job, found = self._job, self._found
        self._found = None
        entry = self._open_entry if job is None else job.decision
        if entry is None:
            return ()
        phase = self._guard.store.ledger.entry(entry).phase
        full = lowered.stands_instead(self._guard.store, entry) if phase is Phase.FAILED else None
        if found is not None and found[0] == (entry if full is None else full.id):
            return found[1]
        if full is not None:
            phase = full.phase
        if phase is Phase.POSTED:
            return (*(() if full is None else (zvt_outcome.in_full(full),)), zvt_build.completion())
        return () if phase in _UNDER_WAY else (zvt_build.abort(zvt_words.ABORTED),)

    def _in_doubt(self, entry: int) -> bool:
        jobs = (self._lost_approval, self._fresh)
        if any(job is not None and job.decision == entry for job in jobs):
            return True
        return self._guard.store.ledger.entry(entry).phase in _UNDER_WAY
