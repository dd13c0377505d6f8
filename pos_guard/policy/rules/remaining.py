"""Never more back than was paid: posted, reserved, unknown and this request together."""

from __future__ import annotations

from pos_guard.model import Intent, IntentKind, Words
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import Request, SaleState, SaleStatus
from pos_guard.policy.rule import allow, amount_text, deny, money_out
from pos_guard.policy.rules.operation_fits_state import NOTHING_LEFT
from pos_guard.policy.verdict import Finding, Reason

ID = "remaining"

# A terminal that voids takes back the whole sale, whatever was refunded of it before.
_WHOLE = frozenset({IntentKind.VOID, IntentKind.REVERSAL, IntentKind.COMPLETION_VOID})

_NO_AMOUNT = Words(
    "退款金额缺失或为零，请重新输入。",
    "The amount to refund is missing or zero. Enter it again.",
)
_PART = Words(
    "此单已部分退款，不能整单撤销。请按剩余金额退款。",
    "Part of this sale was refunded, so it cannot be voided. Refund what is left.",
)
_NOT_WHOLE = Words(
    "撤销只能按整单金额，请改用退款。",
    "A void takes back the whole sale, not this amount. Use a refund instead.",
)
_CURRENCY = Words(
    "退款币种与原交易不同，请核对原小票。",
    "The currency is not that of the sale. Check the original receipt.",
)


def check(request: Request, policy: Policy) -> Finding | None:
    """Compare this request with what is left of its sale."""
    intent, sale = money_out(request), request.sale
    if intent is None or sale is None:
        return None
    inputs = {
        "amount": intent.amount,
        "paid": sale.paid,
        "remaining": sale.remaining,
        "unknown": sale.unknown,
    }
    refusal = _refusal(intent, sale, policy)
    if refusal is not None:
        reason, words = refusal
        return deny(ID, reason, words, **inputs)
    return allow(ID, "不超过可退金额。", "Not more than is left of the sale.", **inputs)


def _refusal(intent: Intent, sale: SaleState, policy: Policy) -> tuple[Reason, Words] | None:
    if sale.currency != policy.currency or intent.currency not in (sale.currency, None):
        return Reason.CURRENCY, _CURRENCY
    if sale.remaining <= 0:
        # A sale that was never paid, or void, says so; else all of it went back, or is about to.
        return NOTHING_LEFT.get(sale.status, NOTHING_LEFT[SaleStatus.REFUNDED])
    if intent.kind in _WHOLE:
        return _whole_refusal(intent, sale)
    if intent.amount is None or intent.amount <= 0:
        return Reason.AMOUNT, _NO_AMOUNT
    if intent.amount > sale.remaining:
        return Reason.REMAINING, _too_much(intent.amount, sale.remaining, policy)
    return None


def _whole_refusal(intent: Intent, sale: SaleState) -> tuple[Reason, Words] | None:
    if sale.remaining != sale.paid:
        return Reason.REMAINING, _PART
    return None if intent.amount in (sale.paid, None) else (Reason.AMOUNT, _NOT_WHOLE)


def _too_much(amount: int, remaining: int, policy: Policy) -> Words:
    asked, left = amount_text(amount, policy), amount_text(remaining, policy)
    return Words(
        f"退款 {asked} 超过此单可退的 {left}。最多退 {left}。",
        f"{asked} is more than is left of this sale. Refund at most {left}.",
    )
