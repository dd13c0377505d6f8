"""How the provider link says no: in the provider's own error shape, never as a success.

A 4xx with one of the provider's failure codes. SDKs that check signatures raise an error for a
reply that is not signed: ugly, but nobody takes it for paid.
"""

from __future__ import annotations

from collections.abc import Mapping

from pos_guard.frames.http import HttpReply
from pos_guard.frames.wechat_reply import error_body
from pos_guard.model import Words
from pos_guard.policy.verdict import Reason

MALFORMED = Words(
    "支付请求不合规范，已拦截。请联系收银软件供应商。",
    "The payment request is not well-formed and was stopped. Call the till's supplier.",
)
NOT_CONNECTED = Words(
    "连不上微信支付，没有扣款。请检查网络后重试。",
    "WeChat Pay cannot be reached; nothing was charged. Check the network and try again.",
)
NOBODY_ANSWERED = Words(
    "无人确认，请求已取消，没有提交。", "Nobody approved in time: cancelled, nothing was submitted."
)
UNKNOWN = Words(
    "结果未知。请查询订单，不要重新收款。",
    "The outcome is not known. Query the order; do not charge again.",
)

_REFUSALS: Mapping[Reason, tuple[int, str]] = {
    Reason.MALFORMED: (400, "PARAM_ERROR"),
    Reason.AMOUNT: (400, "PARAM_ERROR"),
    Reason.CURRENCY: (400, "PARAM_ERROR"),
    Reason.CODE: (400, "AUTH_CODE_INVALID"),
    Reason.NOT_SIGNED_IN: (403, "NO_AUTH"),
    Reason.NOT_PERMITTED: (403, "NO_AUTH"),
    Reason.PAYEE: (403, "NO_AUTH"),
}
_OTHERWISE = (403, "RULE_LIMIT")


def refusal(reason: Reason, say: Words) -> HttpReply:
    """A refusal in the provider's shape; the message is for the cashier, in both languages."""
    status, code = _REFUSALS.get(reason, _OTHERWISE)
    return _reply(status, error_body(code, _both(say), issue=f"pos-guard: {reason}"))


def unknown() -> HttpReply:
    """The answer when nobody knows what came of it: clients query the order then."""
    return _reply(500, error_body("SYSTEM_ERROR", _both(UNKNOWN)))


def _both(say: Words) -> str:
    return f"{say.zh} / {say.en}"


def _reply(status: int, body: bytes) -> HttpReply:
    return HttpReply(status, ((b"Content-Type", b"application/json; charset=utf-8"),), body)
