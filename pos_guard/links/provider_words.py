"""How the provider link says no: in the provider's own error shape, never as a success.

A 4xx with one of the provider's failure codes, as the profile lists them. SDKs that check
signatures raise an error for a reply that is not signed: ugly, but nobody takes it for paid.
"""

from __future__ import annotations

from pos_guard.frames import provider_refusal
from pos_guard.frames.http import HttpReply
from pos_guard.frames.provider_profile import Profile
from pos_guard.frames.provider_request import Meaning
from pos_guard.model import Words
from pos_guard.policy.verdict import Reason

MALFORMED = Words(
    "支付请求不合规范，已拦截。请联系收银软件供应商。",
    "The payment request is not well-formed and was stopped. Call the till's supplier.",
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


def refusal(profile: Profile, reason: Reason, say: Words, meaning: Meaning | None) -> HttpReply:
    """A refusal in the provider's shape; the message is for the cashier, in both languages."""
    no = profile.refusal.reasons.get(str(reason), profile.refusal.otherwise)
    return provider_refusal.refusal(profile, no, _both(say), f"pos-guard: {reason}", meaning)


def unknown(profile: Profile, meaning: Meaning | None) -> HttpReply:
    """The answer when nobody knows what came of it: clients query the order then."""
    no = profile.refusal.unknown
    return provider_refusal.refusal(profile, no, _both(UNKNOWN), "pos-guard: unknown", meaning)


def _both(say: Words) -> str:
    return f"{say.zh} / {say.en}"
