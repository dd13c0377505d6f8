"""What counts as a secret (rule 10), and where in a text or in bytes there is one. No I/O.

Two ways to find one. *Known*: the values that tests use and the keys of their stores, exactly, in
every writing (digits, hex, base64, packed half bytes): no false alarm. *By pattern*: what looks
like a card number, a payment code, track data, a header with a password: for values that no list
has. A finding never holds the secret, only its kind and a mask.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache

from pos_guard.frames.codes_numbers import wallets
from pos_guard.pan import holds_card_number
from tests.secrets import known


@dataclass(frozen=True, slots=True)
class Finding:
    """One secret: its kind, and how it may be shown."""

    kind: str
    masked: str

    def __str__(self) -> str:
        return f"{self.kind} ({self.masked})"


@dataclass(frozen=True, slots=True)
class Needle:
    """One known value as it would be written."""

    kind: str
    data: bytes = field(repr=False)

    @property
    def finding(self) -> Finding:
        """What is said of it: never a part of it."""
        return Finding(self.kind, f"{len(self.data)} bytes")


def mask(text: str) -> str:
    """Enough to find the place again, too little to use: the first two and the length."""
    return f"{text[:2]}…, {len(text)} characters"


# -- known values ------------------------------------------------------------------------------


def key_needles(name: str, key: bytes) -> tuple[Needle, ...]:
    """A key as raw bytes, hex, base64 (also inside a longer text), base32 and a Python literal."""
    writings = {
        f"{name}": key,
        f"{name}, hex": key.hex().encode(),
        f"{name}, HEX": key.hex().upper().encode(),
        f"{name}, base32": base64.b32encode(key).rstrip(b"="),
        f"{name}, repr": repr(key)[2:-1].encode(),
    }
    found = [Needle(kind, data) for kind, data in writings.items()]
    for lead in range(3):
        # Six bits a letter: what comes before shifts the letters, and the edges mix with it.
        text = base64.b64encode(bytes(lead) + key)
        core = text[(lead * 8 + 5) // 6 : (lead + len(key)) * 8 // 6]
        found += [
            Needle(f"{name}, base64", core),
            Needle(f"{name}, base64", core.translate(_URL_SAFE)),
        ]
    return tuple(found)


_URL_SAFE = bytes.maketrans(b"+/", b"-_")


@cache
def packed_needles() -> tuple[Needle, ...]:
    """Every known card number in half bytes, at both alignments, whole bytes only.

    Not 4242… and 6200…: as bytes they are a row of one letter, or of zeros, and so is much else.
    """
    whole = [card[: len(card) // 2 * 2] for card in known.CARDS]
    shifted = [card[1 : 1 + (len(card) - 1) // 2 * 2] for card in known.CARDS]
    packed = [bytes.fromhex(digits) for digits in (*whole, *shifted)]
    return tuple(Needle("card number, packed", data) for data in packed if _is_rare(data))


def _is_rare(data: bytes) -> bool:
    return len(set(data)) > 1 and len(data.replace(b"\0", b"")) >= 5


@cache
def totp_needles() -> tuple[Needle, ...]:
    """The TOTP secrets of tests in every writing."""
    return tuple(n for secret in known.TOTP_SECRETS for n in key_needles("TOTP secret", secret))


_KNOWN = re.compile(b"|".join(text.encode() for text in (*known.CARDS, *known.PAYMENT_CODES)))
_PERSONAL = re.compile(
    r"(?<![0-9A-Za-z.+/])(?:"
    + "|".join((*known.PINS, *known.PASSWORDS))
    + r")(?![0-9A-Za-z+/=]|\.[0-9])"
)
_PASSWORDS_ANYWHERE = tuple(
    Needle("password", text.encode()) for text in known.PASSWORDS if not text.isdecimal()
)


def known_in(data: bytes, keys: Iterable[Needle] = ()) -> Iterator[Finding]:
    """Known secrets in raw bytes: a database page, a log, a stream."""
    for needle in (*packed_needles(), *totp_needles(), *_PASSWORDS_ANYWHERE, *keys):
        if needle.data in data:
            yield needle.finding
    for hit in _KNOWN.finditer(data):
        yield Finding("card number or payment code", mask(hit[0].decode()))


# -- patterns ----------------------------------------------------------------------------------

_NUMBERS = re.compile(r"[0-9](?:[ .\-]{0,2}[0-9]){11,}")
_TIMES = re.compile(r"""_us["']?[ \t]*[:=][ \t]*-?[0-9]+""")
# A fraction of a second: nobody writes the first digits of a card and a point.
_FRACTIONS = re.compile(r"(?<![0-9.])[0-9]{1,3}\.[0-9]{6,}(?![0-9.\-])")
# Digests and signatures: their digits are chance. Keys in them are found as known values.
_DIGESTS = re.compile(
    r"pos-guard/[^/\s]+/[0-9a-f]{16}"  # the random name of a log
    r"|(?<![0-9A-Za-z])(?=[0-9]*[a-fA-F])[0-9a-fA-F]{16,}(?![0-9A-Za-z])"
    r"|(?<![0-9A-Za-z])(?=[0-9+/]*[A-Za-z])[0-9A-Za-z+/]{43,}={0,2}"
)
_LONG = re.compile(r"(?<![0-9])[0-9]{16,24}(?![0-9])")
_SHAPES = (
    ("track 1", re.compile(r"%?B[0-9]{12,19}\^[^\^]{2,26}\^")),
    ("track 2", re.compile(r"(?<![0-9])[0-9]{12,19}(?:=|D)[0-9]{7,}")),
    ("private key", re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")),
    (
        "auth header",
        re.compile(
            r"(?i)authorization[\"']?\s*[:=]\s*[\"']?(?:basic|bearer|wechatpay2\S*)\s+\S{8,}"
        ),
    ),
    (
        "API key",
        re.compile(r"(?i)\b(?:x-)?api[-_]?(?:v3)?[-_]?key[\"']?\s*[:=]\s*[\"']?[^\s\"']{8,}"),
    ),
    ("password in an address", re.compile(r"[a-z][a-z0-9+]*://[^/\s:@]+:[^@/\s]+@")),
    ("TOTP enrolment", re.compile(r"otpauth://[^\s]*secret=[A-Z2-7]{16,}")),
    # EMV QRCPS customer-presented: base64 of 85 05 "CPV01".
    ("payment code (EMV)", re.compile(r"hQVDUFYwM[A-Z][A-Za-z0-9+/]{20,}")),
)


def secrets_in(text: str, keys: Iterable[Needle] = ()) -> Iterator[Finding]:
    """Known secrets and patterns in a text: a record, a log line, an error, an output."""
    yield from known_in(text.encode("utf-8", "surrogatepass"), keys)
    for hit in _PERSONAL.finditer(text):
        yield Finding("PIN or password", mask(hit[0]))
    for kind, shape in _SHAPES:
        yield from (Finding(kind, mask(hit[0])) for hit in shape.finditer(text))
    yield from numbers_in(text)


def numbers_in(text: str) -> Iterator[Finding]:
    """Card numbers and payment codes by pattern."""
    if _NUMBERS.search(text) is None:
        return
    text = _DIGESTS.sub(" # ", _FRACTIONS.sub(" # ", _TIMES.sub(" # ", text)))
    for hit in _NUMBERS.finditer(text):
        if holds_card_number(hit[0]):
            yield Finding("card number", mask(hit[0]))
    usual = [wallet for wallet in wallets() if wallet.default]
    for hit in _LONG.finditer(text):
        if any(wallet.matches(hit[0]) for wallet in usual):
            yield Finding("payment code", mask(hit[0]))
