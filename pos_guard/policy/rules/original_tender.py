"""Money goes back the way it came: the same tender, the same payee account."""

from __future__ import annotations

from pos_guard.model import Intent, Words
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import Request
from pos_guard.policy.rule import allow, deny, money_out
from pos_guard.policy.verdict import Finding, Reason

ID = "original-tender"

_TENDER = Words(
    "退款方式与原支付方式不同，请按原支付方式退款。",
    "The sale was paid in another way. Refund it the way it was paid.",
)
OTHER_PAYEE = Words(
    "原交易在另一终端或商户号收款，请在原终端退款。",
    "The sale was paid to another terminal or merchant account. Refund it there.",
)


def check(request: Request, policy: Policy) -> Finding | None:
    """Compare tender and payee with those of the known sale; an unknown payee is not compared."""
    del policy
    intent, sale = money_out(request), request.sale
    if intent is None or sale is None:
        return None
    payee = payee_of(intent, request)
    inputs = {
        "tender": str(intent.tender),
        "sale_tender": str(sale.tender),
        "payee": payee,
        "sale_payee": sale.payee,
    }
    if intent.tender is not sale.tender:
        return deny(ID, Reason.ORIGINAL, _TENDER, **inputs)
    if payee and sale.payee and payee != sale.payee:
        return deny(ID, Reason.PAYEE, OTHER_PAYEE, **inputs)
    return allow(ID, "原路退回。", "Money goes back the way it came.", **inputs)


def payee_of(intent: Intent, request: Request) -> str | None:
    """Who gives the money back: what the frame says, else what the device reported."""
    return intent.payee or request.link.payee
