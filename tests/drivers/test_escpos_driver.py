"""The ESC/POS driver says printed, not printed or unknown, and never more than it knows."""

from __future__ import annotations

import re

import pytest

from pos_guard.errors import DeviceError, LocalError
from pos_guard.frames.escpos_status import PrinterStatus
from pos_guard.frames.printer_models import printer_model
from pos_guard_drivers.device_power import PowerState
from pos_guard_drivers.printer_events import OutputComplete, StatusUpdate
from pos_guard_drivers.printer_job import JobState, Proof
from pos_guard_drivers.printer_lifecycle import State
from pos_guard_simulator.printer import Fault, ReceiptPrinter
from tests.drivers.printer_bench import TRANSPORTS, Cable, Transport, printing, run_job

READY = PrinterStatus(
    online=True, paper=True, near_end=False, cover_open=False, error=False, drawer_high=False
)
HEALTHY_JOBS = [
    ("epson-80", Proof.PROCESS_ID),
    ("clone-80", Proof.STATUS),
]


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize(("model", "proof"), HEALTHY_JOBS)
def test_a_healthy_printer_confirms_a_receipt(
    model: str, proof: Proof, transport: Transport
) -> None:
    with printing(model, transport) as setup:
        assert setup.printer.status(2.0).ready
        result = setup.printer.print_receipt(["Tea  4.00", "Total 12.50"], 5.0)
        assert (result.state, result.proof) == (JobState.PRINTED, proof)
        assert setup.receipts == ["Tea  4.00\nTotal 12.50"]
        assert setup.events == [StatusUpdate.POWER_ONLINE, OutputComplete(result.output_id)]


def test_the_better_proof_is_taken_also_when_its_answer_comes_later() -> None:
    def reordered(said: bytes) -> bytes:
        return re.sub(rb"(\x37\x22.{4}\x00)(.*)", rb"\2\1", said, flags=re.DOTALL)

    seat = Cable(ReceiptPrinter(printer_model("epson-80")), change=reordered)
    with printing(seat=seat) as setup:
        assert setup.printer.print_receipt(["Total"], 5.0).proof is Proof.PROCESS_ID


def test_status_is_asked_and_every_answer_counts() -> None:
    with printing() as setup:
        assert setup.printer.status(2.0) == READY
        assert setup.printer.power is PowerState.ONLINE


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize(
    ("fault", "code", "extended"),
    [
        (Fault.PAPER_OUT, "E_EXTENDED", "EPTR_REC_EMPTY"),
        (Fault.COVER_OPEN, "E_EXTENDED", "EPTR_COVER_OPEN"),
        (Fault.CUTTER, "E_FAILURE", None),
        (Fault.POWER_OFF, "E_TIMEOUT", None),
    ],
)
def test_a_printer_that_cannot_print_is_sent_nothing_of_the_job(
    fault: Fault, code: str, extended: str | None, transport: Transport
) -> None:
    with printing(transport=transport) as setup:
        setup.fail(fault)
        result = setup.printer.print_receipt(["Total"], 2.0)
        with pytest.raises(DeviceError) as caught:
            setup.printer.require_ready(1.0)
        assert (caught.value.code, caught.value.extended) == (code, extended)
        assert (result.state, result.proof) == (JobState.NOT_PRINTED, Proof.NOTHING_SENT)
        setup.mend(fault)
        assert setup.paper == ""


def test_a_refused_job_tells_the_listener_why_and_recovery_too() -> None:
    with printing() as setup:
        setup.fail(Fault.COVER_OPEN)
        setup.printer.print_receipt(["Total"], 2.0)
        assert set(setup.events) == {StatusUpdate.COVER_OPEN, StatusUpdate.POWER_OFFLINE}
        assert setup.printer.seen.cover_open
        setup.mend(Fault.COVER_OPEN)
        setup.printer.print_receipt(["Total"], 2.0)
        assert {StatusUpdate.COVER_OK, StatusUpdate.POWER_ONLINE} < set(setup.events)


def test_no_answer_is_unknown_and_not_out_of_paper() -> None:
    with printing() as setup:
        setup.fail(Fault.POWER_OFF)
        assert setup.printer.status(0.2) == PrinterStatus()
        assert setup.printer.power is PowerState.UNKNOWN


def test_paper_that_runs_out_in_the_job_leaves_it_unknown_until_the_printer_tells() -> None:
    with printing() as setup:
        setup.fail(Fault.PAPER_OUT, after_lines=1)
        result = setup.printer.print_receipt(["one", "two"], 5.0)
        assert (result.state, result.proof) == (JobState.UNKNOWN, Proof.NONE)
        assert "the paper is out" in result.how
        assert setup.printer.state is State.ERROR
        assert StatusUpdate.REC_EMPTY in setup.events
        setup.mend(Fault.PAPER_OUT)  # new paper: the rest is printed, once
        assert setup.printer.status(2.0).ready
        assert setup.events[-1] == OutputComplete(result.output_id)
        assert setup.printer.state.name == "IDLE"
        assert setup.receipts == ["one\ntwo"]
        assert setup.printer.print_receipt(["three"], 5.0).state is JobState.PRINTED
        assert setup.receipts == ["one\ntwo", "three"]


def test_resume_waits_on_for_the_same_job_and_sends_nothing_again() -> None:
    with printing() as setup:
        setup.fail(Fault.PAPER_OUT, after_lines=1)
        held = setup.printer.print_receipt(["one", "two"], 5.0)
        again = setup.printer.resume(1.0)
        assert (held.state, again.state) == (JobState.UNKNOWN, JobState.UNKNOWN)
        setup.mend(Fault.PAPER_OUT)
        done = setup.printer.resume(2.0)
        assert (done.state, done.output_id) == (JobState.PRINTED, held.output_id)
        assert setup.receipts == ["one\ntwo"]
        with pytest.raises(DeviceError, match="no job is open") as caught:
            setup.printer.resume(1.0)
        assert caught.value.code == "E_ILLEGAL"


def test_resume_lets_a_printer_go_on_after_a_cutter_error() -> None:
    with printing() as setup:
        setup.fail(Fault.PAPER_OUT, after_lines=1)
        setup.printer.print_receipt(["one", "two"], 5.0)
        setup.fail(Fault.CUTTER)
        setup.mend(Fault.PAPER_OUT)
        assert setup.printer.resume(3.0).state is JobState.PRINTED
        assert setup.receipts == ["one\ntwo"]


def test_clear_drops_what_the_printer_holds_and_the_job_stays_unknown() -> None:
    with printing() as setup:
        setup.fail(Fault.PAPER_OUT, after_lines=1)
        setup.printer.print_receipt(["one", "two"], 5.0)
        cleared = setup.printer.clear(2.0)
        assert cleared is not None
        assert cleared.state is JobState.UNKNOWN  # its first line is on paper
        assert setup.printer.state is State.IDLE
        setup.mend(Fault.PAPER_OUT)
        assert setup.paper == "one\n"
        assert setup.printer.clear(2.0) is None


def test_an_old_answer_is_not_taken_for_this_jobs() -> None:
    with printing() as setup:
        assert setup.printer.print_receipt(["one"], 5.0).state is JobState.PRINTED
        # Another program asked for a process id and a status; the answers come to us.
        setup.bench.call("printer", lambda: setup.seat.data(b"\x1d(H\x06\x00000000\x10\x04\x01"))
        setup.fail(Fault.PAPER_OUT, after_lines=1)
        assert setup.printer.print_receipt(["two"], 5.0).state is JobState.UNKNOWN


@pytest.mark.parametrize("model", ["epson-80", "clone-80"])
def test_an_earlier_jobs_late_answer_does_not_confirm_the_next(model: str) -> None:
    with printing(model) as setup:
        setup.fail(Fault.PAPER_OUT, after_lines=1)
        assert setup.printer.print_receipt(["one", "two"], 5.0).state is JobState.UNKNOWN
        setup.mend(Fault.PAPER_OUT)
        setup.fail(Fault.PAPER_OUT, after_lines=1)
        assert setup.printer.print_receipt(["three", "four"], 5.0).state is JobState.UNKNOWN


@pytest.mark.parametrize("model", ["clone-58"])
def test_a_printer_that_cannot_confirm_leaves_every_job_unknown(model: str) -> None:
    with printing(model) as setup:
        result = setup.printer.print_receipt(["Total"], 5.0)
        assert (result.state, result.proof) == (JobState.UNKNOWN, Proof.NONE)
        assert setup.printer.state is State.IDLE  # there is nothing to wait for
        assert setup.printer.print_receipt(["Total"], 5.0).state is JobState.UNKNOWN
        assert setup.wait_for("Total", "Total")


@pytest.mark.parametrize(
    "receipt",
    [b"", b"Total\n\x1dv0\x00\x10\x00\x10\x00abc", b"\x1dv0\x00\xff\xff\xff\xff" + b"A" * 99],
)
def test_bytes_that_would_swallow_the_confirmation_are_refused(receipt: bytes) -> None:
    with printing() as setup:
        with pytest.raises(LocalError):
            setup.printer.print_receipt(receipt, 1.0)
        assert setup.paper == ""


def test_finished_bytes_are_printed_as_they_are_and_their_last_line_too() -> None:
    outcome = run_job(b"\x1bE\x01Total")
    assert outcome.result.state is JobState.PRINTED
    assert outcome.paper == "Total\n"


@pytest.mark.parametrize("pin", [2, 5])
def test_the_drawer_is_pulsed_on_the_pin_that_was_asked_for(pin: int) -> None:
    with printing() as setup:
        setup.printer.open_drawer(1.0, pin=pin)
        assert setup.printer.status(1.0).online  # its answer shows that the pulse arrived
        assert [pulse.pin for pulse in setup.twin.pulses] == [pin]
        assert setup.printer.statistics.retrieve()["drawer_pulses"] == 1


def test_every_job_is_counted_by_what_became_of_it() -> None:
    with printing() as setup:
        setup.printer.print_receipt(["one"], 5.0)
        setup.fail(Fault.COVER_OPEN)
        setup.printer.print_receipt(["two"], 5.0)
        setup.mend(Fault.COVER_OPEN)
        setup.fail(Fault.PAPER_OUT, after_lines=1)
        setup.printer.print_receipt(["three", "four"], 5.0)
        counts = setup.printer.statistics.retrieve()
        assert counts["jobs_printed"] == counts["jobs_not_printed"] == counts["jobs_unknown"] == 1
        assert counts["connections"] == 1
        setup.printer.statistics.reset()
        assert set(setup.printer.statistics.retrieve().values()) == {0}
