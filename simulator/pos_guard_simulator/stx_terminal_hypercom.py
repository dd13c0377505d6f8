"""What a simulated Hypercom ECR or Credibanco terminal says (sources: ``frames.stx_hypercom``)."""

from __future__ import annotations

from collections.abc import Mapping

from pos_guard.errors import FrameError
from pos_guard.frames import stx_hypercom as frames
from pos_guard.frames.decoded import Json
from pos_guard.frames.stx_hypercom import Message, Variant, parse_request
from pos_guard.links.session import ToApp
from pos_guard.links.stx import HYPERCOM_LINE
from pos_guard.links.stx_line import StxLine
from pos_guard.model import IntentKind
from pos_guard_simulator.payment_teller import Job
from pos_guard_simulator.stx_terminal import Plan
from pos_guard_simulator.zvt_book import Book, Transaction

CURRENCY = 0
"""The protocol names none; the journal keeps what it is told."""

DECLINED = "ND"
NOT_FOUND = "NF"


class HypercomSpeech:
    """Sales count traces up; a void takes the sale of its trace back; a refund is its own."""

    form = frames.FORMAT

    def __init__(
        self, variant: Variant, terminal: str = "12345678", merchant: str = "000000000000001"
    ) -> None:
        self._variant = variant
        self.terminal = terminal
        self.merchant = merchant
        self._voided: set[int] = set()

    @property
    def facts(self) -> Mapping[str, Json]:
        """Terminal and merchant, as its approvals name them."""
        return {"terminal_id": self.terminal, "merchant": self.merchant}

    def open_line(self) -> StxLine:
        """With Hypercom's times."""
        return StxLine("twin", ToApp, self.form, HYPERCOM_LINE)

    def plan(self, unit: bytes, book: Book) -> Plan:
        """Transactions are jobs, all else is answered at once.

        :raises FrameError: for an unknown transaction.
        """
        request = parse_request(unit, self._variant)
        transaction = frames.transaction_of(request, self._variant)
        if transaction is None:
            raise FrameError("unknown-command", f"no transaction {request.code}", 12)
        if transaction.kind is IntentKind.VOID:
            return self._void(request, book)
        if transaction.kind is not None:
            return self._pay(
                request, "sale" if transaction.kind is IntentKind.SALE else "refund", book
            )
        if request.code in (frames.LAST, frames.BY_TRACE):
            return Plan((self._found(request, book),))
        return Plan((self._response(request, frames.APPROVED, {}),))

    def _pay(self, request: Message, kind: str, book: Book) -> Plan:
        return Plan(
            job=Job(
                request.amount or 0,
                lambda moved: book.move(kind, moved, CURRENCY),
                lambda done: self._yes(request, done),
                lambda code: self._no(request, code),
            )
        )

    def _void(self, request: Message, book: Book) -> Plan:
        number = request.text(frames.TRACE) or request.text(frames.RECEIPT) or "0"
        sale = book.sale(int(number))
        if sale is None:
            return Plan((self._no(request, NOT_FOUND),))

        def move(_: int) -> Transaction:
            sale.reversed = True
            self._voided.add(sale.receipt)
            return book.move("reversal", sale.amount, CURRENCY)

        return Plan(
            job=Job(
                sale.amount,
                move,
                lambda _: self._yes(request, sale),
                lambda code: self._no(request, code),
            )
        )

    def _found(self, request: Message, book: Book) -> bytes:
        """Also a sale that was voided; what the terminal took back by itself never was."""
        wanted = request.text(frames.TRACE)
        known = [t for t in book.transactions if not t.reversed or t.receipt in self._voided]
        if request.code == frames.LAST:
            found = known[-1] if known else None
        else:
            found = next((t for t in known if f"{t.receipt:06d}" == wanted), None)
        return self._no(request, NOT_FOUND) if found is None else self._yes(request, found)

    def _yes(self, request: Message, done: Transaction) -> bytes:
        fields = {
            frames.TEXT: "APPROVED".ljust(40),
            frames.APPROVAL: f"{done.trace:06d}",
            frames.TRACE: f"{done.receipt:06d}",
            frames.TERMINAL: self.terminal,
            frames.MERCHANT_ID: self.merchant,
            frames.AMOUNT: f"{done.amount:012d}",
        }
        return self._response(request, frames.APPROVED, fields)

    def _no(self, request: Message, code: str) -> bytes:
        text = {frames.TEXT: "DECLINED".ljust(40)}
        return self._response(request, code or DECLINED, text)

    def _response(self, request: Message, code: str, fields: dict[str, str]) -> bytes:
        if self._variant.results:
            fields = {**fields, frames.RESULT: code}
        coded = [(name, value.encode("ascii")) for name, value in fields.items()]
        return frames.response(request, code, coded, self._variant)
