"""Ed25519 (RFC 8032) over raw bytes, by the library ``cryptography`` of the extra ``sign``."""

from __future__ import annotations

from functools import cache

from pos_guard.errors import LocalError

SEED_BYTES = 32


class SigningMissingError(LocalError):
    """The library is not installed; the message names the command."""

    def __init__(self) -> None:
        super().__init__('signatures need cryptography: pip install "pos-guard[sign]"')


@cache
def available() -> bool:
    """Signatures can be made and checked here."""
    try:
        import cryptography.hazmat.primitives.asymmetric.ed25519 as loaded
    except ImportError:
        return False
    return bool(loaded.Ed25519PrivateKey)


def public_of(seed: bytes) -> bytes:
    """The public key (32 bytes) of a private one.

    :raises SigningMissingError: without the library.
    """
    try:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    except ImportError as error:
        raise SigningMissingError from error
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def sign(seed: bytes, message: bytes) -> bytes:
    """The signature (64 bytes) of a message.

    :raises SigningMissingError: without the library.
    """
    try:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    except ImportError as error:
        raise SigningMissingError from error
    return Ed25519PrivateKey.from_private_bytes(seed).sign(message)


def genuine(public: bytes, message: bytes, signature: bytes) -> bool:
    """The signature was made with the private key that belongs to ``public``.

    :raises SigningMissingError: without the library.
    """
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError as error:
        raise SigningMissingError from error
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
