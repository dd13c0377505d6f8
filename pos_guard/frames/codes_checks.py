"""Check digits and shapes of the ids that codes carry. Each function says whether one id fits."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files

_QRR = (0, 9, 4, 6, 8, 2, 7, 1, 3, 5)
_DIGIT_OF = {ord(char): str(int(char, 36)) for char in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
_ALPHANUMERIC = re.compile(r"[0-9A-Z]{5,34}")
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
_BIC = re.compile(r"[A-Z]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?")
_RF = re.compile(r"RF[0-9]{2}[0-9A-Z]{1,21}")
_CPF = re.compile(r"[0-9]{11}")
_CNPJ = re.compile(r"[0-9A-Z]{12}[0-9]{2}")
_CNPJ_WEIGHTS = (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)


def plain(text: str) -> str:
    """An IBAN or reference without the blanks that people write, in upper case."""
    return text.replace(" ", "").upper()


def mod97(text: str) -> bool:
    """The check of IBAN and RF references (ISO 7064 MOD 97-10), letters and digits only.

    Longer than 34 characters is neither.
    """
    compact = plain(text)
    if not _ALPHANUMERIC.fullmatch(compact):
        return False
    return int((compact[4:] + compact[:4]).translate(_DIGIT_OF)) % 97 == 1


def is_iban(compact: str) -> bool:
    """Country, two check digits, and an account; the check digits are not looked at."""
    return _IBAN.fullmatch(compact) is not None


@cache
def iban_lengths() -> dict[str, int]:
    """Characters in the IBANs of each country."""
    text = files("pos_guard.frames").joinpath("data/iban_lengths.toml").read_text(encoding="utf-8")
    table: dict[str, int] = tomllib.loads(text)["lengths"]
    return table


def iban_length_fits(compact: str) -> bool:
    """The length is the one of its country, as far as the table knows the country."""
    return iban_lengths().get(compact[:2], len(compact)) == len(compact)


def is_bic(text: str) -> bool:
    """A bank's code of 8 or 11 characters (ISO 9362)."""
    return _BIC.fullmatch(text) is not None


def creditor_reference_ok(reference: str) -> bool:
    """An RF reference (ISO 11649): up to 25 characters, with its check digits."""
    compact = plain(reference)
    return _RF.fullmatch(compact) is not None and mod97(compact)


def qrr_ok(reference: str) -> bool:
    """A Swiss QR reference: 27 digits, recursive modulo 10, not all zero."""
    if len(reference) != 27 or not reference.isascii() or not reference.isdigit():
        return False
    carry = 0
    for digit in reference[:26]:
        carry = _QRR[(carry + int(digit)) % 10]
    return (10 - carry) % 10 == int(reference[26]) and reference.strip("0") != ""


def cpf_ok(text: str) -> bool:
    """A Brazilian person's tax number with its two check digits (Receita Federal, modulo 11)."""
    if not _CPF.fullmatch(text):
        return False
    digits = [int(char) for char in text]
    for end in (9, 10):
        total = sum(digit * (end + 1 - at) for at, digit in enumerate(digits[:end]))
        if total * 10 % 11 % 10 != digits[end]:
            return False
    return True


def cnpj_ok(text: str) -> bool:
    """A Brazilian company's tax number, the one of letters and digits included.

    Source: Receita Federal, Instrução Normativa 2.229/2024: a character counts its ASCII code
    minus 48; weights 2 to 9 from the right, modulo 11.
    """
    if not _CNPJ.fullmatch(text):
        return False
    values = [ord(char) - 48 for char in text]
    for end in (12, 13):
        weights = _CNPJ_WEIGHTS[13 - end :]
        total = sum(value * weight for value, weight in zip(values[:end], weights, strict=True))
        rest = total % 11
        if (0 if rest < 2 else 11 - rest) != values[end]:
            return False
    return True
