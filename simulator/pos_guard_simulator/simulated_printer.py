"""A printer twin as the bench takes one."""

from __future__ import annotations

from itertools import takewhile

from pos_guard.links.session import CancelTimer, CloseApp, Effects, SetTimer, ToApp
from pos_guard_simulator.paper import Slip
from pos_guard_simulator.printer import Fault, ReceiptPrinter

IDLE_SECONDS = 90.0
"""After so long without data, network printers hang up on their one client."""

_PRINT, _IDLE = "print", "idle"


class PrinterSeat:
    """What the printer answers goes out as effects, and its time runs on the bench's timers.

    ``room`` is the printer's: the bench reads no more than that, so that a host is held up by a
    full buffer as it is by a real one. ``idle_s``: hang up after that long without data.
    """

    def __init__(self, printer: ReceiptPrinter, idle_s: float | None = None) -> None:
        self.printer = printer
        self._idle_s = idle_s

    @property
    def room(self) -> int:
        """Bytes that the printer takes now; switched off, it lets them go by."""
        return self.printer.room

    def connected(self) -> Effects:
        """A printer says nothing by itself."""
        return self._waiting()

    def data(self, data: bytes) -> Effects:
        """Bytes for the printer."""
        return self.said(self.printer.data(data)) + self._waiting()

    def closed(self) -> Effects:
        """A printer does not care; nor does it forget."""
        return [CancelTimer(_IDLE)] if self._idle_s is not None else []

    def timer(self, name: str) -> Effects:
        """A motion of the paper has ended, or the host has been silent for too long."""
        if name == _IDLE:
            return [CloseApp("nothing came for too long")]
        return self.said(self.printer.tick())

    def fail(self, fault: Fault, after_lines: int = 0) -> Effects:
        """A fault happens, now or when so many more lines are printed."""
        return self.said(self.printer.fail(fault, after_lines=after_lines))

    def clear(self, fault: Fault) -> Effects:
        """Somebody put it right: what waited is printed."""
        return self.said(self.printer.clear(fault))

    def said(self, answer: bytes) -> Effects:
        """What the printer said, and when it wants to be called again."""
        effects: Effects = [ToApp(answer)] if answer else []
        deadline = self.printer.deadline_us
        if deadline is not None:
            wait_us = max(deadline - self.printer.clock.boot_us(), 0)
            effects.append(SetTimer(_PRINT, wait_us / 1_000_000))
        return effects

    def _waiting(self) -> Effects:
        return [SetTimer(_IDLE, self._idle_s)] if self._idle_s is not None else []


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
