"""Whoever gives money back says why, by a code of the shop's list, or ``other`` and his words."""

from __future__ import annotations

from pos_guard.model import Words
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import Request
from pos_guard.policy.rule import allow, deny, money_out, require
from pos_guard.policy.verdict import Finding, Input, Need, Reason

ID = "reason-given"

OTHER = "other"
"""The code that says nothing by itself: ``other: the box was open`` does."""

_WORDS = Words(
    "“其他”须写明原因，例如 other: 包装破损。",
    'Say in words what "other" is, for example: "other: the box was open".',
)

_SHOWN = 8
"""Codes that a message names: more fit no cashier's screen."""


def check(request: Request, policy: Policy) -> Finding | None:
    """Apply where the policy lists reason codes: one of those that the operator's role may give."""
    if money_out(request) is None or not policy.reasons:
        return None
    role = None if request.operator is None else policy.role(request.operator.role)
    own = policy.reasons if role is None or role.reasons is None else role.reasons & policy.reasons
    given = request.context.reason
    if given is None:
        ask = _ask(own)
        return require(ID, Need.REASON, Reason.NEEDS_REASON, ask, code=None, codes=len(own))
    code, words = _parts(given.value)
    if code in own and code == OTHER and not words:
        return require(ID, Need.REASON, Reason.NEEDS_REASON, _WORDS, code=code, codes=len(own))
    if code in own:
        return allow(ID, "已说明原因。", "The reason is given.", code=code, codes=len(own))
    known = code in policy.reasons
    # A code that nobody listed is text of unknown origin: it does not go on record.
    inputs: dict[str, Input] = {"code": code if known else None, "codes": len(own)}
    return deny(ID, Reason.NEEDS_REASON, _not_his(own) if known else _no_code(own), **inputs)


def _parts(said: str) -> tuple[str, str]:
    """The code and, only after ``other:``, the words. A Chinese keyboard's colon is one, too."""
    code, _, words = said.replace("：", ":", 1).partition(":")
    return (OTHER, words.strip()) if code.strip() == OTHER else (said, "")


def _ask(codes: frozenset[str]) -> Words:
    zh, en = _list(codes)
    return Words(f"请说明退款原因：{zh}。", f"Say why: {en}.")


def _not_his(codes: frozenset[str]) -> Words:
    zh, en = _list(codes)
    return Words(
        f"您不能使用此原因，请选：{zh}；或请经理操作。",
        f"You may not give this reason. Choose one of {en}, or ask a manager to do it.",
    )


def _no_code(codes: frozenset[str]) -> Words:
    zh, en = _list(codes)
    return Words(f"没有这个原因代码，请选：{zh}。", f"There is no such reason. Choose one of {en}.")


def _list(codes: frozenset[str]) -> tuple[str, str]:
    if not codes:
        return "（您没有可用的原因，请经理操作）", "none that you may give: ask a manager"
    shown = sorted(codes)[:_SHOWN]
    return "、".join(shown), ", ".join(shown)
