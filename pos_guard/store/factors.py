"""Second factors: each person's TOTP secret, encrypted, and the time step that was used last.

The key comes from the PIN pepper, which is not in the database. The standard library has no
cipher; a secret of 20 bytes needs none: HMAC-SHA-256 over a fresh nonce gives the pad, another one
the tag (encrypt, then MAC), both under keys of their own.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from pos_guard.clock import Clock
from pos_guard.errors import StoreError
from pos_guard.store import totp
from pos_guard.store.columns import as_bytes, as_int
from pos_guard.store.database import Database
from pos_guard.store.keys import Keys, keyed

_NONCE = 16
_TAG = 16
_NO_STEP = -1


class SecondFactors:
    """The table of secrets. Writing needs an open transaction.

    :raises StoreError: in every method, when the store cannot be read or written.
    """

    def __init__(self, database: Database, clock: Clock, keys: Keys) -> None:
        self._database = database
        self._clock = clock
        self._keys = keys

    def has(self, person: str) -> bool:
        """The person has one."""
        row = self._database.row("SELECT 1 FROM second_factors WHERE person = ?", person)
        return row is not None

    def put(self, person: str, secret: bytes, step: int = _NO_STEP) -> None:
        """Keep a secret; codes up to that step count as used."""
        number = self._keys.pin_pepper
        self._database.write(
            "INSERT OR REPLACE INTO second_factors (person, secret, pepper, last_step)"
            " VALUES (?, ?, ?, ?)",
            person,
            self._hidden(person, secret, number),
            number,
            step,
        )

    def drop(self, person: str) -> bool:
        """Forget the secret; whether there was one."""
        return self._database.write("DELETE FROM second_factors WHERE person = ?", person) > 0

    def use(self, person: str, code: str) -> bool:
        """Use up a code: right, of now, and of a later step than the last one that was right."""
        row = self._database.row(
            "SELECT secret, pepper, last_step FROM second_factors WHERE person = ?", person
        )
        if row is None:
            return False
        secret = self._open(person, as_bytes(row[0]), as_int(row[1]))
        step = totp.matching_step(secret, code, self._clock.wall_us(), as_int(row[2]))
        if step is None:
            return False
        self.put(person, secret, step)
        return True

    def spend_all(self) -> None:
        """Count every code up to now as used: after a restore nobody knows which were."""
        step = totp.step_of(self._clock.wall_us()) + totp.DRIFT
        self._database.write("UPDATE second_factors SET last_step = max(last_step, ?)", step)

    def _hidden(self, person: str, secret: bytes, number: int) -> bytes:
        nonce = secrets.token_bytes(_NONCE)
        pad, tag_key = self._keys_for(person, nonce, number)
        hidden = bytes(one ^ other for one, other in zip(secret, pad, strict=False))
        return nonce + hidden + _tag(tag_key, hidden)

    def _open(self, person: str, stored: bytes, number: int) -> bytes:
        nonce, hidden, tag = stored[:_NONCE], stored[_NONCE:-_TAG], stored[-_TAG:]
        pad, tag_key = self._keys_for(person, nonce, number)
        whole = len(hidden) == totp.SECRET_BYTES
        if not whole or not hmac.compare_digest(_tag(tag_key, hidden), tag):
            raise StoreError(f"the second factor of {person} was changed")
        return bytes(one ^ other for one, other in zip(hidden, pad, strict=False))

    def _keys_for(self, person: str, nonce: bytes, number: int) -> tuple[bytes, bytes]:
        key = keyed(self._keys.pin_key(number), "totp-secret", person)
        pad = hmac.digest(key, b"pad\0" + nonce, hashlib.sha256)
        return pad, hmac.digest(key, b"tag\0" + nonce, hashlib.sha256)


def _tag(key: bytes, hidden: bytes) -> bytes:
    return hmac.digest(key, hidden, hashlib.sha256)[:_TAG]
