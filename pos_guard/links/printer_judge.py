"""How a held job is judged: what it claims, whom it pays, and whether the drawer may open."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pos_guard.frames.receipt_text import ReadReceipt, ReceiptWords, claims, read_receipt
from pos_guard.guard import Decision, Guard
from pos_guard.links.printer_job import Job
from pos_guard.links.printer_settings import PrinterSettings, Unread
from pos_guard.model import Receipt, Words
from pos_guard.policy.verdict import Reason

_PICTURE = Words(
    "此打印任务有图片，无法核对，已拦下。",
    "This job has pictures that cannot be checked. It is held back.",
)
_HIDDEN = Words(
    "打印数据中藏有实时指令，已拦下。请检查收银软件。",
    "A command that acts at once hides in this job. It is held back. Check the till's software.",
)
_ENDLESS = Words(
    "打印任务过长，已拦下。请检查收银软件。",
    "The print job does not end. It is held back. Check the till's software.",
)


@dataclass(frozen=True, slots=True)
class Judged:
    """What may become of a job.

    ``decision`` is None for a paper that needs none. ``pulse`` is the refusal of its drawer pulse
    alone: the rest may be printed.
    """

    read: ReadReceipt
    decision: Decision | None = None
    pulse: Decision | None = None

    @property
    def allowed(self) -> bool:
        """It may be printed."""
        return self.decision is None or self.decision.allowed

    @property
    def is_receipt(self) -> bool:
        """It was judged as a paper that claims payment."""
        return self.read.is_claim


class JobJudge:
    """Asks the guard. Every call is one durable record, or none for a paper that says nothing."""

    def __init__(self, link: str, guard: Guard, settings: PrinterSettings) -> None:
        self._link = link
        self._guard = guard
        self._settings = settings

    def read(self, job: Job, before: str) -> ReadReceipt:
        """What the job says; ``before`` is what stands above it on the same paper.

        Its own words count. Only a claim without a total of its own looks above for the rest.
        """
        if job.read_as is None or job.read_as[0] != before:
            job.read_as = (before, self._read_job(job, before))
        return job.read_as[1]

    def _read_job(self, job: Job, before: str) -> ReadReceipt:
        open_line = before.rpartition("\n")[2]
        read = self._read(job, open_line + job.text)
        if not read.is_claim and claims(job.text_if_cleared, self._words):
            read = replace(read, receipt=replace(read.receipt, claims_paid=True))
        if read.receipt.claims_paid and read.receipt.total is None and before:
            whole = self._read(job, before + job.text)
            if whole.receipt.total is not None:
                return replace(whole, receipt=replace(whole.receipt, claims_paid=True))
        return read

    def judge(self, job: Job, before: str) -> Judged:
        """Judge a whole job."""
        read = self.read(job, before)
        how = self._how(job)
        if how == "refuse":
            return Judged(read, self.refuse(job, _PICTURE))
        if how == "judge" and not read.is_claim:
            read = replace(read, receipt=self._as_claim(job, read.receipt))
        if read.is_claim:
            return Judged(read, self._judge(read.receipt))
        return self._judge_bill(read)

    def refuse(self, job: Job, say: Words, reason: Reason = Reason.GUARD) -> Decision:
        """Record that a job is not printed."""
        return self._guard.refuse(link=self._link, reason=reason, say=say, frame=job.data())

    def refuse_hidden(self, job: Job) -> Decision:
        """Record that a job is not printed: it would do what none of its commands says."""
        return self.refuse(job, _HIDDEN, Reason.MALFORMED)

    def refuse_endless(self, job: Job) -> Decision:
        """Record that a job is not printed: it is longer than a job may be."""
        return self.refuse(job, _ENDLESS)

    def _judge_bill(self, read: ReadReceipt) -> Judged:
        """No claim: whom it pays, and the drawer, are two questions."""
        receipt = read.receipt
        decision = self._judge(replace(receipt, drawer=False)) if receipt.payees else None
        if not receipt.drawer or (decision is not None and not decision.allowed):
            return Judged(read, decision)
        pulse = self._judge(replace(receipt, payees=()))
        return Judged(read, decision, pulse)

    def _judge(self, receipt: Receipt) -> Decision:
        return self._guard.judge_receipt(receipt, link=self._link)

    def _how(self, job: Job) -> Unread:
        if job.disguised and self._settings.opaque == "allow":
            return "judge"  # nobody draws letters of his own to say what he could have written
        if job.opaque:
            return self._settings.opaque
        return self._settings.partly if job.has_picture else "allow"

    def _as_claim(self, job: Job, receipt: Receipt) -> Receipt:
        """A paper that cannot be read, taken for the paid receipt of the order at the till."""
        order = self._guard.context().order
        total = receipt.total or (None if order is None else order.value.total)
        return replace(receipt, claims_paid=True, total=total, fingerprint=job.fingerprint)

    @property
    def _words(self) -> ReceiptWords:
        return self._guard.policy.receipts

    def _read(self, job: Job, text: str) -> ReadReceipt:
        policy = self._guard.policy
        return read_receipt(
            text, policy.receipts, policy.currency, drawer=job.drawer, payees=job.payees
        )
