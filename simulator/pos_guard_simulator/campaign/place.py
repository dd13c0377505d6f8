"""Where the fault of a cell strikes in a built-in scenario, by its seed. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from pos_guard.frames.decoded import Json
from pos_guard_simulator.campaign.outcome import Cell
from pos_guard_simulator.campaign.shop import PRINTER, PROVIDER, SCANNER, TERMINAL
from pos_guard_simulator.faults.of_shop import MachineFault
from pos_guard_simulator.line_faults import UNITS, LineFault
from pos_guard_simulator.simulate_faults import LINK

T = TypeVar("T")

MACHINE, PEOPLE = "machine", "people"
"""What can have a fault beside the devices of a shop."""

_REACH: Mapping[str, int] = {PRINTER: 400, SCANNER: 10, TERMINAL: 8, PROVIDER: 200}
"""A line's fault strikes within so many bytes: within the message that its scenario sends."""

_WAYS: Mapping[str, tuple[str, ...]] = {
    PRINTER: ("in",),
    SCANNER: ("out",),
    TERMINAL: ("in", "out"),
    PROVIDER: ("in", "out"),
}
"""Which way messages go that matter."""

PAYMENT = "payment"
"""The step to which all come."""

WORKING, DONE = "working", "done"
"""When the guard is killed: while the terminal works, or once the money has moved."""

STEPS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("sale", TERMINAL): ("payment", "bill", "registration"),
    ("sale", PRINTER): ("receipt", "bill", "payment"),
    ("sale", MACHINE): ("payment", "bill", "receipt"),
    ("refund", TERMINAL): ("payment", "registration"),
    ("qr", SCANNER): ("code", "bill"),
    ("qr", PROVIDER): ("payment", "bill", "code"),
    ("print", PRINTER): ("bill", "receipt"),
    ("scan", SCANNER): ("first code", "second code"),
}
"""Before which steps of a scenario a device's fault can strike, where there is a choice; before the
first one it hurts most, and there it strikes without a seed."""

LINES = 12
"""A printer's fault strikes within so many lines, where a seed moves it."""

SUPERVISOR_SECONDS = 1.5
"""A slow supervisor takes so long; a seed makes it between a tenth of it and half as much again."""

_AMOUNTS: Mapping[str, tuple[int, int]] = {
    "bytes": (1, 4),
    "ms": (100, 3000),
    "bytes/s": (50, 2000),
    "%": (25, 400),
}
"""How much of it, by the unit of a line's fault, where a seed says."""


@dataclass(frozen=True, slots=True)
class Place:
    """``step``: before which step of the scenario; ``fields``: of the request to the device.

    ``kill_when``, ``wrong_pins`` and ``supervisor_seconds`` are for those who have such a fault.
    """

    step: str
    fields: Mapping[str, Json]
    kill_when: str
    wrong_pins: int
    supervisor_seconds: float


def place_of(cell: Cell) -> Place:
    """The place of a cell: the same each time, and with another seed another one."""
    # Not for secrets: the point is that a cell can be repeated.
    dice = Random(f"{cell.seed} {cell.scenario} {cell.device} {cell.fault}")  # noqa: S311

    def moved(choices: Sequence[T]) -> T:
        """One of them; the first without a seed."""
        return dice.choice(choices) if cell.seed else choices[0]

    fields = _fields(cell, dice)
    kills = cell.device == MACHINE and cell.fault == MachineFault.KILL
    steps = () if kills else STEPS.get((cell.scenario, cell.device), ())
    return Place(
        step=moved(steps or (PAYMENT,)),
        fields=fields,
        kill_when=moved((WORKING, DONE)),
        wrong_pins=moved((1, 2)),
        supervisor_seconds=SUPERVISOR_SECONDS * moved((10, *range(1, 16))) / 10,
    )


def _fields(cell: Cell, dice: Random) -> Mapping[str, Json]:
    if not cell.fault.startswith(LINK):
        own = cell.seed and cell.device == PRINTER
        return {"after_lines": dice.randrange(LINES)} if own else {}
    where: dict[str, Json] = {
        "at": dice.randrange(_REACH[cell.device]),
        "direction": dice.choice(_WAYS[cell.device]),
    }
    unit = UNITS.get(LineFault(cell.fault.removeprefix(LINK)))
    if cell.seed and unit is not None:
        where["amount"] = dice.randint(*_AMOUNTS[unit])
    return where
