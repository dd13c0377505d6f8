"""``pos-guard simulate printer``: faults, paper and its pictures."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from pos_guard.clock import SystemClock
from pos_guard.frames.decoded import Json
from pos_guard.frames.printer_models import model_names, printer_model
from pos_guard.links.session import Effects
from pos_guard.ports.address import Address
from pos_guard_simulator.bench import Second
from pos_guard_simulator.faulty_line.line import FaultyLine
from pos_guard_simulator.line_faults import LineFault, LinePlan
from pos_guard_simulator.paper import Slip
from pos_guard_simulator.printer import ReceiptPrinter, Setup
from pos_guard_simulator.printer_on_usb import printer_on_usb, usb_identity
from pos_guard_simulator.printer_setup import AS_DELIVERED
from pos_guard_simulator.simulate_device import Beside, Device, Fields, Reply, RequestError
from pos_guard_simulator.simulate_faults import Direction, Trouble, line_plan, lines_before, planned
from pos_guard_simulator.simulated_printer import PrinterSeat, SlipWatch
from pos_guard_simulator.watches.printer import PrinterWatch

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

    def __init__(
        self, printer: ReceiptPrinter, cut: Callable[[Slip], None], idle_s: float | None = None
    ) -> None:
        super().__init__(printer, idle_s)
        self._cut = cut
        self._watch = SlipWatch(printer)

    def said(self, answer: bytes) -> Effects:
        """The same, with the slips that fell on the way."""
        for slip in self._watch.fresh():
            self._cut(slip)
        return super().said(answer)


@dataclass(frozen=True, slots=True)
class PrinterOptions:
    """How ``pos-guard simulate printer`` was called.

    ``troubles`` are planned from the start. ``idle_s``: hang up after so long without data;
    ``second``: what becomes of a second client. ``seed`` makes garbage repeatable. ``snmp``:
    where its status can be asked.
    """

    profile: str = "epson"
    setup: Setup = AS_DELIVERED
    troubles: Sequence[Trouble] = ()
    idle_s: float | None = None
    second: Second = "wait"
    seed: int = 0
    snmp: Address | None = None


def profiles() -> list[str]:
    """The models, and the short names of some."""
    return list(model_names())


def printer_device(options: PrinterOptions, writer: SlipWriter | None = None) -> Device:
    """A printer as it was asked for."""
    printer = ReceiptPrinter(printer_model(options.profile), options.setup, SystemClock())
    if writer is None:
        seat = PrinterSeat(printer, options.idle_s)
    else:
        seat = CuttingSeat(printer, writer.add, options.idle_s)
    line = FaultyLine(seat, options.seed)
    for trouble in options.troubles:
        _plan(seat, line, trouble)

    def finish() -> None:
        if writer is not None:
            if not printer.paper.loose.blank:
                writer.add(printer.paper.loose)
            writer.close()

    return Device(
        "printer",
        line,
        {
            "fault": lambda fields: Reply(effects=_plan(seat, line, _trouble(fields))),
            "clear": lambda fields: Reply(effects=_clear(seat, line, fields)),
            "paper": lambda _: Reply(_paper(printer)),
            "picture": lambda fields: Reply(_picture(printer, fields)),
            "state": lambda _: Reply(_state(printer)),
        },
        {"profile": options.profile},
        second=options.second,
        finish=finish,
        protocol=printer.model.language,
        watch=PrinterWatch(printer).fresh,
        on_usb=lambda twin: printer_on_usb(printer, twin, usb_identity(printer.model)),
        ready=lambda: not (printer.busy and options.setup.handshake == "dtr"),
        beside=_beside(printer, options),
    )


def _beside(printer: ReceiptPrinter, options: PrinterOptions) -> Beside | None:
    if options.snmp is None:
        return None
    # Loaded when somebody wants it: a start takes no longer for those who do not.
    from pos_guard_simulator.snmp.printer_agent import printer_agent

    return printer_agent(printer, options.profile, options.snmp)


def _plan(seat: PrinterSeat, line: FaultyLine, trouble: Trouble) -> Effects:
    """A fault of the printer or of its line, now or later."""
    if isinstance(trouble, LinePlan):
        return line.plan(trouble)
    return line.outward(seat.fail(trouble.fault, trouble.after_lines))


def _trouble(fields: Fields) -> Trouble:
    """A fault as the control socket tells it."""
    try:
        fault = planned(fields.text("name"))
        if isinstance(fault, LineFault):
            at, amount = fields.maybe_number("at") or 0, fields.maybe_number("amount")
            outward = fields.maybe_choice("direction", Direction) is Direction.OUT
            return line_plan(fault, at, outward=outward, amount=amount)
        return lines_before(fault, fields.maybe_number("after_lines") or 0)
    except ValueError as error:
        raise RequestError("bad-request", str(error)) from error


def _clear(seat: PrinterSeat, line: FaultyLine, fields: Fields) -> Effects:
    try:
        fault = planned(fields.text("name"))
    except ValueError as error:
        raise RequestError("bad-request", str(error)) from error
    if isinstance(fault, LineFault):
        return line.clear(fault)
    return line.outward(seat.clear(fault))


def _paper(printer: ReceiptPrinter) -> dict[str, Json]:
    return {
        "first": printer.paper.first,
        "slips": [slip.text for slip in printer.paper.receipts],
        "loose": printer.paper.loose.text,
    }


def _picture(printer: ReceiptPrinter, fields: Fields) -> dict[str, Json]:
    """A receipt as PNG, by its number; without one what is not cut yet."""
    number = fields.maybe_number("number")
    slips, first = printer.paper.receipts, printer.paper.first
    if number is not None and not first <= number < first + len(slips):
        raise RequestError("bad-request", f"receipt {number} is not kept, or was not printed yet")
    slip = printer.paper.loose if number is None else slips[number - first]
    png = io.BytesIO()
    slip.image().save(png, "PNG")
    return {"png": base64.b64encode(png.getvalue()).decode("ascii")}


def _state(printer: ReceiptPrinter) -> dict[str, Json]:
    return {
        "faults": [str(fault) for fault in sorted(printer.faults)],
        "display": printer.display,
        "drawer": len(printer.pulses),
        "beeps": printer.beeps,
        "busy": printer.busy,
        "room": printer.room,
        "lost": printer.lost,
    }
