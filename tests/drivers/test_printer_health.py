"""CheckHealth, and the watch that brings events to an application which does not ask."""

from __future__ import annotations

import threading

import pytest

from pos_guard.errors import LocalError
from pos_guard_drivers.printer_events import Event, StatusUpdate
from pos_guard_drivers.printer_health import QUESTION, HealthLevel, check_health
from pos_guard_drivers.printer_watch import PrinterWatch
from pos_guard_simulator.printer import Fault
from tests.drivers.printer_bench import printing


@pytest.mark.parametrize(
    ("level", "fault", "successful", "text", "paper"),
    [
        (HealthLevel.INTERNAL, None, True, "Internal HCheck: Successful", False),
        (HealthLevel.EXTERNAL, None, True, "External HCheck: Successful", True),
        (
            HealthLevel.INTERNAL,
            Fault.PAPER_OUT,
            False,
            "Internal HCheck: Failed (the paper is out)",
            False,
        ),
        (
            HealthLevel.EXTERNAL,
            Fault.COVER_OPEN,
            False,
            "External HCheck: Failed (the cover is open)",
            False,
        ),
        (
            HealthLevel.EXTERNAL,
            Fault.POWER_OFF,
            None,
            "External HCheck: Unknown (the printer does not answer)",
            False,
        ),
    ],
)
def test_check_health_says_what_it_found(
    level: HealthLevel, fault: Fault | None, successful: bool | None, text: str, paper: bool
) -> None:
    with printing() as setup:
        if fault is not None:
            setup.fail(fault)
        report = check_health(setup.printer, level, 3.0)
        assert (report.successful, report.text) == (successful, text)
        assert bool(setup.receipts) is paper


def test_a_slip_that_stops_half_way_is_neither_success_nor_failure() -> None:
    with printing() as setup:
        setup.fail(Fault.PAPER_OUT, after_lines=1)
        report = check_health(setup.printer, HealthLevel.EXTERNAL, 4.0)
        assert report.successful is None
        assert "the paper is out" in report.text


@pytest.mark.parametrize("answer", [True, False])
def test_an_interactive_check_believes_the_person(answer: bool) -> None:
    asked: list[str] = []

    def ask(question: str) -> bool:
        asked.append(question)
        return answer

    with printing() as setup:
        report = check_health(setup.printer, HealthLevel.INTERACTIVE, 3.0, ask)
        assert report.successful is answer
        assert asked == [QUESTION]


def test_an_interactive_check_needs_a_person() -> None:
    with printing() as setup, pytest.raises(LocalError):
        check_health(setup.printer, HealthLevel.INTERACTIVE, 3.0)


def test_a_watched_printer_tells_of_every_change_by_itself() -> None:
    told: list[Event] = []
    changed = threading.Event()

    def listener(event: Event) -> None:
        told.append(event)
        changed.set()

    with printing() as setup:
        setup.printer.listener = listener
        with PrinterWatch(setup.printer, 0.2):
            for act, fault, wanted in (
                (setup.fail, Fault.COVER_OPEN, StatusUpdate.COVER_OPEN),
                (setup.mend, Fault.COVER_OPEN, StatusUpdate.COVER_OK),
                (setup.fail, Fault.PAPER_NEAR_END, StatusUpdate.REC_NEAREMPTY),
                (setup.mend, Fault.PAPER_NEAR_END, StatusUpdate.REC_PAPEROK),
                (setup.fail, Fault.PAPER_OUT, StatusUpdate.REC_EMPTY),
            ):
                act(fault)
                while wanted not in told:
                    changed.clear()
                    assert wanted in told or changed.wait(10)
        heard = [event for event in told if event not in list(StatusUpdate)[5:]]
    assert heard == [
        StatusUpdate.COVER_OPEN,
        StatusUpdate.COVER_OK,
        StatusUpdate.REC_NEAREMPTY,
        StatusUpdate.REC_PAPEROK,
        StatusUpdate.REC_EMPTY,
    ]
    assert StatusUpdate.POWER_OFFLINE in told


def test_a_watch_leaves_a_disabled_printer_alone_and_ends_in_time() -> None:
    with printing() as setup:
        setup.printer.disable()
        watch = PrinterWatch(setup.printer, 0.2)
        with watch:
            pass
        watch.stop()
        assert setup.printer.statistics.retrieve()["connections"] == 0
