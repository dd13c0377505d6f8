"""A checkpoint: how large the log is and the root of its tree (C2SP tlog-checkpoint).

Who keeps one elsewhere (a file, a slip of paper) can see later whether the log still begins with
what it was then: also when the whole state directory was put back.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

from pos_guard.errors import LocalError, TamperError
from pos_guard.store.merkle import HASH_BYTES

# Crockford's alphabet: no I, L, O, U, which people misread. 15 letters and one to check them.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LETTERS = 15
_READ_AS = str.maketrans("OIL", "011")
_CODE = re.compile(r"(?P<size>[1-9][0-9]{0,17}|0)-(?P<letters>[0-9A-Z]{16})")
_SIZE = re.compile(r"0|[1-9][0-9]{0,17}")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of one log: ``origin`` names it, ``size`` counts its records."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The lines that are signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def parse_checkpoint(text: str) -> Checkpoint:
    """Read the text of a note; extension lines are passed over.

    :raises TamperError: when it is no checkpoint.
    """
    lines = text.split("\n")
    if len(lines) < 4 or lines.pop() or not all(lines) or not _SIZE.fullmatch(lines[1]):
        raise TamperError("this is no checkpoint")
    try:
        root = base64.b64decode(lines[2], validate=True)
    except (binascii.Error, ValueError) as error:
        raise TamperError("the root of this checkpoint cannot be read") from error
    if len(root) != HASH_BYTES:
        raise TamperError("the root of this checkpoint cannot be read")
    return Checkpoint(lines[0], int(lines[1]), root)


def short_code(size: int, root: bytes) -> str:
    """A state in letters for paper: ``1234-ABCD-EFGH-JKMN-PQRS``, the last one checks the others.

    75 bits of a hash over size and root: enough that nobody finds another log for a given code.
    """
    message = b"pos-guard/short-code\0" + size.to_bytes(8, "big") + root
    number = int.from_bytes(hashlib.sha256(message).digest(), "big") >> (256 - 5 * _LETTERS)
    letters = "".join(_ALPHABET[number >> 5 * at & 31] for at in reversed(range(_LETTERS)))
    letters += _check_letter(f"{size}{letters}")
    return "-".join([str(size), *(letters[at : at + 4] for at in range(0, 16, 4))])


def parse_code(code: str) -> tuple[int, str]:
    """The size in a short code, and the code as ``short_code`` writes it.

    :raises LocalError: when it is none, or a letter of it was misread.
    """
    size, _, letters = code.strip().upper().replace(" ", "-").partition("-")
    letters = letters.replace("-", "").translate(_READ_AS)
    found = _CODE.fullmatch(f"{size}-{letters}")
    if found is None:
        raise LocalError(f"{code!r} is no code such as 1234-ABCD-EFGH-JKMN-PQRS")
    if _check_letter(size + letters[:-1]) != letters[-1]:
        raise LocalError(f"a letter of {code!r} was misread: look at the slip again")
    return int(size), "-".join([size, *(letters[at : at + 4] for at in range(0, 16, 4))])


def _check_letter(text: str) -> str:
    """A weighted sum modulo 31, a prime: one wrong letter is found, and two that changed places.

    One of 496 pairs escapes, 0 for Z: 31 is the nearest prime, and nobody reads them alike.
    """
    total = sum((at % 30 + 1) * _value(letter) for at, letter in enumerate(text))
    return _ALPHABET[total % 31]


def _value(letter: str) -> int:
    return _ALPHABET.find(letter) % 31
