"""The people who may sign in or approve: who, which role, which tier, and their PINs.

What a role may do is policy's business; how a PIN is checked is ``signin``'s.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from pos_guard.clock import SECOND, Clock
from pos_guard.errors import LocalError
from pos_guard.frames.decoded import Json
from pos_guard.pan import holds_card_number
from pos_guard.policy.request import Person, Tier
from pos_guard.store import totp
from pos_guard.store.audit import AuditLog
from pos_guard.store.columns import Row, as_int, as_text, maybe_int
from pos_guard.store.database import Database
from pos_guard.store.keys import Keys
from pos_guard.store.lockout import second
from pos_guard.store.pin_hash import scheme_of
from pos_guard.store.pins import check_strength
from pos_guard.store.signin import Proof, SignIn

MAX_NAME = 64

MAX_PROBATION_US = 5 * 366 * 24 * 3600 * SECOND
"""Longer is a slip in the year."""

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")
_NOTHING: Mapping[str, Json] = {}
_ROLE = re.compile(r"[a-z][a-z0-9_-]{0,31}")


@dataclass(frozen=True, slots=True)
class Account:
    """A person as ``pos-guard people list`` shows one; ``locked`` for the moment, by wrong PINs.

    ``second``: there is a second factor. ``scheme``, ``pepper``: how the PIN is kept.
    """

    id: str
    name: str
    role: str
    disabled: bool
    failures: int
    locked: bool
    tier: Tier = Tier.REGULAR
    second: bool = False
    scheme: str = ""
    pepper: int = 0


class People:
    """The table of people. Changes join the open transaction, or make one of their own.

    :raises StoreError: in every method, when the store cannot be read or written.
    """

    def __init__(
        self, database: Database, clock: Clock, audit: AuditLog, keys: Keys, scrypt_log2n: int
    ) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit
        self._sign_in = SignIn(database, clock, audit, keys, scrypt_log2n)

    def add(
        self, person_id: str, name: str, role: str, pin: str, *, actor: str | None = None
    ) -> None:
        """Add a person. ``actor``: who did it, for the record, here and below.

        How many digits the role's PINs need: see ``check_strength``, for whoever knows the policy.

        :raises WeakPinError: when the PIN is too easy to guess.
        :raises LocalError: when the id is taken, or id, name or role have a wrong form.
        """
        _check_form(person_id, name, role)
        check_strength(person_id, pin)
        stored, pepper = self._sign_in.hashed(person_id, pin)
        with self._database.joined():
            if self._row(person_id) is not None:
                raise LocalError(f"{person_id} exists already")
            self._database.write(
                "INSERT INTO people (id, name, role, pin, pepper) VALUES (?, ?, ?, ?, ?)",
                person_id,
                name,
                role,
                stored,
                pepper,
            )
            self._record(person_id, "add", actor, {"name": name, "role": role})

    def verify(self, person_id: str, pin: str) -> Person:
        """Who this is, after the PIN was checked. Takes about 0.1 s, and its own transactions.

        Always id and PIN: two people may have the same PIN.

        :raises PinRefusedError: wrong id, wrong PIN, locked or disabled, in equal words and time.
        :raises StoreError: also inside an open transaction: the count must not be rolled back.
        """
        return self._sign_in.check(person_id, pin, None, demand=False).person

    def prove(self, person_id: str, pin: str, code: str | None) -> Proof:
        """Who this is, with everything that the person has: PIN, and TOTP code if there is one.

        A code of a person without a second factor is a wrong one.

        :raises PinRefusedError: as ``verify``, and for a wrong, old or used code.
        :raises CodeMissingError: the PIN was right, but the code is missing.
        :raises StoreError: also inside an open transaction.
        """
        return self._sign_in.check(person_id, pin, code, demand=True)

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
        check_strength(person_id, pin)
        stored, pepper = self._sign_in.hashed(person_id, pin)
        with self._changing(person_id, "pin", actor):
            self._database.write(
                "UPDATE people SET pin = ?, pepper = ? WHERE id = ?", stored, pepper, person_id
            )
            self._sign_in.lockout.forget(person_id, second(person_id))

    def has_second(self, person_id: str) -> bool:
        """The person has a second factor (TOTP)."""
        return self._sign_in.factors.has(person_id)

    def set_second(
        self, person_id: str, secret: bytes, code: str, *, actor: str | None = None
    ) -> None:
        """Give a second factor, once a code shows that the person's app has the secret.

        :raises LocalError: when there is no such person, the secret is not ``totp.SECRET_BYTES``
            long, or the code is not of it and of now.
        """
        if len(secret) != totp.SECRET_BYTES:
            raise LocalError(f"a TOTP secret has {totp.SECRET_BYTES} bytes")
        step = totp.matching_step(secret, code, self._clock.wall_us(), after=-1)
        if step is None:
            raise LocalError("this is not the code that the app shows now: check both clocks")
        with self._changing(person_id, "totp", actor):
            self._sign_in.factors.put(person_id, secret, step)

    def drop_second(self, person_id: str, *, actor: str | None = None) -> None:
        """Forget the second factor: a lost phone.

        :raises LocalError: when there is no such person, or he has none.
        """
        with self._changing(person_id, "totp-removed", actor):
            if not self._sign_in.factors.drop(person_id):
                raise LocalError(f"{person_id} has no second factor")
            self._sign_in.lockout.forget(second(person_id))

    def tier(self, person_id: str) -> Tier:
        """How experienced the person counts now; who is not known, as little as possible."""
        row = self._row(person_id)
        return Tier.PROBATION if row is None else self._tier(row)

    def set_tier(
        self,
        person_id: str,
        tier: Tier,
        *,
        until_us: int | None = None,
        actor: str | None = None,
    ) -> None:
        """Give a tier; probation ends at that wall time (microseconds), or when somebody ends it.

        :raises LocalError: when there is no such person, or the time is past already, or more than
            ``MAX_PROBATION_US`` away.
        """
        until, now = until_us if tier is Tier.PROBATION else None, self._clock.wall_us()
        if until is not None and not now < until <= now + MAX_PROBATION_US:
            raise LocalError("probation cannot end in the past, nor in more than five years")
        detail: dict[str, Json] = {"tier": str(tier), "until": until}
        with self._changing(person_id, "tier", actor, detail):
            self._database.write(
                "UPDATE people SET tier = ?, tier_until_us = ? WHERE id = ?",
                str(tier),
                until,
                person_id,
            )

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
            self._sign_in.lockout.forget(person_id, second(person_id))

    def restored(self) -> None:
        """After a restore, in the open transaction: lock-outs and codes as strict as they may be.

        What was tried and used since the backup is not known any more.
        """
        self._sign_in.lockout.harden()
        self._sign_in.factors.spend_all()

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

    def _row(self, person_id: str) -> Row | None:
        return self._database.row("SELECT * FROM people WHERE id = ?", person_id)

    def _account(self, row: Row) -> Account:
        person_id, lockout = as_text(row[0]), self._sign_in.lockout
        return Account(
            id=person_id,
            name=as_text(row[1]),
            role=as_text(row[2]),
            disabled=bool(as_int(row[4])),
            failures=lockout.failures(person_id),
            locked=lockout.wait_us(person_id) > 0,
            tier=self._tier(row),
            second=self.has_second(person_id),
            scheme=scheme_of(as_text(row[3])),
            pepper=as_int(row[5]),
        )

    def _tier(self, row: Row) -> Tier:
        until = maybe_int(row[7])
        over = until is not None and until <= self._clock.wall_us()
        return Tier.REGULAR if over else Tier(as_text(row[6]))


def _person(row: Row) -> Person:
    return Person(as_text(row[0]), as_text(row[2]))


def _check_role(role: str) -> None:
    if not _ROLE.fullmatch(role):
        raise LocalError(f"{role!r} is no role: small letters, such as cashier or manager")


def _check_form(person_id: str, name: str, role: str) -> None:
    _check_role(role)
    if not _ID.fullmatch(person_id):
        raise LocalError(f"{person_id!r} is no id: up to 32 letters, digits, . _ -")
    if not name.strip() or len(name) > MAX_NAME or not name.isprintable():
        raise LocalError(f"a name is 1 to {MAX_NAME} printable characters")
    if holds_card_number(name) or holds_card_number(person_id):
        raise LocalError("the name or id holds a card number: leave it out")
