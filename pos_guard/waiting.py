"""Requests that wait for a second person, and that person's yes or no.

An approval is bound to the hash of one request, lives 60 s of boot time, works once, and is only
a fact for the rules: they run again over the state of that moment.
"""

from __future__ import annotations

from dataclasses import dataclass

from pos_guard.clock import SECOND, Clock
from pos_guard.errors import NotPermittedError, StoreError
from pos_guard.model import Context, Intent
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import Person
from pos_guard.store.store import Store

# An approval is a person looking at this very request now, not a right kept for later.
APPROVAL_US = 60 * SECOND

# Requests that wait for a person at one time: one till has one at a time, more is a fault.
MAX_WAITING = 16


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it was asked: the intent, what was known then, and the hash of both."""

    intent: Intent
    context: Context
    link: str
    frame_hash: str
    request_hash: str

    @property
    def operator(self) -> str | None:
        """Who asked, as far as it is known."""
        return None if self.context.operator is None else self.context.operator.value


class WaitingRoom:
    """Keeps what waits in memory: a restart abandons it, the till asks anew."""

    def __init__(self, store: Store, policy: Policy, clock: Clock) -> None:
        self._store = store
        self._policy = policy
        self._clock = clock
        self._waiting: dict[int, Asked] = {}

    def add(self, number: int, asked: Asked) -> None:
        """Request ``number`` waits from now on.

        :raises StoreError: when too many wait already; the verdict must not be recorded then.
        """
        if len(self._waiting) >= MAX_WAITING:
            raise StoreError(f"{MAX_WAITING} requests wait for a person already")
        self._waiting[number] = asked

    def take(self, number: int) -> Asked:
        """The request, which waits no more.

        :raises StoreError: nothing by that number waits.
        """
        asked = self.get(number)
        del self._waiting[number]
        return asked

    def drop(self, number: int) -> None:
        """Forget it, if it waits."""
        self._waiting.pop(number, None)

    def get(self, number: int) -> Asked:
        """The request that waits under this number.

        :raises StoreError: none does.
        """
        if number not in self._waiting:
            raise StoreError(f"request {number} does not wait for anybody")
        return self._waiting[number]

    def approve(self, number: int, approver: str, pin: str) -> None:
        """A second person says yes.

        :raises NotPermittedError: wrong id or PIN, locked out, the operator himself, no such right.
        :raises StoreError: nothing by that number waits.
        """
        person = self._store.people.verify(approver, pin)
        asked = self.get(number)
        if asked.operator == person.id:
            raise NotPermittedError("nobody approves his own request: ask a second person")
        role = self._policy.role(person.role)
        if role is None or not role.may_approve:
            raise NotPermittedError(f"{person.id} may not approve requests: ask a manager")
        expires = self._clock.boot_us() + APPROVAL_US
        with self._store.transaction():
            self._store.approvals.add(
                number, asked.request_hash, person.id, expires, self._clock.boot_id
            )
            self._store.audit.append(
                "approval",
                {"entry": number, "request": asked.request_hash},
                actor=asked.operator,
                approver=person.id,
            )

    def decline(self, number: int, person: str) -> None:
        """A person says no; nobody's yes counts after that.

        :raises StoreError: nothing by that number waits.
        """
        self.get(number)
        with self._store.transaction():
            self._store.approvals.refuse(number, person)
            self._store.audit.append("declined", {"entry": number}, approver=person)

    def approver(self, number: int, asked: Asked) -> Person | None:
        """Who approved, using the approval up; None without a valid one. Needs a transaction."""
        if self._store.approvals.refused(number):
            return None
        by = self._store.approvals.take(asked.request_hash)
        return None if by is None else self._store.people.get(by)
