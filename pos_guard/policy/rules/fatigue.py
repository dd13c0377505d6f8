"""After a long shift, or several slips, the amount is read once more: help, never punishment."""

from __future__ import annotations

from pos_guard.clock import SECOND
from pos_guard.model import Words
from pos_guard.policy.asks import Concern, ask_amount_again
from pos_guard.policy.options import whole
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import OperatorState, Request
from pos_guard.policy.rule import OptionKind, Tighter, Whole, allow, moves_money
from pos_guard.policy.verdict import Finding, Input, Reason

ID = "fatigue"

OPTIONS: dict[str, OptionKind] = {
    "hours": Whole(0, 48, 0, Tighter.LOWER, zero_is_off=True),
    "errors": Whole(0, 100, 0, Tighter.LOWER, zero_is_off=True),
    "from_amount": Whole(0, 10**12, 0, Tighter.LOWER),
}
"""``hours``: a shift longer than this. ``errors``: this many in the last half hour; 0: never.
``from_amount``: below this (minor units) nobody is asked, however tired."""

_HOUR_US = 3600 * SECOND

_TIRED = Words(
    "您已工作很久，请再看一遍并再次输入金额。",
    "You have been at work for long. Look again, and enter the amount once more.",
)
_SLIPS = Words(
    "刚才有几次差错，请慢一点，再次输入金额。",
    "There were a few slips just now. Take your time, and enter the amount once more.",
)


def check(request: Request, policy: Policy) -> Finding | None:
    """Ask for the amount once more when shift or slips say that a second look is good."""
    intent, desk = moves_money(request), request.desk
    hours, errors = whole(policy, ID, OPTIONS, "hours"), whole(policy, ID, OPTIONS, "errors")
    if intent is None or desk is None or intent.amount is None or not (hours or errors):
        return None
    inputs: dict[str, Input] = {
        "shift_s": None if desk.on_shift_us is None else desk.on_shift_us // SECOND,
        "errors": desk.errors,
    }
    words = _why(desk, hours, errors)
    if words is None or intent.amount < whole(policy, ID, OPTIONS, "from_amount"):
        return allow(ID, "状态正常。", "No second look is needed.", **inputs)
    concern = Concern(ID, Reason.UNCONFIRMED, words, inputs)
    return ask_amount_again(concern, request, policy, intent.amount)


def _why(desk: OperatorState, hours: int, errors: int) -> Words | None:
    if hours and desk.on_shift_us is not None and desk.on_shift_us > hours * _HOUR_US:
        return _TIRED
    return _SLIPS if errors and desk.errors >= errors else None
