"""Wrong PINs or codes in a row: each costs a longer wait, the tenth half an hour.

The count survives restarts.
"""

from __future__ import annotations

from pos_guard.clock import SECOND, Clock
from pos_guard.store.columns import Row, as_int
from pos_guard.store.database import Database

# PCI DSS 8.3.4: locked after at most ten wrong tries, for at least 30 minutes or until somebody
# confirms who it is (``forget``). From the third try on, each wait is twice the one before.
LOCK_AFTER = 10
LOCK_US = 30 * 60 * SECOND
DELAY_AFTER = 3
FIRST_DELAY_US = 5 * SECOND

NOBODY = ""
"""All tries with ids that nobody has are counted under this id, which nobody can have."""


def second(person: str) -> str:
    """Under which name tries with the second factor are counted: no id holds a bar.

    Apart from those with the PIN: whoever has one of the two must not empty the count of the other.
    """
    return f"{person}|totp"


class Lockout:
    """The table of tries. Writing needs an open transaction."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def failures(self, person: str) -> int:
        """Tries since the last right PIN, and since the last right second factor."""
        return sum(as_int(row[0]) for row in self._rows(person))

    def wait_us(self, person: str) -> int:
        """Microseconds until the next try counts, with either factor; 0: now."""
        return max((self._wait_us(row) for row in self._rows(person)), default=0)

    def _rows(self, person: str) -> list[Row]:
        return self._database.rows(
            "SELECT failures, boot_id, boot_us FROM pin_attempts WHERE person IN (?, ?)",
            person,
            second(person),
        )

    def _wait_us(self, row: Row) -> int:
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
            *self._now(),
        )

    def forget(self, *counted: str) -> None:
        """Start again from none: a person's tries, those with the second factor, or both."""
        for name in counted:
            self._database.write("DELETE FROM pin_attempts WHERE person = ?", name)

    def harden(self) -> None:
        """After a restore: nobody has fewer wrong tries than ``DELAY_AFTER``, and all are new.

        What was tried since the backup is gone; nobody gains more than a short wait's worth by it.
        """
        self._database.write(
            "UPDATE pin_attempts SET failures = max(failures, ?), boot_id = ?, boot_us = ?,"
            " wall_us = ?",
            DELAY_AFTER,
            *self._now(),
        )
        self._database.write(
            "INSERT OR IGNORE INTO pin_attempts (person, failures, boot_id, boot_us, wall_us)"
            " SELECT id, ?, ?, ?, ? FROM people",
            DELAY_AFTER,
            *self._now(),
        )

    def _now(self) -> tuple[str, int, int]:
        return self._clock.boot_id, self._clock.boot_us(), self._clock.wall_us()


def delay_us(failures: int) -> int:
    """How long a person waits after so many wrong tries in a row."""
    if failures < DELAY_AFTER:
        return 0
    if failures >= LOCK_AFTER:
        return LOCK_US
    return int(FIRST_DELAY_US * 2 ** (failures - DELAY_AFTER))
