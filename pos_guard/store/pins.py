"""PINs: which are too weak, and how they are kept.

A PIN has so few digits that any hash of it is guessed in hours (measured: six digits in 7 h on one
core). Hence the pepper, which lies in a file of its own, and the lock-out in ``people``.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from functools import cache
from itertools import pairwise

from pos_guard.errors import LocalError, StoreError
from pos_guard.model import Words

MIN_DIGITS = 4
MAX_DIGITS = 12

# scrypt with N = 2^15, r = 8 takes 32 MiB and 0.1 s; 2^20 would take 1 GiB: no terminal has that.
MAX_LOG2N = 20
BLOCK = 8
PARALLEL = 1
SALT_BYTES = 16

_DIGITS = re.compile(rf"[0-9]{{{MIN_DIGITS},{MAX_DIGITS}}}")

# Lines on the keypad, and what terminals and cards are delivered with.
_COMMON = frozenset({"2580", "0852", "1470", "3690", "1590", "3570", "147258", "258369", "159357"})

_MONTH_LENGTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class WeakPinError(LocalError, ValueError):
    """The PIN is too easy to guess; ``say`` tells the person what to choose."""

    def __init__(self, say: Words) -> None:
        self.say = say
        super().__init__(say.en)


def check_strength(person_id: str, pin: str) -> None:
    """Refuse PINs that people guess first.

    :raises WeakPinError: not 4 to 12 digits; a sequence, repeat or keypad line; the person's own
        id; a year or a date (birthdays).
    """
    if not _DIGITS.fullmatch(pin):
        raise WeakPinError(
            Words(
                f"密码须为 {MIN_DIGITS} 到 {MAX_DIGITS} 位数字。",
                f"A PIN has {MIN_DIGITS} to {MAX_DIGITS} digits.",
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


def hash_pin(keyed: bytes, log2n: int) -> str:
    """How a PIN is stored: ``scrypt$log2n$r$p$salt$hash`` over its keyed hash."""
    salt = secrets.token_bytes(SALT_BYTES)
    return _stored(log2n, salt, _scrypt(keyed, salt, log2n))


def matches(stored: str, keyed: bytes) -> bool:
    """Compare a keyed PIN with a stored hash, in constant time.

    :raises StoreError: when the stored text is no such hash.
    """
    try:
        scheme, log2n, block, parallel, salt, expected = stored.split("$")
        known = (scheme, block, parallel) == ("scrypt", str(BLOCK), str(PARALLEL))
        if not known or not 1 <= int(log2n) <= MAX_LOG2N:
            raise StoreError("a stored PIN is hashed in an unknown way")
        raw_salt, raw = base64.b64decode(salt), base64.b64decode(expected)
    except (ValueError, binascii.Error) as error:
        raise StoreError("a stored PIN is damaged") from error
    return hmac.compare_digest(_scrypt(keyed, raw_salt, int(log2n)), raw)


@cache
def nobodys_hash(log2n: int) -> str:
    """A stored hash that no PIN has: checking it takes the time that a real one takes."""
    return _stored(log2n, bytes(SALT_BYTES), bytes(32))


def _stored(log2n: int, salt: bytes, digest: bytes) -> str:
    texts = (base64.b64encode(raw).decode("ascii") for raw in (salt, digest))
    return "$".join(("scrypt", str(log2n), str(BLOCK), str(PARALLEL), *texts))


def _scrypt(keyed: bytes, salt: bytes, log2n: int) -> bytes:
    cost = 2**log2n
    # OpenSSL's own limit of 32 MiB is just below what N = 2^15 needs.
    memory = 128 * BLOCK * (cost + PARALLEL + 2)
    return hashlib.scrypt(keyed, salt=salt, n=cost, r=BLOCK, p=PARALLEL, maxmem=memory, dklen=32)


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
