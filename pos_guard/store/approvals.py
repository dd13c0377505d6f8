"""A second person's yes or no to one waiting request."""

from __future__ import annotations

from pos_guard.clock import Clock
from pos_guard.store.columns import as_text
from pos_guard.store.database import Database


class Approvals:
    """Approvals: bound to the hash of one request, used once, expiring on boot time.

    :raises StoreError: in every method, when the store cannot be read or written.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def add(
        self,
        entry_id: int,
        request_hash: str,
        approver: str,
        expires_boot_us: int,
        boot_id: str,
    ) -> int:
        """Keep a yes until ``expires_boot_us`` of that boot; needs an open transaction."""
        return self._database.insert(
            "INSERT INTO approvals (entry_id, request_hash, approver, expires_boot_us, boot_id)"
            " VALUES (?, ?, ?, ?, ?)",
            entry_id,
            request_hash,
            approver,
            expires_boot_us,
            boot_id,
        )

    def take(self, request_hash: str) -> str | None:
        """Use up the approval of this request in the open transaction; who gave it, or None.

        None: there is none, it expired, it is of another boot, somebody refused the request, or
        the approver is its own operator (nobody approves himself, whatever was asked above).
        """
        row = self._database.row(
            "SELECT approvals.approver FROM approvals"
            " JOIN entries ON entries.id = approvals.entry_id"
            " WHERE approvals.request_hash = ? AND approvals.used = 0"
            " AND approvals.boot_id = ? AND approvals.expires_boot_us > ?"
            " AND approvals.request_hash = entries.request_hash"
            " AND (entries.operator IS NULL OR entries.operator <> approvals.approver)"
            " AND NOT EXISTS (SELECT 1 FROM refusals WHERE refusals.entry_id = entries.id)"
            " ORDER BY approvals.id DESC LIMIT 1",
            request_hash,
            self._clock.boot_id,
            self._clock.boot_us(),
        )
        if row is None:
            return None
        self._database.write("UPDATE approvals SET used = 1 WHERE request_hash = ?", request_hash)
        return as_text(row[0])

    def void_all(self) -> None:
        """No yes counts any more, in the open transaction: after a restore."""
        self._database.write("UPDATE approvals SET used = 1 WHERE used = 0")

    def refuse(self, entry_id: int, person: str) -> None:
        """A person said no; the first no stays. Needs an open transaction."""
        self._database.write(
            "INSERT OR IGNORE INTO refusals (entry_id, person) VALUES (?, ?)", entry_id, person
        )

    def refused(self, entry_id: int) -> bool:
        """Somebody said no to this request."""
        row = self._database.row("SELECT 1 FROM refusals WHERE entry_id = ?", entry_id)
        return row is not None
