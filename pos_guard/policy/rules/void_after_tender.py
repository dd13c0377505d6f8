"""A paid sale is voided: often by one person, or just before settlement (R-void-after-tender)."""

from __future__ import annotations

from pos_guard.model import IntentKind, Words
from pos_guard.policy.asks import Concern, ask_second_person
from pos_guard.policy.history import count_of_operator
from pos_guard.policy.options import whole
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import Request
from pos_guard.policy.rule import OptionKind, Tighter, Whole, allow, money_out
from pos_guard.policy.verdict import Finding, Input, Reason

ID = "void-after-tender"

OPTIONS: dict[str, OptionKind] = {
    "before_settlement_s": Whole(0, 86_400, 0, Tighter.HIGHER),
    "within_s": Whole(0, 86_400, 0, Tighter.HIGHER),
    "voids": Whole(1, 50, 2, Tighter.LOWER),
}
"""``before_settlement_s``: every void in these last seconds takes a second person; 0: none does.
``voids``: how many of one operator within ``within_s`` go without one, this one included; a
``within_s`` of 0: all."""

_VOIDS = frozenset({IntentKind.VOID, IntentKind.REVERSAL, IntentKind.COMPLETION_VOID})

_DAY_MIN = 1440

_LATE = Words(
    "临近结算时撤销已付款的单，请经理批准。",
    "A paid sale is to be voided just before settlement. Ask a manager to approve it.",
)


def check(request: Request, policy: Policy) -> Finding | None:
    """Judge a void of a known, paid sale by the time and by this operator's earlier ones."""
    intent, sale = money_out(request), request.sale
    last_s = whole(policy, ID, OPTIONS, "before_settlement_s")
    within_s = whole(policy, ID, OPTIONS, "within_s")
    if intent is None or intent.kind not in _VOIDS or sale is None or not (last_s or within_s):
        return None
    before = count_of_operator(request, _VOIDS, within_s)
    left_s, most = _settles_in_s(request, policy), whole(policy, ID, OPTIONS, "voids")
    inputs: dict[str, Input] = {"voids": before + 1, "most": most, "settles_in_s": left_s}
    amount = sale.paid if intent.amount is None else intent.amount
    if last_s and (left_s is None or left_s < last_s):
        concern = Concern(ID, Reason.PATTERN, _LATE, inputs)
    elif within_s and before + 1 > most:
        concern = Concern(ID, Reason.PATTERN, _many(before + 1), inputs)
    else:
        return allow(ID, "撤销次数与时间正常。", "Neither too late nor too often.", **inputs)
    return ask_second_person(concern, request, policy, amount)


def _settles_in_s(request: Request, policy: Policy) -> int | None:
    """The fewest seconds that may be left in this minute; None where the time is not known."""
    if request.moment is None:
        return None
    minutes = (policy.hours.settled_at - request.moment.minute) % _DAY_MIN or _DAY_MIN
    return (minutes - 1) * 60


def _many(count: int) -> Words:
    return Words(
        f"这是您短时间内第 {count} 次撤销已付款的单，请经理批准。",
        f"This is your void number {count} of a paid sale in a short time. "
        "Ask a manager to approve it.",
    )
