"""Who somebody is: id and PIN, and the second factor where it is given or demanded.

A try is counted, durably, before anything is compared: pulling the plug after a wrong guess gains
nothing. Every refusal has the same words and does the same work.
"""

from __future__ import annotations

from dataclasses import dataclass

from pos_guard.clock import Clock
from pos_guard.errors import NotPermittedError
from pos_guard.frames.decoded import Json
from pos_guard.model import Words
from pos_guard.policy.request import Person
from pos_guard.store import pin_hash
from pos_guard.store.audit import AuditLog
from pos_guard.store.columns import Row, as_int, as_text
from pos_guard.store.database import Database
from pos_guard.store.factors import SecondFactors
from pos_guard.store.keys import Keys, keyed
from pos_guard.store.lockout import NOBODY, Lockout, second

REFUSED = Words(
    "编号或密码不对,或已暂时锁定。请稍后再试,或找经理。",
    "Wrong id or PIN, or locked for a while. Wait and try again, or ask a manager.",
)
CODE_MISSING = Words(
    "请同时输入验证器应用上的动态码。",
    "Enter the code of your authenticator app, too.",
)


class PinRefusedError(NotPermittedError):
    """Wrong id, PIN or code, locked or disabled: always the same words, in ``say``."""

    def __init__(self) -> None:
        self.say = REFUSED
        super().__init__(REFUSED.en)


class CodeMissingError(NotPermittedError):
    """The PIN was right; this person has a second factor, and what he wants takes it."""

    def __init__(self) -> None:
        self.say = CODE_MISSING
        super().__init__(CODE_MISSING.en)


@dataclass(frozen=True, slots=True)
class Proof:
    """Who it is; ``second``: the second factor was checked, too."""

    person: Person
    second: bool


@dataclass(frozen=True, slots=True)
class _Try:
    """One try: what was counted, and what was found in the first transaction."""

    row: Row | None
    name: str
    locked: bool
    schemes: tuple[str, ...]
    needs_code: bool


class SignIn:
    """Checks people. Every check has its own two transactions.

    :raises StoreError: when the store cannot be written; also inside an open transaction, because
        the count must not be rolled back.
    """

    def __init__(
        self, database: Database, clock: Clock, audit: AuditLog, keys: Keys, log2n: int
    ) -> None:
        self.factors = SecondFactors(database, clock, keys)
        self.lockout = Lockout(database, clock)
        self._database = database
        self._audit = audit
        self._keys = keys
        self._log2n = log2n

    def check(self, person_id: str, pin: str, code: str | None, *, demand: bool) -> Proof:
        """Who this is. ``demand``: a person who has a second factor must give it, too.

        :raises PinRefusedError: wrong id, PIN or code, locked or disabled.
        :raises CodeMissingError: the PIN was right, and a code is demanded.
        """
        tried = self._begin(person_id, code, demand=demand)
        right = self._pin_is_right(tried, person_id, pin)
        why = _why_not(tried.row, locked=tried.locked, right=right)
        rehashed = self._better(tried.row, person_id, pin) if why is None else None
        with self._database.transaction():
            if why is None:
                self.lockout.forget(tried.name)
            if why is None and code is not None:
                why = self._use(tried.name, code)
            if rehashed is not None:
                self._keep(person_id, rehashed)
            self._record(tried.name, why, code is not None, rehashed is not None)
        if tried.row is None or why is not None:
            raise PinRefusedError
        if code is None and tried.needs_code:
            raise CodeMissingError
        return Proof(Person(person_id, as_text(tried.row[2])), code is not None)

    def hashed(self, person_id: str, pin: str) -> tuple[str, int]:
        """How a new PIN is stored, and the number of its pepper."""
        number = self._keys.pin_pepper
        keyed_pin = self._keyed(person_id, pin, number)
        return pin_hash.hash_pin(keyed_pin, self._log2n, pin_hash.best_scheme()), number

    def _begin(self, person_id: str, code: str | None, *, demand: bool) -> _Try:
        with self._database.transaction():
            row = self._database.row("SELECT * FROM people WHERE id = ?", person_id)
            name = NOBODY if row is None else person_id
            locked = self.lockout.wait_us(name) > 0
            if not locked:
                self.lockout.count(name)
                if code is not None:
                    self.lockout.count(second(name))
            needs_code = demand and self.factors.has(name)
            return _Try(row, name, locked, self._schemes(), needs_code)

    def _schemes(self) -> tuple[str, ...]:
        """Every scheme that somebody's PIN is kept with: each try does them all, in one order."""
        rows = self._database.rows(
            "SELECT DISTINCT substr(pin, 1, instr(pin, '$') - 1) FROM people"
        )
        return tuple(sorted({pin_hash.best_scheme(), *(as_text(row[0]) for row in rows)}))

    def _pin_is_right(self, tried: _Try, person_id: str, pin: str) -> bool:
        """Compare; the same work for everybody, whichever scheme his PIN is kept with."""
        stored = "" if tried.row is None else as_text(tried.row[3])
        own = pin_hash.scheme_of(stored)
        number = 0 if tried.row is None else as_int(tried.row[5])
        keyed_pin = self._keyed(person_id, pin, number)
        right = False
        for scheme in tried.schemes:
            if scheme == own:
                right = pin_hash.matches(stored, keyed_pin)
            elif pin_hash.usable(scheme):
                pin_hash.matches(pin_hash.nobodys_hash(self._log2n, scheme), keyed_pin)
        return right

    def _better(self, row: Row | None, person_id: str, pin: str) -> tuple[str, int] | None:
        """A new hash for a PIN that was right, if the stored one is not as a new one would be."""
        if row is None:
            return None
        current = pin_hash.is_current(as_text(row[3]), self._log2n)
        if current and as_int(row[5]) == self._keys.pin_pepper:
            return None
        return self.hashed(person_id, pin)

    def _keep(self, person_id: str, rehashed: tuple[str, int]) -> None:
        self._database.write(
            "UPDATE people SET pin = ?, pepper = ? WHERE id = ?", *rehashed, person_id
        )

    def _use(self, name: str, code: str) -> str | None:
        """Use up the code; why it is refused, for the record."""
        if not self.factors.use(name, code):
            return "code"
        self.lockout.forget(second(name))
        return None

    def _record(self, name: str, why: str | None, coded: bool, rehashed: bool) -> None:
        # An id that nobody has may be a PIN typed into the wrong field: it is not recorded.
        body: dict[str, Json] = {}
        if why is None:
            body |= {"second": True} if coded else {}
            body |= {"rehashed": True} if rehashed else {}
            self._audit.append("pin-accepted", body, actor=name or None)
        else:
            body = {"why": why, "failures": self.lockout.failures(name)}
            self._audit.append("pin-refused", body, actor=name or None)

    def _keyed(self, person_id: str, pin: str, number: int) -> bytes:
        return keyed(self._keys.pin_key(number), "pin", f"{person_id}|{pin}")


def _why_not(row: Row | None, *, locked: bool, right: bool) -> str | None:
    """Why a try fails, for the record only; None when it does not."""
    if row is None:
        return "unknown"
    if locked:
        return "locked"
    if not right:
        return "wrong"
    return "disabled" if as_int(row[4]) else None
