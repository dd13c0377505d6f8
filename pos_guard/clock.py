"""Time as an argument: wall time for people, boot time for deadlines and approvals.

Stored times are integer microseconds. Boot time (CLOCK_BOOTTIME) runs through suspend and cannot
be set, so that nobody prolongs an approval by turning the clock back.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Protocol

SECOND = 1_000_000
"""Microseconds in a second."""


class Clock(Protocol):
    """Where time comes from."""

    @property
    def boot_id(self) -> str:
        """Changes with every boot: boot times compare only within one."""
        ...

    def boot_us(self) -> int:
        """Microseconds since boot, never going back."""
        ...

    def wall_us(self) -> int:
        """Microseconds since 1970-01-01 UTC, as far as the machine knows."""
        ...


class SystemClock:
    """The machine's own clock."""

    def __init__(self) -> None:
        self.boot_id = _kernel_boot_id()

    def boot_us(self) -> int:
        """Microseconds since boot."""
        return _boot_ns() // 1000

    def wall_us(self) -> int:
        """Microseconds since the epoch."""
        return time.time_ns() // 1000


class ManualClock:
    """A clock that moves only when told: tests, the simulator, replays."""

    def __init__(self, *, wall_us: int = 1_767_225_600 * SECOND, boot_id: str = "boot-1") -> None:
        self.boot_id = boot_id
        self._wall_us = wall_us
        self._boot_us = 1 * SECOND

    def boot_us(self) -> int:
        """Microseconds since the pretended boot."""
        return self._boot_us

    def wall_us(self) -> int:
        """Microseconds since the epoch."""
        return self._wall_us

    def advance(self, seconds: float) -> None:
        """Let time pass on both clocks."""
        step = int(seconds * SECOND)
        self._boot_us += step
        self._wall_us += step

    def step_wall(self, seconds: float) -> None:
        """Somebody set the clock: only wall time jumps."""
        self._wall_us += int(seconds * SECOND)

    def reboot(self) -> None:
        """A power cut: a new boot id, and boot time starts again."""
        number = int(self.boot_id.rpartition("-")[2] or 0) + 1
        self.boot_id = f"boot-{number}"
        self._boot_us = 1 * SECOND


def _boot_ns() -> int:
    if sys.platform == "linux":
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    return time.monotonic_ns()  # for the simulator; the guard runs on Linux


def _kernel_boot_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return "unknown"
