"""The screen and the keys of a simulated payment terminal or host."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pos_guard.frames.decoded import Json

ASK_MS = 90_000
"""A device that nobody answers gives up by itself, where the script does not say when: time for
somebody to find the page and its keys, and less than most tills wait."""


class Key(StrEnum):
    """What somebody presses. ``decline`` stands for a card that the bank does not accept."""

    OK = "ok"
    DECLINE = "decline"
    STOP = "stop"


class Shows(StrEnum):
    """What the screen is about. ``asks`` waits for a key, ``working`` for customer or host."""

    IDLE = "idle"
    WORKING = "working"
    ASKS = "asks"
    APPROVED = "approved"
    DECLINED = "declined"
    TAKEN_BACK = "taken-back"


@dataclass(frozen=True, slots=True)
class Screen:
    """What stands on it: the ``amount`` in minor units, None where it shows none.

    ``currency`` is its ISO 4217 number, None where the device does not know it.
    """

    shows: Shows = Shows.IDLE
    amount: int | None = None
    currency: int | None = None

    def now(self, shows: Shows) -> Screen:
        """The same amount, and what has become of it."""
        return Screen(shows, self.amount, self.currency)

    def told(self) -> dict[str, Json]:
        """As programs get it."""
        return {"shows": str(self.shows), "amount": self.amount, "currency": self.currency}
