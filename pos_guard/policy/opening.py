"""Is the shop open at this moment? Pure calendar arithmetic on its own wall clock."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

from pos_guard.policy.policy import Hours
from pos_guard.policy.request import Moment

DAY_MIN = 1440
"""Minutes of a day on the wall: a day of the clock change has as many names for them."""


def is_open(hours: Hours, moment: Moment) -> bool | None:
    """Whether the shop is open; None: that cannot be told, for the moment is no date.

    An interval belongs to the day on which it begins: the night before a holiday ends as usual,
    and the night of the holiday does not take place at all.
    """
    if hours.open is None:
        return True
    before = _day_before(moment.date)
    if before is None or len(hours.open) != 7 or not 0 <= moment.weekday < 7:
        return None
    today = () if moment.date in hours.holidays else hours.open[moment.weekday]
    night = () if before in hours.holidays else hours.open[moment.weekday - 1]
    minute = moment.minute
    return any(first <= minute < end for first, end in today) or any(
        first <= minute + DAY_MIN < end for first, end in night
    )


@lru_cache(maxsize=8)  # asked for the same day all day long
def _day_before(day: str) -> str | None:
    try:
        return (date.fromisoformat(day) - timedelta(days=1)).isoformat()
    except (ValueError, OverflowError):
        return None
