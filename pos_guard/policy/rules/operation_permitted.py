"""A person does only what the role may do. A second person never lends a missing right."""

from __future__ import annotations

from pos_guard.model import MONEY_OUT, Intent, IntentKind, Words
from pos_guard.policy.policy import REFUND_UNREFERENCED, Policy
from pos_guard.policy.request import Request
from pos_guard.policy.rule import allow, deny, intent_of
from pos_guard.policy.verdict import Finding, Reason

ID = "operation-permitted"

_SAY = Words(
    "您没有此操作的权限，请有权限的同事登录后操作。",
    "You may not do this. Ask a colleague who may to sign in.",
)


def check(request: Request, policy: Policy) -> Finding | None:
    """Deny what ``may`` of the operator's role does not list; an unknown role may do nothing."""
    intent, operator = intent_of(request), request.operator
    if intent is None or operator is None:
        return None
    role = policy.role(operator.role)
    needed = _operations(intent, referenced=request.sale is not None)
    missing = sorted(needed if role is None else needed - role.may)
    inputs = {"operator": operator.id, "role": operator.role, "needs": ", ".join(sorted(needed))}
    if missing:
        return deny(ID, Reason.NOT_PERMITTED, _SAY, missing=", ".join(missing), **inputs)
    return allow(ID, "此角色有权限。", "The role may do this.", **inputs)


def _operations(intent: Intent, *, referenced: bool) -> frozenset[str]:
    """What the role must list: undoing a sale that nobody knows is an operation of its own."""
    if intent.kind not in MONEY_OUT or referenced:
        return frozenset({str(intent.kind)})
    if intent.kind is IntentKind.REFUND:
        return frozenset({REFUND_UNREFERENCED})
    return frozenset({str(intent.kind), REFUND_UNREFERENCED})
