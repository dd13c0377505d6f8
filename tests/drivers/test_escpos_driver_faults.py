"""Printers that take their time, and what is known of a job once somebody has seen to its fault.

Every fault at every place: test_driver_faults.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from pos_guard.clock import SystemClock
from pos_guard.frames.printer_models import printer_model
from pos_guard_drivers.printer_job import JobState
from pos_guard_simulator.printer import Fault, ReceiptPrinter, Setup
from pos_guard_simulator.printer_faults import STOPS
from pos_guard_simulator.simulated_printer import PrinterSeat
from tests.drivers.printer_bench import printing

LINES = [f"line {number:03}" for number in range(30)]


@pytest.mark.parametrize("model", ["epson-80", "clone-80"])
def test_a_printer_that_takes_its_time_is_believed_only_when_it_has_printed(model: str) -> None:
    printer = ReceiptPrinter(printer_model(model), Setup(timed=True), SystemClock())
    with printing(model, seat=PrinterSeat(printer)) as setup:
        result = setup.printer.print_receipt(LINES, 20.0)
        assert result.state is JobState.PRINTED
        assert setup.receipts == ["\n".join(LINES)]


@pytest.mark.parametrize("fault", [Fault.PAPER_OUT])
@pytest.mark.parametrize("model", ["epson-80", "clone-80"])
@pytest.mark.parametrize("lines", [1, 15, 29])
def test_paper_that_ends_on_a_printer_that_takes_its_time(
    lines: int, model: str, fault: Fault
) -> None:
    printer = ReceiptPrinter(printer_model(model), Setup(timed=True), SystemClock())
    with printing(model, seat=PrinterSeat(printer)) as setup:
        setup.fail(fault, after_lines=lines)
        result = setup.printer.print_receipt(LINES, 20.0)
        assert result.state is JobState.UNKNOWN
        assert "the paper is out" in result.how


def through(model: str, fault: Fault) -> tuple[JobState, JobState, JobState, list[str]]:
    """A fault before a job; then one in it, and what is known once somebody has seen to it."""
    with printing(model, "tcp") as setup:
        setup.fail(fault)
        before = setup.printer.print_receipt(["refused"], 4.0).state
        setup.mend(fault)
        setup.fail(fault, after_lines=1)
        inside = setup.printer.print_receipt(["one", "two"], 4.0).state
        setup.mend(fault)
        later = setup.printer.resume(3.0).state if inside is JobState.UNKNOWN else inside
        return before, inside, later, setup.receipts


@pytest.mark.parametrize("model", ["epson-80", "clone-80", "hprt-tp80k"])
def test_every_fault_of_the_printer_before_and_inside_a_job(model: str) -> None:
    def one(fault: Fault) -> tuple[JobState, JobState, JobState, list[str]]:
        return through(model, fault)

    with ThreadPoolExecutor(len(Fault)) as pool:
        found = dict(zip(Fault, pool.map(one, Fault), strict=True))
    printed, refused, unknown = JobState.PRINTED, JobState.NOT_PRINTED, JobState.UNKNOWN
    for fault, (*states, receipts) in found.items():
        if fault is Fault.POWER_OFF:  # what it held is gone, and nobody knows how much that was
            assert states == [refused, unknown, unknown], fault
        elif fault in STOPS:
            assert states == [refused, unknown, printed], fault
            assert receipts == ["one\ntwo"], fault
        else:
            assert states == [printed, printed, printed], fault
            assert receipts == ["refused", "one\ntwo"], fault
