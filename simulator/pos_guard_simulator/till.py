"""A small till that knows nothing of pos-guard: it opens ports and sockets and speaks bytes.

It is the client of the demo and of the integration tests, and stands for anybody's till: nothing
in its files imports pos-guard. Every call blocks, and every call ends in time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pos_guard_simulator.till_lines import (
    Deadline,
    Line,
    SerialLine,
    TcpLine,
    TillError,
    TillTimeoutError,
)
from pos_guard_simulator.till_printer import CARD, CASH, WECHAT, Item, Payment, Printer, Sale, Shop
from pos_guard_simulator.till_wechat import WeChatClient
from pos_guard_simulator.till_zvt import PayResult, SerialFraming, TcpFraming, ZvtLink

__all__ = [
    "CARD",
    "CASH",
    "WECHAT",
    "Item",
    "PayResult",
    "Payment",
    "Printer",
    "Sale",
    "Scanner",
    "SerialFraming",
    "SerialLine",
    "Shop",
    "TcpFraming",
    "TcpLine",
    "Till",
    "TillError",
    "TillTimeoutError",
    "WeChatClient",
    "ZvtLink",
]

MAX_SCAN = 4096
"""Longest code that the till reads: more than any symbology holds."""


class Scanner:
    """A scanner that ends each code with CR, LF or both."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._buffer = b""

    def read(self, seconds: float) -> str:
        """The next code.

        :raises TillTimeoutError: nothing was scanned.
        """
        deadline = Deadline(seconds)
        while True:
            self._buffer = self._buffer.lstrip(b"\r\n")
            text, end, rest = self._buffer.replace(b"\r", b"\n").partition(b"\n")
            if end:
                self._buffer = rest
                return text.decode("utf-8", "replace")
            if len(self._buffer) > MAX_SCAN:
                raise TillError("the scanner sends no line end")
            self._buffer += self._line.receive(deadline.left())

    def close(self) -> None:
        """Hang up."""
        self._line.close()


@dataclass(slots=True)
class Till:
    """One till and what stands around it; a part that a shop lacks is None."""

    printer: Printer
    terminal: ZvtLink | None = None
    scanner: Scanner | None = None
    wechat: WeChatClient | None = None

    def sell_by_card(self, sale: Sale, *, asked: int | None = None) -> PayResult:
        """Bill, payment, receipt if approved. ``asked`` is for a cashier who types an amount."""
        if self.terminal is None:
            raise TillError("no terminal stands here")
        self.printer.bill(sale)
        result = self.terminal.pay(sale.total if asked is None else asked)
        if result.approved:
            self.printer.receipt(sale, [Payment(CARD, sale.total)])
        return result

    def sell_for_cash(self, sale: Sale, given: int) -> None:
        """Bill, drawer, receipt with change."""
        self.printer.bill(sale)
        self.finish_cash(sale, given)

    def finish_cash(self, sale: Sale, given: int, others: Sequence[Payment] = ()) -> None:
        """The receipt of a sale of which ``given`` is paid in cash and the rest before."""
        due = sale.total - sum(payment.amount for payment in others)
        payments = [*others, Payment(CASH, given)]
        self.printer.receipt(sale, payments, change=given - due, drawer=True)

    def sell_by_wechat(self, sale: Sale, number: str, seconds: float) -> PayResult:
        """Bill, scan, payment at the provider, receipt if approved."""
        if self.scanner is None or self.wechat is None:
            raise TillError("no scanner or no provider is set up")
        self.printer.bill(sale)
        result = self.wechat.pay(number, self.scanner.read(seconds), sale.total)
        if result.approved:
            self.printer.receipt(sale, [Payment(WECHAT, sale.total)])
        return result

    def close(self) -> None:
        """Hang up everywhere."""
        for part in (self.printer, self.terminal, self.scanner):
            if part is not None:
                part.close()
