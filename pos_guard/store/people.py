"""The people who may sign in or approve: who, which role, and the PIN check with its lock-out.

What a role may do is policy's business. The failed try is counted, durably, before the PIN is
looked at: pulling the plug after a wrong guess gains nothing.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from pos_guard.clock import Clock
from pos_guard.errors import LocalError, NotPermittedError
from pos_guard.frames.decoded import Json
from pos_guard.model import Words
from pos_guard.policy.request import Person
from pos_guard.store.audit import AuditLog
from pos_guard.store.columns import Row, as_int, as_text
from pos_guard.store.database import Database
from pos_guard.store.keys import Keys
from pos_guard.store.lockout import NOBODY, Lockout
from pos_guard.store.pins import check_strength, hash_pin, matches, nobodys_hash

MAX_NAME = 64

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")
_NOTHING: Mapping[str, Json] = {}
_ROLE = re.compile(r"[a-z][a-z0-9_-]{0,31}")

REFUSED = Words(
    "编号或密码不对,或已暂时锁定。请稍后再试,或找经理。",
    "Wrong id or PIN, or locked for a while. Wait and try again, or ask a manager.",
)


class PinRefusedError(NotPermittedError):
    """Wrong id, wrong PIN, locked or disabled: always the same words, in ``say``."""

    def __init__(self) -> None:
        self.say = REFUSED
        super().__init__(REFUSED.en)


@dataclass(frozen=True, slots=True)
class Account:
    """A person as ``pos-guard people list`` shows one; ``locked`` for the moment, by wrong PINs."""

    id: str
    name: str
    role: str
    disabled: bool
    failures: int
    locked: bool


class People:
    """The table of people. Changes join the open transaction, or make one of their own.

    :raises StoreError: in every method, when the store cannot be read or written.
    """

    def __init__(
        self, database: Database, clock: Clock, audit: AuditLog, keys: Keys, scrypt_log2n: int
    ) -> None:
        self._database = database
        self._lockout = Lockout(database, clock)
        self._audit = audit
        self._keys = keys
        self._log2n = scrypt_log2n

    def add(
        self, person_id: str, name: str, role: str, pin: str, *, actor: str | None = None
    ) -> None:
        """Add a person. ``actor``: who did it, for the record, here and below.

        :raises WeakPinError: when the PIN is too easy to guess.
        :raises LocalError: when the id is taken, or id, name or role have a wrong form.
        """
        _check_form(person_id, name, role)
        stored = self._hashed(person_id, pin)
        with self._database.joined():
            if self._row(person_id) is not None:
                raise LocalError(f"{person_id} exists already")
            self._database.write(
                "INSERT INTO people (id, name, role, pin) VALUES (?, ?, ?, ?)",
                person_id,
                name,
                role,
                stored,
            )
            self._record(person_id, "add", actor, {"name": name, "role": role})

    def verify(self, person_id: str, pin: str) -> Person:
        """Who this is, after the PIN was checked. Takes about 0.1 s, and its own transactions.

        :raises PinRefusedError: wrong id, wrong PIN, locked or disabled, in equal words and time.
        :raises StoreError: also inside an open transaction: the count must not be rolled back.
        """
        with self._database.transaction():
            row = self._row(person_id)
            counted = NOBODY if row is None else person_id
            locked = self._lockout.wait_us(counted) > 0
            if not locked:
                self._lockout.count(counted)
        stored = nobodys_hash(self._log2n) if row is None else as_text(row[3])
        right = matches(stored, self._keyed(person_id, pin))
        why = _why_not(row, locked=locked, right=right)
        with self._database.transaction():
            if why is None:
                self._lockout.forget(counted)
            self._record_try(counted, why)
        if row is None or why is not None:
            raise PinRefusedError
        return _person(row)

    def get(self, person_id: str) -> Person | None:
        """The person with that id; None when there is none, or disabled."""
        row = self._row(person_id)
        return None if row is None or as_int(row[4]) else _person(row)

    def all(self) -> tuple[Account, ...]:
        """Everybody, disabled ones included, by id."""
        rows = self._database.rows("SELECT * FROM people ORDER BY id")
        return tuple(self._account(row) for row in rows)

    def set_role(self, person_id: str, role: str, *, actor: str | None = None) -> None:
        """Give another role.

        :raises LocalError: when there is no such person, or the role has a wrong form.
        """
        _check_role(role)
        with self._changing(person_id, "role", actor, {"role": role}):
            self._database.write("UPDATE people SET role = ? WHERE id = ?", role, person_id)

    def set_pin(self, person_id: str, pin: str, *, actor: str | None = None) -> None:
        """Give another PIN, and forget wrong tries.

        :raises WeakPinError: when the PIN is too easy to guess.
        :raises LocalError: when there is no such person.
        """
        stored = self._hashed(person_id, pin)
        with self._changing(person_id, "pin", actor):
            self._database.write("UPDATE people SET pin = ? WHERE id = ?", stored, person_id)
            self._lockout.forget(person_id)

    def disable(self, person_id: str, *, actor: str | None = None) -> None:
        """Let the person do nothing any more; history keeps the id.

        :raises LocalError: when there is no such person.
        """
        with self._changing(person_id, "disable", actor):
            self._database.write("UPDATE people SET disabled = 1 WHERE id = ?", person_id)

    def unlock(self, person_id: str, *, actor: str | None = None) -> None:
        """Undo ``disable`` and the lock that wrong PINs set.

        :raises LocalError: when there is no such person.
        """
        with self._changing(person_id, "unlock", actor):
            self._database.write("UPDATE people SET disabled = 0 WHERE id = ?", person_id)
            self._lockout.forget(person_id)

    @contextmanager
    def _changing(
        self, person_id: str, what: str, actor: str | None, detail: Mapping[str, Json] = _NOTHING
    ) -> Generator[None, None, None]:
        with self._database.joined():
            if self._row(person_id) is None:
                raise LocalError(f"there is no person {person_id}")
            yield
            self._record(person_id, what, actor, detail)

    def _record(
        self, person_id: str, what: str, actor: str | None, detail: Mapping[str, Json]
    ) -> None:
        body: dict[str, Json] = {"change": what, "person": person_id, **detail}
        self._audit.append("people", body, actor=actor)

    def _record_try(self, counted: str, why: str | None) -> None:
        # An id that nobody has may be a PIN typed into the wrong field: it is not recorded.
        actor = counted or None
        failures = self._lockout.failures(counted)
        if why is None:
            self._audit.append("pin-accepted", {}, actor=actor)
        else:
            self._audit.append("pin-refused", {"why": why, "failures": failures}, actor=actor)

    def _row(self, person_id: str) -> Row | None:
        return self._database.row("SELECT * FROM people WHERE id = ?", person_id)

    def _account(self, row: Row) -> Account:
        person_id = as_text(row[0])
        return Account(
            id=person_id,
            name=as_text(row[1]),
            role=as_text(row[2]),
            disabled=bool(as_int(row[4])),
            failures=self._lockout.failures(person_id),
            locked=self._lockout.wait_us(person_id) > 0,
        )

    def _hashed(self, person_id: str, pin: str) -> str:
        check_strength(person_id, pin)
        return hash_pin(self._keyed(person_id, pin), self._log2n)

    def _keyed(self, person_id: str, pin: str) -> bytes:
        return self._keys.token("pin", f"{person_id}|{pin}")


def _person(row: Row) -> Person:
    return Person(as_text(row[0]), as_text(row[2]))


def _why_not(row: Row | None, *, locked: bool, right: bool) -> str | None:
    """Why a try fails, for the record only; None when it does not."""
    if row is None:
        return "unknown"
    if locked:
        return "locked"
    if not right:
        return "wrong"
    return "disabled" if as_int(row[4]) else None


def _check_role(role: str) -> None:
    if not _ROLE.fullmatch(role):
        raise LocalError(f"{role!r} is no role: small letters, such as cashier or manager")


def _check_form(person_id: str, name: str, role: str) -> None:
    _check_role(role)
    if not _ID.fullmatch(person_id):
        raise LocalError(f"{person_id!r} is no id: up to 32 letters, digits, . _ -")
    if not name.strip() or len(name) > MAX_NAME or not name.isprintable():
        raise LocalError(f"a name is 1 to {MAX_NAME} printable characters")
