"""What is asked of the payer is what the order still owes; slips of the hand are named."""

from __future__ import annotations

from pos_guard.model import Intent, IntentKind, Words
from pos_guard.policy.approval import REFUSALS, Approval, approval
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import OrderState, Request
from pos_guard.policy.rule import (
    LEVELS,
    Choice,
    Tighter,
    allow,
    amount_text,
    deny,
    graded,
    level_option,
    money_in,
)
from pos_guard.policy.slips import Slip, find_slip
from pos_guard.policy.verdict import Finding, Level, Reason

ID = "amount-matches-order"
OPTIONS = {"missing_order": Choice(LEVELS, "deny", Tighter.HIGHER)}

_NO_AMOUNT = Words("金额缺失或为零，请重新输入。", "The amount is missing or zero. Enter it again.")
_NO_ORDER = Words(
    "不知道应收多少。请先打印账单，再收款。",
    "What the customer owes is not known. Print the bill first, then take the payment.",
)
_CURRENCY = Words(
    "币种与账单不同，请核对账单。",
    "The currency is not that of the bill. Check the bill.",
)


def check(request: Request, policy: Policy) -> Finding | None:
    """Compare the amount with the order's due, counting open and unknown attempts as paid."""
    intent, order = money_in(request), request.order
    if intent is None:
        return None
    if intent.amount is None or intent.amount <= 0:
        return deny(ID, Reason.AMOUNT, _NO_AMOUNT, amount=intent.amount)
    if order is None:
        return _missing_order(request, policy, intent.amount)
    if order.currency != policy.currency or intent.currency not in (order.currency, None):
        return deny(ID, Reason.CURRENCY, _CURRENCY, amount=intent.amount, currency=intent.currency)
    return _compare(intent, intent.amount, order, policy)


def _compare(intent: Intent, amount: int, order: OrderState, policy: Policy) -> Finding:
    # A tip comes on top of a paid order, so only a tip above the order itself is surely a slip.
    tip = intent.kind is IntentKind.TIP
    due = order.total if tip else max(order.due, 0)
    if amount == due or (tip and amount <= due):
        return allow(ID, "金额与账单一致。", "The amount fits the order.", amount=amount, due=due)
    slip = find_slip(amount, due)
    if slip is not None:
        words = _slip_words(slip, amount, due, policy)
        return deny(ID, Reason.AMOUNT, words, amount=amount, due=due, slip=str(slip))
    if amount > due:
        return deny(ID, Reason.AMOUNT, _too_much(amount, due, policy), amount=amount, due=due)
    words = _part(amount, due, policy)
    return graded(ID, Level.WARN, Reason.AMOUNT, words, amount=amount, due=due)


def _missing_order(request: Request, policy: Policy, amount: int) -> Finding:
    level = level_option(policy, ID, "missing_order", "deny")
    if level is not Level.REQUIRE:
        return graded(ID, level, Reason.AMOUNT, _NO_ORDER, amount=amount, due=None)
    answer = approval(request, policy, amount)
    if answer is Approval.VALID:
        return allow(ID, "经理已批准。", "A manager approved it.", amount=amount, due=None)
    if answer is Approval.MISSING:
        return graded(ID, level, Reason.AMOUNT, _NO_ORDER, amount=amount, due=None)
    return deny(ID, Reason.AMOUNT, REFUSALS[answer], amount=amount, due=None)


_SLIP_WORDS = {
    Slip.TIMES_10: Words("是应收 {due} 的 10 倍", "ten times the {due} that is due"),
    Slip.TIMES_100: Words("是应收 {due} 的 100 倍", "a hundred times the {due} that is due"),
    Slip.TENTH: Words("是应收 {due} 的十分之一", "a tenth of the {due} that is due"),
    Slip.HUNDREDTH: Words("是应收 {due} 的百分之一", "a hundredth of the {due} that is due"),
    Slip.SWAPPED: Words(
        "与应收 {due} 有两位数字颠倒", "the {due} that is due with two digits swapped"
    ),
}


def _slip_words(slip: Slip, amount: int, due: int, policy: Policy) -> Words:
    asked, owed = amount_text(amount, policy), amount_text(due, policy)
    words = _SLIP_WORDS[slip]
    return Words(
        f"金额 {asked} {words.zh.format(due=owed)}。请重新输入 {owed}。",
        f"{asked} is {words.en.format(due=owed)}. Enter {owed} again.",
    )


def _too_much(amount: int, due: int, policy: Policy) -> Words:
    asked, owed = amount_text(amount, policy), amount_text(due, policy)
    return Words(
        f"金额 {asked} 多于应收 {owed}。请重新输入 {owed}。",
        f"{asked} is more than the {owed} that is due. Enter {owed}.",
    )


def _part(amount: int, due: int, policy: Policy) -> Words:
    asked, left = amount_text(amount, policy), amount_text(due - amount, policy)
    return Words(
        f"部分付款 {asked}，还需收 {left}。",
        f"Part payment of {asked}. {left} remains to be paid.",
    )
