"""Money goes back to the payer that it came from."""

from __future__ import annotations

from pos_guard.model import Words
from pos_guard.policy.asks import Concern
from pos_guard.policy.grades import found, grade
from pos_guard.policy.options import word
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import Request
from pos_guard.policy.rule import OptionKind, allow, deny, money_out
from pos_guard.policy.verdict import Finding, Input, Reason

ID = "original-payer"

OPTIONS: dict[str, OptionKind] = {"unknown": grade("allow")}
"""What to do where the payer of the sale or of the refund is not known."""

_OTHER = Words(
    "退款账户不是原付款账户。请退回原付款账户。",
    "This is not the account that paid. Refund to the one that did.",
)
_UNKNOWN = Words(
    "无法核对退款账户是否为原付款账户，请对照原付款记录。",
    "Whether this account paid the sale cannot be checked. Compare the record of the payment.",
)


def check(request: Request, policy: Policy) -> Finding | None:
    """Compare the payer's token with that of the sale, where both are known."""
    intent, sale = money_out(request), request.sale
    if intent is None or sale is None:
        return None
    here, there = intent.payer_token, sale.payer_token
    # Tokens are keyed hashes, but a finding has no use for them.
    inputs: dict[str, Input] = {"payer_known": here is not None, "sale_payer": there is not None}
    if here is None or there is None:
        level = word(policy, ID, OPTIONS, "unknown")
        if level == "allow":
            return None
        return found(level, Concern(ID, Reason.ORIGINAL, _UNKNOWN, inputs), request, policy)
    if here != there:
        return deny(ID, Reason.ORIGINAL, _OTHER, **inputs)
    return allow(ID, "退回原付款账户。", "It goes back to the payer.", **inputs)
