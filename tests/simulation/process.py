"""The guard's process in a simulated shop: it starts, dies at any point, and comes back."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from pos_guard.errors import PosGuardError
from pos_guard.guard import Guard
from pos_guard.store.store import Store
from tests.simulation.faults import Faults, Killed
from tests.simulation.lines import Line
from tests.simulation.world import World


class Process:
    """One guard over one store; who has it says how it starts and which lines it serves."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.faults = Faults()
        self.guard: Guard | None = None
        self.store: Store | None = None

    def run(self, seconds: float, until: Callable[[], bool] = lambda: False) -> None:
        """Let time pass; whenever the process dies, it is started again."""
        end = self.world.now_us + int(seconds * 1_000_000)
        while self.world.now_us < end and not until():
            try:
                self.world.run((end - self.world.now_us) / 1_000_000, until)
            except Killed:
                self.died()

    def with_guard(self, act: Callable[[Guard], object]) -> None:
        """Somebody uses the guard itself, from a console; the process may die meanwhile."""
        if self.guard is None:
            return
        try:
            act(self.guard)
        except Killed:
            self.died()
        except PosGuardError as error:
            self.world.note(f"console: {error}")
            self._complained(error)

    def died(self, *, power: bool = False) -> None:
        """Everything volatile is gone; the process comes back a little later."""
        cause = self.faults.died_at or "power"
        self.world.count(f"killed {cause}")
        self.world.note(f"killed {cause}")
        self.faults.dead = True
        self._forget()
        for line in self._served():
            line.stop(power=power)
        if self.store is not None:
            self.store.close()  # as the kernel does: nothing uncommitted stays, the lock is free
        self.store = self.guard = None
        self.world.after(self.world.dice.uniform(0.05, 4.0), self._boot)

    def power_cut(self) -> None:
        """The lights go out: process, connections and boot time are gone."""
        self.world.note("power cut")
        self.world.count("power cut")
        self.world.clock.reboot()
        if self.guard is not None:
            self.died(power=True)

    def _boot(self) -> None:
        """The process starts, and may die while it does."""
        self.faults = self._fate()
        try:
            self._start()
        except Killed:
            self.died()

    def _fate(self) -> Faults:
        """What will go wrong in the next life."""
        return Faults()

    def _start(self) -> None:
        raise NotImplementedError

    def _served(self) -> Iterable[Line]:
        raise NotImplementedError

    def _forget(self) -> None:
        """What only the dead process knew."""
        raise NotImplementedError

    def _complained(self, error: PosGuardError) -> None:
        """A console was told this."""
        del error
