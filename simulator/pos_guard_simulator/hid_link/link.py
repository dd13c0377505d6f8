"""Both directions of a HID link, and what its faults make the device do. Sans-IO."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pos_guard.links.session import SetTimer
from pos_guard_simulator.hid_link.side import ReportSide
from pos_guard_simulator.line_faults import LineFault, LinePlan

RESET_SECONDS = 0.1
"""From the end of a brown-out to the device that is there again (USB 2.0, 7.1.7.3: 100 ms)."""

_DELAY_IN, _DELAY_OUT, _DARK, _PACE = "hid-in-delay", "hid-out-delay", "hid-dark", "hid-pace"


@dataclass(frozen=True, slots=True)
class Halt:
    """The endpoint of this direction answers STALL from now on."""

    outward: bool


@dataclass(frozen=True, slots=True)
class Leave:
    """The device leaves the bus; None: until somebody puts it back."""

    back_after: float | None = None


Act = SetTimer | Halt | Leave


class HidLink:
    """Whoever holds it asks ``passes`` before each report, and ``copies`` how often it arrives.

    ``do`` is called with what has to be done; so are timers by their name.
    """

    def __init__(self, do: Callable[[Act], None]) -> None:
        self._out, self._in = ReportSide(), ReportSide()
        self._rate = 0
        self._do = do

    def arm(self, plan: LinePlan) -> None:
        """A fault to come: before the next report at the earliest."""
        self._side(plan.outward).plan(plan)

    def fail(self, plan: LinePlan) -> None:
        """A fault to come; one that is due at once happens at once."""
        self.arm(plan)
        if not plan.at:
            self._strike(plan.outward)

    def clear(self, fault: LineFault) -> None:
        """What holds until it is cleared ends; a halted endpoint is its holder's."""
        if fault is LineFault.BACK_PRESSURE:
            self._rate = 0
            self._out.paced = False

    def passes(self, *, outward: bool) -> bool:
        """Whether a report may go that way now; what is due before it strikes first."""
        self._strike(outward)
        return not self._side(outward).waits

    def copies(self, *, outward: bool) -> int:
        """How often the report that goes now arrives; 0: it is lost."""
        if outward and self._rate:
            self._out.paced = True
            self._do(SetTimer(_PACE, 1 / self._rate))
        return self._side(outward).copies()

    def timer(self, name: str) -> None:
        """A delay is over, or the voltage is back."""
        if name == _DARK:
            self._do(Leave(RESET_SECONDS))
        elif name == _PACE:
            self._out.paced = False
        else:
            self._side(name == _DELAY_OUT).delayed = False

    def replugged(self) -> None:
        """A new connection."""
        self._out.replugged()
        self._in.replugged()

    def _side(self, outward: bool) -> ReportSide:
        return self._out if outward else self._in

    def _strike(self, outward: bool) -> None:
        side = self._side(outward)
        while (plan := side.due()) is not None:
            self._happen(side, plan)
            if plan.fault is LineFault.STALL:
                return  # what is due behind it waits until the halt is cleared

    def _happen(self, side: ReportSide, plan: LinePlan) -> None:
        seconds = plan.amount / 1000
        match plan.fault:
            case LineFault.DELAY:
                side.delayed = True
                self._do(SetTimer(_DELAY_OUT if plan.outward else _DELAY_IN, seconds))
            case LineFault.STALL:
                self._do(Halt(plan.outward))
            case LineFault.BACK_PRESSURE:
                self._rate = plan.amount
            case LineFault.BROWN_OUT:
                self._in.dark = self._out.dark = True
                self._do(SetTimer(_DARK, seconds))
            case LineFault.UNPLUG:
                self._leave(Leave())
            case _:  # power_cycle, re_enumerate: it is there again
                self._leave(Leave(seconds))

    def _leave(self, leave: Leave) -> None:
        """Nothing passes from here on, however long the cable takes."""
        self._in.dark = self._out.dark = True
        self._do(leave)
