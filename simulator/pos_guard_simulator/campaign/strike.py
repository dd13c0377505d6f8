"""Lets the fault of a cell happen when its scenario comes to the place where it belongs."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from pos_guard.frames.decoded import Json
from pos_guard_simulator.campaign.outcome import Cell
from pos_guard_simulator.campaign.shop import PRINTER, PROVIDER, SCANNER, TERMINAL, Shop, until
from pos_guard_simulator.faults.of_shop import MachineFault, PeopleFault
from pos_guard_simulator.simulate_faults import LINK

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

CLOCK_JUMP_SECONDS = -86_400
"""A day back: what a machine without a battery has after a start."""

KILL_MS = 900
"""The terminal takes so long, so that the guard is killed while it works."""


class Strike:
    """The fault of one cell; it strikes once. The same cell strikes in the same place."""

    def __init__(self, cell: Cell, shop: Shop) -> None:
        self._cell = cell
        self._shop = shop
        # Not for secrets: the point is that a cell can be repeated.
        self._dice = Random(f"{cell.seed} {cell.scenario} {cell.device} {cell.fault}")  # noqa: S311
        self._done = False

    @property
    def people(self) -> PeopleFault | None:
        """What the person does wrong who is asked, in this cell."""
        cell = self._cell
        return PeopleFault(cell.fault) if cell.device == PEOPLE else None

    @property
    def kills(self) -> bool:
        """The guard is killed in the midst of the payment."""
        return (self._cell.device, self._cell.fault) == (MACHINE, MachineFault.KILL)

    def at(self, device: str) -> None:
        """The scenario comes to what this device does.

        :raises LocalError: the device cannot have the fault of this cell.
        """
        if self._done or device != self._cell.device:
            return
        self._done = True
        if device == MACHINE:
            self._machine(MachineFault(self._cell.fault))
        elif device != PEOPLE:
            self._shop.ask(device, "fault", name=self._cell.fault, **self._place())

    def kill(self) -> None:
        """Once the terminal has a request: ``kill -9``, and a new start."""
        until(lambda: not self._shop.ask(TERMINAL, "state")["idle"], KILL_MS / 1000)
        self._shop.guard.kill()
        self._shop.restart_guard()

    def _machine(self, fault: MachineFault) -> None:
        if fault is MachineFault.FULL_DISK:
            self._shop.guard.fill_disk()
        elif fault is MachineFault.CLOCK_JUMP:
            self._shop.guard.set_clock(CLOCK_JUMP_SECONDS)
        else:
            self._shop.ask(TERMINAL, "script", do=f"slow:{KILL_MS}")

    def _place(self) -> Mapping[str, Json]:
        device = self._cell.device
        if not self._cell.fault.startswith(LINK):
            return {}
        return {
            "at": self._dice.randrange(_REACH[device]),
            "direction": self._dice.choice(_WAYS[device]),
        }
