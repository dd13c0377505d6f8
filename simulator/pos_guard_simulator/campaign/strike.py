"""Lets the fault of a cell happen when its scenario comes to the place where it belongs."""

from __future__ import annotations

from pos_guard_simulator.campaign.outcome import Cell
from pos_guard_simulator.campaign.place import DONE, MACHINE, PEOPLE, place_of
from pos_guard_simulator.campaign.shop import TERMINAL, Shop, until
from pos_guard_simulator.faults.of_shop import MachineFault, PeopleFault

CLOCK_JUMP_SECONDS = -86_400
"""A day back: what a machine without a battery has after a start."""

KILL_MS = 900
"""The terminal takes so long, so that the guard is killed while it works."""


class Strike:
    """The fault of one cell; it strikes once, at its ``place``. ``done``: it has."""

    def __init__(self, cell: Cell, shop: Shop) -> None:
        self.place = place_of(cell)
        self._cell = cell
        self._shop = shop
        self.done = False

    @property
    def people(self) -> PeopleFault | None:
        """What the person does wrong who is asked, in this cell."""
        cell = self._cell
        return PeopleFault(cell.fault) if cell.device == PEOPLE else None

    @property
    def kills(self) -> bool:
        """The guard is killed in the midst of the payment."""
        return (self._cell.device, self._cell.fault) == (MACHINE, MachineFault.KILL)

    def at(self, step: str) -> None:
        """The scenario comes to this step.

        :raises LocalError: the device cannot have the fault of this cell.
        """
        device = self._cell.device
        if self.done or step != self.place.step:
            return
        self.done = True
        if device == MACHINE:
            self._machine(MachineFault(self._cell.fault))
        elif device != PEOPLE:
            self._shop.ask(device, "fault", name=self._cell.fault, **self.place.fields)

    def kill(self) -> None:
        """Once the terminal has a request, or is done with it: ``kill -9``, and a new start."""
        seconds = KILL_MS / 1000
        until(lambda: not self._shop.ask(TERMINAL, "state")["idle"], seconds)
        if self.place.kill_when == DONE:
            until(lambda: bool(self._shop.ask(TERMINAL, "state")["idle"]), 2 * seconds)
        self._shop.guard.kill()
        self._shop.restart_guard()

    def _machine(self, fault: MachineFault) -> None:
        if fault is MachineFault.FULL_DISK:
            self._shop.guard.fill_disk()
        elif fault is MachineFault.CLOCK_JUMP:
            self._shop.guard.set_clock(CLOCK_JUMP_SECONDS)
        else:
            self._shop.ask(TERMINAL, "script", do=f"slow:{KILL_MS}")
