"""Payment codes seen before: keyed hashes, from the first scan until a day after it."""

from __future__ import annotations

from dataclasses import dataclass

from pos_guard.clock import SECOND, Clock
from pos_guard.store.columns import as_int, as_text
from pos_guard.store.database import Database

# Payment codes live for a minute or so (WeChat and Alipay renew them); a day covers every replay.
CODE_LIFE_US = 24 * 3600 * SECOND

# A lane scans some thousand codes a day. More is a flood, and must not fill the disk.
MAX_CODES = 100_000


@dataclass(frozen=True, slots=True)
class SeenCode:
    """What is known of one code. ``age_us``: since it was seen first.

    ``scanned``: a scanner read it at least once, whoever typed it besides.
    """

    used: bool
    scanned: bool
    typed: bool
    age_us: int


class CodeTable:
    """Keyed hashes of payment codes that were shown or charged. Never the codes.

    :raises StoreError: in every method, when the store cannot be read or written.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        # At most so many rows: counted at the first write, then estimated from above.
        self._count = MAX_CODES

    def mark_seen(self, token: str, *, typed: bool) -> None:
        """Somebody showed this code; its age counts from the first time. Needs a transaction.

        A code that was scanned once is a scanned code, however it is entered again.
        """
        self.prune()
        self._database.write(
            "INSERT INTO codes (token, boot_id, boot_us, wall_us, used, typed)"
            " VALUES (?, ?, ?, ?, 0, ?)"
            " ON CONFLICT (token) DO UPDATE SET typed = min(typed, excluded.typed)",
            token,
            *self._now(),
            int(typed),
        )

    def mark_used(self, token: str) -> None:
        """A request carries this code; needs an open transaction."""
        self.prune()
        self._database.write(
            "INSERT INTO codes (token, boot_id, boot_us, wall_us, used, typed)"
            " VALUES (?, ?, ?, ?, 1, 1) ON CONFLICT (token) DO UPDATE SET used = 1",
            token,
            *self._now(),
        )

    def seen(self, token: str) -> SeenCode | None:
        """What is known of this code; None for one that was never seen, or is forgotten."""
        row = self._database.row(
            "SELECT boot_id, boot_us, used, typed FROM codes WHERE token = ?", token
        )
        if row is None:
            return None
        same_boot = as_text(row[0]) == self._clock.boot_id
        # Nobody knows how long the power was away: a code from before is too old.
        age_us = self._clock.boot_us() - as_int(row[1]) if same_boot else CODE_LIFE_US
        typed = bool(as_int(row[3]))
        return SeenCode(bool(as_int(row[2])), not typed, typed, age_us)

    def used(self, token: str) -> bool:
        """A request carried this code before."""
        found = self.seen(token)
        return found is not None and found.used

    def prune(self) -> None:
        """Forget what is older than a day, and of a flood the least needed; in a transaction."""
        boot_id, boot_us, wall_us = self._now()
        # Within one boot only boot time counts: setting the wall clock forgets nothing.
        self._database.write(
            "DELETE FROM codes WHERE boot_id = ? AND boot_us < ?", boot_id, boot_us - CODE_LIFE_US
        )
        # Two ranges, and not "<>": the index leads past the many codes of this boot.
        for others in (
            "DELETE FROM codes WHERE boot_id < ? AND wall_us < ?",
            "DELETE FROM codes WHERE boot_id > ? AND wall_us < ?",
        ):
            self._database.write(others, boot_id, wall_us - CODE_LIFE_US)
        self._count += 1
        if self._count >= MAX_CODES:
            self._stop_flood(boot_id)

    def _stop_flood(self, boot_id: str) -> None:
        row = self._database.row("SELECT count(*) FROM codes")
        self._count = 0 if row is None else as_int(row[0])
        if self._count < MAX_CODES:
            return
        # Codes that were never charged go first, then those of earlier boots, then the oldest.
        self._count -= self._database.write(
            "DELETE FROM codes WHERE token IN"
            " (SELECT token FROM codes ORDER BY used, boot_id = ?, boot_us LIMIT ?)",
            boot_id,
            MAX_CODES // 10,
        )

    def _now(self) -> tuple[str, int, int]:
        return self._clock.boot_id, self._clock.boot_us(), self._clock.wall_us()
