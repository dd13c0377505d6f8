"""Judges recorded requests again under another policy: what it would have stopped, asked, let go.

Nothing is simulated: what happened stays as it happened, and each request is judged as the record
has it, with the answers that were given. The sums of limits are added up anew from the same
history, since the other policy may have limits of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from pos_guard.clock import SECOND
from pos_guard.model import Intent
from pos_guard.policy.engine import judge
from pos_guard.policy.history import payer_token
from pos_guard.policy.policy import Limit, Per, Policy, Window
from pos_guard.policy.request import Request, Total, operation_of
from pos_guard.policy.verdict import Level, Verdict


@dataclass(frozen=True, slots=True)
class Recorded:
    """One judged request of the record.

    ``level``: what it got. ``done``: it was submitted and did not fail (or nobody knows). ``rule``:
    what decided then.
    """

    seq: int
    wall_us: int
    request: Request
    level: Level
    rule: str
    done: bool = True

    @property
    def amount(self) -> int:
        """Minor units, 0 where the request names none."""
        subject = self.request.subject
        return (subject.amount or 0) if isinstance(subject, Intent) else 0


class Change(StrEnum):
    """How the other policy differs."""

    SAME = "same"
    STOPPED = "stopped"
    """It went through, and would be refused."""
    ASKED = "asked"
    """It went through, and somebody would be asked first."""
    LET_THROUGH = "let-through"
    """It was refused or held, and would go through."""
    OTHER = "other"
    """It was stopped in either case, but not alike."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """One request under both policies."""

    recorded: Recorded
    verdict: Verdict

    @property
    def change(self) -> Change:
        """What the difference means."""
        old, new = self.recorded.level, self.verdict.level
        if (old <= Level.WARN) == (new <= Level.WARN) and (
            old <= Level.WARN or (old is Level.REQUIRE) == (new is Level.REQUIRE)
        ):
            return Change.SAME
        if old <= Level.WARN:
            return Change.ASKED if new is Level.REQUIRE else Change.STOPPED
        return Change.LET_THROUGH if new <= Level.WARN else Change.OTHER

    @property
    def rule(self) -> str:
        """What makes the difference: the rule that stops it now, or the one that did."""
        stops = self.verdict.level > Level.WARN
        return self.verdict.decisive.rule if stops else self.recorded.rule


def replay(history: Iterable[Recorded], policy: Policy, since_us: int = 0) -> Iterator[Replayed]:
    """Judge everything from ``since_us`` (wall time) on; what came before only adds up."""
    sums = _Sums(policy)
    for recorded in history:
        if recorded.wall_us >= since_us:
            request = replace(recorded.request, totals=sums.before(recorded))
            yield Replayed(recorded, judge(request, policy))
        if recorded.level <= Level.WARN and recorded.done:
            sums.add(recorded)


class _Sums:
    """What each limit of a policy added up, of requests that went through."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._past: dict[tuple[str, str], list[Recorded]] = {}

    def add(self, recorded: Recorded) -> None:
        for limit, key in self._concerned(recorded):
            self._past.setdefault((limit.id, key), []).append(recorded)

    def before(self, now: Recorded) -> dict[str, Total]:
        found: dict[str, Total] = {}
        for limit, key in self._concerned(now):
            amounts: list[int] = []
            # All windows end now: the first that is too old ends the count.
            for item in reversed(self._past.get((limit.id, key), [])):
                if not self._in_window(limit, item, now):
                    break
                amounts.append(item.amount)
            found[limit.id] = Total(sum(amounts), len(amounts))
        return found

    def _concerned(self, recorded: Recorded) -> Iterator[tuple[Limit, str]]:
        operation = operation_of(recorded.request)
        for limit in self._policy.limits:
            key = _scope(limit.per, recorded.request)
            if operation in limit.operations and key is not None:
                yield limit, key

    def _in_window(self, limit: Limit, item: Recorded, now: Recorded) -> bool:
        age_us = now.wall_us - item.wall_us
        if limit.window is Window.ROLLING:
            return age_us <= limit.seconds * SECOND
        if limit.window is Window.DAY:
            return self._date(item.wall_us) == self._date(now.wall_us)
        desk = now.request.desk
        began_us = None if desk is None else desk.on_shift_us
        # Without a shift that was begun, everything this operator did adds up.
        return limit.window is Window.SHIFT and (began_us is None or age_us <= began_us)

    def _date(self, wall_us: int) -> str:
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=wall_us)
        return moment.astimezone(ZoneInfo(self._policy.hours.zone)).date().isoformat()


def _scope(per: Per, request: Request) -> str | None:
    """Whose sum it is. One store is one terminal and, without a shared ledger, one shop."""
    if per is Per.OPERATOR:
        return None if request.operator is None else request.operator.id
    if per is Per.SALE:
        return None if request.sale is None else request.sale.sale_id
    return payer_token(request) if per is Per.PAYER else ""
