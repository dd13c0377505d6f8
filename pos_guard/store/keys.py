"""The store's secret keys: files beside the database, readable by its owner only.

A file next to the data is the weakest place for a key (a copied directory carries both); better
places (TPM, kernel keyring) can replace this module without a change elsewhere.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from pos_guard.errors import StoreError

KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Keys:
    """``pepper`` for PINs and payment codes, ``mac`` for the head of the audit log."""

    pepper: bytes = field(repr=False)
    mac: bytes = field(repr=False)

    @classmethod
    def make(cls) -> Keys:
        """Fresh random keys."""
        return cls(secrets.token_bytes(KEY_BYTES), secrets.token_bytes(KEY_BYTES))

    @classmethod
    def load(cls, directory: Path) -> Keys:
        """Read the keys.

        :raises StoreError: when one is missing, cut, or readable by others.
        """
        return cls(_read(directory / "pepper"), _read(directory / "mac"))

    def save(self, directory: Path) -> None:
        """Write the keys into a directory of their own (0700, files 0600), durably.

        :raises OSError: when it cannot, or when keys are there already.
        """
        directory.mkdir(mode=0o700)
        for name, key in (("pepper", self.pepper), ("mac", self.mac)):
            descriptor = os.open(directory / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(key)
                file.flush()
                os.fsync(file.fileno())

    def token(self, purpose: str, secret: str) -> bytes:
        """The keyed hash of a secret: equal secrets of one purpose have equal hashes."""
        message = f"pos-guard/{purpose}\0{secret}".encode()
        return hmac.digest(self.pepper, message, hashlib.sha256)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            key = file.read(KEY_BYTES + 1)
            open_to_others = os.fstat(file.fileno()).st_mode & 0o077
    except OSError as error:
        raise StoreError(f"the key {path.name} cannot be read: {error.strerror}") from error
    if len(key) != KEY_BYTES:
        raise StoreError(f"the key {path.name} is not {KEY_BYTES} bytes long")
    if open_to_others:
        raise StoreError(f"others can read the key {path.name}: set its mode to 600")
    return key
