"""How PINs are kept: argon2id where its library is installed, else scrypt; both over a keyed hash.

A PIN has so few digits that any hash of it is guessed in hours (measured: six digits in 7 h on one
core). Hence the pepper, which lies in a file of its own, and the lock-out in ``lockout``.
Stored: ``argon2id$KiB$passes$lanes$salt$hash`` or ``scrypt$log2n$r$p$salt$hash``.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from functools import cache

from pos_guard.errors import StoreError

ARGON2 = "argon2id"
SCRYPT = "scrypt"

# scrypt with N = 2^15, r = 8 takes 32 MiB and 0.1 s; 2^20 would take 1 GiB: no terminal has that.
MAX_LOG2N = 20
USUAL_LOG2N = 15
BLOCK = 8
PARALLEL = 1
SALT_BYTES = 16
HASH_BYTES = 32

# OWASP's Password Storage Cheat Sheet: argon2id with 19 MiB, 2 passes, 1 lane (measured: 25 ms).
USUAL_KIB = 19 * 1024
LEAST_KIB = 8
PASSES = 2
LANES = 1


@cache
def argon2_available() -> bool:
    """The library argon2-cffi can be used here."""
    try:
        import argon2.low_level as loaded
    except ImportError:
        return False
    return bool(loaded.Type.ID)


def best_scheme() -> str:
    """What new PINs are hashed with."""
    return ARGON2 if argon2_available() else SCRYPT


def scheme_of(stored: str) -> str:
    """The scheme that a stored hash names."""
    return stored.partition("$")[0]


def usable(scheme: str) -> bool:
    """A hash of this scheme can be computed here."""
    return scheme == SCRYPT or (scheme == ARGON2 and argon2_available())


def hash_pin(keyed: bytes, log2n: int, scheme: str = SCRYPT) -> str:
    """How a PIN is stored, over its keyed hash. ``log2n`` is the store's cost (15: usual).

    :raises StoreError: when the scheme cannot be used here.
    """
    cost, salt = _cost(scheme, log2n), secrets.token_bytes(SALT_BYTES)
    return _stored(cost, salt, _digest(cost, keyed, salt))


def is_current(stored: str, log2n: int) -> bool:
    """Hashed as a new PIN would be now: best scheme, and the store's cost."""
    return stored.split("$")[:4] == [*_cost(best_scheme(), log2n)]


def matches(stored: str, keyed: bytes) -> bool:
    """Compare a keyed PIN with a stored hash, in constant time.

    :raises StoreError: when the stored text is no such hash, or its library is not installed.
    """
    try:
        scheme, first, second, third, salt, expected = stored.split("$")
        cost = (scheme, first, second, third)
        _check_cost(cost)
        raw_salt, raw = base64.b64decode(salt), base64.b64decode(expected)
    except (ValueError, binascii.Error) as error:
        raise StoreError("a stored PIN is damaged") from error
    return hmac.compare_digest(_digest(cost, keyed, raw_salt), raw)


@cache
def nobodys_hash(log2n: int, scheme: str = SCRYPT) -> str:
    """A stored hash that no PIN has: checking it takes the time that a real one takes."""
    return _stored(_cost(scheme, log2n), bytes(SALT_BYTES), bytes(HASH_BYTES))


_Cost = tuple[str, str, str, str]


def _cost(scheme: str, log2n: int) -> _Cost:
    if scheme == SCRYPT:
        return scheme, str(log2n), str(BLOCK), str(PARALLEL)
    # The store's one cost setting counts for both: a step up or down doubles or halves the memory.
    lower, higher = max(0, USUAL_LOG2N - log2n), max(0, log2n - USUAL_LOG2N)
    memory = max(LEAST_KIB, (USUAL_KIB >> lower) << higher)
    return scheme, str(memory), str(PASSES), str(LANES)


def _check_cost(cost: _Cost) -> None:
    """What was stored is bounded: an edited row must not take all memory.

    :raises StoreError: for a scheme or a cost that is never stored.
    """
    scheme, memory, second, third = cost
    if scheme == SCRYPT:
        right = (second, third) == (str(BLOCK), str(PARALLEL)) and 1 <= int(memory) <= MAX_LOG2N
    else:
        most = USUAL_KIB << (MAX_LOG2N - USUAL_LOG2N)
        right = scheme == ARGON2 and (second, third) == (str(PASSES), str(LANES))
        right = right and LEAST_KIB <= int(memory) <= most
    if not right:
        raise StoreError("a stored PIN is hashed in an unknown way")


def _stored(cost: _Cost, salt: bytes, digest: bytes) -> str:
    texts = (base64.b64encode(raw).decode("ascii") for raw in (salt, digest))
    return "$".join((*cost, *texts))


def _digest(cost: _Cost, keyed: bytes, salt: bytes) -> bytes:
    return _scrypt(keyed, salt, int(cost[1])) if cost[0] == SCRYPT else _argon2(cost, keyed, salt)


def _scrypt(keyed: bytes, salt: bytes, log2n: int) -> bytes:
    cost = 2**log2n
    # OpenSSL's own limit of 32 MiB is just below what N = 2^15 needs.
    memory = 128 * BLOCK * (cost + PARALLEL + 2)
    return hashlib.scrypt(
        keyed, salt=salt, n=cost, r=BLOCK, p=PARALLEL, maxmem=memory, dklen=HASH_BYTES
    )


def _argon2(cost: _Cost, keyed: bytes, salt: bytes) -> bytes:
    try:
        from argon2.exceptions import HashingError
        from argon2.low_level import Type, hash_secret_raw
    except ImportError as error:
        raise StoreError(
            'a PIN is hashed with argon2, which is missing: pip install "pos-guard[auth]"'
        ) from error
    _, memory, passes, lanes = cost
    try:
        return hash_secret_raw(
            keyed, salt, int(passes), int(memory), int(lanes), HASH_BYTES, Type.ID
        )
    except HashingError as error:
        raise StoreError(f"a stored PIN is damaged: {error}") from error
