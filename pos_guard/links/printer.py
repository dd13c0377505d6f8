"""The printer link: reads bills, holds receipts until they are judged, numbers copies.

Bytes of a job wait until its end. A bill tells the guard what the customer owes and is printed
unchanged; a paper that claims payment is printed only when the guard allows it, with its copy
number; everything else passes. Status requests and the customer display never wait.
"""

from __future__ import annotations

from dataclasses import replace

from pos_guard.errors import StoreError
from pos_guard.frames import escpos_build as build
from pos_guard.frames.escpos_commands import SelectDevice
from pos_guard.frames.escpos_scan import EscPosScanner, Token
from pos_guard.frames.escpos_table import CHINA, EPSON
from pos_guard.frames.escpos_text import TextReader
from pos_guard.frames.receipt_text import ReadReceipt, claims, read_receipt
from pos_guard.guard import Decision, Guard
from pos_guard.links.printer_display import DisplayTotal
from pos_guard.links.printer_job import (
    CUTS,
    HARMLESS,
    OVERSIZED,
    QUERIES,
    REAL_TIME,
    Job,
    meaning,
    opens_drawer,
    starts_job,
)
from pos_guard.links.printer_settings import MAX_JOB, MAX_TAIL, PrinterSettings
from pos_guard.links.printer_style import PrintStyle, copy_mark, held_slip, sale_code
from pos_guard.links.session import (
    CancelTimer,
    Effects,
    QuietSession,
    SetTimer,
    Tell,
    ToApp,
    ToDevice,
)
from pos_guard.model import Source, Tender, Words
from pos_guard.own_codes import OwnKind
from pos_guard.policy.verdict import Level, Reason

IDLE, HOLD = "idle", "hold"

_AWAY = Words(
    "打印机未连接，小票没有打印。接好后请重打。",
    "The printer is not connected: nothing was printed. Connect it and print again.",
)
_UNREAD_BILL = Words(
    "账单金额读不清，未登记应收金额。请检查账单格式。",
    "The bill's total cannot be read, so the amount due is not known. Check the bill's layout.",
)
_NO_RECORD = Words(
    "无法记录应收金额，请通知店长检查磁盘。",
    "The amount due cannot be recorded. Tell the manager.",
)
_PICTURE = Words(
    "此打印任务只有图片，无法核对，已拦下。",
    "This job is a picture that cannot be checked. It is held back.",
)
_OVERSIZE = Words(
    "打印数据过大，已拦下。请检查收银软件。",
    "A print command is too large and is held back. Check the till's software.",
)


class PrinterSession(QuietSession):
    """One till and one ESC/POS printer (with or without a customer display)."""

    def __init__(self, name: str, guard: Guard, settings: PrinterSettings | None = None) -> None:
        self.name = name
        self._guard = guard
        self._settings = settings or PrinterSettings()
        self._dialect = CHINA if self._settings.dialect == "china" else EPSON
        self._scanner = EscPosScanner(self._dialect)
        self._reader = TextReader(
            self._settings.encoding, self._settings.kanji, self._settings.kanji_on
        )
        self._display_reader = TextReader(self._settings.encoding, self._settings.kanji)
        self._style = PrintStyle(self._settings)
        self._screen = DisplayTotal(self._settings.display_columns)
        self._job: Job | None = None
        self._tail = ""
        self._there = False
        self._on_display = False
        self._printer_select = build.SELECT_PRINTER
        self._out: Effects = []

    # -- the session's events ----------------------------------------------------------------

    def app_data(self, data: bytes) -> Effects:
        """Bytes from the till: whole commands are routed, an unfinished one waits."""
        for token in self._scanner.feed(data):
            self._token(token)
        if self._job is not None:
            self._out.append(SetTimer(IDLE, self._settings.idle_ms / 1000))
        self._read_display()
        return self._effects()

    def app_closed(self) -> Effects:
        """The till hung up: its job is complete, an unfinished command is not sent."""
        self._scanner.flush()
        self._finish()
        return self._effects()

    def device_connected(self) -> Effects:
        """The printer is there. Nothing held from before is printed now."""
        self._there = True
        self._on_display = False
        return []

    def device_closed(self) -> Effects:
        """The printer is gone."""
        self._there = False
        return []

    def device_data(self, data: bytes) -> Effects:
        """Answers of the printer pass as they are."""
        return [ToApp(data)]

    def timer(self, name: str) -> Effects:
        """The till has paused, or the job has been held for as long as it may be."""
        if name in (IDLE, HOLD):
            self._finish()
        return self._effects()

    # -- routing -----------------------------------------------------------------------------

    def _token(self, token: Token) -> None:
        if token.name in OVERSIZED:
            self._too_large(token)
            return
        if token.name in REAL_TIME and not opens_drawer(token):
            self._pass(token.raw)
            return
        if token.name == "ESC =" and self._settings.display:
            self._select(token)
        elif self._on_display:
            self._screen.add(token, self._display_reader.read(token))
            self._pass(token.raw)
        else:
            self._print(token, self._reader.read(token))

    def _select(self, token: Token) -> None:
        """Display alone: what follows passes. Otherwise the printer is meant, alone or too."""
        command = meaning(token)
        if isinstance(command, SelectDevice) and command.display and not command.printer:
            self._select_display(token)
            return
        back, self._on_display = self._on_display, False
        self._printer_select = token.raw
        if back:
            self._pass(build.SELECT_PRINTER)
        if token.raw != build.SELECT_PRINTER or (self._job is not None and not back):
            self._hold(token, "")
        elif not back:
            self._pass(token.raw)

    def _select_display(self, token: Token) -> None:
        if self._printer_select != build.SELECT_PRINTER and self._job is not None:
            self._hold(Token(token.name, build.SELECT_PRINTER, token.at), "")
        self._printer_select = build.SELECT_PRINTER
        self._on_display = True
        self._screen.add(token, "")
        self._pass(token.raw)

    def _print(self, token: Token, text: str) -> None:
        """A token for the printer: into the job, or past it."""
        job = self._job
        if job is not None and job.is_cut and not self._belongs(token):
            self._finish()
            job = None
        if job is None and not starts_job(token):
            self._style.follow(token)
            self._tail = self._unfinished(token.name in CUTS, text)
            self._pass(token.raw)
            return
        self._hold(token, text)
        job = self._job
        if job is None:
            return
        if job.size > MAX_JOB or (job.is_cut and not self._may_open_drawer(job)):
            self._finish()

    def _belongs(self, token: Token) -> bool:
        """After the cut: the drawer pulse that some tills send last, and settings before it."""
        plain = token.name in HARMLESS and token.name not in QUERIES | CUTS
        return opens_drawer(token) or plain

    def _may_open_drawer(self, job: Job) -> bool:
        """A cash receipt whose drawer pulse has not come yet: it may follow the cut."""
        if job.drawer:
            return False
        tenders = self._read(job).receipt.tenders
        return any(line.tender is Tender.CASH for line in tenders)

    def _hold(self, token: Token, text: str) -> None:
        if self._job is None:
            self._job = Job(self._style)
            self._out.append(SetTimer(HOLD, self._settings.hold_ms / 1000))
        self._style.follow(token)
        self._job.add(token, text)

    def _pass(self, data: bytes) -> None:
        if self._there:
            self._out.append(ToDevice(data))

    def _too_large(self, token: Token) -> None:
        """No printer takes such a command, and nobody could read it: neither head nor data."""
        if token.name == "OVERSIZE":
            refused = self._guard.refuse(
                link=self.name, reason=Reason.MALFORMED, say=_OVERSIZE, frame=token.raw
            )
            self._tell(refused)

    # -- the end of a job --------------------------------------------------------------------

    def _finish(self) -> None:
        job, self._job = self._job, None
        if job is None:
            return
        self._out += [CancelTimer(IDLE), CancelTimer(HOLD)]
        read = self._read(job)
        if not self._there:
            self._drop_unprinted(job, read)
        elif read.is_claim or read.receipt.payees:
            self._gate(job, read)
        elif job.has_picture and not job.text.strip() and not self._settings.pictures:
            self._refuse(job, _PICTURE)
        else:
            self._bill(read)
            self._forward(job, job.data())

    def _read(self, job: Job) -> ReadReceipt:
        policy = self._guard.policy
        words = policy.receipts
        read = read_receipt(
            self._tail + job.text, words, policy.currency, drawer=job.drawer, payees=job.payees
        )
        if read.receipt.claims_paid or not claims(job.text_if_cleared, words):
            return read
        return replace(read, receipt=replace(read.receipt, claims_paid=True))

    def _bill(self, read: ReadReceipt) -> None:
        """Tell the guard what the customer owes; a bill that cannot be read says nothing."""
        receipt = read.receipt
        if receipt.total is None:
            if read.problems:
                self._out.append(Tell(Level.WARN.name, _UNREAD_BILL))
            return
        try:
            self._guard.tell_order(receipt.order_id, receipt.total, Source.BILL)
        except StoreError:
            self._out.append(Tell(Level.DENY.name, _NO_RECORD))

    def _gate(self, job: Job, read: ReadReceipt) -> None:
        decision = self._guard.judge_receipt(read.receipt, link=self.name)
        self._tell(decision)
        if not decision.allowed:
            self._hold_back(job, decision)
            return
        if not read.is_claim:
            self._bill(read)
        usual = self._guard.policy.receipts.copies
        head = copy_mark(decision.copy, usual) if decision.copy > 1 else None
        end = None
        if decision.copy == 1 and decision.sale_id is not None and self._settings.sale_code:
            code = self._guard.own_codes.make(OwnKind.SALE, decision.sale_id)
            end = sale_code(decision.sale_id, code)
        self._forward(job, job.data(head, end))
        self._tail = ""  # judged once; the rest of the line is no second claim

    def _hold_back(self, job: Job, decision: Decision) -> None:
        """Nothing of the job is printed; what it only set still reaches the printer."""
        data = job.settings
        if self._settings.note:
            unpaid = decision.reason is Reason.NOT_PAID
            data += held_slip(self._style, decision.say, unpaid=unpaid, settings=self._settings)
        if data:
            self._send(data)

    def _refuse(self, job: Job, say: Words) -> None:
        refused = self._guard.refuse(link=self.name, reason=Reason.GUARD, say=say, frame=job.data())
        self._tell(refused)
        self._hold_back(job, refused)

    def _drop_unprinted(self, job: Job, read: ReadReceipt) -> None:
        """The printer is away: a paper that comes out later, unasked, is worse than none."""
        if read.is_claim or read.receipt.payees:
            self._guard.refuse(link=self.name, reason=Reason.GUARD, say=_AWAY, frame=job.data())
        else:
            self._bill(read)
        self._out.append(Tell(Level.WARN.name, _AWAY))

    def _forward(self, job: Job, data: bytes) -> None:
        self._tail = self._unfinished(job.is_cut, job.text)
        self._send(data)

    def _unfinished(self, is_cut: bool, text: str) -> str:
        """The open line on the paper: a word that is printed in two jobs is still one word."""
        return "" if is_cut else (self._tail + text).rpartition("\n")[2][-MAX_TAIL:]

    def _send(self, data: bytes) -> None:
        """Bytes for the printer, also while the till has the display selected."""
        if self._on_display:
            data = build.SELECT_PRINTER + data + build.SELECT_DISPLAY
        self._pass(data)

    # -- telling -----------------------------------------------------------------------------

    def _read_display(self) -> None:
        policy = self._guard.policy
        total = self._screen.new_total(policy.receipts, policy.currency)
        if total is None:
            return
        try:
            self._guard.tell_order(None, total, Source.DISPLAY)
        except StoreError:
            self._out.append(Tell(Level.DENY.name, _NO_RECORD))

    def _tell(self, decision: Decision) -> None:
        if decision.verdict.level > Level.ALLOW:
            self._out.append(Tell(decision.verdict.level.name, decision.say))

    def _effects(self) -> Effects:
        out, self._out = self._out, []
        return out
