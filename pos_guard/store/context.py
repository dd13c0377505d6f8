"""What is known now, and the state of each link."""

from __future__ import annotations

import json

from pos_guard.clock import Clock
from pos_guard.errors import StoreError
from pos_guard.frames.decoded import Json
from pos_guard.model import Source
from pos_guard.store.columns import Row, as_int, as_text, maybe_text
from pos_guard.store.database import Database

Piece = tuple[dict[str, Json], Source, str, int]
"""Value, source, and when: boot id and boot time in microseconds."""


class ContextTable:
    """Pieces of context that survive a restart: operator, order, original, tender, code."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def put(self, piece: str, value: dict[str, Json], source: Source) -> None:
        """Keep a piece, in place of what was known; needs an open transaction."""
        self._database.write(
            "INSERT OR REPLACE INTO context (piece, value, source, boot_id, boot_us)"
            " VALUES (?, ?, ?, ?, ?)",
            piece,
            json.dumps(value, ensure_ascii=False),
            source,
            self._clock.boot_id,
            self._clock.boot_us(),
        )

    def all(self) -> dict[str, Piece]:
        """Every piece by its name, in one query: a verdict needs most of them."""
        rows = self._database.rows("SELECT value, source, boot_id, boot_us, piece FROM context")
        return {as_text(row[4]): _piece(row) for row in rows}

    def clear(self, piece: str) -> None:
        """Forget a piece; needs an open transaction."""
        self._database.write("DELETE FROM context WHERE piece = ?", piece)


def _piece(row: Row) -> Piece:
    value: dict[str, Json] = json.loads(as_text(row[0]))
    return value, Source(as_text(row[1])), as_text(row[2]), as_int(row[3])


class LinkTable:
    """What is known of each link: why it is frozen, and whom its device pays."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def freeze(self, link: str, reason: str) -> None:
        """Let nothing that moves money pass; the first reason stays. Needs a transaction.

        :raises StoreError: also for an empty reason.
        """
        if not reason:
            raise StoreError("a link is frozen for a reason")
        self._database.write(
            "INSERT INTO links (link, frozen) VALUES (?, ?)"
            " ON CONFLICT (link) DO UPDATE SET frozen = coalesce(frozen, excluded.frozen)",
            link,
            reason,
        )

    def thaw(self, link: str) -> None:
        """Let the link work again; needs an open transaction."""
        self._database.write("UPDATE links SET frozen = NULL WHERE link = ?", link)

    def frozen(self, link: str) -> str | None:
        """Why the link is frozen, or None."""
        row = self._database.row("SELECT frozen FROM links WHERE link = ?", link)
        return None if row is None else maybe_text(row[0])

    def all_frozen(self) -> tuple[tuple[str, str], ...]:
        """Every frozen link and why, by name."""
        rows = self._database.rows(
            "SELECT link, frozen FROM links WHERE frozen IS NOT NULL ORDER BY link"
        )
        return tuple((as_text(row[0]), as_text(row[1])) for row in rows)

    def set_payee(self, link: str, payee: str) -> None:
        """Keep the terminal or merchant id that the device reported; needs a transaction."""
        self._database.write(
            "INSERT INTO links (link, payee) VALUES (?, ?)"
            " ON CONFLICT (link) DO UPDATE SET payee = excluded.payee",
            link,
            payee,
        )

    def state(self, link: str) -> tuple[str | None, str | None]:
        """Why the link is frozen, or None; the id that its device reported last, or None."""
        row = self._database.row("SELECT frozen, payee FROM links WHERE link = ?", link)
        return (None, None) if row is None else (maybe_text(row[0]), maybe_text(row[1]))

    def payee(self, link: str) -> str | None:
        """The id that the device reported last, or None."""
        row = self._database.row("SELECT payee FROM links WHERE link = ?", link)
        return None if row is None else maybe_text(row[0])
