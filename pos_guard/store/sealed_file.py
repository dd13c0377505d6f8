"""A file under a passphrase: scrypt makes the key, AES-256-GCM seals it chunk by chunk.

Each chunk's nonce holds its number and whether it is the last one (the STREAM construction of
Hoang, Reyhanitabar, Rogaway and Vizár, 2015): cutting, swapping and joining files is found.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING

from pos_guard.errors import LocalError, StoreError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MAGIC = b"pos-guard-sealed-1\n"
MIN_PASSPHRASE = 12

CHUNK = 1024 * 1024
"""Bytes sealed at once: what a small terminal has to spare."""

_SALT = 16
_PREFIX = 7
_TAG = 16

# The same memory as a PIN check (32 MiB), four times its passes: a passphrase is guessed offline.
_LOG2N, _BLOCK, _PARALLEL = 15, 8, 4


def seal(source: IO[bytes], target: IO[bytes], passphrase: str) -> None:
    """Write everything of ``source`` into ``target``, sealed.

    :raises LocalError: when the passphrase is shorter than ``MIN_PASSPHRASE``, or the library for
        it is not installed.
    """
    if len(passphrase) < MIN_PASSPHRASE:
        raise LocalError(f"a passphrase has at least {MIN_PASSPHRASE} characters")
    salt, prefix = secrets.token_bytes(_SALT), secrets.token_bytes(_PREFIX)
    cipher = _cipher(passphrase, salt)
    header = MAGIC + salt + prefix
    target.write(header)
    for number, chunk, last in _chunks(source, CHUNK):
        target.write(cipher.encrypt(_nonce(prefix, number, last=last), chunk, header))


def unseal(source: IO[bytes], target: IO[bytes], passphrase: str) -> None:
    """Write what is sealed in ``source`` into ``target``.

    :raises StoreError: for a wrong passphrase, or a file that was changed or cut. What was written
        until then is worth nothing.
    :raises LocalError: when the library for it is not installed.
    """
    size = len(MAGIC) + _SALT + _PREFIX
    header = source.read(size)
    if len(header) != size or not header.startswith(MAGIC):
        raise StoreError("this file is not sealed with a passphrase")
    salt, prefix = header[len(MAGIC) : -_PREFIX], header[-_PREFIX:]
    cipher = _cipher(passphrase, salt)
    from cryptography.exceptions import InvalidTag

    for number, chunk, last in _chunks(source, CHUNK + _TAG):
        try:
            target.write(cipher.decrypt(_nonce(prefix, number, last=last), chunk, header))
        except InvalidTag as error:
            raise StoreError("wrong passphrase, or the file was changed") from error


def _chunks(source: IO[bytes], size: int) -> Iterator[tuple[int, bytes, bool]]:
    """Each chunk with its number and whether it is the last; an empty file has one."""
    number, chunk = 0, source.read(size)
    while True:
        following = source.read(size)
        yield number, chunk, not following
        if not following:
            return
        number, chunk = number + 1, following


def _nonce(prefix: bytes, number: int, *, last: bool) -> bytes:
    return prefix + number.to_bytes(4, "big") + bytes([last])


def _cipher(passphrase: str, salt: bytes) -> AESGCM:
    try:
        from cryptography.hazmat.primitives.ciphers import aead
    except ImportError as error:
        raise LocalError(
            'a passphrase needs cryptography: pip install "pos-guard[sign]"'
        ) from error
    memory = 128 * _BLOCK * (2**_LOG2N + _PARALLEL + 2)
    key = hashlib.scrypt(
        passphrase.encode(), salt=salt, n=2**_LOG2N, r=_BLOCK, p=_PARALLEL, maxmem=memory, dklen=32
    )
    return aead.AESGCM(key)
