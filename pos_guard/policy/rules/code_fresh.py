"""A payment code is charged once, and within its life."""

from __future__ import annotations

from pos_guard.clock import SECOND
from pos_guard.model import Words
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import CodeState, Request
from pos_guard.policy.rule import OptionKind, Tighter, Whole, allow, deny, shows_code
from pos_guard.policy.verdict import Finding, Reason

ID = "code-fresh"

DEFAULT_MAX_AGE_S = 60
"""WeChat's payment codes live one minute (its POS guide); Alipay's are renewed as often."""

WECHAT_LIFE_S = 60
"""No policy makes WeChat's codes live longer: the provider refuses them then."""

_LOWEST_S, _HIGHEST_S = 10, 600

OPTIONS: dict[str, OptionKind] = {
    "max_age_s": Whole(_LOWEST_S, _HIGHEST_S, DEFAULT_MAX_AGE_S, Tighter.LOWER),
    "wechat_s": Whole(_LOWEST_S, WECHAT_LIFE_S, WECHAT_LIFE_S, Tighter.LOWER),
    "alipay_s": Whole(_LOWEST_S, _HIGHEST_S, DEFAULT_MAX_AGE_S, Tighter.LOWER),
    "unionpay_s": Whole(_LOWEST_S, _HIGHEST_S, DEFAULT_MAX_AGE_S, Tighter.LOWER),
}
"""``max_age_s`` counts for every wallet without an option of its own in the policy."""

_USED = Words(
    "此付款码已用过，请顾客刷新付款码。",
    "This payment code was used before. Ask the customer for a fresh one.",
)
_OLD = Words(
    "付款码已过期，请顾客刷新后重新扫码。",
    "The payment code is too old. Ask the customer for a fresh one and scan it.",
)


def check(request: Request, policy: Policy) -> Finding | None:
    """Judge the age and history of the code that is scanned or charged."""
    code = request.code
    if code is None or not shows_code(request):
        return None
    max_age_s = life_s(policy, code.scheme)
    inputs = {"used": code.used, "scanned": code.scanned, "age_s": code.age_us // SECOND}
    if code.used:
        return deny(ID, Reason.CODE, _USED, **inputs)
    if _too_old(code, max_age_s):
        return deny(ID, Reason.CODE, _OLD, max_age_s=max_age_s, **inputs)
    return allow(ID, "付款码有效。", "The code is fresh.", max_age_s=max_age_s, **inputs)


def life_s(policy: Policy, scheme: str | None) -> int:
    """How many seconds after its first scan a code of this wallet may be charged."""
    options = policy.setting(ID).options
    general = int(options.get("max_age_s", DEFAULT_MAX_AGE_S))
    own = int(options.get(f"{scheme}_s", general))
    return min(own, WECHAT_LIFE_S) if scheme == "wechat" else own


def _too_old(code: CodeState, max_age_s: int) -> bool:
    # A clock that ran backwards says nothing about the age: too old, then.
    return not 0 <= code.age_us <= max_age_s * SECOND
