"""Money back to somebody who works, or worked, here (R-self-refund): never to oneself."""

from __future__ import annotations

from pos_guard.model import Words
from pos_guard.policy.asks import Concern
from pos_guard.policy.grades import found, grade
from pos_guard.policy.options import word
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import Person, Request
from pos_guard.policy.rule import OptionKind, deny, money_out
from pos_guard.policy.verdict import Finding, Input, Reason

ID = "self-refund"

OPTIONS: dict[str, OptionKind] = {"others": grade("require")}
"""``others``: money back to another member of staff, present or former."""

_OWN = Words(
    "不能退款给自己。请另一位同事办理，并由经理批准。",
    "Nobody refunds to himself. A colleague has to do it, and a manager to approve it.",
)
_APPROVERS = Words(
    "批准人是收款人，不能批准。请另一位经理批准。",
    "The approver is the one who would be paid. Ask another manager.",
)
_OTHERS = Words(
    "收款人是本店（前）员工，请核对收款人。",
    "The payee works or worked here. Check who gets the money.",
)


def check(request: Request, policy: Policy) -> Finding | None:
    """Compare the owner of the payer's token with the operator and with the approver."""
    payer = request.payer
    if money_out(request) is None or payer is None or payer.staff is None:
        return None
    inputs: dict[str, Input] = {
        "staff": payer.staff,
        "operator": None if request.operator is None else request.operator.id,
    }
    if _is(request.operator, payer.staff):
        return deny(ID, Reason.PATTERN, _OWN, **inputs)
    if _is(request.approver, payer.staff):
        return deny(ID, Reason.PATTERN, _APPROVERS, approver=payer.staff, **inputs)
    concern = Concern(ID, Reason.PATTERN, _OTHERS, inputs)
    return found(word(policy, ID, OPTIONS, "others"), concern, request, policy)


def _is(person: Person | None, staff: str) -> bool:
    return person is not None and person.id.casefold() == staff.casefold()
