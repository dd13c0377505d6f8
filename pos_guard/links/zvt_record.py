"""What a ZVT link keeps of its requests: their outcomes in the ledger, who was paid, the set-up."""

from __future__ import annotations

from pos_guard.errors import FrameError
from pos_guard.frames.zvt import Command, parse
from pos_guard.frames.zvt_apdu import Apdu
from pos_guard.links import zvt_money, zvt_open, zvt_words
from pos_guard.links.session import CloseDevice
from pos_guard.links.zvt_model import Job
from pos_guard.links.zvt_sides import Sides
from pos_guard.model import Outcome
from pos_guard.money import currency_of_number
from pos_guard.policy.verdict import Reason
from pos_guard.store.ledger import Entry, Phase

NO_PASSWORD = "0" * 6
"""For our own 06 20 until the till registered: the factory setting, which most terminals keep."""


class Record(Sides):
    """Outcomes are on disk before anybody hears of them."""

    _config = 0
    _currency: str | None = None
    _password = NO_PASSWORD
    # An approval whose exchange did not come to its end: the terminal may have taken it back.
    _lost_approval: Job | None = None
    # A contract number that is not on the list: recorded once, not with each answer.
    _stranger: str | None = None

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
        if job.decision is None or not job.posted or job.revoked:
            return
        job.revoked = True
        if self._lost_approval is not None and self._lost_approval.decision == job.decision:
            self._lost_approval = None
        self._guard.revoke(job.decision)
        self._tell(zvt_words.TAKEN_BACK)

    def _job_of(self, entry: Entry) -> Job:
        """The exchange of an approved request: the till's, if it still waits in that one."""
        job = self._job
        if job is None or job.decision != entry.id:
            return zvt_open.job_of(entry)
        job.posted = True
        job.receipt = entry.receipt
        return job

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

    # -- for the next layer --------------------------------------------------------------------

    def _terminal_gone(self) -> None:
        raise NotImplementedError


def _readable(apdu: Apdu) -> Command:
    command = parse(apdu)
    if command.rest and command.result is None:
        raise FrameError("unknown-field", "no result code before an unknown BMP")
    return command
