"""Any twin with a faulty line before it: drops, delays, stalls, wrong speeds, unplugs at a byte."""

from __future__ import annotations

from random import Random

from pos_guard.links.session import CloseApp, Effects, SetTimer, ToApp
from pos_guard_simulator.bench import Bounded, Twin
from pos_guard_simulator.faulty_line.power import power_of
from pos_guard_simulator.faulty_line.side import FLOW, Flow, LineSide
from pos_guard_simulator.faulty_line.uart import resampled, with_parity, without_parity
from pos_guard_simulator.line_faults import ComesBack, LineFault, LinePlan

_INWARD, _OUTWARD, _POWER, _BROWN = "line-in", "line-out", "line-power", "line-brown"

MAX_HELD = 1 << 20
"""Bytes of answers that a stalled line keeps; a printer says a few hundred in all that time."""


class FaultyLine:
    """Between a place and a twin. Without a plan it changes nothing.

    ``twin`` is the device itself. ``serial``: it is a serial line, which is there again by itself
    after a loss of power; a printer knows that of its own set-up.
    """

    def __init__(self, twin: Twin, seed: int = 0, *, serial: bool = False) -> None:
        self.twin = twin
        self._power = power_of(twin, serial=serial)
        self._in, self._out = LineSide(seed, _INWARD), LineSide(seed + 1, _OUTWARD)
        self._flow = Flow()
        # Not for secrets: the point is that a run can be repeated.
        self._dice = Random(seed + 2)  # noqa: S311
        self._dead = False

    @property
    def room(self) -> int:
        """Bytes that the line takes now; a dead connection swallows anything."""
        if self._dead:
            return MAX_HELD
        room = self.twin.room if isinstance(self.twin, Bounded) else MAX_HELD
        room = min(room, self._flow.room) if self._flow.rate else room
        return 0 if self._in.waits else room

    def plan(self, plan: LinePlan) -> Effects:
        """A fault to come; one that is due at once happens at once."""
        side = self._out if plan.outward else self._in
        side.wire.plan(plan)
        return [] if plan.at else self._carry(side, b"")

    def clear(self, fault: LineFault) -> Effects:
        """What holds until it is cleared ends; the others end by themselves."""
        match fault:
            case LineFault.STALL:
                self._in.stalled = self._out.stalled = False
                return self._release(self._in) + self._release(self._out)
            case LineFault.BACK_PRESSURE:
                self._flow.rate = 0
            case LineFault.BAUD_MISMATCH | LineFault.PARITY_MISMATCH:
                self._in.bend = self._out.bend = None
            case _:
                pass
        return []

    def connected(self) -> Effects:
        """A new connection: what was dead is left behind."""
        self._dead = False
        return self._outward(self.twin.connected())

    def data(self, data: bytes) -> Effects:
        """From the host."""
        self._flow.room = max(self._flow.room - len(data), 0)
        return self._carry(self._in, data)

    def closed(self) -> Effects:
        """What was still in the line is lost."""
        self._in.forget()
        self._out.forget()
        return self._outward(self.twin.closed())

    def timer(self, name: str) -> Effects:
        """A delay is over, the power is back, or it is the twin's own."""
        for side in (self._in, self._out):
            if name == side.name:
                side.delayed = False
                return self._release(side)
            if name == f"{side.name}-swap":
                return self._pass(side, b"")
        if name == _POWER:
            return self._power_back()
        if name == _BROWN:
            self._in.bend = self._out.bend = None
            return _unsaid(self._power.off()) + self._power_back()
        return self._flow.tick() if name == FLOW else self._outward(self.twin.timer(name))

    def outward(self, effects: Effects) -> Effects:
        """What the twin did by somebody's hand (a fault, new paper), as the line lets it out."""
        return self._outward(effects)

    def _outward(self, effects: Effects) -> Effects:
        out: Effects = []
        for effect in effects:
            out += self._carry(self._out, effect.data) if isinstance(effect, ToApp) else [effect]
        return out

    def _carry(self, side: LineSide, data: bytes) -> Effects:
        effects: Effects = []
        for part in side.wire.carry(data):
            if isinstance(part, LinePlan):
                effects += self._happen(side, part)
            elif not self._dead:
                effects += self._pass(side, part)
        return effects

    def _pass(self, side: LineSide, data: bytes) -> Effects:
        pieces, effects = side.shaped(data)
        for piece in pieces:
            effects += self._hand_over(side, piece)
        return effects

    def _hand_over(self, side: LineSide, data: bytes) -> Effects:
        if side.waits:
            side.held += data[: MAX_HELD - len(side.held)]
            return []
        if side is self._out:
            return [ToApp(data)]
        return self._outward(self.twin.data(data))

    def _release(self, side: LineSide) -> Effects:
        if side.waits or not side.held:
            return []
        data = bytes(side.held)
        side.held.clear()
        return self._hand_over(side, data)

    def _happen(self, side: LineSide, plan: LinePlan) -> Effects:
        match plan.fault:
            case LineFault.DELAY:
                side.delayed = True
                return [SetTimer(side.name, plan.amount / 1000)]
            case LineFault.STALL:
                side.stalled = True
            case LineFault.TRUNCATE:
                side.cut = plan.amount
            case LineFault.REORDER:
                side.swap = True
            case LineFault.BACK_PRESSURE:
                self._flow.rate = plan.amount
                return self._flow.tick()
            case LineFault.BAUD_MISMATCH | LineFault.PARITY_MISMATCH | LineFault.BROWN_OUT:
                return self._misread(plan)
            case _:
                return self._break_off(plan)
        return []

    def _misread(self, plan: LinePlan) -> Effects:
        """What makes other bytes of all that goes by."""
        if plan.fault is LineFault.BAUD_MISMATCH:
            self._in.bend = lambda data: resampled(data, plan.amount, 100)
            self._out.bend = lambda data: resampled(data, 100, plan.amount)
        elif plan.fault is LineFault.PARITY_MISMATCH:
            self._in.bend, self._out.bend = without_parity, with_parity
        else:
            self._in.bend = self._out.bend = self._garbled
            return [SetTimer(_BROWN, plan.amount / 1000)]
        return []

    def _break_off(self, plan: LinePlan) -> Effects:
        """What makes an end of the connection."""
        self._dead = True
        match plan.fault:
            case LineFault.POWER_CYCLE:
                return [*_unsaid(self._power.off()), SetTimer(_POWER, plan.amount / 1000)]
            case LineFault.UNPLUG:
                return [CloseApp("unplugged")]
            case LineFault.RE_ENUMERATE:
                return [ComesBack("comes back at another port", plan.amount / 1000)]
            case _:
                return []  # half open: nobody is told

    def _garbled(self, data: bytes) -> bytes:
        return bytes(byte ^ self._dice.randint(1, 255) for byte in data)

    def _power_back(self) -> Effects:
        """On again. A network connection from before is reset; a serial line is just there."""
        self._dead = False
        effects = self._outward(self._power.on())
        if self._power.serial:
            return effects
        return [*_unsaid(effects), CloseApp("switched off and on")]


def _unsaid(effects: Effects) -> Effects:
    """Effects without bytes: nobody is there who could hear them."""
    return [effect for effect in effects if not isinstance(effect, ToApp)]
