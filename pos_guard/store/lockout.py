"""Wrong PINs in a row: each costs a longer wait, the tenth half an hour. Survives restarts."""

from __future__ import annotations

from pos_guard.clock import SECOND, Clock
from pos_guard.store.columns import as_int
from pos_guard.store.database import Database

# PCI DSS 8.3.4: locked after at most ten wrong tries, for at least 30 minutes or until somebody
# confirms who it is (``forget``). From the third try on, each wait is twice the one before.
LOCK_AFTER = 10
LOCK_US = 30 * 60 * SECOND
DELAY_AFTER = 3
FIRST_DELAY_US = 5 * SECOND

NOBODY = ""
"""All tries with ids that nobody has are counted under this id, which nobody can have."""


class Lockout:
    """The table of tries. Writing needs an open transaction."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def failures(self, person: str) -> int:
        """Tries since the last right PIN."""
        row = self._database.row("SELECT failures FROM pin_attempts WHERE person = ?", person)
        return 0 if row is None else as_int(row[0])

    def wait_us(self, person: str) -> int:
        """Microseconds until the next try counts; 0: now."""
        row = self._database.row(
            "SELECT failures, boot_id, boot_us FROM pin_attempts WHERE person = ?", person
        )
        if row is None:
            return 0
        # After a reboot only the time since then is certain to have passed: the wall clock can be
        # set. It costs half an hour at most.
        now = self._clock.boot_us()
        since = now - as_int(row[2]) if row[1] == self._clock.boot_id else now
        return max(0, delay_us(as_int(row[0])) - since)

    def count(self, person: str) -> None:
        """One more try; a right PIN forgets it."""
        self._database.write(
            "INSERT INTO pin_attempts (person, failures, boot_id, boot_us, wall_us)"
            " VALUES (?, 1, ?, ?, ?)"
            " ON CONFLICT (person) DO UPDATE SET failures = failures + 1,"
            " boot_id = excluded.boot_id, boot_us = excluded.boot_us, wall_us = excluded.wall_us",
            person,
            self._clock.boot_id,
            self._clock.boot_us(),
            self._clock.wall_us(),
        )

    def forget(self, person: str) -> None:
        """Start again from none."""
        self._database.write("DELETE FROM pin_attempts WHERE person = ?", person)


def delay_us(failures: int) -> int:
    """How long a person waits after so many wrong tries in a row."""
    if failures < DELAY_AFTER:
        return 0
    if failures >= LOCK_AFTER:
        return LOCK_US
    return int(FIRST_DELAY_US * 2 ** (failures - DELAY_AFTER))
