"""What staff pay with, as keyed hashes: so that nobody refunds to himself. Never the codes."""

from __future__ import annotations

from pos_guard.clock import Clock
from pos_guard.errors import LocalError
from pos_guard.frames.decoded import Json
from pos_guard.store.audit import AuditLog
from pos_guard.store.columns import as_text
from pos_guard.store.database import Database

MAX_TOKENS = 10_000
"""Of one shop: some hundred people with some ways to pay each, over years."""


class StaffTokens:
    """The table of staff's payer tokens, former staff included.

    :raises StoreError: in every method, when the store cannot be read or written.
    """

    def __init__(self, database: Database, clock: Clock, audit: AuditLog) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit

    def add(self, person: str, token: str, *, actor: str | None = None) -> None:
        """Keep ``token`` (``Keys.payer_token`` of a code) as one that this person pays with.

        :raises LocalError: when there is no such person, the token is another's, or too many are.
        """
        with self._database.joined():
            if self._database.row("SELECT 1 FROM people WHERE id = ?", person) is None:
                raise LocalError(f"there is no person {person}")
            owner = self.owner(token)
            if owner is not None and owner != person:
                raise LocalError(f"this is what {owner} pays with")
            if self._database.row("SELECT 1 FROM staff_tokens LIMIT 1 OFFSET ?", MAX_TOKENS - 1):
                raise LocalError(f"there are {MAX_TOKENS} tokens of staff already")
            self._database.write(
                "INSERT OR IGNORE INTO staff_tokens (token, person, added_us) VALUES (?, ?, ?)",
                token,
                person,
                self._clock.wall_us(),
            )
            self._record(person, "token", token, actor)

    def remove(self, person: str, token: str, *, actor: str | None = None) -> None:
        """Forget a token that was registered by mistake.

        :raises LocalError: when it is not this person's.
        """
        with self._database.joined():
            gone = self._database.write(
                "DELETE FROM staff_tokens WHERE token = ? AND person = ?", token, person
            )
            if not gone:
                raise LocalError(f"{person} is not known to pay with this")
            self._record(person, "token-removed", token, actor)

    def owner(self, token: str) -> str | None:
        """Whose token this is, present or former staff; None for a customer's."""
        row = self._database.row("SELECT person FROM staff_tokens WHERE token = ?", token)
        return None if row is None else as_text(row[0])

    def of(self, person: str) -> tuple[str, ...]:
        """What this person pays with."""
        rows = self._database.rows(
            "SELECT token FROM staff_tokens WHERE person = ? ORDER BY added_us, token", person
        )
        return tuple(as_text(row[0]) for row in rows)

    def _record(self, person: str, what: str, token: str, actor: str | None) -> None:
        body: dict[str, Json] = {"change": what, "person": person, "token": token}
        self._audit.append("people", body, actor=actor)
