"""How much a scanner may say: a broken one must not fill the disk, nor keep other links waiting."""

from __future__ import annotations

from typing import Final

from pos_guard.clock import SECOND, Clock

MAX_UNREAD: Final = 16
"""Unreadable scans that are recorded one by one in ``FLOOD_SECONDS``: more than a cashier makes;
a broken cable makes hundreds a second, and each record takes a disk write."""

FLOOD_SECONDS: Final = 10.0

MAX_BURST: Final = 1000
"""Scans that are judged at once: a scanner's memory sent in one go. It takes under a second, and
other links wait no longer than that."""

SCANS_A_SECOND: Final = 100
"""Scans that are judged all the time: ten times what a fast scanner reads from a belt."""


class Flood:
    """Counts what is let in and what is not."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._since_us = clock.boot_us()
        self._left_us = MAX_BURST * SECOND
        self._unread = 0
        self._kept_out = 0

    def admits(self, *, unread: bool) -> bool:
        """One scan came, or something that is none; whether it is to be recorded by itself."""
        now = self._clock.boot_us()
        gained = max(0, now - self._since_us) * SCANS_A_SECOND
        self._left_us = min(MAX_BURST * SECOND, self._left_us + gained)
        self._since_us = now
        self._unread += unread
        few = self._left_us >= SECOND and not (unread and self._unread > MAX_UNREAD)
        if few:
            self._left_us -= SECOND
        else:
            self._kept_out += 1
        return few

    @property
    def counting(self) -> bool:
        """Something is counted that is to be looked at after ``FLOOD_SECONDS``."""
        return bool(self._unread or self._kept_out)

    def over(self) -> int:
        """That time has passed: how many were not recorded by themselves."""
        kept_out, self._kept_out, self._unread = self._kept_out, 0, 0
        return kept_out
