"""A merchant code keeps to its format; what may differ is on a list, with reasons."""

from __future__ import annotations

from pos_guard.model import Scan, Words
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import Request
from pos_guard.policy.rule import (
    Choice,
    Names,
    OptionKind,
    Tighter,
    allow,
    graded,
    level_option,
)
from pos_guard.policy.verdict import Finding, Reason

ID = "code-deviations"

TOLERATED = {
    "absent-52": "codes of persons have no merchant category (PromptPay)",
    "absent-59": "PromptPay's codes carry no name; a name proves nothing anyway",
    "absent-60": "PromptPay's codes carry no city",
    "ans-59": "names in the shop's own letters; ids are compared, never names",
    "ans-60": "cities in the shop's own letters",
    "byte-lengths": "writers count bytes where EMVCo 4.4.1.1 counts characters",
    "crc-case": "writers print the CRC in lower case (EMVCo 4.7.3 prints it in upper case)",
    "crc-short": "writers drop the CRC's leading zero",
    "empty-62": "genuine Hong Kong FPS codes carry 6200, which 4.4.1.2 forbids",
    "fps-country": "genuine Hong Kong FPS codes carry NA as their country",
    "iban-format": "IBANs printed in groups of four, or in small letters",
    "khqr-29": "KHQR has the account where EMVCo has the identifier of 29",
    "khqr-30": "KHQR has the account where EMVCo has the identifier of 30",
    "khqr-99": "KHQR's times stand in 99 without an identifier",
    "khqr-no-expiry": "static KHQR codes have no end, and older dynamic ones neither",
    "khqr-no-time": "KHQR codes from before the times came in",
    "long-payload": "codes with a logo's address inside run over 512 characters (4.1)",
    "pix-initiation": "dynamic PIX codes leave 01 out",
    "pix-txid": "the Brazilian manual's own sample has such a txid",
    "unencoded": "UPI codes with blanks and letters that should be percent-encoded",
}
"""Deviations that genuine codes have, and why: their payee and amount are read all the same."""

OPTIONS: dict[str, OptionKind] = {
    "tolerated": Names(" ".join(TOLERATED)),
    "other": Choice(("allow", "warn", "deny"), "deny", Tighter.HIGHER),
}
"""``tolerated``: names that pass, in place of the list above. ``other``: what all others do."""

_SAY = Words(
    "此收款码不符合规范，可能被改动。请勿使用，并通知经理。",
    "This code does not keep to its format and may have been changed. "
    "Do not use it; call a manager.",
)


def check(request: Request, policy: Policy) -> Finding | None:
    """Judge the deviations of a merchant code, each by its name."""
    scan = request.subject
    if not isinstance(scan, Scan) or scan.kind != "merchant_code":
        return None
    tolerated = str(policy.setting(ID).options.get("tolerated", " ".join(TOLERATED))).split()
    # The checksum has a rule of its own.
    blocking = [name for name in scan.problems if name not in tolerated and name != "crc"]
    named = " ".join(scan.problems)
    if not blocking:
        zh, en = "格式符合要求。", "The code keeps to its format."
        return allow(ID, zh, en, deviations=named, blocking="")
    level = level_option(policy, ID, "other", "deny")
    return graded(ID, level, Reason.CODE, _SAY, deviations=named, blocking=" ".join(blocking))
