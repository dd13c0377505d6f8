"""What users of other printer libraries complain of, each as a test on a real pty or TCP port.

The themes are the most frequent ones in the trackers of python-escpos, escpos-php, node-escpos,
ESC-POS-.NET, Odoo and others; each test names the threads it stands for.
"""

from __future__ import annotations

import re
import socket
import threading
import time
from pathlib import Path

import pytest

from pos_guard.errors import DeviceError
from pos_guard.frames.printer_models import printer_model
from pos_guard.ports.serial import SerialPort, SerialSettings
from pos_guard_drivers.connect import connector
from pos_guard_drivers.device_power import PowerState
from pos_guard_drivers.escpos import EscPosPrinter
from pos_guard_drivers.printer_events import StatusUpdate
from pos_guard_drivers.printer_job import JobResult, JobState, Proof
from pos_guard_drivers.printer_lifecycle import State
from pos_guard_simulator.bench import Bench
from pos_guard_simulator.faulty_line.line import FaultyLine
from pos_guard_simulator.line_faults import LineFault, LinePlan
from pos_guard_simulator.printer import Fault, ReceiptPrinter
from pos_guard_simulator.simulated_printer import PrinterSeat
from tests.drivers.printer_bench import NAME, TRANSPORTS, Cable, Transport, printing

PICTURE = b"\x1dv0\x00\x48\x00\xff\x00" + bytes(72 * 255)
"""A white picture of 255 rows: 18 kB, more than four times Epson's receive buffer."""
SEEN = "[image 576x255]"


# 1. "Success" with no paper, late prints, double prints: escpos-php 43, node-escpos 58 and 288,
#    node-thermal-printer 78 and 256, DantSu 163, escpos-rs 18.


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("model", ["epson-80", "clone-80"])
@pytest.mark.parametrize("fault", [Fault.PAPER_OUT, Fault.COVER_OPEN])
def test_refused_jobs_do_not_pile_up_and_print_later(
    fault: Fault, model: str, transport: Transport
) -> None:
    with printing(model, transport) as setup:
        setup.fail(fault)
        for _ in range(3):
            result = setup.printer.print_receipt(["Total 12.50"], 3.0)
            assert result.state is JobState.NOT_PRINTED
        setup.mend(fault)
        assert setup.printer.print_receipt(["Total 12.50"], 3.0).state is JobState.PRINTED
        assert setup.receipts == ["Total 12.50"]


def test_an_unknown_job_comes_out_once_and_is_not_sent_again_by_the_next() -> None:
    with printing() as setup:
        setup.fail(Fault.PAPER_OUT, after_lines=1)
        assert setup.printer.print_receipt(["one", "two"], 3.0).state is JobState.UNKNOWN
        held = setup.printer.print_receipt(["three"], 3.0)
        assert (held.state, held.proof) == (JobState.NOT_PRINTED, Proof.NOTHING_SENT)
        assert "the paper is out" in held.how
        setup.mend(Fault.PAPER_OUT)
        assert setup.printer.print_receipt(["four"], 3.0).state is JobState.PRINTED
        assert setup.receipts == ["one\ntwo", "four"]


def test_the_answer_to_an_earlier_question_is_not_taken_for_this_one() -> None:
    held: list[bytes] = []

    def late(said: bytes) -> bytes:
        """Every answer comes one question late, as through a slow network adapter."""
        held.append(said)
        return held[-2] if len(held) > 1 else b""

    seat = Cable(ReceiptPrinter(printer_model("epson-80")), change=late)
    seat.printer.fail(Fault.PAPER_OUT)
    with printing(seat=seat) as setup:
        for _ in range(4):
            assert setup.printer.status(0.5).ready is not True


@pytest.mark.parametrize("model", ["epson-80", "clone-80"])
def test_a_confirmation_that_is_lost_on_the_way_makes_no_success(model: str) -> None:
    with printing(model) as setup:
        assert setup.printer.print_receipt(["one"], 3.0).state is JobState.PRINTED
    answer = re.compile(rb"\x37\x22.{4}\x00" if model == "epson-80" else rb"\x00\Z", re.DOTALL)
    count = 0

    def swallow(said: bytes) -> bytes:
        """The second answer of the marker's kind, which is the confirmation, gets lost."""
        nonlocal count
        count += len(answer.findall(said))
        return answer.sub(b"", said) if count == 2 else said

    seat = Cable(ReceiptPrinter(printer_model(model)), change=swallow)
    with printing(model, seat=seat) as setup:
        result = setup.printer.print_receipt(["one"], 3.0)
        assert result.state is JobState.UNKNOWN
        assert "it is ready" in result.how
        assert setup.receipts == ["one"]


@pytest.mark.parametrize("model", ["epson-80", "clone-80"])
def test_doubled_answers_confirm_nothing_that_did_not_print(model: str) -> None:
    seat = Cable(ReceiptPrinter(printer_model(model)), change=lambda said: said + said)
    with printing(model, seat=seat) as setup:
        setup.fail(Fault.PAPER_OUT, after_lines=1)
        assert setup.printer.print_receipt(["one", "two"], 3.0).state is not JobState.PRINTED


# 2. In use, no permission, not there: python-escpos 24, 259, 382; pywebdriver 96.


def test_a_port_that_another_program_holds_is_named_and_then_taken() -> None:
    with printing() as setup:
        other = SerialPort(SerialSettings(setup.address.removeprefix("serial:")))
        result = setup.printer.print_receipt(["Total"], 0.6)
        assert result.state is JobState.NOT_PRINTED
        assert "in use by another program" in result.how
        other.close()
        assert setup.printer.print_receipt(["Total"], 5.0).state is JobState.PRINTED


def test_a_printer_that_is_not_there_is_offline_and_nothing_was_sent(tmp_path: Path) -> None:
    printer = EscPosPrinter(connector(f"serial:{tmp_path}/printer"))
    with printer:
        result = printer.print_receipt(["Total"], 0.3)
        assert (result.state, result.proof) == (JobState.NOT_PRINTED, Proof.NOTHING_SENT)
        assert "plug it in" in result.how
        assert printer.status(0.1).online is False
        assert printer.power is PowerState.OFF_OFFLINE


# 3. Hangs: Odoo 247055 and 67514 (open cover blocks for ever), python-escpos 17 and 628.


def test_a_printer_that_stops_taking_data_ends_at_the_deadline() -> None:
    with printing() as setup:
        setup.fail(Fault.PAPER_OUT, after_lines=1)
        job = b"one\n" + PICTURE * 40  # more than any kernel keeps for a terminal
        started = time.monotonic()
        result = setup.printer.print_receipt(job, 4.0)  # a busy disk holds up the kernel's ptys
        assert time.monotonic() - started < 30
        assert result.state is JobState.UNKNOWN
        assert 0 < result.sent < len(job)
        assert f"{result.sent} of" in result.how
        assert "the paper is out" in result.how
        with pytest.raises(DeviceError) as caught:
            setup.printer.resume(1.0)
        assert caught.value.code == "E_ILLEGAL"


def test_a_network_printer_that_stops_reading_is_given_up_though_the_kernel_took_it_all() -> None:
    with printing(transport="tcp") as setup:
        setup.fail(Fault.PAPER_OUT, after_lines=1)
        started = time.monotonic()
        result = setup.printer.print_receipt(b"one\n" + PICTURE * 40, 4.0)
        assert time.monotonic() - started < 15
        assert result.state is JobState.UNKNOWN
        assert "the paper is out" in result.how  # automatic status said so


def test_a_stuck_printer_does_not_hold_up_another() -> None:
    with printing() as stuck, printing() as well:
        stuck.printer.patience = 30.0
        stuck.fail(Fault.PAPER_OUT, after_lines=1)
        worker = threading.Thread(target=lambda: stuck.printer.print_receipt(["a", "b"], 30.0))
        worker.start()
        assert well.printer.print_receipt(["Total"], 5.0).state is JobState.PRINTED
        assert worker.is_alive()
        stuck.printer.close()
        worker.join(10)


def test_a_printer_that_was_off_for_a_moment_in_a_long_job_is_not_believed() -> None:
    long = [f"line {number:03}" for number in range(200)]
    seat = PrinterSeat(ReceiptPrinter(printer_model("clone-80")))
    line = FaultyLine(seat)
    line.plan(LinePlan(LineFault.DROP, at=900, amount=700))  # what it was sent meanwhile
    with printing("clone-80", seat=seat, twin=line) as setup:
        result = setup.printer.print_receipt(long, 8.0)
        assert result.state is JobState.UNKNOWN
        assert "silent" in result.how


# 4. No way back after power-off or unplugging: python-escpos 437 and 459, node-escpos 74 and 422.


def test_power_off_in_a_job_and_on_again_prints_nothing_twice() -> None:
    seat = Cable(
        ReceiptPrinter(printer_model("epson-80")),
        at=75,
        happen=lambda printer: printer.fail(Fault.POWER_OFF),
    )
    with printing(seat=seat) as setup:
        result = setup.printer.print_receipt(["one", "two", "three", "four", "five", "six"], 4.0)
        assert result.state is JobState.UNKNOWN
        assert "does not answer" in result.how
        assert setup.printer.power is PowerState.UNKNOWN
        before = setup.paper
        setup.mend(Fault.POWER_OFF)
        assert setup.printer.status(2.0).ready
        assert setup.paper == before
        assert setup.printer.print_receipt(["seven"], 4.0).state is JobState.PRINTED
        assert setup.paper.startswith(before)
        assert setup.paper.count("\n") - before.count("\n") <= 3
        assert setup.receipts[-1].splitlines()[-1] == "seven"


def test_a_network_printer_is_found_again_and_the_cut_job_is_not_repeated() -> None:
    with printing(transport="tcp") as setup:
        assert setup.printer.print_receipt(["one"], 3.0).state is JobState.PRINTED
        setup.fail(Fault.PAPER_OUT, after_lines=1)
        setup.printer.patience = 30.0
        results: list[JobResult] = []
        worker = threading.Thread(
            target=lambda: results.append(setup.printer.print_receipt(["two", "x"], 20.0))
        )
        worker.start()
        while not setup.paper.endswith("two\n"):
            assert worker.is_alive()
        setup.unplug()
        worker.join(10)
        assert [result.state for result in results] == [JobState.UNKNOWN]
        assert StatusUpdate.POWER_OFF_OFFLINE in setup.events
        setup.mend(Fault.PAPER_OUT)
        assert setup.printer.print_receipt(["three"], 5.0).state is JobState.PRINTED
        assert setup.receipts == ["one", "two\nx", "three"]
        assert setup.printer.statistics.retrieve()["connections"] == 2


def test_a_serial_printer_is_found_again_after_it_was_plugged_in_elsewhere(tmp_path: Path) -> None:
    link = str(tmp_path / "printer")
    with Bench() as bench:
        bench.pty("first", PrinterSeat(ReceiptPrinter(printer_model("epson-80"))), link)
        printer = EscPosPrinter(connector(f"serial:{link}"))
        with printer:
            assert printer.print_receipt(["one"], 3.0).state is JobState.PRINTED
            bench.unplug("first")
            gone = printer.print_receipt(["two"], 1.0)
            assert (gone.state, gone.proof) == (JobState.NOT_PRINTED, Proof.NOTHING_SENT)
            again = ReceiptPrinter(printer_model("epson-80"))
            bench.pty("again", PrinterSeat(again), link)
            assert printer.print_receipt(["three"], 10.0).state is JobState.PRINTED
            assert bench.ask(lambda: [slip.text for slip in again.paper.receipts]) == ["three"]


def test_attempts_to_connect_are_spaced_over_all_calls() -> None:
    attempts: list[float] = []

    def connect(seconds: float) -> SerialPort:
        attempts.append(seconds)
        return SerialPort(SerialSettings("/dev/pos-guard-no-such-printer"))

    printer = EscPosPrinter(connect)
    with printer:
        for _ in range(200):
            printer.status(0.001)
        assert 1 <= len(attempts) <= 4
        assert printer.status(0.01).online is False


# 6. Pictures: garbage after lost or unfinished data, two threads on one printer:
#    ESC-POS-.NET 227 and 140, BoboTiG/thermalprinter 9, ha-escpos-thermal-printer 45.


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("model", ["epson-80", "clone-80"])
def test_somebodys_unfinished_picture_does_not_swallow_the_receipt(
    model: str, transport: Transport
) -> None:
    with printing(model, transport) as setup:
        setup.feed(PICTURE[:2000])  # a program that died in the middle
        result = setup.printer.print_receipt(["Total 12.50"], 20.0)
        assert result.state is JobState.PRINTED
        assert setup.receipts == [f"{SEEN}\nTotal 12.50"]


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_picture_larger_than_the_buffer_arrives_whole(transport: Transport) -> None:
    with printing(transport=transport) as setup:
        assert setup.printer.print_receipt(PICTURE * 4 + b"Total\n", 30.0).state is JobState.PRINTED
        assert setup.bench.ask(lambda: setup.twin.lost) == 0
        assert setup.paper.split() == [*SEEN.split() * 4, "Total"]


def test_receipts_from_several_threads_come_out_whole() -> None:
    with printing() as setup:
        results: list[JobResult] = []
        threads = [
            threading.Thread(
                target=lambda n=number: results.append(
                    setup.printer.print_receipt([f"{n} top", f"{n} end"], 30.0)
                )
            )
            for number in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert [result.state for result in results] == [JobState.PRINTED] * 4
        assert sorted(setup.receipts) == [f"{n} top\n{n} end" for n in range(4)]


# 8. Network printers serve one client and hang up when idle: escpos-php 394, 547, 1182;
#    ESC-POS-.NET 145, node-escpos 396.


def test_a_connection_that_the_printer_closed_while_idle_is_made_again_before_the_job() -> None:
    with printing(transport="tcp") as setup:
        assert setup.printer.print_receipt(["one"], 3.0).state is JobState.PRINTED
        setup.unplug()  # its idle time is over
        assert setup.printer.print_receipt(["two"], 3.0).state is JobState.PRINTED
        assert setup.receipts == ["one", "two"]


def test_disabling_lets_the_next_client_in() -> None:
    with printing(transport="tcp") as setup:
        assert setup.printer.print_receipt(["one"], 3.0).state is JobState.PRINTED
        setup.printer.disable()
        with EscPosPrinter(connector(setup.address)) as other:
            assert other.print_receipt(["two"], 3.0).state is JobState.PRINTED
        setup.printer.enable()
        assert setup.printer.print_receipt(["three"], 3.0).state is JobState.PRINTED
        assert setup.receipts == ["one", "two", "three"]


def test_a_printer_that_accepts_but_serves_somebody_else_is_given_up_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        where = f"tcp:127.0.0.1:{server.getsockname()[1]}"
        printer = EscPosPrinter(connector(where))
        with printer:
            started = time.monotonic()
            result = printer.print_receipt(["Total"], 1.5)
            assert time.monotonic() - started < 10
            assert (result.state, result.proof) == (JobState.NOT_PRINTED, Proof.NOTHING_SENT)
            assert "does not answer" in result.how


# 12. Handshakes: python-escpos 14, Python-Thermal-Printer 27; cups 287 (a status byte restarted
#     the stream that XOFF had stopped).


def test_xoff_holds_the_job_and_a_write_that_times_out_is_unknown() -> None:
    seat = PrinterSeat(ReceiptPrinter(printer_model("epson-80")))
    with Bench() as bench:
        device = bench.pty(NAME, seat)
        printer = EscPosPrinter(
            connector(f"serial:{device}", xonxoff=True), printer_model("epson-80")
        )
        with printer:
            assert printer.print_receipt(["one"], 30.0).state is JobState.PRINTED
            bench.call(NAME, lambda: seat.said(b"\x13\x12"))  # XOFF, and a status byte after it
            started = time.monotonic()
            held = printer.print_receipt(["two"], 1.5)
            assert time.monotonic() - started < 10
            assert held.state is not JobState.PRINTED
            bench.call(NAME, lambda: seat.said(b"\x11"))
            assert printer.print_receipt(["three"], 30.0).state is JobState.PRINTED
            assert printer.state is State.IDLE
        texts = bench.ask(lambda: [slip.text for slip in seat.printer.paper.receipts])
        assert texts == ["one", "three"]
