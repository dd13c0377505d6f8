"""The shop's own static codes: which stickers hang where, whom they pay, when each was checked.

A sticker is compared by the keyed hash of its whole text; what could be read in it is kept beside
that, so that a changed one can be told from a swapped one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from pos_guard.clock import Clock
from pos_guard.errors import StoreError
from pos_guard.store.columns import Row, as_int, as_text, maybe_int, maybe_text
from pos_guard.store.database import Database

# Counters, tables, posters: a large shop has some hundred. More is a program gone wrong.
MAX_STICKERS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sticker:
    """One registered code.

    ``payload``: keyed hash (hex) of its exact text. ``payees``: ids for the allow-list.
    ``details``: what else could be read, by name. ``checked_as``: what the last check found.
    Times are wall time in microseconds.
    """

    name: str
    place: str
    kind: str
    scheme: str | None
    masked: str
    payload: str
    payees: tuple[str, ...] = ()
    details: Mapping[str, str] = field(default_factory=dict[str, str])
    added_by: str = ""
    added_us: int = 0
    checked_by: str | None = None
    checked_us: int | None = None
    checked_as: str | None = None


class StickerTable:
    """The table ``stickers``. Every write needs an open transaction.

    :raises StoreError: in every method, when the store cannot be read or written.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def add(self, sticker: Sticker) -> None:
        """Keep a new one.

        :raises StoreError: when name or code are registered already, or there are too many.
        """
        if self.get(sticker.name) is not None:
            raise StoreError(f"there is a sticker {sticker.name!r} already")
        same = self.by_payload(sticker.payload)
        if same is not None:
            raise StoreError(f"this very code is registered as {same.name!r}")
        row = self._database.row("SELECT count(*) FROM stickers")
        if row is not None and as_int(row[0]) >= MAX_STICKERS:
            raise StoreError(f"{MAX_STICKERS} stickers are registered: remove some")
        self._database.write(
            "INSERT INTO stickers VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL, NULL)",
            sticker.name,
            sticker.place,
            sticker.kind,
            sticker.scheme,
            sticker.masked,
            sticker.payload,
            json.dumps(sticker.payees),
            json.dumps(dict(sticker.details), ensure_ascii=False),
            sticker.added_by,
            sticker.added_us,
        )

    def remove(self, name: str) -> None:
        """Forget one.

        :raises StoreError: when there is none of that name.
        """
        if not self._database.write("DELETE FROM stickers WHERE name = ?", name):
            raise StoreError(f"there is no sticker {name!r}")

    def get(self, name: str) -> Sticker | None:
        """One by its name."""
        return _one(self._database.row("SELECT * FROM stickers WHERE name = ?", name))

    def by_payload(self, payload: str) -> Sticker | None:
        """The one with exactly this text, by its keyed hash."""
        row = self._database.row("SELECT * FROM stickers WHERE payload = ?", payload)
        return _one(row)

    def all(self) -> tuple[Sticker, ...]:
        """Every one, by name."""
        rows = self._database.rows("SELECT * FROM stickers ORDER BY name")
        return tuple(_sticker(row) for row in rows)

    def payees(self) -> tuple[str, ...]:
        """The ids that all of them pay: part of the list of those who may be paid."""
        rows = self._database.rows("SELECT payees FROM stickers ORDER BY name")
        return tuple(payee for row in rows for payee in json.loads(as_text(row[0])))

    def note_check(self, name: str, found: str, by: str) -> None:
        """Keep what the check of now found."""
        self._database.write(
            "UPDATE stickers SET checked_by = ?, checked_us = ?, checked_as = ? WHERE name = ?",
            by,
            self._clock.wall_us(),
            found,
            name,
        )


def _one(row: Row | None) -> Sticker | None:
    return None if row is None else _sticker(row)


def _sticker(row: Row) -> Sticker:
    return Sticker(
        name=as_text(row[0]),
        place=as_text(row[1]),
        kind=as_text(row[2]),
        scheme=maybe_text(row[3]),
        masked=as_text(row[4]),
        payload=as_text(row[5]),
        payees=tuple(json.loads(as_text(row[6]))),
        details=json.loads(as_text(row[7])),
        added_by=as_text(row[8]),
        added_us=as_int(row[9]),
        checked_by=maybe_text(row[10]),
        checked_us=maybe_int(row[11]),
        checked_as=maybe_text(row[12]),
    )
