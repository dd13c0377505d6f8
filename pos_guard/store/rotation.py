"""New keys for an old store. After each rotation the store must be closed and opened again.

PIN peppers pile up: a PIN cannot be hashed anew without the PIN, so each person moves to the newest
pepper with the next right PIN. The MAC key is replaced at once: the head of the log and all grants
are sealed again in one transaction, and a crash in between is settled at the next opening. The
pepper of payment codes and badges is not rotated: equal codes must keep equal hashes.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pos_guard.errors import LocalError, StoreError, TamperError
from pos_guard.frames.decoded import Json
from pos_guard.store import ed25519
from pos_guard.store.audit import AuditLog
from pos_guard.store.chain import Head, check_head
from pos_guard.store.columns import as_bytes, as_int
from pos_guard.store.database import Database
from pos_guard.store.files import sync_directory
from pos_guard.store.grants import Grants
from pos_guard.store.keys import KEY_BYTES, MAC, MAX_OLD, NEXT_MAC, SIGN, Keys, put_key


def seals_head(database: Database, mac_key: bytes) -> bool:
    """The head of the audit log is sealed with this key."""
    row = database.row("SELECT count, hash, mac, peaks FROM audit_head")
    if row is None:
        return False
    peaks = None if row[3] is None else as_bytes(row[3])
    try:
        check_head(Head(as_int(row[0]), as_bytes(row[1]), as_bytes(row[2]), peaks), mac_key)
    except TamperError:
        return False
    return True


class Rotation:
    """Rotates the keys of an opened store (the writer's).

    :raises StoreError: in every method, when keys or store cannot be written.
    """

    def __init__(
        self,
        directory: Path,
        database: Database,
        audit: AuditLog,
        keys: Keys,
        grants: Sequence[Grants],
    ) -> None:
        self._directory = directory
        self._database = database
        self._audit = audit
        self._keys = keys
        self._grants = grants

    def pins(self) -> int:
        """Add a PIN pepper, which counts from the next opening on; returns its number."""
        number = self._keys.pin_pepper + 1
        _room(number)
        with self._database.transaction():
            self._record("pins", number)
        put_key(self._directory / f"pin-{number}", secrets.token_bytes(KEY_BYTES))
        return number

    def mac(self) -> int:
        """Replace the MAC key; returns how many there were before."""
        number = len(self._keys.old_macs) + 1
        _room(number)
        key = secrets.token_bytes(KEY_BYTES)
        put_key(self._directory / NEXT_MAC, key)
        with self._database.transaction():
            self._record("mac", number)
            self._audit.reseal(key)
            self._reseal(replace(self._keys, mac=key))
        finish_mac(self._directory, self._keys.mac, number)
        return number

    def sign(self) -> bytes:
        """Make, or replace, the signing key; returns the public one.

        :raises SigningMissingError: when the library for signatures is not installed.
        """
        seed, number = secrets.token_bytes(KEY_BYTES), len(self._keys.old_signers) + 1
        public = ed25519.public_of(seed)
        _room(number)
        old = self._keys.sign
        if old is not None:
            put_key(self._directory / f"sign-old-{number}", ed25519.public_of(old))
        with self._database.transaction():
            body: dict[str, Json] = {"change": "rotate", "key": "sign", "public": public.hex()}
            self._audit.append("keys", body)
            # Without a crash the file follows in a moment; after one the grants count for nothing.
            self._reseal(replace(self._keys, sign=seed))
        put_key(self._directory / SIGN, seed)
        return public

    def _reseal(self, keys: Keys) -> None:
        for grants in self._grants:
            grants.reseal(keys)

    def _record(self, key: str, number: int) -> None:
        self._audit.append("keys", {"change": "rotate", "key": key, "number": number})


def settle_mac(directory: Path, keys: Keys) -> None:
    """Finish or undo a rotation of the MAC key that a crash interrupted; for the writer.

    ``keys`` are those that fit the log: ``Keys.load`` chose them.

    :raises StoreError: when the key files cannot be changed.
    """
    following = directory / NEXT_MAC
    if not following.exists():
        return
    if following.read_bytes() == keys.mac and keys.old_macs:
        finish_mac(directory, keys.old_macs[-1], len(keys.old_macs))
    else:
        following.unlink()


def finish_mac(directory: Path, old: bytes, number: int) -> None:
    """Put the new MAC key in its place; the old one is kept under a number.

    :raises StoreError: when the key files cannot be changed.
    """
    put_key(directory / f"mac-old-{number}", old)
    try:
        (directory / NEXT_MAC).replace(directory / MAC)
        sync_directory(directory)
    except OSError as error:
        raise StoreError(f"the new MAC key cannot be put in its place: {error}") from error


def _room(number: int) -> None:
    if number > MAX_OLD:
        raise LocalError(f"there are {MAX_OLD} retired keys of this kind already")
