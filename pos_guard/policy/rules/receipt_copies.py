"""Copies of a paid receipt are counted; more than usual are told."""

from __future__ import annotations

from pos_guard.model import Receipt, Words
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import Request
from pos_guard.policy.rule import allow, graded
from pos_guard.policy.verdict import Finding, Level, Reason

ID = "receipt-copies"


def check(request: Request, policy: Policy) -> Finding | None:
    """Warn of a reprint: a copy beyond those that policy calls normal."""
    receipt, paid = request.subject, request.paid
    if not isinstance(receipt, Receipt) or not receipt.claims_paid or paid is None:
        return None
    copy, usual = paid.copies + 1, policy.receipts.copies
    if copy > usual:
        return graded(ID, Level.WARN, Reason.DUPLICATE, _say(copy), copy=copy, usual=usual)
    return allow(ID, "正常份数。", "A usual copy.", copy=copy, usual=usual)


def _say(copy: int) -> Words:
    return Words(
        f"这是第 {copy} 份小票，按重打印记录。",
        f"This is print number {copy} of the receipt; it is recorded as a reprint.",
    )
