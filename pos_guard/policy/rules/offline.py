"""Without the shared ledger, only what this store surely knows goes out, and only so much.

While other tills cannot be asked, a sale may be undone only where it was made or where its lease
is held: two places never refund it then. What takes a second person takes a network, too.
"""

from __future__ import annotations

from pos_guard.model import MONEY_IN, MONEY_OUT, Intent, IntentKind, Words
from pos_guard.money import MAX_AMOUNT
from pos_guard.policy.options import whole
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import Network, Request
from pos_guard.policy.rule import (
    OptionKind,
    Tighter,
    Whole,
    allow,
    amount_text,
    deny,
    graded,
    moves_money,
    overridable,
)
from pos_guard.policy.verdict import Finding, Input, Level, Reason

ID = "offline"

OPTIONS: dict[str, OptionKind] = {
    "offline_amount": Whole(0, MAX_AMOUNT, MAX_AMOUNT, Tighter.LOWER),
    "offline_sales": Whole(0, MAX_AMOUNT, MAX_AMOUNT, Tighter.LOWER),
}
"""Minor units: the most that one refund, or one sale, may be while offline; 0: none at all. The
limit of the operator's role holds for refunds in any case."""

_TAKES = MONEY_IN | {IntentKind.PREAUTH}

_SLOW = Words(
    "网络不稳定，请等待结果，不要重复操作。",
    "The network is unreliable. Wait for the result and do not repeat anything.",
)
_UNREFERENCED = Words(
    "网络已断开，没有原交易不能退款。请待网络恢复。",
    "The network is down, and the original sale is not known. Wait until it is back.",
)
_NOT_HOME = Words(
    "网络已断开，此单不在本店成交，不能退款。请待网络恢复，或到原门店退款。",
    "The network is down, and this sale was made elsewhere. Wait, or refund it where it was made.",
)


def check(request: Request, policy: Policy) -> Finding | None:
    """Apply to what moves money while the network is not as it should be."""
    intent = moves_money(request)
    if intent is None or request.network is Network.ONLINE:
        return None
    inputs: dict[str, Input] = {"network": str(request.network), "amount": intent.amount}
    if request.network is Network.DEGRADED:
        return graded(ID, Level.WARN, Reason.OFFLINE, _SLOW, **inputs)
    if intent.kind in MONEY_OUT:
        return _out(intent, request, policy, inputs)
    return _in(intent, policy, inputs)


def _out(intent: Intent, request: Request, policy: Policy, inputs: dict[str, Input]) -> Finding:
    sale = request.sale
    if sale is None:
        return deny(ID, Reason.OFFLINE, _UNREFERENCED, **inputs)
    if not sale.home:
        return deny(ID, Reason.OFFLINE, _NOT_HOME, **inputs)
    most = min(_role_limit(request, policy), whole(policy, ID, OPTIONS, "offline_amount"))
    if intent.amount is None or intent.amount > most:
        return deny(ID, Reason.OFFLINE, _too_much(most, policy), most=most, **inputs)
    zh, en = "离线，可退本店交易。", "Offline, but the sale is at home here."
    return allow(ID, zh, en, most=most, **inputs)


def _in(intent: Intent, policy: Policy, inputs: dict[str, Input]) -> Finding:
    most = whole(policy, ID, OPTIONS, "offline_sales")
    if intent.kind in _TAKES and (intent.amount is None or intent.amount > most):
        return overridable(ID, Reason.OFFLINE, _no_sale(most, policy), most=most, **inputs)
    zh, en = "离线，在限额之内。", "Offline, within the limit for sales."
    return allow(ID, zh, en, most=most, **inputs)


def _role_limit(request: Request, policy: Policy) -> int:
    role = None if request.operator is None else policy.role(request.operator.role)
    return 0 if role is None or role.refund_limit is None else role.refund_limit


def _too_much(most: int, policy: Policy) -> Words:
    text = amount_text(most, policy)
    return Words(
        f"网络已断开，最多退 {text}。请待网络恢复。",
        f"The network is down; at most {text} may be refunded now. Wait until it is back.",
    )


def _no_sale(most: int, policy: Policy) -> Words:
    text = amount_text(most, policy)
    return Words(
        f"网络已断开，单笔最多收 {text}。请收现金，或待网络恢复。",
        f"The network is down; at most {text} may be charged at once. Take cash, or wait.",
    )
