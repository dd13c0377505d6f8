"""Where somebody stopped everything after an error, no money moves until it is thawed."""

from __future__ import annotations

from pos_guard.model import Intent, Words
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import Freeze, Request
from pos_guard.policy.rule import deny, moves_money
from pos_guard.policy.verdict import Finding, Reason

ID = "frozen-scope"

_WORDS = {
    "operator": Words(
        "此收银员已被暂停操作，请通知经理。",
        "This operator is frozen. Call a manager.",
    ),
    "sale": Words(
        "此单已冻结，请停止操作并通知经理。",
        "This sale is frozen. Stop, and call a manager.",
    ),
}
_TERMINAL = Words(
    "本机已冻结，请停止收退款并通知经理。",
    "This till is frozen. Take and refund no money, and call a manager.",
)


def check(request: Request, policy: Policy) -> Finding | None:
    """Deny what moves money in a frozen scope; a second person who is frozen counts, too.

    The snapshot holds the freezes of this terminal; those of other people and sales are passed
    over. An unknown scope is meant for everything.
    """
    del policy
    intent = moves_money(request)
    if intent is None:
        return None
    for freeze in request.freezes:
        if _concerns(freeze, intent, request):
            words = _WORDS.get(freeze.scope, _TERMINAL)
            return deny(ID, Reason.FROZEN, words, scope=freeze.scope, name=freeze.name)
    return None


def _concerns(freeze: Freeze, intent: Intent, request: Request) -> bool:
    if freeze.scope == "operator":
        people = {who.id.casefold() for who in (request.operator, request.approver) if who}
        return freeze.name.casefold() in people
    if freeze.scope == "sale":
        told = request.context.original
        known = None if request.sale is None else request.sale.sale_id
        return freeze.name in (known, intent.original, None if told is None else told.value)
    return True
