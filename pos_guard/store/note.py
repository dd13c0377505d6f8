"""Signed notes (C2SP signed-note): text with a signature line that names its key.

Ed25519 (type 0x01) with the extra ``sign``; without it an HMAC, which C2SP leaves to the program
(type 0xff and a name): others cannot check that one, this store can.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import Protocol

from pos_guard.errors import LocalError, TamperError
from pos_guard.store import ed25519

KEY_ID_BYTES = 4

# A checkpoint has 200 bytes; C2SP asks verifiers for a limit and for at least 16 signatures.
MAX_NOTE_BYTES = 16_384
MAX_SIGNATURES = 16

_ED25519 = b"\x01"
_HMAC = b"\xffpos-guard.hmac-sha256"
_DASH = "— "

_NO_KEY = "this is no key such as pos-guard audit checkpoint shows: name+id+key"


class Verifier(Protocol):
    """Checks the signatures of one key."""

    @property
    def name(self) -> str:
        """The key's name; no space and no plus in it."""
        ...

    @property
    def key_id(self) -> bytes:
        """Four bytes that tell keys of one name apart."""
        ...

    def verify(self, text: bytes, signature: bytes) -> bool:
        """Whether the key signed this text."""
        ...


class Signer(Verifier, Protocol):
    """Signs with one key."""

    def sign(self, text: bytes) -> bytes:
        """The signature of this text."""
        ...


class HmacSigner:
    """HMAC-SHA256: whoever can check can also sign."""

    def __init__(self, name: str, key: bytes) -> None:
        self.name = name
        self._key = key
        # The id must tell nothing about the key: a keyed hash stands where a public key would.
        shown = hmac.digest(key, b"pos-guard/key-id", hashlib.sha256)
        self.key_id = _key_id(name, _HMAC, shown)

    def sign(self, text: bytes) -> bytes:
        """The MAC of this text."""
        return hmac.digest(self._key, text, hashlib.sha256)

    def verify(self, text: bytes, signature: bytes) -> bool:
        """Whether the key made this MAC."""
        return hmac.compare_digest(self.sign(text), signature)


class Ed25519Verifier:
    """The public half of an Ed25519 key."""

    def __init__(self, name: str, public: bytes) -> None:
        self.name = name
        self.public = public
        self.key_id = _key_id(name, _ED25519, public)

    def verify(self, text: bytes, signature: bytes) -> bool:
        """Whether the key signed this text.

        :raises LocalError: when ``cryptography`` is not installed, or this is no public key.
        """
        return ed25519.genuine(self.public, text, signature)

    def text(self) -> str:
        """The key as C2SP programs read it: name, id and public key, joined by plus signs."""
        encoded = base64.b64encode(_ED25519 + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{encoded}"


class Ed25519Signer(Ed25519Verifier):
    """Ed25519 (RFC 8032) with its 32-byte seed.

    :raises LocalError: when ``cryptography`` is not installed, or the seed is not 32 bytes long.
    """

    def __init__(self, name: str, seed: bytes) -> None:
        super().__init__(name, ed25519.public_of(seed))
        self._seed = seed

    def sign(self, text: bytes) -> bytes:
        """The signature of this text."""
        return ed25519.sign(self._seed, text)


def parse_key(text: str) -> Ed25519Verifier:
    """The key in a C2SP verifier key, as ``Ed25519Verifier.text`` writes it.

    :raises LocalError: when it is none, or of another type.
    """
    name, _, rest = text.strip().partition("+")
    shown, _, encoded = rest.partition("+")
    try:
        raw = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise LocalError(_NO_KEY) from error
    if not name or len(raw) != 33 or raw[:1] != _ED25519:
        raise LocalError(_NO_KEY)
    key = Ed25519Verifier(name, raw[1:])
    if key.key_id.hex() != shown:
        raise LocalError("this key was miscopied: its name and its id do not fit it")
    return key


def signed(text: str, signer: Signer) -> str:
    """The note of this text (which ends in a newline) with one signature."""
    signature = base64.b64encode(signer.key_id + signer.sign(text.encode())).decode()
    return f"{text}\n{_DASH}{signer.name} {signature}\n"


def opened(note: str, *keys: Verifier) -> str:
    """The text of a note that at least one of these keys signed; unknown keys are passed over.

    :raises TamperError: for no note, no signature of ours, or one of ours that is wrong.
    """
    text, found, lines = note.rpartition("\n\n")
    text += "\n"
    if not found or len(note.encode()) > MAX_NOTE_BYTES or not lines.endswith("\n"):
        raise TamperError("this is no signed note")
    ours = 0
    signatures = lines[:-1].split("\n")
    for line in signatures[:MAX_SIGNATURES]:
        name, key_id, signature = _signature(line)
        for key in keys:
            if (key.name, key.key_id) != (name, key_id):
                continue
            if not key.verify(text.encode(), signature):
                raise TamperError(f"the signature of {name} is wrong")
            ours += 1
    if not ours:
        raise TamperError("no key of this store signed the note")
    return text


def _signature(line: str) -> tuple[str, bytes, bytes]:
    name, _, encoded = line.removeprefix(_DASH).partition(" ")
    try:
        raw = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise TamperError("a signature line cannot be read") from error
    if not line.startswith(_DASH) or not name or len(raw) <= KEY_ID_BYTES:
        raise TamperError("a signature line cannot be read")
    return name, raw[:KEY_ID_BYTES], raw[KEY_ID_BYTES:]


def _key_id(name: str, kind: bytes, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + kind + public).digest()[:KEY_ID_BYTES]
