"""UnifiedPOS CheckHealth in its three levels, for every printer language."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

from pos_guard.errors import LocalError
from pos_guard.frames.escpos_status import PrinterStatus
from pos_guard_drivers.deadline import Deadline
from pos_guard_drivers.printer_errors import complaint
from pos_guard_drivers.printer_job import JobResult, JobState

TEST_SLIP = ("CHECK HEALTH", "0123456789 ABCDEFGHIJKLMNOPQRSTUVWXYZ", "printer test, no receipt")
QUESTION = "Did the test slip come out whole and legible?"


class HealthLevel(IntEnum):
    """``INTERNAL`` asks only; ``EXTERNAL`` prints; ``INTERACTIVE`` asks a person as well."""

    INTERNAL = 1
    EXTERNAL = 2
    INTERACTIVE = 3


@dataclass(frozen=True, slots=True)
class HealthReport:
    """``successful`` None: it could not be found out. ``text`` is UnifiedPOS CheckHealthText."""

    level: HealthLevel
    successful: bool | None
    text: str


class Checkable(Protocol):
    """What a printer must be able to do to be checked."""

    def status(self, seconds: float) -> PrinterStatus:
        """Its state now."""
        ...

    def print_receipt(self, receipt: bytes | Sequence[str], seconds: float) -> JobResult:
        """Print one receipt."""
        ...


def check_health(
    printer: Checkable,
    level: HealthLevel,
    seconds: float,
    ask: Callable[[str], bool] | None = None,
) -> HealthReport:
    """Check a printer within ``seconds`` (and as long as a person takes to answer ``ask``).

    :raises LocalError: for ``INTERACTIVE`` without ``ask``.
    :raises DeviceError: as the printer's own calls: not enabled, busy.
    """
    if level is HealthLevel.INTERACTIVE and ask is None:
        raise LocalError("an interactive check needs somebody to ask")
    deadline = Deadline(seconds)
    problem = complaint(printer.status(deadline.at_most(seconds / 2).left))
    if problem is not None:
        unknown = problem.code == "E_TIMEOUT"
        return _report(level, None if unknown else False, str(problem))
    if level is HealthLevel.INTERNAL:
        return _report(level, True, "")
    result = printer.print_receipt(TEST_SLIP, deadline.left)
    if ask is not None and level is HealthLevel.INTERACTIVE:
        return _report(level, ask(QUESTION), result.how)
    outcomes = {JobState.PRINTED: True, JobState.NOT_PRINTED: False, JobState.UNKNOWN: None}
    return _report(level, outcomes[result.state], result.how)


def _report(level: HealthLevel, successful: bool | None, why: str) -> HealthReport:
    words = {True: "Successful", False: "Failed", None: "Unknown"}[successful]
    detail = f" ({why})" if why and not successful else ""
    name = level.name.capitalize()
    return HealthReport(level, successful, f"{name} HCheck: {words}{detail}")
