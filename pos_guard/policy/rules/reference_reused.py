"""A request's own number stands for one payload and one approver, whatever came of it."""

from __future__ import annotations

from pos_guard.model import Words
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import Request
from pos_guard.policy.rule import allow, deny, moves_money
from pos_guard.policy.verdict import Finding, Reason

ID = "reference-reused"

_OTHER = Words(
    "此请求号已用于另一笔请求，请换新的请求号后重试。",
    "This request number was used for another request. Ask again under a new number.",
)


def check(request: Request, policy: Policy) -> Finding | None:
    """Deny a number under which something else was submitted before (FloCafe #767).

    ``request.reused`` says what differs; the same payload again is for ``not-paid-twice``.
    """
    del policy
    intent = moves_money(request)
    if intent is None or intent.reference is None:
        return None
    inputs = {"reference": intent.reference, "differs": request.reused}
    if request.reused is not None:
        return deny(ID, Reason.DUPLICATE, _OTHER, **inputs)
    return allow(ID, "请求号未用于其他请求。", "The number stands for this request.", **inputs)
