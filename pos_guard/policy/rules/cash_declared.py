"""Cash on a receipt counts once the drawer opened for it."""

from __future__ import annotations

from pos_guard.model import Receipt, Tender, Words
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import PaidState, Request
from pos_guard.policy.rule import Choice, Tighter, allow, deny
from pos_guard.policy.verdict import Finding, Reason

ID = "cash-declared"
OPTIONS = {"proof": Choice(("drawer", "word"), "drawer", Tighter.LOWER)}
"""``drawer``: the print job opens the drawer. ``word``: the receipt's word is enough."""

_SAY = Words(
    "小票写了现金，但钱箱未打开。请打开钱箱收现金后再打印。",
    "The receipt says cash, but the drawer did not open. Open it, take the cash, print again.",
)


def check(request: Request, policy: Policy) -> Finding | None:
    """Deny a paid receipt with cash that was neither declared before nor is declared now."""
    receipt = request.subject
    if not isinstance(receipt, Receipt) or not receipt.claims_paid:
        return None
    stated = stated_cash(receipt)
    if stated == 0:
        return None
    known = 0 if request.paid is None else request.paid.cash
    inputs = {"cash": stated, "known": known, "drawer": receipt.drawer}
    # A later copy of a receipt whose cash is in the ledger opens no drawer again.
    if known == 0 and not _proved(receipt, policy):
        return deny(ID, Reason.NOT_PAID, _SAY, **inputs)
    return allow(ID, "现金已登记。", "The cash is declared.", **inputs)


def stated_cash(receipt: Receipt) -> int:
    """The cash that the paper states, in minor units; change is not taken off."""
    return sum(line.amount for line in receipt.tenders if line.tender is Tender.CASH)


def cash_counted(receipt: Receipt, paid: PaidState, policy: Policy) -> int:
    """Cash that counts towards the receipt: in the ledger already, or declared by this job."""
    declared = stated_cash(receipt) if _proved(receipt, policy) else 0
    return max(paid.cash, declared)


def _proved(receipt: Receipt, policy: Policy) -> bool:
    by_word = policy.setting(ID).options.get("proof", "drawer") == "word"
    return receipt.drawer or by_word
