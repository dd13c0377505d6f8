"""PINs: which are too weak. How they are kept: ``pin_hash``."""

from __future__ import annotations

import re
from itertools import pairwise

from pos_guard.errors import LocalError
from pos_guard.model import Words

MIN_DIGITS = 4
MAX_DIGITS = 12

APPROVER_DIGITS = 6
"""For people who may approve or resolve: what Tyro asks of terminals. Four digits fall in 10,000
tries, and their yes is worth more than a cashier's."""

_DIGITS = re.compile(rf"[0-9]{{{MIN_DIGITS},{MAX_DIGITS}}}")

# Lines on the keypad, and what terminals and cards are delivered with.
_COMMON = frozenset(
    {"2580", "0852", "1470", "3690", "1590", "3570", "147258", "258369", "159357"}
    | {"166816", "166831", "166832"}
)

_MONTH_LENGTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class WeakPinError(LocalError, ValueError):
    """The PIN is too easy to guess; ``say`` tells the person what to choose."""

    def __init__(self, say: Words) -> None:
        self.say = say
        super().__init__(say.en)


def check_strength(person_id: str, pin: str, at_least: int = MIN_DIGITS) -> None:
    """Refuse PINs that people guess first. ``at_least``: so many digits, never below four.

    :raises WeakPinError: not so many digits, or more than 12; a sequence, repeat or keypad line;
        what terminals are delivered with; the person's own id; a year or a date (birthdays).
    """
    least = max(at_least, MIN_DIGITS)
    if not _DIGITS.fullmatch(pin) or len(pin) < least:
        raise WeakPinError(
            Words(
                f"密码须为 {least} 到 {MAX_DIGITS} 位数字。",
                f"A PIN has {least} to {MAX_DIGITS} digits.",
            )
        )
    if _even_steps(pin) or _repeats(pin) or pin in _COMMON or pin in person_id:
        raise WeakPinError(
            Words(
                "密码太简单,请换一个(不要连号、重复)。",
                "Too easy to guess: no sequence, no repeat. Choose another PIN.",
            )
        )
    if _is_date(pin):
        raise WeakPinError(
            Words("请勿使用日期或年份作密码。", "No date and no year: choose another PIN.")
        )


def _even_steps(pin: str) -> bool:
    """1234, 9876, 2468, 7890, 0000: each digit as far from the one before."""
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(pin)}
    return len(steps) == 1


def _repeats(pin: str) -> bool:
    """1212, 123123, 1122: parts of it again."""
    doubled = len(pin) % 2 == 0 and all(pin[i] == pin[i + 1] for i in range(0, len(pin), 2))
    return doubled or pin in (pin + pin)[1:-1]


def _is_date(pin: str) -> bool:
    """1985, 1225, 2512, 851225, 251285, 19851225: years and days, in the usual orders."""
    if len(pin) == 4:
        return pin[:2] in ("19", "20") or _is_day(pin[:2], pin[2:])
    if len(pin) == 6:
        return _is_day(pin[2:4], pin[4:]) or _is_day(pin[:2], pin[2:4])
    if len(pin) == 8:
        chinese = pin[:2] in ("19", "20") and _is_day(pin[4:6], pin[6:])
        return chinese or (pin[4:6] in ("19", "20") and _is_day(pin[:2], pin[2:4]))
    return False


def _is_day(one: str, other: str) -> bool:
    """Day and month, in either order."""
    return _in_month(int(one), int(other)) or _in_month(int(other), int(one))


def _in_month(month: int, day: int) -> bool:
    return 1 <= month <= 12 and 1 <= day <= _MONTH_LENGTHS[month - 1]
