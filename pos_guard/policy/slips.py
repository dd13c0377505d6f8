"""Amounts that a slipping hand makes of another amount. Integers only."""

from __future__ import annotations

from enum import StrEnum


class Slip(StrEnum):
    """How an entered amount may have come from the right one."""

    TIMES_10 = "x10"
    TIMES_100 = "x100"
    TENTH = "/10"
    HUNDREDTH = "/100"
    SWAPPED = "swapped-digits"


_FACTORS = (
    (Slip.TIMES_10, 10, 1),
    (Slip.TIMES_100, 100, 1),
    (Slip.TENTH, 1, 10),
    (Slip.HUNDREDTH, 1, 100),
)


def find_slip(amount: int, due: int) -> Slip | None:
    """The slip that turns ``due`` into ``amount`` (both minor units), or None.

    Nothing due, or the right amount, is no slip.
    """
    if due <= 0 or amount <= 0 or amount == due:
        return None
    for slip, up, down in _FACTORS:
        if amount * down == due * up:
            return slip
    return Slip.SWAPPED if _swapped(str(amount), str(due)) else None


def _swapped(left: str, right: str) -> bool:
    """Two neighbouring digits changed places, and nothing else."""
    if len(left) != len(right):
        return False
    differ = [index for index in range(len(left)) if left[index] != right[index]]
    if len(differ) != 2 or differ[1] != differ[0] + 1:
        return False
    first, second = differ
    return left[first] == right[second] and left[second] == right[first]
