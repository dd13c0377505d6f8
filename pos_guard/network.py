"""How well the outside is reached: what the money links see, and what the till's app says of it.

Nothing is asked and nothing is sent: a line that is down shows in links whose device is gone, and
in submissions that end without an answer. The app may know better, and says so for a while.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from pos_guard.clock import SECOND, Clock
from pos_guard.policy.request import Network

DOWN_US = 5 * SECOND
"""A device is down once it is gone for so long: a terminal that hangs up after each payment is
connected again well before, whatever pause its link makes."""

MISSED_US = 300 * SECOND
"""Submissions without an answer count for so long: an outage is over or known by then."""

MISSED = 2
"""So many submissions in a row without an answer: one alone is a pulled card."""

TOLD_US = 3600 * SECOND
"""What the app said stands above what links see for so long: an app that forgets to take it back
does not blind the guard for days."""

MAX_SIGHTS = 64
"""Links that are remembered: a daemon has 32 at most, an app names few; the eldest is forgotten."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What one link saw last.

    ``up``: its device is connected; None: nobody watches that. ``since_us``: from when on.
    ``missed``: the last submissions without an answer, by number and time; an answer empties it.
    """

    up: bool | None = None
    since_us: int = 0
    missed: tuple[tuple[int, int], ...] = ()

    def down(self, now_us: int) -> bool:
        """The device is gone, and not for a moment only."""
        return self.up is False and now_us - self.since_us >= DOWN_US

    def silent(self, now_us: int) -> bool:
        """The last submissions got no answer, all of them lately."""
        lately = [when for _, when in self.missed if now_us - when <= MISSED_US]
        return len(lately) >= MISSED


def seen(sights: Iterable[Sight], now_us: int) -> Network:
    """OFFLINE: every watched device is down. DEGRADED: one is, or a link gets no answers."""
    sights = tuple(sights)
    watched = [sight for sight in sights if sight.up is not None]
    if watched and all(sight.down(now_us) for sight in watched):
        return Network.OFFLINE
    if any(sight.down(now_us) or sight.silent(now_us) for sight in sights):
        return Network.DEGRADED
    return Network.ONLINE


class NetworkWatch:
    """Remembers what links see and what was said, in memory: a restart begins with ONLINE."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._sights: dict[str, Sight] = {}
        self._told: tuple[Network, int] | None = None

    def tell(self, network: Network) -> None:
        """The app says how it is, for ``TOLD_US``; longer where no device is watched."""
        self._told = (network, self._clock.boot_us())

    def device(self, link: str, *, up: bool) -> None:
        """The device of a money link came or went, or could not be reached."""
        sight = self._sights.get(link, Sight())
        if sight.up is not up:
            self._put(link, replace(sight, up=up, since_us=self._clock.boot_us()))

    def submitted(self, link: str, number: int, *, answered: bool) -> None:
        """A request was submitted, and was answered or not; the same one again counts once."""
        sight = self._sights.get(link, Sight())
        missed: tuple[tuple[int, int], ...] = ()
        if not answered:
            others = tuple(one for one in sight.missed if one[0] != number)
            missed = (*others, (number, self._clock.boot_us()))[-MISSED:]
        if missed != sight.missed:
            self._put(link, replace(sight, missed=missed))

    def state(self) -> Network:
        """What counts now."""
        now_us, sights = self._clock.boot_us(), tuple(self._sights.values())
        if self._told is not None:
            network, told_us = self._told
            watched = any(sight.up is not None for sight in sights)
            if not watched or now_us - told_us < TOLD_US:
                return network
        return seen(sights, now_us)

    def _put(self, link: str, sight: Sight) -> None:
        if link not in self._sights and len(self._sights) >= MAX_SIGHTS:
            self._sights.pop(next(iter(self._sights)))
        self._sights[link] = sight
