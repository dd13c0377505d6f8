"""The Star driver on a twin behind a real port: printed, not printed, or unknown."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

import pytest

from pos_guard.errors import DeviceError, LocalError
from pos_guard.frames.printer_models import printer_model
from pos_guard_drivers.connect import connector
from pos_guard_drivers.printer_events import Event, OutputComplete, StatusUpdate
from pos_guard_drivers.printer_job import JobState, Proof
from pos_guard_drivers.printer_lifecycle import State
from pos_guard_drivers.star import StarPrinter
from pos_guard_drivers.star_output import StarOutput
from pos_guard_simulator.bench import Bench, Twin
from pos_guard_simulator.faulty_line.line import FaultyLine
from pos_guard_simulator.line_faults import LineFault, LinePlan
from pos_guard_simulator.printer import Fault, ReceiptPrinter
from pos_guard_simulator.simulated_printer import PrinterSeat
from tests.drivers.printer_bench import Cable, power_cycle

STAR = printer_model("star-line")
JOB = ["SHOP", "Total 12.50"]
NAME = "star"


@dataclass
class Setup:
    bench: Bench
    seat: PrinterSeat
    printer: StarPrinter
    events: list[Event] = field(default_factory=list[Event])

    def fail(self, fault: Fault, after_lines: int = 0) -> None:
        self.bench.call(NAME, lambda: self.seat.fail(fault, after_lines))

    def mend(self, fault: Fault) -> None:
        self.bench.call(NAME, lambda: self.seat.clear(fault))

    def feed(self, data: bytes) -> None:
        self.bench.ask(lambda: self.seat.data(data))

    @property
    def words(self) -> list[str]:
        text = self.bench.ask(lambda: self.seat.printer.paper.text)
        return [word for word in text.split() if word != "-"]


@contextmanager
def printing(
    transport: Literal["pty", "tcp"] = "pty", wrap: Callable[[PrinterSeat], Twin] | None = None
) -> Generator[Setup]:
    seat = PrinterSeat(ReceiptPrinter(STAR))
    with Bench() as bench:
        put = bench.pty if transport == "pty" else bench.tcp
        where = put(NAME, seat if wrap is None else wrap(seat))
        address = f"serial:{where}" if transport == "pty" else f"tcp:{where}"
        printer = StarPrinter(connector(address), STAR, device=address)
        setup = Setup(bench, seat, printer)
        printer.listener = setup.events.append
        printer.patience = 0.2
        with printer:
            yield setup


@pytest.mark.parametrize("transport", ["pty", "tcp"])
def test_a_job_is_printed_once_the_printer_counted_its_end(
    transport: Literal["pty", "tcp"],
) -> None:
    with printing(transport) as setup:
        for number in range(1, 5):
            result = setup.printer.print_receipt(JOB, 5)
            assert (result.state, result.proof) == (JobState.PRINTED, Proof.ETB)
            assert setup.words == ["SHOP", "Total", "12.50"] * number
        assert OutputComplete(4) in setup.events
        assert setup.printer.statistics.retrieve()["jobs_printed"] == 4


@pytest.mark.parametrize(
    "job",
    [
        b"\x1b@\x18Paid\n\x1bd\x02",
        b"Paid",
        b"\x17Paid\n\x17\x17",
        b"Pa\x1b@Paid\n",
        b"\x1b@Paid\n\x1b@\x17",
    ],
)
def test_a_job_with_resets_and_marks_of_its_own_is_confirmed_too(job: bytes) -> None:
    with printing() as setup:
        for _ in range(3):
            assert setup.printer.print_receipt(job, 5).state is JobState.PRINTED
        assert setup.words == ["Paid"] * 3


@pytest.mark.parametrize("job", [b"", b"Paid\x1bk\x02", b"\x1b\x1dS\x01\xff\xff\xff\xff\x00"])
def test_a_job_that_ends_inside_a_command_is_refused(job: bytes) -> None:
    with printing() as setup, pytest.raises(LocalError):
        setup.printer.print_receipt(job, 1)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault.PAPER_OUT, "paper is out"),
        (Fault.COVER_OPEN, "cover is open"),
        (Fault.CUTTER, "error"),
        (Fault.HEAD_HOT, "error"),
        (Fault.UNRECOVERABLE, "error"),
        (Fault.WAITING, "offline"),
    ],
)
def test_a_printer_in_trouble_is_sent_nothing(fault: Fault, code: str) -> None:
    with printing() as setup:
        setup.fail(fault)
        result = setup.printer.print_receipt(JOB, 2)
        assert (result.state, result.proof) == (JobState.NOT_PRINTED, Proof.NOTHING_SENT)
        assert code in result.how
        setup.mend(fault)
        assert setup.words == []


@pytest.mark.parametrize("fault", [Fault.PAPER_OUT, Fault.COVER_OPEN, Fault.CUTTER])
def test_trouble_in_a_job_is_unknown_until_it_is_over(fault: Fault) -> None:
    with printing() as setup:
        setup.fail(fault, after_lines=1)
        result = setup.printer.print_receipt(JOB, 3)
        assert (result.state, setup.printer.state) == (JobState.UNKNOWN, State.ERROR)
        setup.mend(fault)
        late = setup.printer.resume(3)
        assert (late.state, late.output_id) == (JobState.PRINTED, result.output_id)
        assert setup.words == ["SHOP", "Total", "12.50"]
        assert setup.printer.state is State.IDLE


def test_a_status_brings_the_confirmation_that_came_late() -> None:
    with printing() as setup:
        setup.fail(Fault.COVER_OPEN, after_lines=1)
        result = setup.printer.print_receipt(JOB, 3)
        setup.mend(Fault.COVER_OPEN)
        assert setup.printer.status(2).ready is True
        assert OutputComplete(result.output_id) in setup.events
        assert setup.printer.statistics.retrieve()["jobs_confirmed_late"] == 1


def test_a_power_cut_in_a_job_is_never_printed() -> None:
    """What is left of the job, and its marks, come after the counter began anew."""
    with printing() as setup:
        setup.fail(Fault.POWER_OFF, after_lines=1)
        result = setup.printer.print_receipt(JOB, 2)
        assert result.state is JobState.UNKNOWN
        setup.mend(Fault.POWER_OFF)
        assert setup.printer.print_receipt(["after"], 5).state is JobState.PRINTED


@pytest.mark.parametrize("at", [0, 5, 16, 24, *range(26, 56, 2)])
def test_a_power_cut_at_any_byte_is_never_printed_unless_it_is(at: int) -> None:
    """A question (3 bytes), the greeting (14) and nine marks come before the job."""
    cables: list[Cable] = []

    def cable(seat: PrinterSeat) -> Twin:
        cables.append(Cable(seat.printer, at, power_cycle))
        return cables[0]

    with printing(wrap=cable) as setup:
        result = setup.printer.print_receipt(b"SHOP\nTotal 12.50\n\x1bd\x02", 3)
        words = setup.words
        if result.state is JobState.PRINTED:
            assert words == ["SHOP", "Total", "12.50"]
        elif result.state is JobState.NOT_PRINTED:
            assert words == []
        assert setup.printer.print_receipt(["after"], 5).state is JobState.PRINTED
        assert setup.words[-1] == "after"
        assert setup.words.count("SHOP") <= 1


@pytest.mark.parametrize(
    "left", [b"\x1b*rAb\x48\x00" + bytes(10), b"\x1bk\x48\x00", b"\x1b\x1dyD1\x00\x40\x00https:"]
)
def test_an_unfinished_command_of_somebody_elses_swallows_nothing(left: bytes) -> None:
    with printing() as setup:
        setup.feed(left)
        assert setup.printer.print_receipt(["after"], 8).state is JobState.PRINTED
        assert setup.words[-1] == "after"


def test_a_printer_that_says_nothing_is_not_printed_on() -> None:
    def deaf(seat: PrinterSeat) -> Twin:
        line = FaultyLine(seat)
        line.plan(LinePlan(LineFault.STALL, 0, outward=True))
        return line

    with printing(wrap=deaf) as setup:
        result = setup.printer.print_receipt(JOB, 2)
        assert result.state is JobState.NOT_PRINTED
        assert setup.printer.status(0.5).ready is None


def test_an_unplugged_printer_is_found_again() -> None:
    with printing("tcp") as setup:
        assert setup.printer.print_receipt(JOB, 3).state is JobState.PRINTED
        setup.bench.unplug(NAME)
        result = setup.printer.print_receipt(["again"], 5)
        assert result.state in (JobState.PRINTED, JobState.NOT_PRINTED)
        assert setup.printer.print_receipt(["more"], 5).state is JobState.PRINTED
        assert setup.words[-1] == "more"


def test_status_events_and_the_drawer() -> None:
    with printing() as setup:
        assert setup.printer.require_ready(2).ready is True
        setup.fail(Fault.COVER_OPEN)
        with pytest.raises(DeviceError) as caught:
            setup.printer.require_ready(2)
        assert caught.value.code == "E_EXTENDED"
        assert StatusUpdate.COVER_OPEN in setup.events
        setup.mend(Fault.COVER_OPEN)
        setup.printer.open_drawer(2, pin=5)
        setup.printer.status(2)
        pulses = setup.bench.ask(lambda: list(setup.seat.printer.pulses))
        assert [pulse.pin for pulse in pulses] == [5]


def test_resume_and_clear_need_an_open_job_and_a_printer() -> None:
    with printing() as setup:
        with pytest.raises(DeviceError, match="no job"):
            setup.printer.resume(1)
        setup.fail(Fault.PAPER_OUT, after_lines=1)
        setup.printer.print_receipt(JOB, 2)
        with pytest.raises(DeviceError, match="paper"):
            setup.printer.clear(1)
        setup.mend(Fault.PAPER_OUT)
        setup.printer.clear(5)
        assert setup.printer.state is State.IDLE


@pytest.mark.parametrize("start", [9, 20])
@pytest.mark.parametrize(
    "job", [b"A\n", b"\x17" * 3 + b"A\n", b"A\n\x1b@B\n", b"\x17A\n\x18\x17\x17B\n"]
)
def test_the_end_of_a_job_has_a_count_that_is_nowhere_else_in_it(start: int, job: bytes) -> None:
    output = StarOutput(1, job, start)
    assert output.expected.isdisjoint({start, 0})
    marks = len(output.data) - len(output.data.rstrip(b"\x17"))
    assert 1 <= marks <= 8


def test_a_job_that_counts_too_much_itself_is_refused() -> None:
    with pytest.raises(LocalError, match="ETB"):
        StarOutput(1, b"\x17" * 40 + b"A\n", 9)


@pytest.mark.parametrize(
    ("sent", "harmless", "missing"),
    [(0, True, 0), (3, True, 1), (4, True, 0), (5, False, 0), (14, False, 4), (18, False, 0)],
)
def test_what_left_of_a_job_is_known_to_the_byte(sent: int, harmless: bool, missing: int) -> None:
    output = StarOutput(1, b"\x1bE\x1bFPaid\n\x1bb\x04\x02\x01\x40AB\x1e\n", 9)
    output.sent = sent
    assert (output.harmless, output.missing) == (harmless, missing)
