"""Money goes out only with a signed-in operator."""

from __future__ import annotations

from pos_guard.model import MONEY_OUT, IntentKind, Words
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import Request
from pos_guard.policy.rule import allow, deny, intent_of
from pos_guard.policy.verdict import Finding, Reason

ID = "operator-signed-in"

# Releasing a hold gives the payer's money back as a refund does.
_NEEDS_OPERATOR = MONEY_OUT | {IntentKind.PREAUTH_VOID}

_SAY = Words(
    "退款需要收银员登录，请先扫工牌。",
    "A refund needs a signed-in operator. Scan your badge first.",
)


def check(request: Request, policy: Policy) -> Finding | None:
    """Deny money out while nobody is signed in."""
    del policy
    intent = intent_of(request)
    if intent is None or intent.kind not in _NEEDS_OPERATOR:
        return None
    if request.operator is None:
        return deny(ID, Reason.NOT_SIGNED_IN, _SAY, kind=str(intent.kind))
    return allow(ID, "收银员已登录。", "An operator is signed in.", operator=request.operator.id)
