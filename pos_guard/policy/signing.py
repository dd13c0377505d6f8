"""Signed policies: Ed25519 over the exact bytes of every layer, in a file beside the policy.

A signature says who released this policy; an HMAC could not, since whoever can check it can make
it. Keys are PEM files as OpenSSL writes them (``openssl genpkey -algorithm ed25519``). Needs the
extra ``sign``.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pos_guard.errors import WHOLE_FILE, LocalError, Problem, SettingsError
from pos_guard.policy.layers import Layer
from pos_guard.strict import as_text, read_raw

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )

HEADER = "pos-guard policy signature v1"
_PURPOSE = "pos-guard policy v1"
_MISSING = "the signature needs the package cryptography: pip install 'pos-guard[sign]'"


class SigningError(LocalError):
    """A key cannot be read, or the library is not installed; the message says what to do."""


def signature_path(policy: Path) -> Path:
    """Where the signature of a policy file stands."""
    return policy.with_name(policy.name + ".sig")


def signed_message(layers: Sequence[Layer]) -> bytes:
    """What is signed: the SHA-256 of each layer's bytes, highest layer first, one a line.

    The number of layers and their order are covered; their names are not: a file may be moved.
    """
    hashes = [hashlib.sha256(layer.raw).hexdigest() for layer in layers]
    return "\n".join([_PURPOSE, str(len(hashes)), *hashes, ""]).encode()


def sign_layers(layers: Sequence[Layer], key: Path) -> str:
    """The text of a signature file.

    :raises SigningError: when the private key cannot be read or is no Ed25519 key.
    """
    signature = _private(key).sign(signed_message(layers))
    return f"{HEADER}\n{base64.b64encode(signature).decode()}\n"


def verify_layers(layers: Sequence[Layer], policy: Path, key: Path) -> None:
    """Check the signature beside a policy file against a public key.

    :raises SettingsError: when there is none, or it is not this key's over these bytes.
    :raises SigningError: when the key cannot be read.
    """
    from cryptography.exceptions import InvalidSignature

    public, path = _public(key), signature_path(policy)

    try:
        public.verify(_signature(path), signed_message(layers))
    except InvalidSignature:
        message = "does not fit: the policy was changed, or another key signed it"
        raise _refused(path, message) from None


def _signature(path: Path) -> bytes:
    lines = as_text(read_raw(path, str(path)), str(path)).split("\n")
    if len(lines) != 3 or lines[0] != HEADER or lines[2]:
        raise _refused(path, f'is no signature: its first line is not "{HEADER}"')
    try:
        return base64.b64decode(lines[1], validate=True)
    except binascii.Error:
        raise _refused(path, "is no signature: its second line is not base64") from None


def _refused(path: Path, message: str) -> SettingsError:
    return SettingsError(str(path), [Problem(WHOLE_FILE, message)])


def _public(path: Path) -> Ed25519PublicKey:
    try:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
        from cryptography.hazmat.primitives.serialization import load_pem_public_key
    except ImportError:
        raise SigningError(_MISSING) from None
    try:
        key = load_pem_public_key(read_raw(path, str(path)))
    except (ValueError, SettingsError) as error:
        raise SigningError(f"{path} is no public key in PEM form") from error
    if not isinstance(key, Ed25519PublicKey):
        raise SigningError(f"{path} is no Ed25519 key: openssl genpkey -algorithm ed25519")
    return key


def _private(path: Path) -> Ed25519PrivateKey:
    try:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key
    except ImportError:
        raise SigningError(_MISSING) from None
    try:
        key = load_pem_private_key(read_raw(path, str(path)), password=None)
    except (ValueError, TypeError, SettingsError) as error:
        raise SigningError(f"{path} is no private key in PEM form without a passphrase") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise SigningError(f"{path} is no Ed25519 key: openssl genpkey -algorithm ed25519")
    return key
