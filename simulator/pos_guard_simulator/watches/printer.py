"""What a printer has done since somebody last looked, as news for a journal."""

from __future__ import annotations

from collections.abc import Iterator

from pos_guard.frames.decoded import Json
from pos_guard_simulator.printer import ReceiptPrinter
from pos_guard_simulator.simulate_device import News
from pos_guard_simulator.simulated_printer import SlipWatch


class PrinterWatch:
    """Receipts that were cut, what stands on the paper, drawer, buzzer, display and faults."""

    def __init__(self, printer: ReceiptPrinter) -> None:
        self._printer = printer
        self._slips = SlipWatch(printer)
        self._number = 0
        self._last: dict[str, Json] = {"paper": "", **self._looks()}

    def fresh(self) -> Iterator[News]:
        """News since the last call."""
        for slip in self._slips.fresh():
            self._number += 1
            yield News("receipt", {"number": self._number, "text": slip.text})
        now: dict[str, Json] = {"paper": self._printer.paper.loose.text, **self._looks()}
        for kind, value in now.items():
            if self._last[kind] != value:
                yield News(kind, {"now": value})
        self._last = now

    def _looks(self) -> dict[str, Json]:
        printer = self._printer
        return {
            "drawer": len(printer.pulses),
            "beeps": printer.beeps,
            "display": printer.display,
            "faults": [str(fault) for fault in sorted(printer.faults)],
        }
