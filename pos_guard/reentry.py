"""Answers without a screen: the same amount entered again, the same request asked again later.

Both are kept in memory only. A restart forgets them: the amount has to be entered twice anew, and
a delay begins again.
"""

from __future__ import annotations

from dataclasses import dataclass

from pos_guard.clock import SECOND, Clock
from pos_guard.model import IntentKind
from pos_guard.policy.policy import Policy
from pos_guard.policy.verdict import Need, Verdict
from pos_guard.records import again_hash
from pos_guard.waiting import Asked

SOONEST_US = 2 * SECOND
"""A key that bounces, or a till that retries by itself, is no second look at the amount."""

LATEST_US = 60 * SECOND
"""As long as an approval: after a minute somebody else may stand there."""

MAX_LINKS = 64
"""Links with a refusal of their own: more than a terminal has."""

MAX_FIRST = 64
"""Requests whose first asking is remembered."""

FORGET_US = 24 * 3600 * SECOND
"""A request asked again a day later is a new one."""

_RULE = "amount-confirmed"
_OPTION = "reentry"


@dataclass(frozen=True, slots=True)
class _Refused:
    """A refusal that the same frame again lifts, and when it was (boot time)."""

    request_hash: str
    boot_us: int


class Reentry:
    """The last refusal of each link that only lacked a confirmation."""

    def __init__(self, policy: Policy, clock: Clock) -> None:
        self._on = policy.setting(_RULE).options.get(_OPTION) == "on"
        self._clock = clock
        self._refused: dict[str, _Refused] = {}

    def confirmed(self, asked: Asked) -> int | None:
        """The amount, when this request is a re-entry of the one that was refused."""
        before = self._refused.get(asked.link)
        if before is None or before.request_hash != asked.request_hash:
            return None
        age = self._clock.boot_us() - before.boot_us
        return asked.intent.amount if SOONEST_US <= age <= LATEST_US else None

    def offered(self, asked: Asked, verdict: Verdict) -> bool:
        """Whether this verdict is a refusal that a re-entry would lift.

        Sales only, and only where a confirmation alone is missing: entering something twice is
        never a second person. A request with a number of its own has another frame the next time.
        """
        return (
            self._on
            and asked.framed
            and asked.intent.kind is IntentKind.SALE
            and asked.intent.reference is None
            and verdict.needs == frozenset({Need.CONFIRMATION})
        )

    def judged(self, asked: Asked, *, offered: bool) -> None:
        """A request of this link was judged: whatever was refused before it is over."""
        self.forget(asked.link)
        if offered and len(self._refused) < MAX_LINKS:
            self._refused[asked.link] = _Refused(asked.request_hash, self._clock.boot_us())

    def forget(self, link: str) -> None:
        """Something else came through this link."""
        self._refused.pop(link, None)


class Patience:
    """When requests that a delay would lift were asked first."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._first: dict[str, int] = {}

    def waited_us(self, asked: Asked) -> int:
        """Since the same request was asked first; 0 when it was not."""
        # Nearly always nothing waits: the hash is made only where there is one to compare.
        first = self._first.get(_again(asked)) if self._first else None
        waited = 0 if first is None else self._clock.boot_us() - first
        return waited if waited <= FORGET_US else 0

    def judged(self, asked: Asked, verdict: Verdict) -> None:
        """Remember a request that lacks its owner; forget one that was let through."""
        owner = Need.OWNER in verdict.needs
        if not (owner or self._first):
            return
        again = _again(asked)
        if verdict.allowed or self.waited_us(asked) == 0:
            self._first.pop(again, None)
        if owner and again not in self._first:
            if len(self._first) >= MAX_FIRST:
                del self._first[next(iter(self._first))]
            self._first[again] = self._clock.boot_us()


def _again(asked: Asked) -> str:
    return again_hash(asked.intent, asked.context, asked.link)
