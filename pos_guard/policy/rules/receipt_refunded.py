"""A refund slip says only what was given back."""

from __future__ import annotations

from pos_guard.model import Receipt, Tender, Words
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import Request
from pos_guard.policy.rule import Choice, Tighter, allow, amount_text, graded, level_option
from pos_guard.policy.verdict import Finding, Level, Reason

ID = "receipt-refunded"
OPTIONS = {"unknown": Choice(("allow", "warn", "deny"), "deny", Tighter.HIGHER)}
"""What a slip is whose refund the ledger does not know. Cash that the paper names is only told:
no device confirms it."""

_NOTHING = Words(
    "没有找到对应的退款，不能打印退款单。请先退款。",
    "No refund fits this slip. Make the refund first, then print it.",
)


def check(request: Request, policy: Policy) -> Finding | None:
    """Compare the amount of a refund slip with what was posted back."""
    receipt = request.subject
    if not isinstance(receipt, Receipt) or not receipt.refund or receipt.claims_paid:
        return None
    stated = None if receipt.total is None else receipt.total.amount
    known = request.refunded
    if stated is not None and stated <= known:
        return allow(ID, "退款已确认。", "The refund is confirmed.", stated=stated, known=known)
    level = level_option(policy, ID, "unknown", "deny")
    if receipt.tenders and all(line.tender is Tender.CASH for line in receipt.tenders):
        level = min(level, Level.WARN)
    words = _NOTHING if stated is None or not known else _less(known, policy)
    return graded(ID, level, Reason.NOT_PAID, words, stated=stated, known=known)


def _less(known: int, policy: Policy) -> Words:
    text = amount_text(known, policy)
    return Words(
        f"只退了 {text}，与退款单不符，请改正后再打印。",
        f"Only {text} was given back. Correct the slip and print it again.",
    )
