"""Whether the disk under the record can be trusted: is there room, and can it be written."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from pos_guard.clock import SECOND, Clock
from pos_guard.policy.request import Disk

LOW_BYTES = 64 * 1024 * 1024
"""Below it somebody should make room: some tens of thousands of verdicts still fit."""

BAD_BYTES = 4 * 1024 * 1024
"""Below it the next verdict, or the log that SQLite writes it to first, may not fit."""

CHECKED_US = 30 * SECOND
"""How long an answer counts, by boot time. A commit that fails denies by itself at any time."""

_PROBE = b"pos-guard"


def probe(directory: Path) -> Disk:
    """Look at the file system of a directory, and write a small file there."""
    try:
        room = os.statvfs(directory)
        with tempfile.TemporaryFile(dir=directory) as file:
            file.write(_PROBE)
            file.flush()
    except OSError:
        return Disk.BAD
    free = room.f_bavail * room.f_frsize
    if free < BAD_BYTES:
        return Disk.BAD
    return Disk.LOW if free < LOW_BYTES else Disk.GOOD


class DiskWatch:
    """Asks ``look`` at most once in ``CHECKED_US``."""

    def __init__(self, look: Callable[[], Disk], clock: Clock) -> None:
        self._look = look
        self._clock = clock
        self._seen: tuple[int, Disk] | None = None

    def state(self) -> Disk:
        """How the disk is, or was a moment ago."""
        now = self._clock.boot_us()
        if self._seen is None or not 0 <= now - self._seen[0] < CHECKED_US:
            self._seen = now, self._look()
        return self._seen[1]
