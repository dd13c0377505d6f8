"""One job under one fault: where it strikes, what the driver said, and what paper and wire show.

The printer and its line are the simulator's; the fault strikes at a place in what the host sends,
found by its bytes. What the right answer is follows from the paper and from what reached the
host, never from what the driver said.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import StrEnum

from pos_guard.frames.printer_models import printer_model
from pos_guard_drivers.escpos import EscPosPrinter
from pos_guard_drivers.printer_job import JobResult, JobState
from pos_guard_drivers.star import StarPrinter
from tests.drivers.fault_case import (
    JOB_SECONDS,
    LINES,
    NEVER,
    NEXT,
    NEXT_SECONDS,
    PATIENCE,
    STRATEGIES,
    TEXT,
    TRIES,
    Case,
    Moment,
)
from tests.drivers.fault_places import Place, placed


class Truth(StrEnum):
    """What is on paper of the job."""

    WHOLE = "whole"
    ALTERED = "altered"
    """To its last line, but not as it was sent, or not cut."""
    PART = "part"
    NOTHING = "nothing"
    TWICE = "twice"


@dataclass(frozen=True)
class Outcome:
    """``then``: on paper when the driver answered; ``end``: after the fault was cleared.

    ``confirmed``: the printer's word on the job had reached the host. ``after`` is the state of
    the next receipt, ``paper`` all that came out in the end.
    """

    case: Case
    result: JobResult
    seconds: float
    then: Truth
    confirmed: bool
    end: Truth
    after: JobState
    paper: str


LETTERS = 4


def lines_of(paper: str) -> list[str]:
    """The lines of what all_text gave."""
    return paper.replace("\f", "").split("\n")


def truth(paper: str) -> Truth:
    """What this paper shows of the job; commands that were garbled print a letter or two."""
    lines = [line for line in lines_of(paper) if len(line) > LETTERS and line != NEXT]
    if lines == LINES:
        return Truth.WHOLE if f"{LINES[-1]}\f" in paper else Truth.ALTERED
    if not lines:
        return Truth.NOTHING
    if any(lines.count(line) > 1 for line in LINES):
        return Truth.TWICE
    return Truth.ALTERED if len(lines) >= len(LINES) - 1 and LINES[-1] in lines else Truth.PART


def run_case(case: Case) -> Outcome:
    """The job under the fault; then the fault is cleared and the next receipt printed."""
    model = printer_model(STRATEGIES[case.strategy])
    with placed(case, model) as seat:
        driver = StarPrinter if model.language == "star" else EscPosPrinter
        printer = driver(seat.connect, model, device=seat.address)
        printer.patience = PATIENCE
        with printer:
            if case.moment is Moment.BEFORE:
                seat.strike()
            started = time.monotonic()
            result = printer.print_receipt(TEXT + case.cut, JOB_SECONDS)
            seconds = time.monotonic() - started
            seat.quiet(result.sent)
            confirmed = seat.wire.confirmed(case.strategy)
            then = truth(seat.paper())
            seat.mend()
            after = _next(printer)
        paper = _settled(seat)
        return Outcome(case, result, seconds, then, confirmed, truth(paper), after, paper)


def _next(printer: EscPosPrinter | StarPrinter) -> JobState:
    """Print the next receipt, as a cashier would: again when nothing of it was printed."""
    for _ in range(TRIES):
        state = printer.print_receipt([NEXT], NEXT_SECONDS).state
        if state is not JobState.NOT_PRINTED:
            return state
    return JobState.NOT_PRINTED


def _settled(seat: Place) -> str:
    """The paper once the next receipt is on it: a printer that confirms nothing takes a moment."""
    end = time.monotonic() + NEXT_SECONDS
    while NEXT not in seat.paper() and time.monotonic() < end:
        NEVER.wait(0.01)
    return seat.paper()
