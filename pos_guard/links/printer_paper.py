"""What becomes of a held job: printed, with lines of ours, later, or a slip in its place."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable

from pos_guard.errors import StoreError
from pos_guard.frames.receipt_text import ReadReceipt
from pos_guard.guard import Decision, Guard
from pos_guard.links.printer_job import Job
from pos_guard.links.printer_judge import JobJudge, Judged
from pos_guard.links.printer_lines import banner, copy_mark, held_slip, sale_code
from pos_guard.links.printer_settings import LEAST, MAX_BEFORE, MAX_JOB, PrinterSettings
from pos_guard.links.printer_style import PrintStyle
from pos_guard.links.session import CancelTimer, Effects, SetTimer, Tell
from pos_guard.model import Receipt, Source, Tender, Words
from pos_guard.own_codes import OwnKind
from pos_guard.policy.verdict import Level, Reason

IDLE, HOLD, RESULT = "idle", "hold", "result"

LOOK_SECONDS = 0.3
"""How often the ledger is asked whether the payment is there: a cashier notices no such pause."""

CURED_BY_PAYMENT = frozenset({Reason.NOT_PAID, Reason.AMOUNT})
"""Refusals that the result of a payment may take back: nothing known yet, or not all of it."""

NEVER_PRINTED = frozenset({Reason.PAYEE, Reason.MALFORMED})
"""A stranger's code pays the stranger under any banner; bytes that nobody can read do anything."""

AWAY = Words(
    "打印机未连接，小票没有打印。接好后请重打。",
    "The printer is not connected: nothing was printed. Connect it and print again.",
)
_UNREAD_BILL = Words(
    "账单金额读不清，未登记应收金额。请检查账单格式。",
    "The bill's total cannot be read, so the amount due is not known. Check the bill's layout.",
)
_NO_RECORD = Words(
    "无法记录应收金额，请通知经理检查磁盘。",
    "The amount due cannot be recorded. Tell the manager.",
)
_WAITING = Words(
    "小票等待收款结果，收款后自动打印。",
    "The receipt waits for the payment and is printed once it is confirmed.",
)


class Paper:
    """Settles jobs with guard and printer.

    ``style`` is the till's at any moment, ``send`` takes bytes for the printer. Every call leaves
    what else is to be done in ``effects``.
    """

    def __init__(
        self,
        link: str,
        guard: Guard,
        style: PrintStyle,
        settings: PrinterSettings,
        send: Callable[[Iterable[bytes]], None],
    ) -> None:
        self.judge = JobJudge(link, guard, settings)
        self._guard = guard
        self._settings = settings
        self._style = style
        self._send = send
        self.effects: Effects = []
        self._before = ""
        self._waiting: tuple[Job, Decision, Hashable] | None = None
        self._looks = 0
        self._queued = 0

    # -- one job -----------------------------------------------------------------------------

    def settle(self, job: Job) -> None:
        """Judge a job and do what the verdict says."""
        self._carry_out(job, self.judge.judge(job, self._before))

    def hold_back(self, job: Job, decision: Decision) -> None:
        """Do with a refused job what policy says."""
        self._tell(decision)
        how = self._settings.refused
        never = decision.reason in NEVER_PRINTED
        if how == "banner" and not never and job.takes_banner:
            unpaid = decision.reason is Reason.NOT_PAID or job.opaque
            self._forward(job, job.with_banner(banner(unpaid=unpaid)))
        else:
            self._put_slip(job, decision, drop=how == "drop")

    def drop_unprinted(self, job: Job) -> None:
        """The printer is away: a paper that comes out later, unasked, is worse than none."""
        read = self.judge.read(job, self._before)
        if read.is_claim or read.receipt.payees or read.receipt.drawer:
            self.judge.refuse(job, AWAY)
        else:
            self._bill(read)
        self.effects.append(Tell(Level.WARN.name, AWAY))

    def may_open_drawer(self, job: Job) -> bool:
        """A cash receipt whose drawer pulse has not come yet: it may follow the cut."""
        if job.drawer:
            return False
        tenders = self.judge.read(job, self._before).receipt.tenders
        return any(line.tender is Tender.CASH for line in tenders)

    def passed(self, is_cut: bool, text: str) -> None:
        """Something that is no job went to the printer."""
        self._before = "" if is_cut else (self._before + text)[-MAX_BEFORE:]

    def no_record(self) -> Tell:
        """The words for a disk that takes nothing."""
        return Tell(Level.DENY.name, _NO_RECORD)

    # -- waiting for a payment ---------------------------------------------------------------

    @property
    def waits(self) -> bool:
        """A refused job waits for its payment; whatever comes later waits behind it."""
        return self._waiting is not None

    def full(self, size: int) -> bool:
        """So many more bytes wait behind it. True: no more can."""
        self._queued += max(size, LEAST)
        return self._queued > MAX_JOB

    def look_again(self) -> None:
        """Judge the waiting job again if anything was paid meanwhile; in the end, a slip."""
        if self._waiting is None:
            return
        job, _, known = self._waiting
        receipt = self.judge.read(job, self._before).receipt
        self._looks -= 1
        if self._state(receipt) != known:
            judged = self.judge.judge(job, self._before)
            if judged.allowed:
                self.forget()
                self._carry_out(job, judged)
                return
            if judged.decision is not None:
                self._waiting = (job, judged.decision, self._state(receipt))
        if self._looks <= 0:
            self.give_up()
        else:
            self.effects.append(SetTimer(RESULT, LOOK_SECONDS))

    def give_up(self) -> None:
        """The payment did not come: a slip says so."""
        if self._waiting is not None:
            job, decision, _ = self._waiting
            self.forget()
            self._tell(decision)
            self._put_slip(job, decision)

    def forget(self) -> None:
        """Nothing waits any more, and nothing of it is printed."""
        if self._waiting is not None:
            self._waiting = None
            self.effects.append(CancelTimer(RESULT))

    def _wait(self, job: Job, decision: Decision, receipt: Receipt) -> None:
        self._waiting = (job, decision, self._state(receipt))
        self._queued = 0
        self._looks = int(self._settings.wait_ms / 1000 / LOOK_SECONDS)
        self.effects.append(Tell(Level.WARN.name, _WAITING))
        self.effects.append(SetTimer(RESULT, LOOK_SECONDS))

    def _state(self, receipt: Receipt) -> Hashable:
        """What must change before another judgement can end otherwise."""
        ledger = self._guard.store.ledger
        order = self._guard.context().order
        key = receipt.order_id or (None if order is None else order.value.key)
        if key is None:
            return None if receipt.total is None else ledger.paid_order(receipt.total)
        return key, ledger.order(key) is not None, ledger.paid_tenders(key)

    # -- inside ------------------------------------------------------------------------------

    def _carry_out(self, job: Job, judged: Judged) -> None:
        decision = judged.decision
        if decision is not None and not decision.allowed:
            if self._settings.refused == "hold" and decision.reason in CURED_BY_PAYMENT:
                self._wait(job, decision, judged.read.receipt)
            else:
                self.hold_back(job, decision)
            return
        if decision is not None:
            self._tell(decision)
        if judged.pulse is not None:
            self._tell(judged.pulse)
            if not judged.pulse.allowed:
                job.without_pulses()
        if judged.is_receipt and decision is not None:
            self._print_receipt(job, decision)
        else:
            self._bill(judged.read)
            self._forward(job, job.pieces())

    def _print_receipt(self, job: Job, decision: Decision) -> None:
        usual = self._guard.policy.receipts.copies
        head = copy_mark(decision.copy, usual) if decision.copy > 1 else None
        end = None
        if decision.copy == 1 and decision.sale_id is not None and self._settings.sale_code:
            code = self._guard.own_codes.make(OwnKind.SALE, decision.sale_id)
            end = sale_code(decision.sale_id, code)
        self._send(job.pieces(head, end))
        self._before = ""  # judged once; the rest of the line is no second claim

    def _put_slip(self, job: Job, decision: Decision, *, drop: bool = False) -> None:
        """Nothing of the job is printed; what it only set still reaches the printer."""
        data = (self._style.leave_page if job.starts_in_page_mode else b"") + job.settings
        self._style.page_mode = False
        if not drop:
            unpaid = decision.reason is Reason.NOT_PAID
            data += held_slip(self._style, decision.say, unpaid=unpaid)
        self._send([data])

    def _forward(self, job: Job, pieces: Iterable[bytes]) -> None:
        self.passed(job.is_cut, job.text)
        self._send(pieces)

    def _bill(self, read: ReadReceipt) -> None:
        """Tell the guard what the customer owes; a bill that cannot be read says nothing."""
        receipt = read.receipt
        if receipt.total is None:
            if read.problems:
                self.effects.append(Tell(Level.WARN.name, _UNREAD_BILL))
            return
        try:
            self._guard.tell_order(receipt.order_id, receipt.total, Source.BILL)
        except StoreError:
            self.effects.append(self.no_record())

    def _tell(self, decision: Decision) -> None:
        if decision.verdict.level > Level.ALLOW:
            self.effects.append(Tell(decision.verdict.level.name, decision.say))
