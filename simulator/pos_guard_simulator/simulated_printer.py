"""A printer twin as the bench takes one, with what stands in the cable when it cannot print."""

from __future__ import annotations

from itertools import takewhile

from pos_guard.links.session import Effects, ToApp
from pos_guard_simulator.paper import Slip
from pos_guard_simulator.printer import Fault, ReceiptPrinter

MAX_WAITING = 1 << 20
"""Bytes kept for a printer that is stopped: a host blocks long before, as kernels buffer less."""


class PrinterSeat:
    """What the printer answers goes out as effects; what does not fit its buffer waits outside."""

    def __init__(self, printer: ReceiptPrinter) -> None:
        self.printer = printer
        self._waiting = bytearray()

    def connected(self) -> Effects:
        """A printer says nothing by itself."""
        return []

    def data(self, data: bytes) -> Effects:
        """Bytes for the printer."""
        self._waiting += data
        self.printer.lost += max(len(self._waiting) - MAX_WAITING, 0)
        del self._waiting[MAX_WAITING:]
        return self._feed(b"")

    def closed(self) -> Effects:
        """A printer does not care; nor does it forget."""
        return []

    def timer(self, name: str) -> Effects:
        """It sets none."""
        del name
        return []

    def fail(self, fault: Fault, after_lines: int = 0) -> Effects:
        """A fault happens, now or when so many more lines are printed."""
        return self._feed(self.printer.fail(fault, after_lines=after_lines))

    def clear(self, fault: Fault) -> Effects:
        """Somebody put it right: what waited is printed."""
        return self._feed(self.printer.clear(fault))

    def _feed(self, said: bytes) -> Effects:
        answer = bytearray(said)
        while self._waiting and (room := self.printer.room):
            piece = bytes(self._waiting[:room])
            del self._waiting[:room]
            answer += self.printer.data(piece)
        return [ToApp(bytes(answer))] if answer else []


class SlipWatch:
    """Tells which slips were cut since it was last asked."""

    def __init__(self, printer: ReceiptPrinter) -> None:
        self._printer = printer
        self._last: Slip | None = None

    def fresh(self) -> list[Slip]:
        """New slips, oldest first. A printer keeps a thousand: ask before it has cut more."""
        receipts = reversed(self._printer.paper.receipts)
        new = list(takewhile(lambda slip: slip is not self._last, receipts))[::-1]
        self._last = new[-1] if new else self._last
        return new
