"""The ESC/POS driver says printed, not printed or unknown, and never more than it knows."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from pos_guard.errors import DeviceError, LocalError, PortClosedError, PortTimeoutError
from pos_guard.frames.escpos_status import PrinterStatus
from pos_guard.ports.pty import open_pty
from pos_guard.ports.serial import SerialPort, SerialSettings
from pos_guard_drivers.escpos import EscPosPrinter
from pos_guard_drivers.escpos_job import CHINA, EscPosProfile, JobState
from pos_guard_simulator.printer import PROFILES, Fault, PrinterProfile, ReceiptPrinter

READY = PrinterStatus(
    online=True, paper=True, near_end=False, cover_open=False, error=False, drawer_high=False
)


class TwinPort:
    """The twin at the other end of a line without delay: silence is at once a time-out."""

    def __init__(self, twin: ReceiptPrinter, *, breaks_after: int | None = None) -> None:
        self.twin = twin
        self.breaks_after = breaks_after
        self.closed = False
        self._back = b""

    def read(self, limit: int, seconds: float) -> bytes:
        del seconds
        if not self._back:
            raise PortTimeoutError("nothing came")
        data, self._back = self._back[:limit], self._back[limit:]
        return data

    def write(self, data: bytes, seconds: float) -> None:
        del seconds
        if self.breaks_after is not None and len(data) > 3:
            self.twin.data(data[: self.breaks_after])
            raise PortClosedError("unplugged", sent=self.breaks_after)
        self._back += self.twin.data(data)

    def close(self) -> None:
        self.closed = True


def driver(
    twin: ReceiptPrinter, profile: EscPosProfile | None = None
) -> tuple[EscPosPrinter, TwinPort]:
    port = TwinPort(twin)
    return EscPosPrinter(port, profile), port


def test_a_healthy_printer_confirms_a_receipt() -> None:
    twin = ReceiptPrinter()
    printer, port = driver(twin)
    with printer:
        assert printer.status(1.0) == READY
        result = printer.print_receipt(["Tea  4.00", "Total 12.50"], 1.0)
    assert result.state is JobState.PRINTED
    assert twin.paper.receipts[0].text == "Tea  4.00\nTotal 12.50"
    assert port.closed


def test_a_chinese_printer_confirms_by_its_paper_status() -> None:
    twin = ReceiptPrinter(PROFILES["china"])
    printer, _ = driver(twin, CHINA)
    with printer:
        assert printer.print_receipt(["合计 12.50"], 1.0).state is JobState.PRINTED
    assert twin.paper.receipts[0].text == "合计 12.50"


@pytest.mark.parametrize(
    ("fault", "code", "extended"),
    [
        (Fault.PAPER_OUT, "E_EXTENDED", "EPTR_REC_EMPTY"),
        (Fault.COVER_OPEN, "E_EXTENDED", "EPTR_COVER_OPEN"),
        (Fault.CUTTER, "E_FAILURE", None),
        (Fault.POWER_OFF, "E_TIMEOUT", None),
    ],
)
def test_a_printer_that_cannot_print_is_sent_nothing(
    fault: Fault, code: str, extended: str | None
) -> None:
    twin = ReceiptPrinter()
    twin.fail(fault)
    printer, _ = driver(twin)
    with printer:
        result = printer.print_receipt(["Total"], 1.0)
        with pytest.raises(DeviceError) as caught:
            printer.require_ready(1.0)
    assert (caught.value.code, caught.value.extended) == (code, extended)
    assert result.state is JobState.NOT_PRINTED
    twin.clear(fault)
    assert twin.paper.text == ""


def test_no_answer_is_unknown_and_not_out_of_paper() -> None:
    twin = ReceiptPrinter()
    twin.fail(Fault.POWER_OFF)
    printer, _ = driver(twin)
    with printer:
        assert printer.status(0.1) == PrinterStatus()


def test_paper_that_runs_out_in_the_job_leaves_it_unknown_and_says_why() -> None:
    twin = ReceiptPrinter()
    twin.fail(Fault.PAPER_OUT, after_lines=1)
    printer, _ = driver(twin)
    with printer:
        result = printer.print_receipt(["one", "two"], 1.0)
        assert result.state is JobState.UNKNOWN
        assert "the paper is out" in result.how
        twin.clear(Fault.PAPER_OUT)  # new paper: the rest is printed, once
        assert twin.paper.receipts[0].text == "one\ntwo"
        assert printer.print_receipt(["three"], 1.0).state is JobState.PRINTED
    assert len(twin.paper.receipts) == 2


@pytest.mark.parametrize(("taken", "state"), [(0, JobState.NOT_PRINTED), (9, JobState.UNKNOWN)])
def test_a_line_that_breaks_counts_the_bytes_that_left(taken: int, state: JobState) -> None:
    printer = EscPosPrinter(TwinPort(ReceiptPrinter(), breaks_after=taken))
    with printer:
        result = printer.print_receipt(["Total 12.50"], 1.0)
    assert result.state is state
    assert str(taken) in result.how


@pytest.mark.parametrize("profile", [EscPosProfile(answers=False), EscPosProfile(confirm="none")])
def test_a_printer_that_cannot_confirm_leaves_every_job_unknown(profile: EscPosProfile) -> None:
    twin = ReceiptPrinter(PrinterProfile("mute", silent=not profile.answers))
    printer, _ = driver(twin, profile)
    with printer:
        assert printer.print_receipt(["Total"], 1.0).state is JobState.UNKNOWN
    assert twin.paper.receipts[0].text == "Total"


def test_an_old_answer_is_not_taken_for_this_jobs() -> None:
    twin = ReceiptPrinter()
    printer, port = driver(twin)
    with printer:
        assert printer.print_receipt(["one"], 1.0).state is JobState.PRINTED
        port.write(b"\x1d(H\x06\x00000000" + b"\x10\x04\x01", 1.0)  # answers nobody waits for
        twin.fail(Fault.PAPER_OUT, after_lines=1)
        assert printer.print_receipt(["two"], 1.0).state is JobState.UNKNOWN


@pytest.mark.parametrize(
    "receipt",
    [b"", b"Total\n\x1dv0\x00\x10\x00\x10\x00abc", b"\x1dv0\x00\xff\xff\xff\xff" + b"A" * 99],
)
def test_bytes_that_would_swallow_the_confirmation_are_refused(receipt: bytes) -> None:
    twin = ReceiptPrinter()
    printer, _ = driver(twin)
    with printer, pytest.raises(LocalError):
        printer.print_receipt(receipt, 1.0)
    assert twin.paper.text == ""


def test_finished_bytes_are_printed_as_they_are_and_their_last_line_too() -> None:
    twin = ReceiptPrinter()
    printer, _ = driver(twin)
    with printer:
        assert printer.print_receipt(b"\x1bE\x01Total", 1.0).state is JobState.PRINTED
    assert twin.paper.text == "Total\n"


def test_the_drawer_is_pulsed_on_the_profiles_pin() -> None:
    twin = ReceiptPrinter()
    printer, _ = driver(twin, EscPosProfile(drawer_pin=5))
    with printer:
        printer.open_drawer(1.0)
    assert [pulse.pin for pulse in twin.pulses] == [5]


@pytest.mark.parametrize(
    ("calls", "code"),
    [
        (lambda printer: printer.enable(), "E_NOTCLAIMED"),
        (lambda printer: (printer.claim(), printer.claim()), "E_CLAIMED"),
        (lambda printer: printer.status(1.0), "E_DISABLED"),
        (lambda printer: (printer.claim(), printer.print_receipt(["A"], 1.0)), "E_DISABLED"),
        (lambda printer: (printer.close(), printer.claim()), "E_CLOSED"),
    ],
)
def test_calls_out_of_order_have_unifiedpos_codes(
    calls: Callable[[EscPosPrinter], object], code: str
) -> None:
    printer, _ = driver(ReceiptPrinter())
    with pytest.raises(DeviceError) as caught:
        calls(printer)
    assert caught.value.code == code


@contextmanager
def printer_on_a_pty(twin: ReceiptPrinter) -> Iterator[str]:
    """The twin behind a real pty, served by a thread until the slave side is closed."""
    pty = open_pty()
    os.set_blocking(pty.master, True)

    def serve() -> None:
        while True:
            data = os.read(pty.master, 4096)
            if data.endswith(b"\x04quit"):
                return
            os.write(pty.master, twin.data(data))

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield pty.path
    finally:
        os.write(pty.slave, b"\x04quit")
        thread.join(5)
        pty.close()


def test_over_a_real_pty_with_pyserial_the_same_holds() -> None:
    twin = ReceiptPrinter()
    with printer_on_a_pty(twin) as device:
        port = SerialPort(SerialSettings(device))
        with EscPosPrinter(port) as printer:
            assert printer.status(2.0) == READY
            assert printer.print_receipt(["Total 12.50"], 5.0).state is JobState.PRINTED
            twin.fail(Fault.COVER_OPEN)
            assert printer.print_receipt(["Total 12.50"], 2.0).state is JobState.NOT_PRINTED
    assert [slip.text for slip in twin.paper.receipts] == ["Total 12.50"]
