"""What a simulated Transbank POS Integrado says. Source: Transbank's developer documentation."""

from __future__ import annotations

from collections.abc import Mapping

from pos_guard.errors import FrameError
from pos_guard.frames import stx_transbank as frames
from pos_guard.frames import stx_transbank_table as table
from pos_guard.frames.decoded import Json
from pos_guard.frames.stx_transbank import Request, parse_request
from pos_guard.links.session import ToApp
from pos_guard.links.stx_line import StxLine
from pos_guard.links.stx_transbank import POLLS
from pos_guard_simulator.payment_teller import Job
from pos_guard_simulator.stx_terminal import Plan
from pos_guard_simulator.zvt_book import Book, Transaction

CLP = 152
REJECTED = "01"
ALREADY_VOID = "04"
NOTHING_TO_VOID = "05"
NO_SALE = "11"
READING_CARD, SENDING = 78, 82


class TransbankSpeech:
    """Sales count operations up; a refund takes a whole sale back; totals and details are true."""

    form = frames.FORMAT

    def __init__(self, commerce: str = "597029414300", terminal: str = "ABCD1234") -> None:
        self.commerce = commerce
        self.terminal = terminal
        self._tickets: dict[int, str] = {}
        self._providers: dict[int, str] = {}
        self._voided: set[int] = set()

    @property
    def facts(self) -> Mapping[str, Json]:
        """Terminal and merchant, as its replies name them."""
        return {"terminal_id": self.terminal, "merchant": self.commerce}

    def open_line(self) -> StxLine:
        """Polls may come twice and mean it."""
        return StxLine("twin", ToApp, self.form, anew=POLLS)

    def plan(self, unit: bytes, book: Book) -> Plan:
        """Transactions are jobs, all else is answered at once.

        :raises FrameError: for an unknown command.
        """
        request = parse_request(unit)
        if request.command == table.REFUND:
            return self._refund(request, book)
        if request.money:
            return self._sale(request, book)
        if request.command in table.UNANSWERED:
            return Plan()
        if request.command in (table.DETAILS, table.MULTICODE_DETAILS):
            return Plan(self._details(request, book))
        answers = {
            table.LAST_SALE: lambda: self._last(book),
            "0280": lambda: self._last(book),
            "0500": lambda: self._ids("0510"),
            "0800": lambda: self._ids("0810"),
            "0700": lambda: self._totals(book),
        }
        answer = answers.get(request.command)
        if answer is None:
            raise FrameError("unknown-command", f"no command is called {request.command}", 0)
        return Plan((answer(),))

    def _sale(self, request: Request, book: Book) -> Plan:
        amount = request.amount or 0
        reply = table.SALE_REPLY if request.command == table.SALE else table.MULTICODE_REPLY

        def move(moved: int) -> Transaction:
            done = book.move("sale", moved, CLP)
            self._tickets[done.receipt] = request.ticket
            self._providers[done.receipt] = request.commerce or ""
            return done

        def no(code: str) -> bytes:
            values = self._values(code or REJECTED) | {
                "ticket": request.ticket,
                "amount": str(amount),
                "shares": "0",
                "tip": "0",
                "change": "0",
                "provider": request.commerce or "",
            }
            return frames.sale_reply(values, reply)

        before = tuple(frames.progress(c) for c in (READING_CARD, SENDING) if request.status)
        return Plan(job=Job(amount, move, lambda done: self._sold(done, reply), no, before))

    def _refund(self, request: Request, book: Book) -> Plan:
        operation = int(request.operation or 0)
        sale = book.sale(operation)
        if sale is None:
            known = any(item.receipt == operation for item in book.transactions)
            code = ALREADY_VOID if known else NOTHING_TO_VOID
            return Plan((self._refunded(code, operation),))

        def move(_: int) -> Transaction:
            sale.reversed = True
            self._voided.add(sale.receipt)
            return book.move("reversal", sale.amount, CLP)

        return Plan(
            job=Job(
                sale.amount,
                move,
                lambda _: self._refunded(frames.APPROVED, operation, "XZ1234"),
                lambda code: self._refunded(code or REJECTED, operation),
            )
        )

    def _values(self, code: str) -> dict[str, str]:
        return {"response_code": code, "commerce": self.commerce, "terminal": self.terminal}

    def _sold(self, done: Transaction, reply: str) -> bytes:
        values = self._values(frames.APPROVED) | {
            "ticket": self._tickets.get(done.receipt, ""),
            "authorisation": f"A{done.trace:05d}",
            "amount": str(done.amount),
            "shares": "0",
            "last4": "6677",
            "operation": str(done.receipt),
            "card_type": "CR",
            "brand": "VI",
            "date": "28102019",
            "time": "223512",
            "tip": "0",
            "change": "0",
            "provider": self._providers.get(done.receipt, ""),
        }
        return frames.sale_reply(values, reply)

    def _refunded(self, code: str, operation: int, authorisation: str = "") -> bytes:
        return frames.refund_reply(
            code, self.commerce, self.terminal, str(operation), authorisation
        )

    def _last(self, book: Book) -> bytes:
        """Also one that was voided; what the terminal took back by itself never was."""
        sales = [
            item
            for item in book.transactions
            if item.kind == "sale" and (not item.reversed or item.receipt in self._voided)
        ]
        if not sales:
            return frames.sale_reply(self._values(NO_SALE), table.LAST_SALE_REPLY)
        return self._sold(sales[-1], table.LAST_SALE_REPLY)

    def _ids(self, command: str) -> bytes:
        return frames.build(command, frames.APPROVED, self.commerce, self.terminal, "")

    def _totals(self, book: Book) -> bytes:
        standing = [i for i in book.transactions if i.kind == "sale" and not i.reversed]
        total = str(sum(item.amount for item in standing))
        return frames.build("0710", frames.APPROVED, str(len(standing)), total)

    def _details(self, request: Request, book: Book) -> tuple[bytes, ...]:
        """One message for each sale, and one without authorisation behind the last."""
        if request.params[0] == "0":
            return (self._detail({}),)
        sales = [item for item in book.transactions if item.kind == "sale" and not item.reversed]
        rows = [
            {
                "ticket": self._tickets.get(item.receipt, ""),
                "authorisation": f"A{item.trace:05d}",
                "amount": str(item.amount),
                "operation": str(item.receipt),
            }
            for item in sales
        ]
        return tuple(self._detail(row) for row in (*rows, {}))

    def _detail(self, values: dict[str, str]) -> bytes:
        return frames.sale_reply({**self._values(frames.APPROVED), **values}, table.DETAIL)
