"""Only a code that can be charged is taken for payment; goods and plain text pass through."""

from __future__ import annotations

from pos_guard.model import MONEY_OUT, Intent, Scan, Words
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import Request
from pos_guard.policy.rule import allow, deny
from pos_guard.policy.verdict import Finding, Reason

ID = "code-kind"

# Codes that ask nobody for money: article numbers, order numbers, badges, vouchers of the till.
_HARMLESS = frozenset({"goods", "number", "text"})

HIDDEN = "hidden-payment-code"
"""The problem of a text that is a payment code but for blanks and other signs around it."""

_HIDDEN = Words(
    "付款码夹有多余字符，请重新扫描顾客手机上的付款码。",
    "There are other signs around this payment code. Scan it again from the customer's phone.",
)
_CHECKSUM = Words(
    "二维码校验失败，可能被改动或损坏。请重新扫描。",
    "The code's checksum is wrong: damaged or changed. Scan it again.",
)
_FALLBACK = Words(
    "此码不能用于收款，请顾客打开付款码。",
    "This code cannot be charged. Ask the customer to show a payment code.",
)


def check(request: Request, policy: Policy) -> Finding | None:
    """Judge the kind of every scanned code, and of the one that a charge carries.

    A merchant code passes a scan when it is intact: whom it pays is another rule's question.
    A charge carries a payment code or nothing. The words are the code's own.
    """
    del policy
    subject = request.subject
    if isinstance(subject, Scan):
        return _judge(subject, charged=False)
    if isinstance(subject, Intent) and subject.payer is not None and subject.kind not in MONEY_OUT:
        return _judge(subject.payer, charged=True)
    return None


def _judge(scan: Scan, *, charged: bool) -> Finding:
    inputs = {"kind": scan.kind, "scheme": scan.scheme, "code": scan.masked}
    if scan.checksum == "bad":
        return deny(ID, Reason.CODE, _CHECKSUM, **inputs)
    if HIDDEN in scan.problems:
        return deny(ID, Reason.CODE, _HIDDEN, **inputs)
    passes = scan.kind in _HARMLESS or scan.kind == "merchant_code"
    if scan.payable or (passes and not charged):
        return allow(ID, "此码可以使用。", "This kind of code may be used.", **inputs)
    return deny(ID, Reason.CODE, scan.say if scan.say.zh and scan.say.en else _FALLBACK, **inputs)
