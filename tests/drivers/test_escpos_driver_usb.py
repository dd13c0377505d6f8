"""The driver over pyusb, on a simulated bus: what USB tells that a serial line does not."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import pytest

from pos_guard.clock import SystemClock
from pos_guard.frames.printer_models import printer_model
from pos_guard.ports.usb import UsbPort
from pos_guard.ports.usb_find import UsbPlace
from pos_guard_drivers.device_power import PowerState
from pos_guard_drivers.escpos import EscPosPrinter
from pos_guard_drivers.printer_job import JobResult, JobState, Proof
from pos_guard_simulator.printer import Fault, ReceiptPrinter, Setup
from pos_guard_simulator.usb_bus import SimulatedBus
from pos_guard_simulator.usb_printer import UsbPrinter
from pos_guard_simulator.usb_sim_libusb1 import SimulatedBackend


@dataclass
class UsbTill:
    """A bus with one printer, and the driver on it."""

    bus: SimulatedBus = field(default_factory=SimulatedBus)
    twin: ReceiptPrinter = field(default_factory=ReceiptPrinter)

    def __post_init__(self) -> None:
        self.plugged = self.bus.plug(UsbPrinter(self.twin))
        self.printer = EscPosPrinter(
            lambda _: UsbPort.open(UsbPlace(), backend=SimulatedBackend(self.bus)),
            printer_model("epson-80"),
        )
        self.printer.patience = 0.2

    @property
    def receipts(self) -> list[str]:
        return [slip.text for slip in self.twin.paper.receipts]


@pytest.fixture
def till() -> UsbTill:
    return UsbTill()


def test_a_healthy_usb_printer_confirms(till: UsbTill) -> None:
    with till.printer:
        result = till.printer.print_receipt(["Total 12.50"], 5.0)
    assert (result.state, result.proof) == (JobState.PRINTED, Proof.PROCESS_ID)
    assert till.receipts == ["Total 12.50"]


@pytest.mark.parametrize("fault", [None, Fault.PAPER_OUT])
def test_a_printer_that_takes_its_time_is_believed_only_when_it_has_printed(
    fault: Fault | None,
) -> None:
    till = UsbTill(
        twin=ReceiptPrinter(setup=Setup(timed=True, interface="usb"), clock=SystemClock())
    )
    lines = [f"line {number:03}" for number in range(30)]
    if fault is not None:
        till.plugged.act(lambda twin: twin.fail(fault, after_lines=15))
    with till.printer:
        result = till.printer.print_receipt(lines, 20.0)
    if fault is None:
        assert result.state is JobState.PRINTED
        assert till.receipts == ["\n".join(lines)]
    else:
        assert result.state is JobState.UNKNOWN
        assert "the paper is out" in result.how


@pytest.mark.parametrize("after", [5, 20, 40, 100, 400])
def test_what_a_broken_transfer_took_with_it_is_not_called_unsent(
    till: UsbTill, after: int
) -> None:
    """libusb does not tell how much of a transfer had left when the printer was unplugged."""
    with till.printer:
        till.plugged.unplug(after=after)
        result = till.printer.print_receipt([f"line {number:02}" for number in range(50)], 1.0)
    came_out = "line" in till.twin.paper.text
    assert result.state is (JobState.UNKNOWN if after > 25 else JobState.NOT_PRINTED)
    assert came_out == (after > 50)


def test_an_open_cover_blocks_nobody_for_ever(till: UsbTill) -> None:
    till.plugged.act(lambda twin: twin.fail(Fault.COVER_OPEN))
    with till.printer:
        result = till.printer.print_receipt(["Total"], 2.0)
    assert (result.state, result.proof) == (JobState.NOT_PRINTED, Proof.NOTHING_SENT)
    assert "the cover is open" in result.how


def test_a_printer_that_is_unplugged_in_a_job_and_plugged_in_again(till: UsbTill) -> None:
    with till.printer:
        till.plugged.act(lambda twin: twin.fail(Fault.PAPER_OUT, after_lines=1))
        till.printer.patience = 30.0
        results: list[JobResult] = []
        worker = threading.Thread(
            target=lambda: results.append(till.printer.print_receipt(["one", "two"], 30.0))
        )
        worker.start()
        while till.twin.paper.text != "one\n":
            assert worker.is_alive()
        till.bus.unplug(till.plugged)
        worker.join(15)
        assert [result.state for result in results] == [JobState.UNKNOWN]
        assert till.printer.power is PowerState.OFF_OFFLINE
        gone = till.printer.print_receipt(["three"], 0.3)
        assert (gone.state, gone.proof) == (JobState.NOT_PRINTED, Proof.NOTHING_SENT)
        again = ReceiptPrinter()
        till.bus.plug(UsbPrinter(again))
        assert till.printer.print_receipt(["four"], 10.0).state is JobState.PRINTED
        assert [slip.text for slip in again.paper.receipts] == ["four"]


def test_a_printer_that_another_program_claimed_is_named(till: UsbTill) -> None:
    other = UsbPort.open(UsbPlace(), backend=SimulatedBackend(till.bus))
    with till.printer:
        result = till.printer.print_receipt(["Total"], 0.4)
        assert result.state is JobState.NOT_PRINTED
        assert till.printer.status(0.1).online is None  # somebody has it; how it is, is unknown
        other.close()
        assert till.printer.print_receipt(["Total"], 10.0).state is JobState.PRINTED
