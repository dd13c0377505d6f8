"""Stopping and taking back, as the till asks: what the device has is for the device to undo.

What it never had is undone here, and it hears nothing of it.
"""

from __future__ import annotations

from pos_guard.links import exchange_words as words
from pos_guard.links.dialect import Ask
from pos_guard.links.exchange_model import State, Undo
from pos_guard.links.exchange_resolve import Resolver
from pos_guard.policy.verdict import Reason


class Undoing(Resolver):
    """STOPS and UNDOES of a till."""

    def _stop(self, ask: Ask) -> None:
        """Of what was forwarded it always passes: it only stops."""
        if self._device_there:
            self._accept()
            self._out += self._device.send(ask.unit)
        else:
            self._answer(ask.unit, self._dialect.late(ask))

    def _give_up(self, ask: Ask) -> None:
        """While a person decides it is never forwarded, because nothing was."""
        held = self._job
        self._abandon()
        self._answer(ask.unit, self._dialect.stopped(ask, None if held is None else held.ask))

    def _stop_nothing(self, ask: Ask) -> None:
        if self._doubt is not None:
            self._stop(ask)
        else:
            self._answer(ask.unit, self._dialect.stopped(ask, None))

    def _take_back(self, ask: Ask) -> None:
        held = self._job if self._state is State.HELD else None
        if held is not None and ask.undoes in (None, held.ask.key):
            self._abandon()
            self._undone(ask)
        elif ask.undoes is not None and self._never_sent(ask.undoes):
            self._undone(ask)
        elif not self._device_there:
            self._refused(Reason.GUARD, words.NO_TERMINAL, ask.unit)
            self._answer(ask.unit, self._dialect.late(ask))
        elif self._undo is None:
            self._send_undo(Undo(ask, self._entry_of(ask)))
        elif self._undo.ask.unit == ask.unit:
            self._accept()
            self._undo.waits = True
            self._out += self._device.send(ask.unit)
        else:
            self._enqueue(ask)

    def _undone(self, ask: Ask) -> None:
        """The device never had the request, and hears nothing of this either."""
        self._answer(ask.unit, self._dialect.undone(ask))

    def _never_sent(self, key: str) -> bool:
        queued = [later for later in self._later if later.key == key]
        for later in queued:
            self._later.remove(later)
        kept = bool(queued) or self._past.was_kept(key)
        # An earlier process may have forwarded what this one refused.
        return kept and self._guard.store.ledger.submitted(self.name, key) is None

    def _entry_of(self, ask: Ask) -> int | None:
        """The request that is taken back, also when an earlier process forwarded it."""
        if ask.undoes is None:
            waiting = self._job or self._doubt
            return self._past.newest if waiting is None else waiting.decision
        entry = self._past.entry(ask.undoes)
        if entry is not None:
            return entry
        found = self._guard.store.ledger.submitted(self.name, ask.undoes)
        return None if found is None else found.id
