"""A payment code is charged once, and within its life."""

from __future__ import annotations

from pos_guard.clock import SECOND
from pos_guard.model import MONEY_OUT, Intent, Scan, Words
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import CodeState, Request
from pos_guard.policy.rule import Choice, OptionKind, Whole, allow, deny, graded, level_option
from pos_guard.policy.verdict import Finding, Level, Reason

ID = "code-fresh"

DEFAULT_MAX_AGE_S = 60
"""WeChat's payment codes live one minute (its POS guide); Alipay's are renewed as often."""

OPTIONS: dict[str, OptionKind] = {
    "max_age_s": Whole(10, 600, DEFAULT_MAX_AGE_S),
    "typed": Choice(("allow", "warn", "deny"), "warn"),
}

_USED = Words(
    "此付款码已用过，请顾客刷新付款码。",
    "This payment code was used before. Ask the customer for a fresh one.",
)
_OLD = Words(
    "付款码已过期，请顾客刷新后重新扫码。",
    "The payment code is too old. Ask the customer for a fresh one and scan it.",
)
_TYPED = Words(
    "付款码不是扫码枪扫入的，请扫描顾客的付款码。",
    "The payment code did not come from the scanner. Scan the customer's code.",
)


def check(request: Request, policy: Policy) -> Finding | None:
    """Judge the age and history of the code that is scanned or charged."""
    code = request.code
    if code is None or not _carries_code(request):
        return None
    max_age_s = int(policy.setting(ID).options.get("max_age_s", DEFAULT_MAX_AGE_S))
    inputs = {"used": code.used, "scanned": code.scanned, "age_s": code.age_us // SECOND}
    if code.used:
        return deny(ID, Reason.CODE, _USED, **inputs)
    if code.age_us > max_age_s * SECOND or code.age_us < 0:
        return deny(ID, Reason.CODE, _OLD, max_age_s=max_age_s, **inputs)
    level = _level_of_source(code, policy)
    if level is not Level.ALLOW:
        return graded(ID, level, Reason.CODE, _TYPED, **inputs)
    return allow(ID, "付款码有效。", "The code is fresh.", **inputs)


def _carries_code(request: Request) -> bool:
    subject = request.subject
    if isinstance(subject, Intent):
        return subject.payer_token is not None and subject.kind not in MONEY_OUT
    return isinstance(subject, Scan) and subject.payable


def _level_of_source(code: CodeState, policy: Policy) -> Level:
    return Level.ALLOW if code.scanned else level_option(policy, ID, "typed", "warn")
