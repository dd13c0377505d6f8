"""Connections that come and go, calls that hang in the kernel, and events between two states."""

from __future__ import annotations

import threading
import time

import pytest

from pos_guard.errors import (
    DeviceError,
    LocalError,
    PortBusyError,
    PortClosedError,
    PortError,
    PortTimeoutError,
)
from pos_guard.frames.escpos_status import PrinterStatus
from pos_guard.ports.base import Port
from pos_guard.ports.memory import memory_pair
from pos_guard_drivers.connect import connector
from pos_guard_drivers.deadline import Deadline, bounded
from pos_guard_drivers.device_line import Line, unreachable
from pos_guard_drivers.printer_errors import complaint
from pos_guard_drivers.printer_events import Event, StatusUpdate, changes


class Shop:
    """Counts attempts; connects once so many have failed."""

    def __init__(self, failures: int, error: PortError | None = None) -> None:
        self.failures = failures
        self.error = error or PortClosedError("nobody there")
        self.attempts = 0

    def connect(self, seconds: float) -> Port:
        assert seconds > 0
        self.attempts += 1
        if self.attempts <= self.failures:
            raise self.error
        return memory_pair()[0]


def test_a_connection_is_kept_and_counted() -> None:
    shop = Shop(0)
    line = Line(shop.connect, "printer")
    first = line.port(Deadline(1.0))
    assert line.port(Deadline(0)) is first
    assert (shop.attempts, line.generation, line.connected) == (1, 1, True)
    line.lose()
    assert not line.connected
    assert line.port(Deadline(1.0)) is not first
    assert (shop.attempts, line.generation) == (2, 2)
    line.drop(1.0)


def test_within_one_call_it_tries_again_until_the_deadline() -> None:
    shop = Shop(2)
    line = Line(shop.connect, "printer")
    line.port(Deadline(5.0))
    assert shop.attempts == 3
    line.drop(1.0)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (PortClosedError("nobody there"), "E_NOHARDWARE"),
        (PortBusyError("in use"), "E_CLAIMED"),
        (PortTimeoutError("no answer"), "E_OFFLINE"),
        (PortError("no permission"), "E_OFFLINE"),
    ],
)
def test_why_there_is_no_connection_has_its_code_also_in_the_pause(
    error: PortError, code: str
) -> None:
    shop = Shop(99, error)
    line = Line(shop.connect, "printer")
    with pytest.raises(DeviceError) as first:
        line.port(Deadline(0.01))
    with pytest.raises(DeviceError, match="next attempt in") as second:
        line.port(Deadline(0.01))
    assert first.value.code == second.value.code == code == unreachable(error, "x").code
    assert shop.attempts == 1


def test_pauses_grow_and_stay_bounded() -> None:
    shop = Shop(99)
    line = Line(shop.connect, "printer")
    pauses: list[float] = []
    for _ in range(12):
        with pytest.raises(DeviceError):
            line.port(Deadline(0.01))
        pauses.append(round(line._retry_at - time.monotonic(), 2))
        line._retry_at = 0.0  # as if it had been waited for
    assert pauses == sorted(pauses)
    assert 0 < pauses[0] < 0.3
    assert 29 < pauses[-1] <= 30


def test_stop_ends_a_wait_for_the_next_attempt_at_once() -> None:
    shop = Shop(99)
    line = Line(shop.connect, "printer")
    timer = threading.Timer(0.1, lambda: line.stop(1.0))
    timer.start()
    with pytest.raises(DeviceError) as caught:
        line.port(Deadline(60.0))
    timer.join()
    assert caught.value.code == "E_CLOSED"
    shop.failures = 0
    line.start()
    line.port(Deadline(1.0))
    line.drop(1.0)


def test_a_call_that_hangs_is_left_and_its_late_result_undone() -> None:
    go, undone = threading.Event(), threading.Event()
    late: list[str] = []

    def work() -> str:
        go.wait(30)
        return "late"

    def undo(result: str) -> None:
        late.append(result)
        undone.set()

    with pytest.raises(PortTimeoutError, match="did not let go"):
        bounded(work, 0.05, undo)
    go.set()
    assert undone.wait(10)
    assert late == ["late"]


def test_a_call_in_time_gives_its_result_or_its_error() -> None:
    assert bounded(lambda: 7, 5.0, lambda _: None) == 7

    def broken() -> int:
        raise PortClosedError("gone")

    with pytest.raises(PortClosedError, match="gone"):
        bounded(broken, 5.0, lambda _: None)


def test_a_missing_library_is_told_at_once_and_not_waited_out() -> None:
    def connect(seconds: float) -> Port:
        raise LocalError(f"pip install something, {seconds:.0f}")

    with pytest.raises(LocalError, match="pip install"):
        Line(connect, "printer").port(Deadline(60.0))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("https://example.test", "no device is behind"),
        ("unix:/run/x", "no device is behind"),
        ("printer", "is no address"),
    ],
)
def test_what_is_no_printers_address_is_refused(text: str, problem: str) -> None:
    with pytest.raises(LocalError, match=problem):
        connector(text)


UNKNOWN = PrinterStatus()
FINE = PrinterStatus(online=True, paper=True, near_end=False, cover_open=False, error=False)
OUT = FINE.updated(PrinterStatus(online=False, paper=False, near_end=True))
OPEN = FINE.updated(PrinterStatus(online=False, cover_open=True))
NEAR = FINE.updated(PrinterStatus(near_end=True))


@pytest.mark.parametrize(
    ("before", "after", "events"),
    [
        (UNKNOWN, UNKNOWN, []),
        (UNKNOWN, FINE, []),
        (FINE, UNKNOWN, []),
        (UNKNOWN, OPEN, [StatusUpdate.COVER_OPEN]),
        (FINE, OPEN, [StatusUpdate.COVER_OPEN]),
        (OPEN, FINE, [StatusUpdate.COVER_OK]),
        (UNKNOWN, OUT, [StatusUpdate.REC_EMPTY]),
        (FINE, NEAR, [StatusUpdate.REC_NEAREMPTY]),
        (NEAR, OUT, [StatusUpdate.REC_EMPTY]),
        (OUT, NEAR, [StatusUpdate.REC_NEAREMPTY]),
        (OUT, FINE, [StatusUpdate.REC_PAPEROK]),
        (OPEN, OUT, [StatusUpdate.COVER_OK, StatusUpdate.REC_EMPTY]),
    ],
)
def test_events_are_the_differences_between_two_states(
    before: PrinterStatus, after: PrinterStatus, events: list[Event]
) -> None:
    assert changes(before, after) == events


@pytest.mark.parametrize(
    ("status", "code", "extended"),
    [
        (OPEN, "E_EXTENDED", "EPTR_COVER_OPEN"),
        (OUT, "E_EXTENDED", "EPTR_REC_EMPTY"),
        (FINE.updated(PrinterStatus(error=True)), "E_FAILURE", None),
        (FINE.updated(PrinterStatus(online=False)), "E_OFFLINE", None),
        (UNKNOWN, "E_TIMEOUT", None),
        (PrinterStatus(online=True), "E_TIMEOUT", None),
    ],
)
def test_every_trouble_has_its_unifiedpos_code(
    status: PrinterStatus, code: str, extended: str | None
) -> None:
    problem = complaint(status)
    assert problem is not None
    assert (problem.code, problem.extended) == (code, extended)
    assert complaint(FINE) is None
