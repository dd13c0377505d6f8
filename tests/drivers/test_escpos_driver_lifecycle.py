"""UnifiedPOS life cycle of the printer driver: order of calls, exclusive use, closing in time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from pos_guard.errors import DeviceError, PortTimeoutError
from pos_guard_drivers.connect import connector
from pos_guard_drivers.escpos import EscPosPrinter
from pos_guard_drivers.printer_events import Event
from pos_guard_drivers.printer_job import JobResult, JobState
from pos_guard_drivers.printer_lifecycle import State
from pos_guard_simulator.printer import Fault
from tests.drivers.printer_bench import printing

NOWHERE = connector("tcp:127.0.0.1:9")


@pytest.mark.parametrize(
    ("calls", "code"),
    [
        (lambda printer: printer.claim(), "E_CLOSED"),
        (lambda printer: printer.enable(), "E_CLOSED"),
        (lambda printer: (printer.open(), printer.enable()), "E_NOTCLAIMED"),
        (lambda printer: (printer.open(), printer.claim(), printer.claim()), "E_CLAIMED"),
        (lambda printer: (printer.open(), printer.status(1.0)), "E_DISABLED"),
        (lambda printer: (printer.open(), printer.print_receipt(["A"], 1.0)), "E_DISABLED"),
        (lambda printer: (printer.open(), printer.resume(1.0)), "E_DISABLED"),
        (lambda printer: (printer.open(), printer.clear(1.0)), "E_DISABLED"),
        (lambda printer: (printer.open(), printer.open_drawer(1.0)), "E_DISABLED"),
        (lambda printer: (printer.open(), printer.close(), printer.claim()), "E_CLOSED"),
    ],
)
def test_calls_out_of_order_have_unifiedpos_codes(
    calls: Callable[[EscPosPrinter], object], code: str
) -> None:
    printer = EscPosPrinter(NOWHERE)
    with pytest.raises(DeviceError) as caught:
        calls(printer)
    assert caught.value.code == code
    printer.close()


def test_the_whole_cycle_and_again() -> None:
    with printing() as setup:
        setup.printer.close()
        assert setup.printer.state is State.CLOSED
        for _ in range(2):
            setup.printer.open()
            assert setup.printer.state.name == "IDLE"
            setup.printer.claim(1.0)
            setup.printer.enable()
            assert setup.printer.print_receipt(["A"], 5.0).state is JobState.PRINTED
            setup.printer.disable()
            with pytest.raises(DeviceError, match="enable"):
                setup.printer.status(1.0)
            setup.printer.release()
            setup.printer.release()
            setup.printer.close()
            setup.printer.close()
        assert setup.receipts == ["A", "A"]


def test_a_second_driver_for_the_same_device_waits_or_is_refused() -> None:
    with printing() as setup:
        other = EscPosPrinter(connector(setup.address), device=setup.address)
        other.open()
        with pytest.raises(DeviceError) as caught:
            other.claim()
        assert caught.value.code == "E_CLAIMED"
        setup.printer.release()
        other.claim(1.0)
        other.enable()
        assert other.print_receipt(["from the other"], 5.0).state is JobState.PRINTED
        other.close()


def test_a_call_waits_for_another_threads_call_but_not_beyond_its_deadline() -> None:
    with printing() as setup:
        setup.printer.patience = 30.0
        setup.fail(Fault.PAPER_OUT, after_lines=1)
        results: list[JobResult] = []
        worker = threading.Thread(
            target=lambda: results.append(setup.printer.print_receipt(["one", "two"], 30.0))
        )
        worker.start()
        while setup.paper != "one\n":
            assert worker.is_alive()
        started = time.monotonic()
        with pytest.raises(DeviceError) as caught:
            setup.printer.status(0.1)
        assert caught.value.code == "E_BUSY"
        assert setup.printer.state is State.BUSY
        assert time.monotonic() - started < 5
        setup.mend(Fault.PAPER_OUT)
        worker.join(10)
        assert [result.state for result in results] == [JobState.PRINTED]


def test_close_ends_a_job_in_another_thread_which_is_then_unknown() -> None:
    with printing() as setup:
        setup.printer.patience = 30.0
        setup.fail(Fault.PAPER_OUT, after_lines=1)
        results: list[JobResult] = []
        worker = threading.Thread(
            target=lambda: results.append(setup.printer.print_receipt(["one", "two"], 30.0))
        )
        worker.start()
        while setup.paper != "one\n":
            assert worker.is_alive()
        setup.printer.close(5.0)
        worker.join(10)
        assert [result.state for result in results] == [JobState.UNKNOWN]
        assert setup.printer.state is State.CLOSED


class StuckPort:
    """A port whose close hangs, as cdc_acm's does for half a minute."""

    def __init__(self) -> None:
        self.let_go = threading.Event()

    def read(self, limit: int, seconds: float) -> bytes:
        del limit, seconds
        raise PortTimeoutError("nothing came")

    def write(self, data: bytes, seconds: float) -> None:
        """Everything is taken."""

    def close(self) -> None:
        self.let_go.wait(60)


def test_close_does_not_wait_for_a_kernel_that_does_not_let_go() -> None:
    port = StuckPort()
    printer = EscPosPrinter(lambda _: port)
    printer.open()
    printer.claim()
    printer.enable()
    printer.open_drawer(1.0)
    started = time.monotonic()
    printer.close(0.1)
    assert time.monotonic() - started < 10
    assert printer.state is State.CLOSED
    port.let_go.set()


def test_a_listener_that_fails_does_not_take_the_result_away(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def faulty(event: Event) -> None:
        raise RuntimeError(str(event))

    with printing() as setup:
        setup.printer.listener = faulty
        assert setup.printer.print_receipt(["A"], 5.0).state is JobState.PRINTED
    assert "listener failed" in caplog.text
