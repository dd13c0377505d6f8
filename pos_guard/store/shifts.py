"""Shifts: since when an operator works at this terminal. Limits and fatigue count from there."""

from __future__ import annotations

from dataclasses import dataclass

from pos_guard.clock import SECOND, Clock
from pos_guard.errors import LocalError
from pos_guard.frames.decoded import Json
from pos_guard.store.audit import AuditLog
from pos_guard.store.columns import Row, as_int, as_text, maybe_int
from pos_guard.store.database import Database

# Signing out and in again must not empty the counters of a shift, nor rest anybody: a shift that
# ended less than an hour ago goes on.
BREAK_US = 3600 * SECOND

# Longer shifts were forgotten: who begins again begins a new one.
MAX_SHIFT_US = 24 * 3600 * SECOND

_OPEN = """
    SELECT id, operator, terminal, boot_id, boot_us, wall_us, ended_wall_us FROM shifts
    WHERE terminal = ? AND ended_wall_us IS NULL"""
_LAST = """
    SELECT id, operator, terminal, boot_id, boot_us, wall_us, ended_wall_us,
        ended_boot_id, ended_boot_us
    FROM shifts WHERE operator = ? AND terminal = ? ORDER BY id DESC LIMIT 1"""


@dataclass(frozen=True, slots=True)
class Shift:
    """One shift. Times in microseconds; ``boot_us`` counts within ``boot_id`` only."""

    id: int
    operator: str
    terminal: str
    boot_id: str
    boot_us: int
    wall_us: int
    ended_wall_us: int | None = None


class Shifts:
    """The shifts of this terminal. Changes join the open transaction, or make one of their own.

    Who begins or ends one has shown badge or id and PIN before: ``People.verify``.

    :raises StoreError: in every method, when the store cannot be read or written.
    """

    def __init__(self, database: Database, clock: Clock, audit: AuditLog, terminal_id: str) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit
        self._terminal = terminal_id

    def begin(self, operator: str) -> Shift:
        """Begin a shift, or go on with one that ended within ``BREAK_US``.

        :raises LocalError: when there is no such person, or the shift is open already.
        """
        with self._database.joined():
            self._demand_person(operator)
            last = self._database.row(_LAST, operator, self._terminal)
            if last is not None and maybe_int(last[6]) is None:
                self._close_forgotten(_shift(last))
            elif last is not None and self._just_ended(last):
                return self._resume(_shift(last))
            number = self._database.insert(
                "INSERT INTO shifts (operator, terminal, boot_id, boot_us, wall_us)"
                " VALUES (?, ?, ?, ?, ?)",
                operator,
                self._terminal,
                *self._now(),
            )
            self._record(operator, "begin", number)
        return Shift(number, operator, self._terminal, *self._now())

    def end(self, operator: str, *, by: str | None = None) -> Shift:
        """End the open shift; ``by``: who did it, when it was somebody else.

        :raises LocalError: when none is open.
        """
        with self._database.joined():
            shift = self.current(operator)
            if shift is None:
                raise LocalError(f"{operator} has no open shift here")
            self._close(shift)
            self._record(by or operator, "end", shift.id)
        return shift

    def current(self, operator: str) -> Shift | None:
        """The open shift of that operator at this terminal, or None."""
        row = self._database.row(f"{_OPEN} AND operator = ?", self._terminal, operator)
        return None if row is None else _shift(row)

    def number(self, operator: str | None) -> int | None:
        """The number of the open shift of that operator here, for records; or None."""
        shift = None if operator is None else self.current(operator)
        return None if shift is None else shift.id

    def open(self) -> tuple[Shift, ...]:
        """Every open shift of this terminal, oldest first."""
        rows = self._database.rows(f"{_OPEN} ORDER BY id", self._terminal)
        return tuple(_shift(row) for row in rows)

    def on_shift_us(self, operator: str) -> int | None:
        """Since when the open shift lasts, in microseconds; None without one.

        After a reboot the wall clock counts, which nobody can turn below nothing.
        """
        shift = self.current(operator)
        return None if shift is None else self._lasted(shift)

    def _lasted(self, shift: Shift) -> int:
        if shift.boot_id == self._clock.boot_id:
            return self._clock.boot_us() - shift.boot_us
        return max(self._clock.boot_us(), self._clock.wall_us() - shift.wall_us)

    def _close_forgotten(self, shift: Shift) -> None:
        if self._lasted(shift) < MAX_SHIFT_US:
            raise LocalError(f"{shift.operator} has an open shift already")
        self._close(shift)
        self._record(shift.operator, "forgotten", shift.id)

    def _just_ended(self, row: Row) -> bool:
        if row[7] == self._clock.boot_id:
            return self._clock.boot_us() - as_int(row[8]) < BREAK_US
        return self._clock.wall_us() - as_int(row[6]) < BREAK_US

    def _resume(self, shift: Shift) -> Shift:
        self._database.write(
            "UPDATE shifts SET ended_boot_id = NULL, ended_boot_us = NULL, ended_wall_us = NULL"
            " WHERE id = ?",
            shift.id,
        )
        self._record(shift.operator, "resume", shift.id)
        return Shift(
            shift.id, shift.operator, shift.terminal, shift.boot_id, shift.boot_us, shift.wall_us
        )

    def _close(self, shift: Shift) -> None:
        self._database.write(
            "UPDATE shifts SET ended_boot_id = ?, ended_boot_us = ?, ended_wall_us = ?"
            " WHERE id = ?",
            *self._now(),
            shift.id,
        )

    def _record(self, actor: str, what: str, number: int) -> None:
        body: dict[str, Json] = {"change": what, "shift": number}
        self._audit.append("shift", body, actor=actor)

    def _demand_person(self, operator: str) -> None:
        row = self._database.row("SELECT disabled FROM people WHERE id = ?", operator)
        if row is None or as_int(row[0]):
            raise LocalError(f"nobody may work under the id {operator}")

    def _now(self) -> tuple[str, int, int]:
        return self._clock.boot_id, self._clock.boot_us(), self._clock.wall_us()


def _shift(row: Row) -> Shift:
    return Shift(
        id=as_int(row[0]),
        operator=as_text(row[1]),
        terminal=as_text(row[2]),
        boot_id=as_text(row[3]),
        boot_us=as_int(row[4]),
        wall_us=as_int(row[5]),
        ended_wall_us=maybe_int(row[6]),
    )
