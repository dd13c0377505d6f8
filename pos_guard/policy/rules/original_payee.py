"""Money comes from the merchant account that took it."""

from __future__ import annotations

from pos_guard.model import Words
from pos_guard.policy.asks import Concern
from pos_guard.policy.grades import found, grade
from pos_guard.policy.options import word
from pos_guard.policy.payees import kind_of_tender
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import Request
from pos_guard.policy.rule import OptionKind, allow, deny, money_out
from pos_guard.policy.rules.original_tender import OTHER_PAYEE, payee_of
from pos_guard.policy.verdict import Finding, Input, Reason

ID = "original-payee"

OPTIONS: dict[str, OptionKind] = {"unknown": grade("allow")}
"""What to do where the account that took the money, or that is to give it back, is not known."""

_UNKNOWN = Words(
    "无法核对原收款商户号，请在原终端退款。",
    "Which merchant account took the money is not known. Refund at the terminal that took it.",
)


def check(request: Request, policy: Policy) -> Finding | None:
    """Compare the payee of the sale with who gives the money back. Cash has no payee."""
    intent, sale = money_out(request), request.sale
    if intent is None or sale is None or kind_of_tender(intent.tender) is None:
        return None
    payee = payee_of(intent, request)
    inputs: dict[str, Input] = {"payee": payee, "sale_payee": sale.payee}
    if not payee or not sale.payee:
        level = word(policy, ID, OPTIONS, "unknown")
        if level == "allow":
            return None
        return found(level, Concern(ID, Reason.PAYEE, _UNKNOWN, inputs), request, policy)
    if payee != sale.payee:
        return deny(ID, Reason.PAYEE, OTHER_PAYEE, **inputs)
    return allow(ID, "由原收款商户退款。", "It comes from the account that took it.", **inputs)
