"""A printer twin on a real port with the driver in front of it: one job, one result.

``printing`` gives a bench with a driver that is claimed and enabled; ``run_job`` prepares the
printer, prints one receipt, and tells what the driver said and what came on paper.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from pos_guard.frames.printer_models import printer_model
from pos_guard.links.session import Effects
from pos_guard_drivers.connect import connector
from pos_guard_drivers.escpos import EscPosPrinter
from pos_guard_drivers.printer_events import Event
from pos_guard_drivers.printer_job import JobResult
from pos_guard_simulator.bench import Bench, Twin
from pos_guard_simulator.printer import Fault, ReceiptPrinter
from pos_guard_simulator.simulated_printer import PrinterSeat

Transport = Literal["pty", "tcp"]
TRANSPORTS: tuple[Transport, ...] = ("pty", "tcp")
NAME = "printer"


@dataclass
class PrinterBench:
    """A twin, the real port that it sits behind, and a driver that has been opened on it."""

    bench: Bench
    seat: PrinterSeat
    printer: EscPosPrinter
    address: str
    events: list[Event] = field(default_factory=list[Event])

    @property
    def twin(self) -> ReceiptPrinter:
        return self.seat.printer

    def fail(self, fault: Fault, after_lines: int = 0) -> None:
        """A fault happens now, or when so many more lines are on paper."""
        self.bench.call(NAME, lambda: self.seat.fail(fault, after_lines))

    def mend(self, fault: Fault) -> None:
        """Somebody puts it right."""
        self.bench.call(NAME, lambda: self.seat.clear(fault))

    def feed(self, data: bytes) -> None:
        """Another program sent these bytes; nobody reads the answers."""
        self.bench.ask(lambda: self.seat.data(data))

    def unplug(self) -> None:
        """The cable is pulled; on TCP the printer can be dialled again."""
        self.bench.unplug(NAME)

    def wait_for(self, *words: str, seconds: float = 5.0) -> bool:
        """Whether just these words come on paper in time: for printers that do not tell."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.paper.split() == [*words]:
                return True
        return False

    @property
    def receipts(self) -> list[str]:
        """The text of every slip that was cut."""
        return self.bench.ask(lambda: [slip.text for slip in self.twin.paper.receipts])

    @property
    def paper(self) -> str:
        """All text, cut or not."""
        return self.bench.ask(lambda: self.twin.paper.text)


@contextmanager
def printing(
    model: str = "epson-80",
    transport: Transport = "pty",
    *,
    seat: PrinterSeat | None = None,
    twin: Twin | None = None,
) -> Generator[PrinterBench]:
    """A bench with one printer. ``twin`` takes the seat's place on the port (to wrap it)."""
    facts = printer_model(model)
    place = seat or PrinterSeat(ReceiptPrinter(facts))
    with Bench() as bench:
        put = bench.pty if transport == "pty" else bench.tcp
        where = put(NAME, twin or place)
        address = f"serial:{where}" if transport == "pty" else f"tcp:{where}"
        printer = EscPosPrinter(connector(address), facts, device=address)
        setup = PrinterBench(bench, place, printer, address)
        printer.listener = setup.events.append
        printer.patience = 0.2
        with printer:
            yield setup


@dataclass(frozen=True)
class Outcome:
    """What the driver said, and what was on paper when it said so and at the end."""

    result: JobResult
    paper: str
    later: str
    receipts: list[str]


def run_job(
    receipt: bytes | list[str],
    prepare: Callable[[PrinterBench], None] = lambda _: None,
    after: Callable[[PrinterBench], None] = lambda _: None,
    *,
    model: str = "epson-80",
    transport: Transport = "pty",
    seconds: float = 3.0,
) -> Outcome:
    """One job on a prepared printer; ``after`` is what happens once the result is there."""
    with printing(model, transport) as setup:
        prepare(setup)
        result = setup.printer.print_receipt(receipt, seconds)
        paper = setup.paper
        after(setup)
        return Outcome(result, paper, setup.paper, setup.receipts)


class Cable(PrinterSeat):
    """A printer behind a cable on which something happens at byte ``at`` of what the host sends.

    ``happen`` runs once, just before that byte; ``change`` alters what the printer says.
    """

    def __init__(
        self,
        printer: ReceiptPrinter,
        at: int | None = None,
        happen: Callable[[ReceiptPrinter], bytes] = lambda _: b"",
        change: Callable[[bytes], bytes] = lambda said: said,
    ) -> None:
        super().__init__(printer)
        self.passed = 0
        self._at = at
        self._happen = happen
        self._change = change

    def data(self, data: bytes) -> Effects:
        before = self.passed
        self.passed += len(data)
        if self._at is None or not before <= self._at < self.passed:
            return super().data(data)
        split, self._at = self._at - before, None
        effects = [*super().data(data[:split]), *self.said(self._happen(self.printer))]
        return [*effects, *super().data(data[split:])]

    def said(self, answer: bytes) -> Effects:
        return super().said(self._change(answer))


def power_cycle(printer: ReceiptPrinter) -> bytes:
    """Off and on again faster than anybody can look."""
    return printer.fail(Fault.POWER_OFF) + printer.clear(Fault.POWER_OFF)
