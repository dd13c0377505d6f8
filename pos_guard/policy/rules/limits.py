"""The policy's limits: this request and what came before it stay within every one of them."""

from __future__ import annotations

from pos_guard.model import Words
from pos_guard.policy.asks import Concern, ask_second_person
from pos_guard.policy.limits import Tally, tallies
from pos_guard.policy.policy import Limit, Per, Policy, Window
from pos_guard.policy.request import Request, Total
from pos_guard.policy.rule import allow, amount_text, deny, intent_of, overridable
from pos_guard.policy.verdict import Finding, Input, Level, Reason

ID = "limits"

_UNKNOWN = Words(
    "无法核对限额，已拦下。请通知经理。",
    "A limit cannot be checked, so this is refused. Call a manager.",
)
_SIGN_IN = Words(
    "此操作按收银员限额，请先扫工牌登录。",
    "This is limited for each operator. Sign in with your badge first.",
)
_NO_SHIFT = Words(
    "此操作按班次限额，请先开班。",
    "This is limited for each shift. Begin your shift first.",
)
_NO_AMOUNT = Words(
    "金额不明，无法核对限额。请扫描原小票后重试。",
    "The amount is not known, so its limit cannot be checked. Scan the original receipt.",
)
_NEXT = {
    Level.REQUIRE: ("请经理批准。", "Ask a manager to approve it."),
    Level.DENY_OVERRIDABLE: (
        "须经理签发临时授权后重试。",
        "It takes a signed override of the manager. Ask for one.",
    ),
    Level.DENY: ("不能继续，请联系经理。", "This cannot go on. Call the manager."),
}
_WHOSE = {
    Per.OPERATOR: ("您", "you"),
    Per.TERMINAL: ("本机", "this till"),
    Per.SALE: ("此单", "this sale"),
    Per.PAYER: ("此付款人", "this payer"),
    Per.SHOP: ("全店", "the shop"),
}
_SINCE = {
    Window.TRANSACTION: ("单笔", "at once"),
    Window.SHIFT: ("本班", "in this shift"),
    Window.DAY: ("今天", "today"),
}


def check(request: Request, policy: Policy) -> Finding | None:
    """One finding for all limits that concern the request: the strictest, the first of equals."""
    known = list(tallies(request, policy))
    if not known:
        return None
    over = [tally for tally in known if tally.over]
    if not over:
        names = ", ".join(tally.limit.id for tally in known)
        return allow(ID, "在各项限额之内。", "Within every limit.", limits=names)
    unknown = next((tally for tally in over if tally.total is None), None)
    if unknown is not None:
        return _unknown(unknown.limit, request)
    strictest = max(over, key=lambda tally: tally.limit.then)
    return _above(strictest, request, policy)


def _unknown(limit: Limit, request: Request) -> Finding:
    intent = intent_of(request)
    if limit.per is Per.OPERATOR and request.operator is None:
        return deny(ID, Reason.NOT_SIGNED_IN, _SIGN_IN, limit=limit.id)
    if limit.amount is not None and intent is not None and intent.amount is None:
        return deny(ID, Reason.AMOUNT, _NO_AMOUNT, limit=limit.id)
    # Without a shift there is no sum of it; also where the store failed to give one.
    words = _NO_SHIFT if limit.window is Window.SHIFT else _UNKNOWN
    return deny(ID, Reason.GUARD, words, limit=limit.id)


def _above(tally: Tally, request: Request, policy: Policy) -> Finding:
    limit, total, intent = tally.limit, tally.total or Total(), intent_of(request)
    words = _words(limit, total, policy)
    inputs: dict[str, Input] = {
        "limit": limit.id,
        "sum": total.amount,
        "count": total.count,
        "most": limit.amount,
        "times": limit.count,
    }
    if limit.then is Level.DENY_OVERRIDABLE:
        return overridable(ID, Reason.OVER_LIMIT, words, **inputs)
    if limit.then > Level.DENY_OVERRIDABLE:
        return deny(ID, Reason.OVER_LIMIT, words, **inputs)
    amount = 0 if intent is None or intent.amount is None else intent.amount
    concern = Concern(ID, Reason.OVER_LIMIT, words, inputs)
    return ask_second_person(concern, request, policy, amount)


def _words(limit: Limit, total: Total, policy: Policy) -> Words:
    whose_zh, whose = _WHOSE[limit.per]
    since_zh, since = _SINCE.get(limit.window) or _rolling(limit.seconds)
    next_zh, then = _NEXT.get(limit.then, _NEXT[Level.DENY])
    if limit.amount is not None and total.amount > limit.amount:
        asked, most = amount_text(total.amount, policy), amount_text(limit.amount, policy)
        zh = f"{whose_zh}{since_zh}共 {asked}，超过限额 {most}。"
        en = f"With this it is {asked} for {whose} {since}, above the limit of {most}."
    else:
        zh = f"{whose_zh}{since_zh}第 {total.count} 次，最多 {limit.count} 次。"
        en = f"This is number {total.count} for {whose} {since}; at most {limit.count} are allowed."
    return Words(zh + next_zh, f"{en} {then}")


def _rolling(seconds: int) -> tuple[str, str]:
    for unit, zh, en in ((3600, "小时", "h"), (60, "分钟", "min")):
        if seconds % unit == 0:
            return f"最近 {seconds // unit} {zh}", f"in the last {seconds // unit} {en}"
    return f"最近 {seconds} 秒", f"in the last {seconds} s"
