"""What is asked fits the state that the sale is in; the operation that does is named.

Voids are for what is not settled yet, refunds for what is; nothing is undone twice, and a refund is
no sale that could be refunded again.
"""

from __future__ import annotations

from pos_guard.model import MONEY_OUT, Intent, IntentKind, Purpose, Words
from pos_guard.policy.asks import Concern
from pos_guard.policy.grades import found, grade
from pos_guard.policy.options import word
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import Request, SaleState, SaleStatus
from pos_guard.policy.rule import OptionKind, allow, deny, intent_of, money_out, require
from pos_guard.policy.verdict import Finding, Input, Need, Reason

ID = "operation-fits-state"

OPTIONS: dict[str, OptionKind] = {
    "before_settlement": grade("allow"),
    "after_settlement": grade("deny", "warn"),
}
"""What to do with a refund while the sale can still be voided, and with a void once it cannot."""

_VOIDED = Words(
    "此单已撤销，没有可退的钱。请核对小票。",
    "This sale was voided: there is nothing to give back. Check the receipt.",
)
_NOT_PAID = Words(
    "此单还没有付款，不能退款或撤销。请在收银机上取消订单。",
    "This sale was never paid. Cancel the order on the till instead.",
)
_RUNNING = Words(
    "此单付款正在进行，请等待结果后再操作。",
    "The payment of this sale is still in progress. Wait for its result.",
)
_UNKNOWN = Words(
    "此单付款结果未知，请先查询结果，再决定是否退款。",
    "Whether this sale was paid is not known. Query its result first.",
)
_GONE = Words(
    "此单已全部退款，不能再退。",
    "This sale has been refunded in full. Nothing is left to refund.",
)
_PART = Words(
    "此单已部分退款，不能撤销。请改用退款，退剩余金额。",
    "Part of this sale was refunded, so it cannot be voided. Refund what is left.",
)
_SETTLED = Words(
    "此单已结算，请改用退款，不要撤销。", "This sale is settled. Use a refund instead of a void."
)
_VOID_IT = Words(
    "此单尚未结算，请改用撤销，不要退款。",
    "This sale is not settled yet. Void it instead of refunding it.",
)
_WAIT = Words(
    "此单尚未结算，请结算后再退部分金额，或整单撤销后重新收款。",
    "This sale is not settled yet. Refund a part of it later, or void it and charge again.",
)
_REFUND_OF_REFUND = Words(
    "这是一笔退款的单号，退款不能再退。请扫描原销售小票。",
    "This is the number of a refund, which cannot be refunded. Scan the receipt of the sale.",
)
_NO_PREAUTH = Words(
    "这不是预授权的单号，不能按预授权撤销。请核对小票。",
    "This is not the number of a reservation. Check the receipt, or void the sale.",
)
_WHICH_ITEMS = Words(
    "退货须说明退回哪些商品，请扫描退回的商品。",
    "A return has to say which items come back. Scan them.",
)
_IS_RETURN = Words(
    "有商品退回，类型应为退货。请改选退货。",
    "Items come back, so this is a return. Choose return as its type.",
)

NOTHING_LEFT = {
    SaleStatus.OPEN: (Reason.NOT_PAID, _NOT_PAID),
    SaleStatus.SUBMITTED: (Reason.UNRESOLVED, _RUNNING),
    SaleStatus.UNKNOWN: (Reason.UNRESOLVED, _UNKNOWN),
    SaleStatus.VOIDED: (Reason.REMAINING, _VOIDED),
    SaleStatus.REFUNDED: (Reason.REMAINING, _GONE),
}
"""States in which there is nothing to undo, and what a person is told then."""

_VOID = {**NOTHING_LEFT, SaleStatus.PART_REFUNDED: (Reason.REMAINING, _PART)}

# What a reversal is for: providers and terminals stop an unfinished payment by it.
_UNFINISHED = frozenset({SaleStatus.SUBMITTED, SaleStatus.UNKNOWN})

_STAYS = frozenset({Purpose.ADJUSTMENT, Purpose.GOODWILL})


def check(request: Request, policy: Policy) -> Finding | None:
    """Judge what undoes a sale by the sale's state, then by the purpose of the refund."""
    intent, sale = money_out(request), request.sale
    if intent is None:
        return _preauth_void(request)
    if request.original_kind in MONEY_OUT:
        named = str(request.original_kind)
        return deny(ID, Reason.ORIGINAL, _REFUND_OF_REFUND, kind=str(intent.kind), original=named)
    if sale is None:
        return None
    if intent.kind is IntentKind.REFUND:
        return _refund(intent, sale, request, policy)
    return _void(intent, sale, request, policy)


def _preauth_void(request: Request) -> Finding | None:
    """Whoever may let a reservation go may not undo a sale with it."""
    intent, named = intent_of(request), request.original_kind
    if intent is None or intent.kind is not IntentKind.PREAUTH_VOID:
        return None
    if named is not IntentKind.SALE and named not in MONEY_OUT:
        return None
    return deny(ID, Reason.ORIGINAL, _NO_PREAUTH, kind=str(intent.kind), original=str(named))


def _void(intent: Intent, sale: SaleState, request: Request, policy: Policy) -> Finding:
    inputs = _inputs(intent, sale)
    if intent.kind is IntentKind.REVERSAL and sale.status in _UNFINISHED:
        zh, en = "可以撤销未完成的付款。", "An unfinished payment may be stopped."
        return allow(ID, zh, en, **inputs)
    refusal = _VOID.get(sale.status)
    if refusal is not None:
        return deny(ID, refusal[0], refusal[1], **inputs)
    if sale.settled is True:
        level = word(policy, ID, OPTIONS, "after_settlement")
        return found(level, Concern(ID, Reason.TIME, _SETTLED, inputs), request, policy)
    return allow(ID, "此单可以撤销。", "This sale may be voided.", **inputs)


def _refund(intent: Intent, sale: SaleState, request: Request, policy: Policy) -> Finding:
    inputs = _inputs(intent, sale)
    refusal = NOTHING_LEFT.get(sale.status)
    if refusal is not None:
        return deny(ID, refusal[0], refusal[1], **inputs)
    wrong = _purpose(sale, request, inputs)
    if wrong is not None:
        return wrong
    level = word(policy, ID, OPTIONS, "before_settlement")
    if sale.settled is False and level != "allow":
        whole = sale.status is SaleStatus.PAID and intent.amount == sale.paid
        concern = Concern(ID, Reason.TIME, _VOID_IT if whole else _WAIT, inputs)
        return found(level, concern, request, policy)
    return allow(ID, "此单可以退款。", "This sale may be refunded.", **inputs)


def _purpose(sale: SaleState, request: Request, inputs: dict[str, Input]) -> Finding | None:
    """What the refund is for, against whether goods come back; None where both agree."""
    known, cart = request.context.purpose, request.context.cart
    if known is None:
        return None
    purpose, items = known.value, cart is not None and bool(cart.value.lines)
    inputs["purpose"] = str(purpose)
    if purpose is Purpose.RETURN and sale.sold and not items:
        return require(ID, Need.REASON, Reason.NEEDS_REASON, _WHICH_ITEMS, **inputs)
    if purpose in _STAYS and items:
        return deny(ID, Reason.NEEDS_REASON, _IS_RETURN, **inputs)
    return None


def _inputs(intent: Intent, sale: SaleState) -> dict[str, Input]:
    return {"kind": str(intent.kind), "status": str(sale.status), "settled": sale.settled}
