"""A connection that breaks inside a job, byte for byte: what left, and what that can have done."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pos_guard.errors import PortClosedError
from pos_guard.ports.base import Port
from pos_guard_drivers.connect import connector
from pos_guard_drivers.escpos import EscPosPrinter
from pos_guard_drivers.printer_job import JobState, Proof
from tests.drivers.printer_bench import PrinterBench, printing


class Snapping:
    """A real port that breaks once, when ``taken`` bytes of the write with the job have left."""

    def __init__(self, port: Port, taken: int, breaks: Callable[[], None]) -> None:
        self._port = port
        self._taken = taken
        self._breaks = breaks

    def read(self, limit: int, seconds: float) -> bytes:
        return self._port.read(limit, seconds)

    def write(self, data: bytes, seconds: float) -> None:
        if b"Total" not in data:
            self._port.write(data, seconds)
            return
        if self._taken:
            self._port.write(data[: self._taken], seconds)
        self._breaks()
        raise PortClosedError("unplugged", sent=self._taken)

    def close(self) -> None:
        self._port.close()


def snapping(setup: PrinterBench, taken: int, error: BaseException | None = None) -> EscPosPrinter:
    """A driver whose first connection breaks in the job; later ones are sound."""
    dial = connector(setup.address)
    connections = 0

    def breaks() -> None:
        if error is not None:
            raise error

    def connect(seconds: float) -> Port:
        nonlocal connections
        connections += 1
        port = dial(seconds)
        return Snapping(port, taken, breaks) if connections == 1 else port

    return EscPosPrinter(connect, setup.printer.model)


@pytest.mark.parametrize(
    ("taken", "state", "proof"),
    [
        (0, JobState.NOT_PRINTED, Proof.NOTHING_SENT),
        (1, JobState.NOT_PRINTED, Proof.NOT_STARTED),
        (2, JobState.NOT_PRINTED, Proof.NOT_STARTED),
        (5, JobState.NOT_PRINTED, Proof.NOT_STARTED),
        (12, JobState.UNKNOWN, Proof.NONE),
        (20, JobState.UNKNOWN, Proof.NONE),
    ],
)
@pytest.mark.parametrize("model", ["epson-80", "clone-80"])
def test_what_left_before_the_break_decides(
    model: str, taken: int, state: JobState, proof: Proof
) -> None:
    with printing(model, "tcp") as setup:
        setup.printer.disable()
        with snapping(setup, taken) as printer:
            result = printer.print_receipt(b"\x1bE\x01Total 12.50\n", 5.0)
            assert (result.state, result.proof, result.sent) == (state, proof, taken)
            assert printer.print_receipt(b"next\n", 5.0).state is JobState.PRINTED
        if result.state is JobState.NOT_PRINTED:
            assert setup.paper == "next\n"


def test_a_program_that_is_interrupted_in_a_job_finds_it_open() -> None:
    with printing(transport="tcp") as setup:
        setup.printer.disable()
        with snapping(setup, 9, KeyboardInterrupt()) as printer:
            with pytest.raises(KeyboardInterrupt):
                printer.print_receipt(["Total"], 5.0)
            assert printer.state.name == "ERROR"
            assert printer.print_receipt(["next"], 5.0).state is JobState.PRINTED
            assert printer.state.name == "IDLE"
            assert setup.receipts[-1].endswith("next")
