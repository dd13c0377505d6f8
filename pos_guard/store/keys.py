"""The store's secret keys: files beside the database, readable by its owner only.

A file next to the data is the weakest place for a key (a copied directory carries both); better
places (TPM, kernel keyring) can replace this module without a change elsewhere.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from pos_guard.errors import StoreError
from pos_guard.store import ed25519
from pos_guard.store.files import sync_directory

KEY_BYTES = 32

PEPPER = "pepper"
MAC = "mac"
NEXT_MAC = "mac.new"
SIGN = "sign"

MAX_OLD = 1000
"""Retired keys of one kind: a rotation a day for nearly three years."""


@dataclass(frozen=True, slots=True)
class Keys:
    """What is secret about one store.

    ``pepper``: for payment codes, badges, receipts and stickers; also PIN pepper number 0. It is
    never changed: equal codes must keep equal hashes. ``mac``: for the head of the audit log and
    for what was granted. ``pins``: PIN peppers from number 1 on. ``old_macs``: retired ones, oldest
    first, for what they sealed. ``sign``: the private Ed25519 key, or None where signatures are not
    used. ``old_signers``: public keys of retired ones.
    """

    pepper: bytes = field(repr=False)
    mac: bytes = field(repr=False)
    pins: tuple[bytes, ...] = field(default=(), repr=False)
    old_macs: tuple[bytes, ...] = field(default=(), repr=False)
    sign: bytes | None = field(default=None, repr=False)
    old_signers: tuple[bytes, ...] = field(default=(), repr=False)

    @classmethod
    def make(cls) -> Keys:
        """Fresh random keys; one for signatures where their library is installed."""
        sign = secrets.token_bytes(ed25519.SEED_BYTES) if ed25519.available() else None
        return cls(secrets.token_bytes(KEY_BYTES), secrets.token_bytes(KEY_BYTES), sign=sign)

    @classmethod
    def load(cls, directory: Path, in_use: Callable[[bytes], bool] | None = None) -> Keys:
        """Read the keys. ``in_use``: whether the log is sealed with this MAC key.

        It decides between the old and the new one when a rotation was interrupted.

        :raises StoreError: when one is missing, cut, or readable by others.
        """
        mac, old_macs = read_key(directory / MAC), tuple(_numbered(directory, "mac-old"))
        if in_use is not None and (directory / NEXT_MAC).exists():
            following = read_key(directory / NEXT_MAC)
            if in_use(following):
                mac, old_macs = following, _with(old_macs, mac)
        sign = directory / SIGN
        return cls(
            read_key(directory / PEPPER),
            mac,
            tuple(_numbered(directory, "pin")),
            old_macs,
            read_key(sign) if sign.exists() else None,
            tuple(_numbered(directory, "sign-old")),
        )

    def save(self, directory: Path) -> None:
        """Write the keys into a directory of their own (0700, files 0600), durably.

        :raises OSError: when it cannot, or when keys are there already.
        """
        directory.mkdir(mode=0o700)
        write_key(directory / PEPPER, self.pepper)
        write_key(directory / MAC, self.mac)
        if self.sign is not None:
            write_key(directory / SIGN, self.sign)

    @property
    def pin_pepper(self) -> int:
        """The number of the pepper that new PINs are hashed with."""
        return len(self.pins)

    def pin_key(self, number: int) -> bytes:
        """A PIN pepper by its number.

        :raises StoreError: when there is none: the key directory is of another store, or cut.
        """
        if not 0 <= number <= len(self.pins):
            raise StoreError(f"the key pin-{number} is gone: restore the backup")
        return self.pepper if number == 0 else self.pins[number - 1]

    def token(self, purpose: str, secret: str) -> bytes:
        """The keyed hash of a secret: equal secrets of one purpose have equal hashes."""
        return keyed(self.pepper, purpose, secret)

    def payer_token(self, code: str) -> str:
        """The keyed hash (hex) of a payment code, as the ledger keeps it instead of the code."""
        message = b"payment-code|" + code.encode()
        return hmac.digest(self.pepper, message, hashlib.sha256).hex()

    def seal(self, message: bytes) -> str:
        """Seal a message: ``ed25519:…`` where a signing key is there, else ``hmac:…`` (hex)."""
        if self.sign is not None and ed25519.available():
            return f"ed25519:{ed25519.sign(self.sign, message).hex()}"
        return f"hmac:{_mac(self.mac, message).hex()}"

    def sealed(self, message: bytes, seal: str) -> bool:
        """The seal is of this message and of the present keys."""
        scheme, _, text = seal.partition(":")
        try:
            found = bytes.fromhex(text)
        except ValueError:
            return False
        if scheme == "hmac":
            return hmac.compare_digest(_mac(self.mac, message), found)
        if scheme != "ed25519" or self.sign is None or not ed25519.available():
            return False
        return _signed(self.sign, message, found)


def keyed(key: bytes, purpose: str, secret: str) -> bytes:
    """The keyed hash of a secret, for one purpose."""
    message = f"pos-guard/{purpose}\0{secret}".encode()
    return hmac.digest(key, message, hashlib.sha256)


def read_key(path: Path) -> bytes:
    """Read one key.

    :raises StoreError: when it is missing, cut, or readable by others.
    """
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


def write_key(path: Path, key: bytes) -> None:
    """Write one key into a new file (0600), durably.

    :raises OSError: when it cannot, or a file is there already.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(key)
        file.flush()
        os.fsync(file.fileno())


def put_key(path: Path, key: bytes) -> None:
    """Write one key in place of what is there: after a crash it is whole, or not there.

    :raises StoreError: when it cannot.
    """
    part = path.with_name(f"{path.name}.part")
    try:
        part.unlink(missing_ok=True)
        write_key(part, key)
        part.replace(path)
        sync_directory(path.parent)
    except OSError as error:
        raise StoreError(f"the key {path.name} cannot be written: {error.strerror}") from error


def _numbered(directory: Path, name: str) -> Iterator[bytes]:
    """The keys ``name-1``, ``name-2`` and so on: without a gap."""
    for number in range(1, MAX_OLD + 1):
        path = directory / f"{name}-{number}"
        if not path.exists():
            return
        yield read_key(path)


def _with(old: tuple[bytes, ...], retired: bytes) -> tuple[bytes, ...]:
    """The retired keys with one more, which an interrupted rotation may have put there already."""
    return old if retired in old else (*old, retired)


@lru_cache(maxsize=128)
def _signed(seed: bytes, message: bytes, signature: bytes) -> bool:
    """Remembered: each verdict asks again for the few grants that are open."""
    return ed25519.genuine(ed25519.public_of(seed), message, signature)


def _mac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, b"pos-guard/seal\0" + message, hashlib.sha256)
