"""``pos.shop``: people, a policy and a guard over a real store, for apps with our SDK."""

from __future__ import annotations

from pathlib import Path

from pos_guard.clock import Clock
from pos_guard.guard import Guard
from pos_guard.model import Source
from pos_guard.money import Money
from pos_guard.store.store import Store
from pos_guard_simulator.pytest_plugin.shop_template import PEOPLE, copy_to, new_store, policy_in


class Shop:
    """One shop. Its store is not made durable: tests do not lose power."""

    def __init__(self, directory: Path, clock: Clock, currency: str, *, frozen: bool) -> None:
        self.directory = directory
        self.pins = {person: pin for person, (_, pin) in PEOPLE.items()}
        self._clock = clock
        self._currency = currency
        copy_to(directory, new_store(frozen=frozen))
        self._open()

    def sign_in(self, person: str) -> bool:
        """Let this person work at the till from now on; False: there is none."""
        return self.guard.tell_operator(person, Source.APP)

    def order(self, amount: int, order_id: str | None = None) -> str:
        """The app tells an order of this amount in minor units; returns the order's key."""
        return self.guard.tell_order(order_id, Money(amount, self._currency), Source.APP).key

    def restart(self) -> None:
        """The guard's process dies and comes back; what it had recorded is there."""
        self.store.close()
        self._open()

    def close(self) -> None:
        """Close the store."""
        self.store.close()

    def _open(self) -> None:
        self.store = Store.open(self.directory, clock=self._clock, durable=False)
        self.guard = Guard(self.store, policy_in(self._currency), self._clock)
