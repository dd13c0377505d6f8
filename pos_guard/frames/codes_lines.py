"""Codes made of lines: EPC (SEPA) and Swiss QR-bill, and the Thai bill-payment bar code.

Their line ends are part of the code, so a reader that ends a scan at a line end cuts them in
pieces: such tills set the scanner link to end scans on silence.
"""

from __future__ import annotations

import re

from pos_guard.frames.codes_model import Code, Kind, invalid

_EPC = re.compile(r"BCD\r?\n")
_SWISS = re.compile(r"SPC(?:\r\n|\n|\r)")
_THAI_BILLER = re.compile(r"[0-9]{13,15}")
_THAI_REFERENCE = re.compile(r"[0-9A-Za-z]{0,20}")
_THAI_AMOUNT = re.compile(r"[0-9]{1,10}")


def classify_lines(text: str) -> Code | None:
    """An EPC, Swiss or Thai bill code; None when it starts like none of them."""
    if _EPC.match(text):
        from pos_guard.frames.codes_epc import classify_epc

        return classify_epc(text)
    if _SWISS.match(text):
        from pos_guard.frames.codes_swiss import classify_swiss

        return classify_swiss(text)
    return _thai_bill(text) if text.startswith("|") else None


def _thai_bill(text: str) -> Code | None:
    """Bank of Thailand bill-payment bar code: biller, two references, amount in satang."""
    parts = text[1:].split("\r")
    if len(parts) != 4 or not _THAI_BILLER.fullmatch(parts[0]):
        return None
    if not _THAI_AMOUNT.fullmatch(parts[3]):
        return invalid("amount", scheme="thai-bill", size=len(text))
    checks = {
        "biller": len(parts[0]) == 14,  # 13 digits of tax id, and two of a suffix or none
        "reference": not parts[1],
        "reference-format": not all(_THAI_REFERENCE.fullmatch(part) for part in parts[1:3]),
    }
    amount = int(parts[3])
    return Code(
        Kind.MERCHANT_CODE,
        "thai-bill",
        payee={"biller": parts[0], "reference": parts[1]},
        payees=(f"thai-bill:biller:{parts[0]}/{parts[1]}",),
        amount=amount or None,  # zero: the payer types it
        currency="THB",
        problems=tuple(name for name, wrong in checks.items() if wrong),
        flavour="thai-bill",
        facts={"reference": parts[1], "reference2": parts[2]},
        masked=f"thai-bill {parts[0]}",
        text=text,
    )
