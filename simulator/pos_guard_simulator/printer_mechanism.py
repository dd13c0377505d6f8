"""A printer's body: paper, cover, cutter, buttons, drawer; no language."""

from __future__ import annotations

from pos_guard.frames.escpos_commands import DrawerPulse
from pos_guard.frames.escpos_status import Condition
from pos_guard.frames.printer_models import PrinterModel
from pos_guard_simulator.printer_faults import BY_COMMAND, STOPS, Fault
from pos_guard_simulator.printer_line import BusyLine
from pos_guard_simulator.printer_roll import Roll
from pos_guard_simulator.printer_setup import Setup


class Mechanism:
    """What a printer's language acts on.

    ``near_end_stops`` and ``buttons`` are what ESC c 4 and ESC c 5 set. ``pulses`` are those that
    ever left the drawer connector, ``beeps`` those of the buzzer.
    """

    def __init__(self, model: PrinterModel, setup: Setup) -> None:
        self.model = model
        self.setup = setup
        self.roll = Roll(model.dots)
        self.line = BusyLine(
            model.buffer, xonxoff=setup.handshake == "xonxoff", silent=not model.answers
        )
        self.faults: frozenset[Fault] = frozenset()
        self.pulses: list[DrawerPulse] = []
        self.beeps = 0
        self.near_end_stops = False
        self.buttons = True

    @property
    def powered(self) -> bool:
        """The power is on."""
        return Fault.POWER_OFF not in self.faults

    @property
    def stopped(self) -> bool:
        """Nothing is printed, and what comes through the buffer waits."""
        near_end = self.near_end_stops and Fault.PAPER_NEAR_END in self.faults
        return near_end or bool(self.faults & STOPS)

    @property
    def condition(self) -> Condition:
        """The state, as status bytes tell it."""
        faults, needs_enq = self.faults, self.setup.cover_needs_enq
        under_way = Fault.COVER_OPEN_PRINTING in faults
        pressed = self.buttons and Fault.FEED_BUTTON in faults
        return Condition(
            online=not self.stopped,
            paper=Fault.PAPER_OUT not in faults,
            near_end=self.model.near_end_sensor and Fault.PAPER_NEAR_END in faults,
            cover_open=under_way or Fault.COVER_OPEN in faults,
            cutter_error=Fault.CUTTER in faults,
            drawer_high=self._drawer_high(),
            near_end_sensor=self.model.near_end_sensor,
            recoverable=Fault.RECOVERABLE in faults or (under_way and needs_enq),
            unrecoverable=Fault.UNRECOVERABLE in faults,
            auto_recoverable=Fault.HEAD_HOT in faults or (under_way and not needs_enq),
            waiting=Fault.WAITING in faults,
            feed_button=pressed,
            fed_by_button=pressed,
        )

    def happen(self, fault: Fault) -> None:
        """A fault is there. A button that ESC c 5 switched off does nothing."""
        if fault is not Fault.FEED_BUTTON or self.buttons:
            self.faults |= {fault}

    def mend(self, fault: Fault) -> None:
        """Somebody put it right. A cover closed after an error may leave the error."""
        gone = {fault}
        if fault in (Fault.COVER_OPEN, Fault.COVER_OPEN_PRINTING):
            gone = {Fault.COVER_OPEN, Fault.COVER_OPEN_PRINTING}
            if self.setup.cover_needs_enq and Fault.COVER_OPEN_PRINTING in self.faults:
                self.faults |= {Fault.RECOVERABLE}
        if fault is Fault.FEED_BUTTON:
            gone |= {Fault.WAITING}
        self.faults -= gone

    def recover(self) -> bool:
        """DLE ENQ 1 or 2: False when there is no error that a command can clear."""
        recoverable = self.faults & BY_COMMAND
        self.faults -= recoverable
        return bool(recoverable)

    def pulse(self, pulse: DrawerPulse) -> None:
        """The drawer connector; while an error is there nothing comes out of it [dle_dc4_fn1]."""
        if self.condition.error:
            return
        self.pulses.append(pulse)
        if self.setup.drawer:
            self.faults |= {Fault.DRAWER_OPEN}

    def power_on(self) -> None:
        """What the power does not keep; the paper, the cover and the drawer stay as they are."""
        self.faults -= {Fault.POWER_OFF, Fault.UNRECOVERABLE, *BY_COMMAND}
        self.near_end_stops, self.buttons = False, True
        self.roll.drop()
        self.line.reset()

    def _drawer_high(self) -> bool:
        """Pin 3; a drawer that is missing or not wired leaves it low."""
        opened = Fault.DRAWER_OPEN in self.faults
        if "no-drawer-status" in self.model.quirks:
            return False
        if not self.setup.drawer:
            return opened and self.model.drawer_open_high
        return opened == self.model.drawer_open_high
