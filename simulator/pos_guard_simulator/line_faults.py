"""Faults of a line, at a byte: what goes in one end and what comes out of the other. Sans-IO.

The same seed gives the same garbage. What needs time or hangs up is told to whoever holds the
line (faulty_line.line); the rest happens here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from pos_guard.links.session import CloseApp

MAX_AT = 1 << 30
"""Bytes to a planned fault: more than any test sends."""

MAX_AMOUNT = 600_000
"""Bytes of one fault, or its milliseconds: ten minutes."""

SLOWEST, FASTEST = 5, 2000
"""Percent of the right speed: between 1200 and 19200 baud it is 6 and 1600."""


class LineFault(StrEnum):
    """What can happen between a host and a device.

    ``drop``, ``duplicate`` and ``garble`` concern so many bytes. ``delay`` holds what follows for
    so many milliseconds, ``stall`` until it is cleared. ``half_open``: this connection takes bytes
    and nothing comes of them. ``power_cycle``: the device is off for so many milliseconds.
    ``unplug``: the connection is cut. ``truncate``: the end of what is sent at once is lost, so
    many bytes of it. ``reorder``: the next piece comes behind the one after it. ``back_pressure``:
    the device takes no more than so many bytes a second. ``baud_mismatch``: the host's speed is so
    many percent of the device's. ``parity_mismatch``: the device has 7E1, the host 8N1.
    ``re_enumerate``: the device leaves, and is at another port after so many milliseconds.
    ``brown_out``: for so many milliseconds both ways are garbled, then the device begins anew.
    """

    DROP = "drop"
    DUPLICATE = "duplicate"
    DELAY = "delay"
    GARBLE = "garble"
    STALL = "stall"
    HALF_OPEN = "half_open"
    POWER_CYCLE = "power_cycle"
    UNPLUG = "unplug"
    TRUNCATE = "truncate"
    REORDER = "reorder"
    BACK_PRESSURE = "back_pressure"
    BAUD_MISMATCH = "baud_mismatch"
    PARITY_MISMATCH = "parity_mismatch"
    RE_ENUMERATE = "re_enumerate"
    BROWN_OUT = "brown_out"


UNITS = {
    LineFault.DROP: "bytes",
    LineFault.DUPLICATE: "bytes",
    LineFault.GARBLE: "bytes",
    LineFault.TRUNCATE: "bytes",
    LineFault.DELAY: "ms",
    LineFault.POWER_CYCLE: "ms",
    LineFault.RE_ENUMERATE: "ms",
    LineFault.BROWN_OUT: "ms",
    LineFault.BACK_PRESSURE: "bytes/s",
    LineFault.BAUD_MISMATCH: "%",
}
"""What the amount of a fault counts, where it has one."""


USUAL_AMOUNT = {
    LineFault.DROP: 1,
    LineFault.DUPLICATE: 1,
    LineFault.GARBLE: 1,
    LineFault.DELAY: 1000,
    LineFault.POWER_CYCLE: 1000,
    LineFault.TRUNCATE: 1,
    LineFault.BACK_PRESSURE: 100,
    LineFault.BAUD_MISMATCH: 50,
    LineFault.RE_ENUMERATE: 500,
    LineFault.BROWN_OUT: 300,
}
"""The amount where none is named."""

UNTIL_CLEARED = frozenset(
    {
        LineFault.STALL,
        LineFault.BACK_PRESSURE,
        LineFault.BAUD_MISMATCH,
        LineFault.PARITY_MISMATCH,
    }
)
"""What does not end by itself."""


@dataclass(frozen=True, slots=True)
class ComesBack(CloseApp):
    """The device leaves its port, and is at another one after so long."""

    seconds: float


_MANGLES = frozenset({LineFault.DROP, LineFault.DUPLICATE, LineFault.GARBLE})


@dataclass(frozen=True, slots=True)
class LinePlan:
    """A fault once ``at`` more bytes have gone by; ``outward``: of what the device says."""

    fault: LineFault
    at: int = 0
    outward: bool = False
    amount: int = 1


class Wire:
    """One direction of a line."""

    def __init__(self, seed: int = 0) -> None:
        # Not for secrets: the point is that a run can be repeated.
        self._dice = Random(seed)  # noqa: S311
        self._plans: list[LinePlan] = []
        self._gone = 0

    def plan(self, plan: LinePlan) -> None:
        """A fault to come, counted from the bytes that have gone by now."""
        moved = LinePlan(plan.fault, self._gone + plan.at, plan.outward, plan.amount)
        self._plans = sorted([*self._plans, moved], key=lambda one: one.at)

    def carry(self, data: bytes) -> list[bytes | LinePlan]:
        """What comes out: bytes, and between them the faults that the holder must act on."""
        out: list[bytes | LinePlan] = []
        while True:
            plan = self._plans[0] if self._plans else None
            if plan is None or plan.at > self._gone + len(data):
                self._give(out, data)
                return _joined(out)
            place = max(plan.at - self._gone, 0)
            before, data = data[:place], data[place:]
            self._give(out, before)
            if plan.fault not in _MANGLES:
                self._plans.pop(0)
                out.append(plan)
                continue
            if not data:
                return _joined(out)
            data = self._mangle(plan, data, out)

    def _give(self, out: list[bytes | LinePlan], data: bytes) -> None:
        self._gone += len(data)
        if data:
            out.append(data)

    def _mangle(self, plan: LinePlan, data: bytes, out: list[bytes | LinePlan]) -> bytes:
        """Do it to what is here of its bytes; the rest of them is still to come."""
        part, rest = data[: plan.amount], data[plan.amount :]
        self._gone += len(part)
        self._plans.pop(0)
        left = plan.amount - len(part)
        if left:
            self._plans.insert(0, LinePlan(plan.fault, self._gone, plan.outward, left))
        if plan.fault is LineFault.DUPLICATE:
            out += [bytes((byte, byte)) for byte in part]
        elif plan.fault is LineFault.GARBLE:
            out.append(bytes(byte ^ self._dice.randint(1, 255) for byte in part))
        return rest


def _joined(parts: Iterable[bytes | LinePlan]) -> list[bytes | LinePlan]:
    """Neighbouring bytes as one."""
    out: list[bytes | LinePlan] = []
    for part in parts:
        if out and isinstance(part, bytes) and isinstance(out[-1], bytes):
            out[-1] += part
        else:
            out.append(part)
    return out
