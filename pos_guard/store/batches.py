"""Batches of card payments that the acquirer closed: what is in one is settled."""

from __future__ import annotations

import json
from typing import cast

from pos_guard.clock import Clock
from pos_guard.store.columns import as_int, as_text
from pos_guard.store.database import Database


class Batches:
    """The table ``batches``: the newest closed batch of each link.

    :raises StoreError: in every method, when the store cannot be read or written.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def closed(self, link: str) -> int:
        """The terminal of this link closed its batch now; returns the last entry in it.

        Requests of the link without an outcome are left out: nobody knows whether they are in it.
        Needs an open transaction.
        """
        rows = self._database.rows(
            "SELECT id FROM entries WHERE phase IN ('reserved', 'unknown') AND link = ?", link
        )
        newest = self._database.row("SELECT coalesce(max(id), 0) FROM entries")
        last = 0 if newest is None else as_int(newest[0])
        self._database.write(
            "INSERT OR REPLACE INTO batches (link, last_entry, open, wall_us) VALUES (?, ?, ?, ?)",
            link,
            last,
            json.dumps([as_int(row[0]) for row in rows]),
            self._clock.wall_us(),
        )
        return last

    def settled(self, link: str, entry_id: int) -> bool | None:
        """Whether an entry is in a closed batch; None: this link never told of any."""
        row = self._database.row("SELECT last_entry, open FROM batches WHERE link = ?", link)
        if row is None:
            return None
        still_open = cast("list[int]", json.loads(as_text(row[1])))
        return entry_id <= as_int(row[0]) and entry_id not in still_open
