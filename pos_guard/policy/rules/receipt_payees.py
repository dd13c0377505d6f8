"""A payment code printed on paper pays the shop and nobody else."""

from __future__ import annotations

from pos_guard.model import Receipt, Words
from pos_guard.policy.payees import Match, PayeeKind
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import Request
from pos_guard.policy.rule import allow, deny
from pos_guard.policy.verdict import Finding, Reason

ID = "receipt-payees"

_SAY = Words(
    "单据上的收款码不是本店的，已拦下。请通知经理。",
    "The payment code on this paper is not ours. It is held back. Call a manager.",
)


def check(request: Request, policy: Policy) -> Finding | None:
    """Deny a print job with a payment code of a payee that is not on the list."""
    receipt = request.subject
    if not isinstance(receipt, Receipt) or not receipt.payees:
        return None
    ours = policy.payees.with_codes(request.own_codes)
    match, payee = ours.check_all(PayeeKind.CODES, receipt.payees)
    if match is not Match.MATCH:
        return deny(ID, Reason.PAYEE, _SAY, payee=payee, match=str(match))
    return allow(ID, "收款码是本店的。", "The code pays the shop.", payee=payee, match=str(match))
