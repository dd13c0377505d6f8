"""Requests that wait for people, and what was given for each of them so far.

Kept in memory: a restart abandons what waits, and the till asks anew. Approvals are in the store
besides, so that one is used up in the transaction of the verdict that it allows.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace

from pos_guard.clock import SECOND, Clock
from pos_guard.errors import StoreError
from pos_guard.model import Context, Intent
from pos_guard.policy.request import Answers, Person
from pos_guard.policy.verdict import Need
from pos_guard.shared import View
from pos_guard.store.store import Store

# An approval is a person looking at this very request now, not a right kept for later.
APPROVAL_US = 60 * SECOND

# Requests that wait for a person at one time: one till has one at a time, more is a fault.
MAX_WAITING = 16

_NO_FRAME = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it was asked: the intent, what was known then, and the hash of both.

    ``view``: what the shared ledger said of its sale, where there is one.
    """

    intent: Intent
    context: Context
    link: str
    frame_hash: str
    request_hash: str
    view: View | None = None

    @property
    def operator(self) -> str | None:
        """Who asked, as far as it is known."""
        return None if self.context.operator is None else self.context.operator.value

    @property
    def framed(self) -> bool:
        """It came as a frame through a link; an app that asks us itself sends none."""
        return self.frame_hash != _NO_FRAME


@dataclass(frozen=True, slots=True)
class Held:
    """A request that waits: what it still needs, and what was given.

    ``asked_for``: all that people were asked for so far. ``approver`` counts until
    ``approved_until_us`` of this boot.
    """

    asked: Asked
    needs: frozenset[Need]
    asked_for: frozenset[Need]
    approver: Person | None = None
    approved_until_us: int = 0
    answers: Answers = field(default_factory=Answers)


@dataclass(frozen=True, slots=True)
class _Badge:
    person: str
    boot_us: int


class WaitingRoom:
    """Keeps what waits in memory: a restart abandons it, the till asks anew."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._waiting: dict[int, Held] = {}
        self._badge: _Badge | None = None

    def add(self, number: int, asked: Asked, needs: frozenset[Need]) -> None:
        """Request ``number`` waits from now on.

        :raises StoreError: when too many wait already; the verdict must not be recorded then.
        """
        if len(self._waiting) >= MAX_WAITING:
            raise StoreError(f"{MAX_WAITING} requests wait for a person already")
        self._waiting[number] = Held(asked, needs, needs)

    def take(self, number: int) -> Held:
        """The request, which waits no more.

        :raises StoreError: nothing by that number waits.
        """
        held = self.get(number)
        self.drop(number)
        return held

    def drop(self, number: int) -> None:
        """Forget it, if it waits."""
        self._waiting.pop(number, None)
        if not self._waiting:
            self._badge = None

    def forget(self, asked: Asked) -> None:
        """What was asked was not written: it does not wait, and its number is another's."""
        for number, held in tuple(self._waiting.items()):
            if held.asked is asked:
                self.drop(number)

    def get(self, number: int) -> Held:
        """The request that waits under this number.

        :raises StoreError: none does.
        """
        if number not in self._waiting:
            raise StoreError(f"request {number} does not wait for anybody")
        return self._waiting[number]

    def needs(self, number: int) -> frozenset[Need]:
        """What a request still needs; nothing when it does not wait."""
        held = self._waiting.get(number)
        return frozenset() if held is None else held.needs

    def put(self, number: int, held: Held) -> None:
        """What was given for a request that waits."""
        self._waiting[number] = replace(held, asked_for=held.asked_for | held.needs)

    def approver(self, number: int, held: Held) -> Person | None:
        """Who approved, using the approval up; None without a valid one. Needs a transaction."""
        if self._store.approvals.refused(number):
            return None
        by = self._store.approvals.take(held.asked.request_hash)
        return None if by is None else self._store.people.get(by)

    # -- badges ------------------------------------------------------------------------------

    def show_badge(self, person: str) -> None:
        """Take a scanned badge as that of an approver, when somebody else's request waits for one.

        A badge only says who; the yes is the PIN.
        """
        wanted = any(
            Need.APPROVAL in held.needs and held.asked.operator not in (None, person)
            for held in self._waiting.values()
        )
        if wanted:
            self._badge = _Badge(person, self._clock.boot_us())

    def badge(self) -> str | None:
        """Whose badge was shown for an approval, within ``APPROVAL_US``."""
        shown = self._badge
        if shown is None or self._clock.boot_us() - shown.boot_us > APPROVAL_US:
            return None
        return shown.person
