"""Entries whose end could not be written when it came: they are ended by the next write that works.

A full disk, or an error between two writes, must leave nothing RESERVED that was never sent, and
nothing WAITING that nobody asks about any more. Kept in memory: a restart ends them as well.
"""

from __future__ import annotations

from pos_guard import records
from pos_guard.errors import StoreError
from pos_guard.frames.decoded import Json
from pos_guard.policy.policy import Policy
from pos_guard.store.ledger import MOVES, Phase
from pos_guard.store.store import Store


class Leftovers:
    """What is owed to the ledger."""

    def __init__(self, store: Store, policy: Policy) -> None:
        self._store = store
        self._policy = policy
        self._owed: dict[int, Phase] = {}

    def __contains__(self, number: int) -> bool:
        """Whether an entry is over, whatever the ledger says."""
        return number in self._owed

    def owe(self, number: int, phase: Phase) -> None:
        """An entry is to become ``phase``, where it can still become that."""
        self._owed[number] = phase

    def pay(self) -> None:
        """End what is owed; what cannot be written is owed still. Outside of a transaction."""
        for number, phase in tuple(self._owed.items()):
            try:
                self._end(number, phase)
            except StoreError:
                return
            self._owed.pop(number, None)

    def _end(self, number: int, phase: Phase) -> None:
        with self._store.transaction():
            entry = self._store.ledger.entry(number)
            if phase not in MOVES[entry.phase]:
                return
            self._store.ledger.move(number, phase)
            body: dict[str, Json] = {"entry": number, "link": entry.link, "phase": str(phase)}
            body |= records.around_json(self._store, self._policy, entry.operator)
            self._store.audit.append("abandon", body, actor=entry.operator)
