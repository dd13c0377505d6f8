"""Outside business hours no money goes out unseen (R-after-close); sales if policy says so."""

from __future__ import annotations

from pos_guard.model import MONEY_OUT, Words
from pos_guard.policy.asks import Concern
from pos_guard.policy.grades import found, grade
from pos_guard.policy.opening import is_open
from pos_guard.policy.options import word
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import Request
from pos_guard.policy.rule import OptionKind, allow, deny, moves_money
from pos_guard.policy.verdict import Finding, Input, Reason

ID = "opening-hours"

OPTIONS: dict[str, OptionKind] = {"refunds": grade("override", "warn"), "sales": grade("allow")}
"""What to do outside business hours with money out, and with everything else that moves money."""

_CLOSED = Words(
    "现在不是营业时间，请在营业时间办理。", "The shop is closed now. Do this in business hours."
)
_NO_TIME = Words(
    "无法确定现在是否为营业时间，已拦下。请检查时间与时区设置。",
    "Whether the shop is open cannot be told. Check the clock and the time zone.",
)


def check(request: Request, policy: Policy) -> Finding | None:
    """Apply where the policy sets hours; a time that cannot be told counts as closed."""
    intent, moment = moves_money(request), request.moment
    if intent is None or policy.hours.open is None:
        return None
    level = word(policy, ID, OPTIONS, "refunds" if intent.kind in MONEY_OUT else "sales")
    if level == "allow":
        return None
    state = None if moment is None else is_open(policy.hours, moment)
    if moment is None or state is None:
        return deny(ID, Reason.TIME, _NO_TIME, zone=policy.hours.zone)
    inputs: dict[str, Input] = {
        "date": moment.date,
        "minute": moment.minute,
        "holiday": moment.date in policy.hours.holidays,
    }
    if state:
        return allow(ID, "营业时间内。", "Within business hours.", **inputs)
    return found(level, Concern(ID, Reason.TIME, _CLOSED, inputs), request, policy)
