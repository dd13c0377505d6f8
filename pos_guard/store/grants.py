"""What is allowed for a while: overrides and break-glass, each a sealed row that expires.

Both clocks must agree that it still counts; boot time cannot be set, so a reboot ends a grant. The
seal covers every value: an edited row counts for nothing, and becomes a case.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import rfc8785

from pos_guard.clock import SECOND, Clock
from pos_guard.errors import LocalError
from pos_guard.frames.decoded import Json
from pos_guard.pan import holds_card_number
from pos_guard.store.audit import AuditLog
from pos_guard.store.columns import Row, as_int, as_text, maybe_int, maybe_text
from pos_guard.store.database import Database
from pos_guard.store.keys import Keys

MAX_REASON = 200

MAX_OPEN = 32
"""Grants of one kind at once: more is no exception any more, and each verdict reads them."""

_OPEN = (
    "SELECT id, kind, terms, person, reason, boot_id, boot_us, wall_us, until_boot_us,"
    " until_wall_us, ended_wall_us, ended_by, seal FROM grants"
)


@dataclass(frozen=True, slots=True)
class Grant:
    """One grant. Times in microseconds; ``terms`` say what for."""

    id: int
    kind: str
    terms: Mapping[str, Json]
    person: str
    reason: str
    boot_id: str
    boot_us: int
    wall_us: int
    until_boot_us: int
    until_wall_us: int
    ended_wall_us: int | None = None
    ended_by: str | None = None

    @property
    def name(self) -> str:
        """How records name it: ``override-7``."""
        return f"{self.kind}-{self.id}"


class Grants:
    """The table of one kind of grants. Changes join the open transaction, or make one.

    :raises StoreError: in every method, when the store cannot be read or written.
    """

    def __init__(
        self, database: Database, clock: Clock, audit: AuditLog, keys: Keys, kind: str
    ) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit
        self._keys = keys
        self._kind = kind

    def add(self, person: str, reason: str, terms: Mapping[str, Json], life_s: int) -> Grant:
        """Grant it for so many seconds from now.

        :raises LocalError: without a reason of up to ``MAX_REASON`` printable characters, or when
            ``MAX_OPEN`` are open.
        """
        if not reason.strip() or len(reason) > MAX_REASON or not reason.isprintable():
            raise LocalError(f"a reason is 1 to {MAX_REASON} printable characters")
        if holds_card_number(reason):
            raise LocalError("the reason holds a card number: leave it out")
        now = self._clock.boot_us(), self._clock.wall_us()
        until = now[0] + life_s * SECOND, now[1] + life_s * SECOND
        with self._database.joined():
            if len(self.active()) >= MAX_OPEN:
                raise LocalError(f"{MAX_OPEN} are open already: end some first")
            number = self._database.insert(
                "INSERT INTO grants (kind, terms, person, reason, boot_id, boot_us, wall_us,"
                " until_boot_us, until_wall_us, seal) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, '')",
                self._kind,
                rfc8785.dumps(dict(terms)).decode(),
                person,
                reason,
                self._clock.boot_id,
                *now,
                *until,
            )
            grant = Grant(
                number, self._kind, terms, person, reason, self._clock.boot_id, *now, *until
            )
            self._seal(grant, self._keys)
            self._record("begin", grant, person)
        return grant

    def end(self, number: int, by: str) -> Grant:
        """End it before its time.

        :raises LocalError: when no open grant has that number.
        """
        with self._database.joined():
            found = [grant for grant in self.active() if grant.id == number]
            if not found:
                raise LocalError(f"no open {self._kind} has the number {number}")
            self._close(found[0], by)
            self._record("end", found[0], by)
        return found[0]

    def end_all(self) -> None:
        """End everything that is open, without a record of each, in the open transaction."""
        self._database.write(
            "UPDATE grants SET ended_wall_us = ? WHERE kind = ? AND ended_wall_us IS NULL",
            self._clock.wall_us(),
            self._kind,
        )

    def active(self) -> tuple[Grant, ...]:
        """What counts now, oldest first. A row that somebody edited becomes a case, and is not."""
        rows = self._database.rows(
            f"{_OPEN} WHERE kind = ? AND boot_id = ? AND ended_wall_us IS NULL"
            " AND until_boot_us > ? AND until_wall_us > ? ORDER BY id LIMIT ?",
            self._kind,
            self._clock.boot_id,
            self._clock.boot_us(),
            self._clock.wall_us(),
            # One that was edited fills no place of a good one.
            MAX_OPEN * 2,
        )
        found: list[Grant] = []
        for row in rows:
            grant = _genuine(row, self._keys)
            if grant is None:
                self._report(as_int(row[0]))
            else:
                found.append(grant)
        return tuple(found)

    def all(self) -> tuple[Grant, ...]:
        """Every genuine grant, ended and expired ones included, oldest first."""
        rows = self._database.rows(f"{_OPEN} WHERE kind = ? ORDER BY id", self._kind)
        return tuple(grant for row in rows if (grant := _genuine(row, self._keys)) is not None)

    def reseal(self, keys: Keys) -> None:
        """Seal all that is genuine with other keys, in the open transaction of their rotation."""
        for grant in self.all():
            self._seal(grant, keys)

    def _close(self, grant: Grant, by: str) -> None:
        now = self._clock.wall_us()
        self._database.write(
            "UPDATE grants SET ended_wall_us = ?, ended_by = ? WHERE id = ?", now, by, grant.id
        )

    def _seal(self, grant: Grant, keys: Keys) -> None:
        self._database.write(
            "UPDATE grants SET seal = ? WHERE id = ?", keys.seal(_message(grant)), grant.id
        )

    def _report(self, number: int) -> None:
        """Once, with the mark in the same transaction; a reader only passes it over."""
        if self._database.readonly:
            return
        with self._database.joined():
            fresh = self._database.write(
                "UPDATE grants SET reported = 1 WHERE id = ? AND reported = 0", number
            )
            if fresh:
                body: dict[str, Json] = {"case": "grant-edited", "grant": number}
                self._audit.append("case", {**body, "kind": self._kind})

    def _record(self, what: str, grant: Grant, actor: str) -> None:
        body: dict[str, Json] = {
            "change": what,
            "id": grant.name,
            "by": grant.person,
            "reason": grant.reason,
            "terms": dict(grant.terms),
            "until": grant.until_wall_us,
        }
        self._audit.append(self._kind, body, actor=actor)


def _message(grant: Grant) -> bytes:
    """What the seal covers: all that was granted. That it was ended only takes away."""
    fields: dict[str, Json] = {
        "id": grant.id,
        "kind": grant.kind,
        "terms": dict(grant.terms),
        "person": grant.person,
        "reason": grant.reason,
        "boot_id": grant.boot_id,
        "boot_us": grant.boot_us,
        "wall_us": grant.wall_us,
        "until_boot_us": grant.until_boot_us,
        "until_wall_us": grant.until_wall_us,
    }
    return b"grant\0" + rfc8785.dumps(fields)


def _genuine(row: Row, keys: Keys) -> Grant | None:
    """The grant of a row; None when its seal is not of these values."""
    try:
        terms: dict[str, Json] = json.loads(as_text(row[2]))
        grant = _grant(row, terms)
        message = _message(grant)
    except (ValueError, rfc8785.CanonicalizationError):
        return None
    return grant if keys.sealed(message, as_text(row[12])) else None


def _grant(row: Row, terms: Mapping[str, Json]) -> Grant:
    return Grant(
        id=as_int(row[0]),
        kind=as_text(row[1]),
        terms=terms,
        person=as_text(row[3]),
        reason=as_text(row[4]),
        boot_id=as_text(row[5]),
        boot_us=as_int(row[6]),
        wall_us=as_int(row[7]),
        until_boot_us=as_int(row[8]),
        until_wall_us=as_int(row[9]),
        ended_wall_us=maybe_int(row[10]),
        ended_by=maybe_text(row[11]),
    )
