"""Codes made of lines: EPC (SEPA) and Swiss QR-bill, and the Thai bill-payment bar code.

Their line ends are part of the code, so a reader that ends a scan at a line end cuts them in
pieces: such tills set the scanner link to end scans on silence.
"""

from __future__ import annotations

import re

from pos_guard.frames.codes_model import Code, Kind, invalid
from pos_guard.money import Money, MoneyError

MAX_EPC = 331
"""Bytes in an EPC code (EPC069-12): version 13, error level M."""
MAX_SWISS = 997
"""Characters in a Swiss QR-bill (SIX Implementation Guidelines 2.2, 4.2.4)."""

_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
_BREAK = re.compile(r"\r\n|\n|\r")
_QRR = (0, 9, 4, 6, 8, 2, 7, 1, 3, 5)


def classify_lines(text: str) -> Code | None:
    """An EPC, Swiss or Thai bill code; None when it starts like none of them."""
    if re.match(r"BCD\r?\n", text):
        return _epc(text)
    if re.match(r"SPC(\r\n|\n|\r)", text):
        return _swiss(text)
    return _thai_bill(text) if text.startswith("|") else None


def mod97(text: str) -> bool:
    """The check of IBAN and RF references (ISO 7064 MOD 97-10), letters and digits only."""
    plain = text.replace(" ", "").upper()
    if not plain.isascii() or not plain.isalnum() or len(plain) < 5:
        return False
    return int("".join(str(int(c, 36)) for c in plain[4:] + plain[:4])) % 97 == 1


def qrr_ok(reference: str) -> bool:
    """A Swiss QR reference: 27 digits, recursive modulo 10."""
    if not re.fullmatch(r"[0-9]{27}", reference):
        return False
    carry = 0
    for digit in reference[:26]:
        carry = _QRR[(carry + int(digit)) % 10]
    return (10 - carry) % 10 == int(reference[26])


def _epc(text: str) -> Code:
    lines = _BREAK.split(text)
    while lines and not lines[-1]:
        lines.pop()
    if not 7 <= len(lines) <= 12 or len(text.encode()) > MAX_EPC:
        return invalid("lines", scheme="epc", size=len(text))
    lines += [""] * (12 - len(lines))
    _, version, charset, service, bic, name, iban, amount, purpose, reference, note, info = lines
    money = _amount(amount[3:], "EUR") if amount.startswith("EUR") else None
    if amount and (money is None or money.amount == 0):
        return invalid("amount", scheme="epc", size=len(text))
    checks = {
        "version": version not in {"001", "002"},
        "charset": charset not in set("12345678"),
        "service": service != "SCT",
        "bic": not bic and version == "001",
        "name": not 1 <= len(name) <= 70,
        "purpose": len(purpose) > 4,
        "reference": bool(reference) and bool(note),
        "reference-check": reference.startswith("RF") and not mod97(reference),
        "long": len(reference) > 35 or len(note) > 140 or len(info) > 70,
    }
    return _transfer("epc", iban, money, "EUR", checks)


def _swiss(text: str) -> Code:
    lines = _BREAK.split(text)
    if not 31 <= len(lines) <= 35 or len(text) > MAX_SWISS:
        return invalid("lines", scheme="swiss", size=len(text))
    amount, currency, kind, reference = lines[18], lines[19], lines[27], lines[28]
    money = _amount(amount, currency) if amount and currency in {"CHF", "EUR"} else None
    if amount and money is None:
        return invalid("amount", scheme="swiss", size=len(text))
    fits = {
        "QRR": qrr_ok(reference),
        "SCOR": reference.startswith("RF") and mod97(reference),
        "NON": not reference,
    }
    checks = {
        "version": lines[1] != "0200" or lines[2] != "1",
        "country": lines[3][:2] not in {"CH", "LI"},
        "currency": currency not in {"CHF", "EUR"},
        "reference-check": not fits.get(kind, False),
        "trailer": lines[30] != "EPD",
    }
    return _transfer("swiss", lines[3], money, currency, checks)


def _thai_bill(text: str) -> Code | None:
    """Bank of Thailand bill-payment bar code: biller, two references, amount in satang."""
    parts = text[1:].split("\r")
    if len(parts) != 4 or not re.fullmatch(r"[0-9]{13,15}", parts[0]):
        return None
    if not re.fullmatch(r"[0-9]{1,10}", parts[3]):
        return invalid("amount", scheme="thai-bill", size=len(text))
    amount = int(parts[3])
    return Code(
        Kind.MERCHANT_CODE,
        "thai-bill",
        payee={"biller": parts[0], "reference": parts[1]},
        payees=(f"thai-bill:biller:{parts[0]}/{parts[1]}",),
        amount=amount or None,  # zero: the payer types it
        currency="THB",
        masked=f"thai-bill {parts[0]}",
    )


def _transfer(
    scheme: str, iban: str, money: Money | None, currency: str, checks: dict[str, bool]
) -> Code:
    plain = iban.replace(" ", "").upper()
    if not _IBAN.fullmatch(plain):
        return invalid("iban", scheme=scheme, size=len(iban))
    return Code(
        Kind.MERCHANT_CODE,
        scheme,
        payee={"iban": plain},
        payees=(f"{scheme}:iban:{plain}",),
        amount=None if money is None else money.amount,
        currency=currency,
        checksum="ok" if mod97(plain) else "bad",
        problems=tuple(name for name, wrong in checks.items() if wrong),
        masked=f"{scheme} {plain[:4]}…{plain[-4:]}",
    )


def _amount(text: str, currency: str) -> Money | None:
    try:
        return Money.parse(text, currency)
    except MoneyError:
        return None
