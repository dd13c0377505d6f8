"""The terminal's time: ``pos.clock.advance(60)`` lets a minute pass for every device at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from pos_guard.clock import SECOND, Clock, ManualClock, SystemClock

MAX_ALARMS = 100_000
"""Timers that may run out within one ``advance``: a device that asks for more is in a circle."""


class Movable(Clock, Protocol):
    """A clock that a test can move."""

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        ...

    def step_wall(self, seconds: float) -> None:
        """Somebody set the clock."""
        ...

    def reboot(self) -> None:
        """The machine starts again."""
        ...


class RunningClock(SystemClock):
    """The machine's clock, and as far ahead of it as a test says."""

    def __init__(self) -> None:
        super().__init__()
        self._first = self.boot_id
        self._boots = 1
        self._ahead_us = self._set_us = 0

    def boot_us(self) -> int:
        """Microseconds since boot."""
        return super().boot_us() + self._ahead_us

    def wall_us(self) -> int:
        """Microseconds since the epoch."""
        return super().wall_us() + self._ahead_us + self._set_us

    def advance(self, seconds: float) -> None:
        """Jump ahead."""
        self._ahead_us += int(seconds * SECOND)

    def step_wall(self, seconds: float) -> None:
        """Somebody set the clock: only wall time jumps."""
        self._set_us += int(seconds * SECOND)

    def reboot(self) -> None:
        """Another boot: times since boot do not compare with those from before."""
        self._boots += 1
        self.boot_id = f"{self._first}-{self._boots}"


@dataclass(frozen=True, slots=True)
class Alarm:
    """What one device waits for: ``due`` says until when, ``ring`` that some time has passed."""

    due: Callable[[], int | None]
    ring: Callable[[], None]


class PosClock:
    """``pos.clock``. Devices, guard and shop all go by it."""

    def __init__(self, *, frozen: bool = False) -> None:
        self.source: Movable = ManualClock() if frozen else RunningClock()
        self.alarms: list[Alarm] = []

    @property
    def boot_id(self) -> str:
        """Changes with every boot."""
        return self.source.boot_id

    def boot_us(self) -> int:
        """Microseconds since boot."""
        return self.source.boot_us()

    def wall_us(self) -> int:
        """Microseconds since 1970-01-01 UTC."""
        return self.source.wall_us()

    def advance(self, seconds: float) -> None:
        """Let so many seconds pass now: what devices wait for in that time happens, in its order.

        :raises ValueError: time does not go back.
        :raises RuntimeError: a device's timers never come to an end.
        """
        if seconds < 0:
            raise ValueError("time does not go back; step_wall sets the wall clock")
        left = int(seconds * SECOND)
        for _ in range(MAX_ALARMS):
            due = min(
                (at for alarm in self.alarms if (at := alarm.due()) is not None), default=None
            )
            wait = None if due is None else max(due - self.boot_us(), 0)
            if wait is None or wait > left:
                break
            self._pass(wait)
            left -= wait
        else:
            raise RuntimeError(f"more than {MAX_ALARMS} timers ran out within {seconds} s")
        self._pass(left)

    def step_wall(self, seconds: float) -> None:
        """Somebody sets the clock: wall time jumps, nothing else."""
        self.source.step_wall(seconds)

    def _pass(self, microseconds: int) -> None:
        # Half a microsecond more: a float that is a little too small must not round down.
        self.source.advance((microseconds + 0.5) / SECOND)
        for alarm in self.alarms:
            alarm.ring()
