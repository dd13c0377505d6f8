"""Nothing that moves money passes a frozen link."""

from __future__ import annotations

from pos_guard.model import IntentKind, Words
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import Request
from pos_guard.policy.rule import allow, deny, intent_of
from pos_guard.policy.verdict import Finding, Reason

ID = "link-trusted"

_SAY = Words(
    "此设备已冻结，请停止使用并通知经理。",
    "This device is frozen. Stop using it and call a manager.",
)


def check(request: Request, policy: Policy) -> Finding | None:
    """Deny money on a frozen link; a balance enquiry passes. Applies to every intent."""
    del policy
    intent = intent_of(request)
    if intent is None:
        return None
    link = request.link
    if link.frozen is not None and intent.kind is not IntentKind.BALANCE:
        return deny(ID, Reason.FROZEN, _SAY, link=link.name, frozen=link.frozen)
    return allow(ID, "设备状态正常。", "The link is in order.", link=link.name, frozen=link.frozen)
