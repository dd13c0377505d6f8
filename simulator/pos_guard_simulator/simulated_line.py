"""A printer's seat with a faulty line before it: drops, delays, stalls, unplugs at a byte."""

from __future__ import annotations

from pos_guard.links.session import CloseApp, Effects, SetTimer, ToApp
from pos_guard_simulator.line_faults import LineFault, LinePlan, Wire
from pos_guard_simulator.printer import Fault
from pos_guard_simulator.simulated_printer import PrinterSeat

_INWARD, _OUTWARD, _POWER = "line-in", "line-out", "line-power"

MAX_HELD = 1 << 20
"""Bytes of answers that a stalled line keeps; a printer says a few hundred in all that time."""


class _Side:
    """One direction: its wire, and what waits while it is delayed or stalled."""

    def __init__(self, seed: int) -> None:
        self.wire = Wire(seed)
        self.held = bytearray()
        self.delayed = False
        self.stalled = False

    @property
    def waits(self) -> bool:
        """Nothing passes now."""
        return self.delayed or self.stalled


class FaultyLine:
    """Between the bench and a printer seat. Without a plan it changes nothing."""

    def __init__(self, seat: PrinterSeat, seed: int = 0) -> None:
        self._seat = seat
        self._in, self._out = _Side(seed), _Side(seed + 1)
        self._dead = False

    @property
    def room(self) -> int:
        """Bytes that the line takes now; a dead connection swallows anything."""
        if self._dead:
            return MAX_HELD
        return 0 if self._in.waits else self._seat.room

    def plan(self, plan: LinePlan) -> Effects:
        """A fault to come; one that is due at once happens at once."""
        side = self._out if plan.outward else self._in
        side.wire.plan(plan)
        return [] if plan.at else self._carry(side, b"")

    def clear(self, fault: LineFault) -> Effects:
        """A stalled line goes on; the others end by themselves."""
        if fault is not LineFault.STALL:
            return []
        self._in.stalled = self._out.stalled = False
        return self._release(self._in) + self._release(self._out)

    def connected(self) -> Effects:
        """A new connection: what was dead is left behind."""
        self._dead = False
        return self._outward(self._seat.connected())

    def data(self, data: bytes) -> Effects:
        """From the host."""
        return self._carry(self._in, data)

    def closed(self) -> Effects:
        """What was still in the line is lost."""
        self._in.held.clear()
        self._out.held.clear()
        return self._outward(self._seat.closed())

    def timer(self, name: str) -> Effects:
        """A delay is over, the power is back, or it is the seat's own."""
        if name == _POWER:
            return self._power_back()
        if name in (_INWARD, _OUTWARD):
            side = self._in if name == _INWARD else self._out
            side.delayed = False
            return self._release(side)
        return self._outward(self._seat.timer(name))

    def outward(self, effects: Effects) -> Effects:
        """What the seat did by somebody's hand (a fault, new paper), as the line lets it out."""
        return self._outward(effects)

    def _outward(self, effects: Effects) -> Effects:
        out: Effects = []
        for effect in effects:
            out += self._carry(self._out, effect.data) if isinstance(effect, ToApp) else [effect]
        return out

    def _carry(self, side: _Side, data: bytes) -> Effects:
        effects: Effects = []
        for part in side.wire.carry(data):
            if isinstance(part, LinePlan):
                effects += self._happen(side, part)
            elif not self._dead:
                effects += self._pass(side, part)
        return effects

    def _pass(self, side: _Side, data: bytes) -> Effects:
        if side.waits:
            side.held += data[: MAX_HELD - len(side.held)]
            return []
        if side is self._out:
            return [ToApp(data)]
        return self._outward(self._seat.data(data))

    def _release(self, side: _Side) -> Effects:
        if side.waits or not side.held:
            return []
        data = bytes(side.held)
        side.held.clear()
        return self._pass(side, data)

    def _happen(self, side: _Side, plan: LinePlan) -> Effects:
        match plan.fault:
            case LineFault.DELAY:
                side.delayed = True
                name = _INWARD if side is self._in else _OUTWARD
                return [SetTimer(name, plan.amount / 1000)]
            case LineFault.STALL:
                side.stalled = True
                return []
            case LineFault.POWER_CYCLE:
                self._dead = True
                self._seat.fail(Fault.POWER_OFF)
                return [SetTimer(_POWER, plan.amount / 1000)]
            case LineFault.UNPLUG:
                self._dead = True
                return [CloseApp("unplugged")]
            case _:
                self._dead = True
                return []

    def _power_back(self) -> Effects:
        """On again. A network connection from before is reset; a serial line is just there."""
        self._dead = False
        effects = self._outward(self._seat.clear(Fault.POWER_OFF))
        if self._seat.printer.setup.interface == "serial":
            return effects
        return [CloseApp("switched off and on")]
