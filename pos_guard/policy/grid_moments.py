"""Moments at the boundaries of opening hours: a minute before, at and after each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from pos_guard.policy.policy import Hours
from pos_guard.policy.request import Moment

_DAY = 1440
_MONDAY = date(2026, 3, 2)


def moments(hours: Hours) -> Iterator[Moment]:
    """Around every opening and closing of a week, and at noon of every holiday."""
    seen: set[tuple[int, int]] = set()
    for weekday, spans in enumerate(hours.open or ()):
        for edge in (edge for span in spans for edge in span):
            for step in (-1, 0, 1):
                at = weekday * _DAY + edge + step
                seen.add((at // _DAY % 7, at % _DAY))
    for weekday, minute in sorted(seen):
        yield Moment(weekday, minute, (_MONDAY + timedelta(days=weekday)).isoformat())
    for holiday in sorted(hours.holidays):
        yield Moment(date.fromisoformat(holiday).weekday(), _DAY // 2, holiday)
