"""The provider's side of a provider link: one connection, used again while that is safe.

A connection that lay idle may be dead without anybody having said so (a router that forgot it):
what is sent into it is lost, and a payment would be unknown for nothing. So a connection that is
too old is made anew before the next request; after a number of requests it is given up.
"""

from __future__ import annotations

from pos_guard.links.session import CancelTimer, CloseDevice, Effects, SetTimer

MAX_CARRIED = 100
"""Requests of one connection: servers close after as many, and then a race would begin."""

STALE = "stale"
"""The timer of an idle connection."""


class Upstream:
    """One connection to the provider. ``stale_s``: how long it may lie idle and still be used."""

    def __init__(self, stale_s: float) -> None:
        self._stale_s = stale_s
        self._stale = False
        self._carried = 0
        self.up = False

    @property
    def used(self) -> bool:
        """It has carried a request before the present one."""
        return self._carried > 1

    def connected(self) -> Effects:
        """The provider is there."""
        self.up = True
        self._stale = False
        self._carried = 0
        return [SetTimer(STALE, self._stale_s)]

    def closed(self) -> Effects:
        """The provider hung up."""
        self.up = False
        return [CancelTimer(STALE)]

    def idle_too_long(self) -> None:
        """The timer ran out. It stays open: nobody knows whether it will be needed."""
        self._stale = True

    def renewed(self) -> Effects:
        """Before a request: hang up on a connection that is too old."""
        return self.hang_up("idle too long") if self.up and self._stale else []

    def carries(self) -> Effects:
        """A request leaves on it."""
        self._carried += 1
        return [CancelTimer(STALE)]

    def answered(self, *, reusable: bool) -> Effects:
        """Its answer came: keep the connection if the provider does, and if it is not worn out."""
        if not self.up:
            return []
        if not reusable or self._carried >= MAX_CARRIED:
            return self.hang_up("no further use")
        return [SetTimer(STALE, self._stale_s)]

    def hang_up(self, reason: str) -> Effects:
        """Hang up; the shell connects anew."""
        return [*self.closed(), CloseDevice(reason)]
