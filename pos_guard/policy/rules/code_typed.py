"""A typed payment code: scan it again first, then it takes somebody with the right to type it."""

from __future__ import annotations

from pos_guard.model import Intent, Words
from pos_guard.policy.approval import REFUSALS, Approval, approval
from pos_guard.policy.policy import MANUAL_CODE, Policy
from pos_guard.policy.request import CodeState, Request
from pos_guard.policy.rule import (
    Choice,
    OptionKind,
    Tighter,
    Whole,
    allow,
    deny,
    graded,
    level_option,
    shows_code,
)
from pos_guard.policy.verdict import Finding, Input, Level, Reason

ID = "code-typed"

RESCAN = "rescan"
"""The input of a finding that sent the cashier back to the scanner: these are counted."""

DEFAULT_RESCANS = 1

OPTIONS: dict[str, OptionKind] = {
    "rescans": Whole(0, 5, DEFAULT_RESCANS, Tighter.HIGHER),
    "second_person": Choice(("never", "always"), "never", Tighter.HIGHER),
    "unseen": Choice(("allow", "warn", "deny"), "warn", Tighter.HIGHER),
}
"""``rescans``: how often a typed code is refused first. ``unseen``: a code that no scanner of the
guard saw, on a terminal where none serves: nobody can tell how it was read."""

_SCAN = Words(
    "付款码不是扫入的，请用扫码枪重新扫描。",
    "This payment code was not scanned. Scan the customer's code.",
)
_RIGHT = Words(
    "手工输入付款码需要权限，请有权限的人登录。",
    "Typing a payment code takes a right of its own. Somebody who has it must sign in.",
)
_SECOND = Words(
    "手工输入付款码需要第二人确认，请经理批准。",
    "A typed payment code needs a second person. Ask a manager to approve it.",
)


def check(request: Request, policy: Policy) -> Finding | None:
    """Judge how the code that is shown or charged was entered."""
    code = request.code
    if code is None or not shows_code(request):
        return None
    if code.typed:
        return _typed(request, policy, code)
    if code.scanned:
        return allow(ID, "付款码是扫入的。", "The code was scanned.", scanned=True)
    level = level_option(policy, ID, "unseen", "warn")
    return graded(ID, level, Reason.CODE, _SCAN, scanned=False, typed=False)


def _typed(request: Request, policy: Policy, code: CodeState) -> Finding:
    wanted = int(policy.setting(ID).options.get("rescans", DEFAULT_RESCANS))
    inputs: dict[str, Input] = {"typed": True, "rescans": code.rescans, "wanted": wanted}
    if code.rescans < wanted:
        return deny(ID, Reason.CODE, _SCAN, **{RESCAN: True}, **inputs)
    operator = request.operator
    role = None if operator is None else policy.role(operator.role)
    if operator is None or role is None or MANUAL_CODE not in role.may:
        who = None if operator is None else operator.id
        return deny(ID, Reason.NOT_PERMITTED, _RIGHT, operator=who, **inputs)
    if policy.setting(ID).options.get("second_person") == "always":
        return _second_person(request, policy, inputs)
    return allow(ID, "有手工输入权限。", "May type a code.", operator=operator.id, **inputs)


def _second_person(request: Request, policy: Policy, inputs: dict[str, Input]) -> Finding:
    subject = request.subject
    if not isinstance(subject, Intent):
        # Nothing is charged yet: the charge itself waits for the second person.
        zh, en = "收款时需第二人确认。", "A second person is asked at the charge."
        return allow(ID, zh, en, **inputs)
    answer = approval(request, policy, subject.amount or 0)
    if answer is Approval.MISSING:
        return Finding(ID, Level.REQUIRE, Reason.NOT_PERMITTED, _SECOND, inputs)
    if answer is Approval.VALID:
        return allow(ID, "经理已批准。", "A manager approved it.", **inputs)
    return deny(ID, Reason.NOT_PERMITTED, REFUSALS[answer], **inputs)
