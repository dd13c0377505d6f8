"""An operator who refunds far more of his sales than his colleagues do (R-refund-ratio)."""

from __future__ import annotations

from pos_guard.model import Intent, Words
from pos_guard.policy.asks import Concern, ask_second_person
from pos_guard.policy.options import whole, word
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import OperatorState, Request
from pos_guard.policy.rule import Choice, OptionKind, Tighter, Whole, allow, money_out
from pos_guard.policy.verdict import Finding, Input, Reason

ID = "refund-ratio"

_MILLION = 1_000_000

OPTIONS: dict[str, OptionKind] = {
    "compare": Choice(("off", "on"), "off", Tighter.HIGHER),
    "spreads_ppm": Whole(0, 10 * _MILLION, 1_500_000, Tighter.LOWER),
    "floor_ppm": Whole(0, _MILLION, 20_000, Tighter.LOWER),
    "min_peers": Whole(2, 1000, 4, Tighter.LOWER),
    "min_sold": Whole(1, 10**12, 100_000, Tighter.LOWER),
}
"""``spreads_ppm``: how many millionths of a standard deviation above the mean are still usual.
``floor_ppm``: up to this share of the sales nobody asks, however alike the colleagues are.
``min_peers`` operators and ``min_sold`` (minor units) sold by this one make a comparison fair."""

_SAY = Words(
    "您近期的退款占比明显高于同事，请经理核对并批准。",
    "Your share of refunds is well above your colleagues'. Ask a manager to approve this one.",
)


def check(request: Request, policy: Policy) -> Finding | None:
    """Compare the operator's refunds, this one included, with the shop's mean and spread."""
    intent, desk = money_out(request), request.desk
    if intent is None or desk is None or word(policy, ID, OPTIONS, "compare") == "off":
        return None
    few = desk.peers < whole(policy, ID, OPTIONS, "min_peers")
    if few or desk.sold < whole(policy, ID, OPTIONS, "min_sold"):
        return None
    return _compare(intent, desk, request, policy)


def _compare(intent: Intent, desk: OperatorState, request: Request, policy: Policy) -> Finding:
    amount = intent.amount or 0
    refunded = desk.refunded + amount
    above = desk.spread_ppm * whole(policy, ID, OPTIONS, "spreads_ppm") // _MILLION
    most_ppm = max(desk.shop_ppm + above, whole(policy, ID, OPTIONS, "floor_ppm"))
    inputs: dict[str, Input] = {
        "ppm": refunded * _MILLION // desk.sold,
        "most_ppm": most_ppm,
        "peers": desk.peers,
    }
    # Multiplied, not divided: a ratio rounded down would pass as equal.
    if refunded * _MILLION <= most_ppm * desk.sold:
        return allow(ID, "退款占比正常。", "The share of refunds is usual.", **inputs)
    concern = Concern(ID, Reason.PATTERN, _SAY, inputs)
    return ask_second_person(concern, request, policy, amount)
