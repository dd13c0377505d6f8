"""``pos-guard simulate printer``: faults, paper and its pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from pos_guard.frames.decoded import Json
from pos_guard.links.session import Effects
from pos_guard_simulator.paper import Slip
from pos_guard_simulator.printer import PROFILES, Fault, ReceiptPrinter
from pos_guard_simulator.simulate_device import Device, Fields, Reply, RequestError
from pos_guard_simulator.simulated_printer import PrinterSeat, SlipWatch

MAX_AFTER_LINES = 10_000
"""Lines to a planned end of the paper; a whole roll has about 20,000."""

Report = Callable[[str], None]


class SlipWriter:
    """Writes each slip as ``0001.png`` and ``0001.txt``, in a thread of its own.

    Numbers go on where an earlier run in the same folder ended. The text appears last and whole,
    so whoever waits for it finds the picture too. ``report`` hears what could not be written.
    """

    def __init__(self, directory: Path, report: Report) -> None:
        """Make the folder.

        :raises OSError: when that cannot be done.
        :raises LocalError: without Pillow and segno, naming the command that installs them.
        """
        from pos_guard_simulator import paper_image

        del paper_image
        directory.mkdir(parents=True, exist_ok=True)
        names = (file.stem for file in directory.glob("*.txt"))
        self._number = max((int(name) for name in names if name.isdecimal()), default=0)
        self._directory = directory
        self._report = report
        self._thread = ThreadPoolExecutor(1, "slips")

    def add(self, slip: Slip) -> None:
        """Write one slip, soon."""
        self._number += 1
        self._thread.submit(self._write, slip, self._number).add_done_callback(self._done)

    def close(self) -> None:
        """Wait until all is written."""
        self._thread.shutdown(wait=True)

    def _write(self, slip: Slip, number: int) -> None:
        slip.png(self._directory / f"{number:04d}.png")
        fresh = self._directory / f".{number:04d}.txt"
        fresh.write_text(slip.text + "\n", encoding="utf-8")
        fresh.replace(self._directory / f"{number:04d}.txt")

    def _done(self, written: Future[None]) -> None:
        error = written.exception()
        if error is not None:
            self._report(f"a receipt was not written: {error}")


class CuttingSeat(PrinterSeat):
    """A printer seat that hands over each slip once it is cut."""

    def __init__(self, printer: ReceiptPrinter, cut: Callable[[Slip], None]) -> None:
        super().__init__(printer)
        self._cut = cut
        self._watch = SlipWatch(printer)

    def _feed(self, said: bytes) -> Effects:
        effects = super()._feed(said)
        for slip in self._watch.fresh():
            self._cut(slip)
        return effects


def printer_device(profile: str, faults: Mapping[Fault, int], writer: SlipWriter | None) -> Device:
    """A printer of that profile; ``faults`` has after how many lines each one happens."""
    printer = ReceiptPrinter(PROFILES[profile])
    seat = PrinterSeat(printer) if writer is None else CuttingSeat(printer, writer.add)
    for fault, after_lines in faults.items():
        seat.fail(fault, after_lines)

    def finish() -> None:
        if writer is not None:
            if not printer.paper.loose.blank:
                writer.add(printer.paper.loose)
            writer.close()

    return Device(
        "printer",
        seat,
        {
            "fault": lambda fields: _fail(seat, fields),
            "clear": lambda fields: Reply(effects=seat.clear(fields.choice("name", Fault))),
            "paper": lambda _: Reply(_paper(printer)),
            "state": lambda _: Reply(_state(printer)),
        },
        {"profile": profile},
        finish=finish,
    )


def parse_fault(text: str) -> tuple[Fault, int]:
    """``paper_out`` or ``paper_out:3``: the fault, and after how many lines.

    :raises ValueError: no such fault, or only paper counts lines.
    """
    name, colon, lines = text.partition(":")
    if name not in list(Fault):
        raise ValueError(f"{name!r} is none of: {', '.join(Fault)}")
    if not colon:
        return Fault(name), 0
    if not lines.isdecimal() or len(lines) > len(str(MAX_AFTER_LINES)):
        raise ValueError(f"{lines!r} is no number of lines")
    return Fault(name), _counted(Fault(name), int(lines))


def _counted(fault: Fault, after_lines: int) -> int:
    if after_lines and fault is not Fault.PAPER_OUT:
        raise ValueError(f"only {Fault.PAPER_OUT} counts lines")
    if after_lines > MAX_AFTER_LINES:
        raise ValueError(f"at most {MAX_AFTER_LINES} lines")
    return after_lines


def _fail(seat: PrinterSeat, fields: Fields) -> Reply:
    fault = fields.choice("name", Fault)
    try:
        after_lines = _counted(fault, fields.maybe_number("after_lines") or 0)
    except ValueError as error:
        raise RequestError("bad-request", str(error)) from error
    return Reply(effects=seat.fail(fault, after_lines))


def _paper(printer: ReceiptPrinter) -> dict[str, Json]:
    return {
        "slips": [slip.text for slip in printer.paper.receipts],
        "loose": printer.paper.loose.text,
    }


def _state(printer: ReceiptPrinter) -> dict[str, Json]:
    return {
        "faults": [str(fault) for fault in sorted(printer.faults)],
        "display": printer.display,
        "drawer": len(printer.pulses),
        "lost": printer.lost,
    }
