"""How the provider link says no: in the provider's own error shape, never as a success.

A 4xx with one of the provider's failure codes, as the profile lists them. SDKs that check
signatures raise an error for a reply that is not signed: ugly, but nobody takes it for paid.
"""

from __future__ import annotations

from pos_guard.errors import FrameError
from pos_guard.frames import provider_refusal
from pos_guard.frames.field_error import FieldError
from pos_guard.frames.http import HttpReply
from pos_guard.frames.provider_profile import Profile
from pos_guard.frames.provider_refusal import Told
from pos_guard.frames.provider_request import Meaning
from pos_guard.model import Words
from pos_guard.policy.verdict import Reason

_UNREADABLE = Words("无法读懂", "it cannot be read")
_FAULTS = {
    "missing-field": Words("缺少 {field}", "{field} is missing"),
    "unknown-field": Words("文档中没有 {field}", "{field} stands in no document"),
    "duplicate-field": Words("{field} 出现两次", "{field} is there twice"),
    "type": Words("{field} 的类型不对", "{field} is of the wrong type"),
    "format": Words("{field} 的写法不对", "{field} is not written as documented"),
    "amount": Words("{field} 不是有效金额", "{field} is no amount above zero"),
    "payee": Words("{field} 与签名的商户不一致", "{field} is not the merchant who signed"),
    "original": Words("{field} 必须且只能填一个", "exactly one of {field} is wanted"),
    "charset": Words("{field} 的编码不对", "{field} has the wrong charset"),
    "target": Words("不支持此接口", "this kind of request is not known here"),
    "method": Words("不支持此接口", "this kind of request is not known here"),
    "pipelined": Words("同时发来两个请求", "two requests came at once"),
    "truncated": Words("请求不完整", "it ended before it was whole"),
    "length": Words("请求太长", "it is too long"),
    "depth": Words("请求嵌套太深", "it is nested too deep"),
    "http": Words("不是 HTTP 请求", "it is no HTTP request"),
    "not-an-integer": Words("数字的写法不对", "a number is not written as documented"),
}
"""What is wrong with a request, by the error's code."""
OVERTAKEN = Words(
    "上一笔还没有答复，后面的请求已拦截。请等待结果后重试。",
    "A second request came before the answer to the first, and was stopped. "
    "Wait for the answer, then ask again.",
)
NOT_CONNECTED = Words(
    "连不上支付平台，没有扣款。请检查网络后重试。",
    "The payment provider cannot be reached; nothing was charged. Check the network and try again.",
)
NOBODY_ANSWERED = Words(
    "无人确认，请求已取消，没有提交。", "Nobody approved in time: cancelled, nothing was submitted."
)
UNKNOWN = Words(
    "结果未知。请查询订单，不要重新收款。",
    "The outcome is not known. Query the order; do not charge again.",
)


def malformed(error: FrameError) -> Words:
    """What is wrong with a request, and what to do: only the till's supplier can mend it."""
    fault = _FAULTS.get(error.code, _UNREADABLE)
    field = error.field if isinstance(error, FieldError) else ""
    if not field and "{field}" in fault.en:
        fault = _UNREADABLE
    zh, en = (text.replace("{field}", field) for text in (fault.zh, fault.en))
    return Words(
        f"支付请求已拦截：{zh}。请联系收银软件供应商。",
        f"The payment request was stopped: {en}. Call the till's supplier.",
    )


def refusal(profile: Profile, reason: Reason, say: Words, meaning: Meaning | None) -> HttpReply:
    """A refusal in the provider's shape; the message is for the cashier, in both languages."""
    no = profile.refusal.reasons.get(str(reason), profile.refusal.otherwise)
    return provider_refusal.refusal(profile, no, Told(_both(say), f"pos-guard: {reason}"), meaning)


def not_understood(profile: Profile, error: FrameError) -> HttpReply:
    """The refusal of a request that cannot be read; it names the field at fault, if it is one."""
    reason = Reason.MALFORMED
    no = profile.refusal.reasons.get(str(reason), profile.refusal.otherwise)
    field = error.field if isinstance(error, FieldError) else ""
    issue = f"pos-guard: {reason}: {error.code} {field}".rstrip()
    return provider_refusal.refusal(profile, no, Told(_both(malformed(error)), issue, field), None)


def unknown(profile: Profile, meaning: Meaning | None) -> HttpReply:
    """The answer when nobody knows what came of it: clients query the order then."""
    no = profile.refusal.unknown
    told = Told(_both(UNKNOWN), "pos-guard: unknown")
    return provider_refusal.refusal(profile, no, told, meaning)


def _both(say: Words) -> str:
    return f"{say.zh} / {say.en}"
