"""Frozen scopes: an operator, a sale or the terminal, in which nothing moves money.

What was submitted before keeps its reservation: a freeze takes nothing back.
"""

from __future__ import annotations

from dataclasses import dataclass

from pos_guard.clock import Clock
from pos_guard.errors import LocalError
from pos_guard.policy.request import Freeze
from pos_guard.store.columns import Row, as_int, as_text, maybe_text
from pos_guard.store.database import Database

OPERATOR, SALE, TERMINAL = "operator", "sale", "terminal"
SCOPES = (OPERATOR, SALE, TERMINAL)

MAX_WHY = 500
"""Characters of a reason; it stands in every verdict that the freeze denies."""


@dataclass(frozen=True, slots=True)
class FreezeRecord:
    """One freeze, who ordered it (None: the guard itself), and the wall time in microseconds."""

    freeze: Freeze
    person: str | None
    wall_us: int


# Joined by OR the three lookups take ten times as long, for every verdict.
_CONCERNING = """
    SELECT scope, name, why FROM freezes WHERE (scope, name) IN
    (VALUES ('operator', ?), ('operator', ?), ('sale', ?), ('terminal', ?)) ORDER BY scope, name"""


class Freezes:
    """The table ``freezes``. Every write needs an open transaction.

    :raises StoreError: in every method, when the store cannot be read or written.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def freeze(self, scope: str, name: str, why: str, person: str | None = None) -> bool:
        """Freeze a scope; the first reason stays. False: it was frozen already.

        :raises LocalError: for a scope that is none of ``SCOPES``, no name, or too long a reason.
        """
        if scope not in SCOPES or not name or not why or len(why) > MAX_WHY:
            raise LocalError(
                f"freeze one of {', '.join(SCOPES)} by its name, for a reason of 1 to {MAX_WHY} "
                "characters"
            )
        written = self._database.write(
            "INSERT OR IGNORE INTO freezes (scope, name, why, person, boot_id, boot_us, wall_us)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            scope,
            name,
            why,
            person,
            self._clock.boot_id,
            self._clock.boot_us(),
            self._clock.wall_us(),
        )
        return written == 1

    def thaw(self, scope: str, name: str) -> bool:
        """Let it work again. False: it was not frozen."""
        return (
            self._database.write("DELETE FROM freezes WHERE scope = ? AND name = ?", scope, name)
            == 1
        )

    def why(self, scope: str, name: str) -> str | None:
        """Why it is frozen; None: it is not."""
        row = self._database.row(
            "SELECT why FROM freezes WHERE scope = ? AND name = ?", scope, name
        )
        return None if row is None else as_text(row[0])

    def all(self) -> tuple[FreezeRecord, ...]:
        """Everything that is frozen, the oldest first."""
        rows = self._database.rows(
            "SELECT scope, name, why, person, wall_us FROM freezes ORDER BY wall_us, scope, name"
        )
        return tuple(FreezeRecord(_freeze(row), maybe_text(row[3]), as_int(row[4])) for row in rows)

    def concerning(
        self, *, terminal: str, operator: str | None, approver: str | None, sale: str | None
    ) -> tuple[Freeze, ...]:
        """Freezes of any of these; an approver is frozen as an operator is."""
        rows = self._database.rows(_CONCERNING, operator, approver, sale, terminal)
        return tuple(_freeze(row) for row in rows)


def _freeze(row: Row) -> Freeze:
    return Freeze(as_text(row[0]), as_text(row[1]), as_text(row[2]))
