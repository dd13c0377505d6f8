"""Now on the shop's wall: weekday, minute and date, where its day began, what is settled since.

Wall times are microseconds since 1970 (UTC). Where the time zone is not known to this machine, or
the clock shows no time that a calendar has, there is no answer: None, never a guess.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pos_guard.clock import SECOND
from pos_guard.policy.policy import Hours
from pos_guard.policy.request import Moment

_DAY_MINUTES = 1440

_NO_HOURS = Hours()


def moment(hours: Hours, now_us: int) -> Moment | None:
    """Weekday, minute of the day and date in the shop's zone."""
    now = _local(hours, now_us)
    if now is None:
        return None
    return Moment(now.weekday(), now.hour * 60 + now.minute, now.date().isoformat())


def day_start_us(hours: Hours, now_us: int) -> int | None:
    """When the shop's day began: its first instant, also where midnight does not exist."""
    now = _local(hours, now_us)
    return None if now is None else _instant_us(now.date(), 0, now)


def settled_by_hours(hours: Hours, sold_us: int, now_us: int) -> bool | None:
    """Whether ``settled_at`` passed between a sale and now; None where the policy has no hours."""
    now = None if hours == _NO_HOURS else _local(hours, now_us)
    if now is None:
        return None
    minute = hours.settled_at % _DAY_MINUTES
    last = _instant_us(now.date(), minute, now)
    if last > now_us:
        last = _instant_us(now.date() - timedelta(days=1), minute, now)
    return sold_us < last


def _local(hours: Hours, now_us: int) -> datetime | None:
    try:
        return datetime.fromtimestamp(now_us // SECOND, ZoneInfo(hours.zone))
    except (ZoneInfoNotFoundError, ValueError, OverflowError, OSError):
        return None


def _instant_us(day: date, minute: int, like: datetime) -> int:
    # Of two such minutes (the clock was put back) the first; where there is none (it was put
    # forward) the instant at which it would have been.
    at = datetime.combine(day, time(minute // 60, minute % 60), like.tzinfo)
    return int(at.timestamp()) * SECOND
