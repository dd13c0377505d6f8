"""The receipt printer twin: bytes in, answers, paper and drawer pulses out. Sans-IO.

What it does as the real one (Epson's reference; Epson TM-U295 for real-time commands):
real-time commands act as their bytes arrive, also inside pictures, also when stopped; GS r, GS I,
GS a and GS ( H wait their turn in the buffer; with the paper out or the cover open everything is
held, and printed afterwards; nothing is printed before its line ends. The parts: printer_engine
(buffer, time), printer_mechanism (paper, faults), printer_escpos and star_printer (languages).
"""

from __future__ import annotations

from collections.abc import Mapping

from pos_guard.clock import Clock, ManualClock
from pos_guard.frames.escpos_commands import DrawerPulse
from pos_guard.frames.escpos_status import Condition
from pos_guard.frames.printer_models import PrinterModel, printer_model
from pos_guard_simulator.paper_slip import Paper
from pos_guard_simulator.printer_engine import Engine
from pos_guard_simulator.printer_escpos import EscPos
from pos_guard_simulator.printer_faults import Fault
from pos_guard_simulator.printer_mechanism import Mechanism
from pos_guard_simulator.printer_setup import AS_DELIVERED, Setup
from pos_guard_simulator.star_printer import Star

__all__ = ["Fault", "ReceiptPrinter", "Setup"]

_LANGUAGES: Mapping[str, type[EscPos | Star]] = {"escpos": EscPos, "star": Star}


class ReceiptPrinter:
    """One printer with its customer display and cash drawer; a ``ByteDevice``.

    ``data`` takes what the host sends and gives what goes back. The shell should hand over at
    most ``room`` bytes at a time; what does not fit is lost, as on a line without handshake.
    With ``Setup(timed=True)`` printing takes its time on ``clock``: call ``tick`` at
    ``deadline_us``.
    """

    def __init__(
        self,
        model: PrinterModel | None = None,
        setup: Setup = AS_DELIVERED,
        clock: Clock | None = None,
    ) -> None:
        self.model = printer_model("epson") if model is None else model
        self.setup = setup
        self._body = Mechanism(self.model, setup)
        self._language = _LANGUAGES[self.model.language](self._body)
        self.clock = clock or ManualClock()
        self._engine = Engine(self._body, self._language, self.clock)

    @property
    def paper(self) -> Paper:
        """What has come out."""
        return self._body.roll

    @property
    def pulses(self) -> list[DrawerPulse]:
        """Every pulse on the drawer connector, oldest first."""
        return self._body.pulses

    @property
    def beeps(self) -> int:
        """How often the buzzer sounded."""
        return self._body.beeps

    @property
    def faults(self) -> frozenset[Fault]:
        """What is wrong now."""
        return self._body.faults

    @property
    def lost(self) -> int:
        """Bytes that came when the buffer was full."""
        return self._engine.lost

    @property
    def display(self) -> str:
        """The customer display's two lines."""
        return self._language.display

    @property
    def room(self) -> int:
        """Bytes that fit in the receive buffer now; all of it while the printer waits for data."""
        return self._engine.room

    @property
    def busy(self) -> bool:
        """DTR off (or XOFF was sent): the host must not send now. Switched off is busy too."""
        return self._body.line.busy or not self._body.powered

    @property
    def condition(self) -> Condition:
        """The printer's state, as its status bytes tell it."""
        return self._body.condition

    @property
    def deadline_us(self) -> int | None:
        """When the motion under way ends, on the clock's boot time."""
        return self._engine.deadline_us

    def data(self, data: bytes) -> bytes:
        """The host sent bytes: what the printer answers."""
        return self._engine.data(data)

    def tick(self) -> bytes:
        """Time has passed: print on; what the printer says."""
        return self._engine.tick()

    def fail(self, fault: Fault, *, after_lines: int = 0) -> bytes:
        """A fault happens, now or when so many more lines are printed: status sent unasked."""
        return self._engine.fail(fault, after_lines)

    def clear(self, fault: Fault) -> bytes:
        """Somebody put it right: held data is printed; what the printer sends."""
        return self._engine.clear(fault)

    def host_ready(self, ready: bool) -> bytes:
        """The host's DSR line: answers to buffered commands wait for it."""
        return self._engine.host_ready(ready)

    def reset(self) -> bytes:
        """Reset by the interface (serial pin 25, parallel nInit): buffers and settings are new."""
        return self._engine.reset()
