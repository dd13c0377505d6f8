"""What a ZVT link says: to the till in result codes, to the cashier in words."""

from __future__ import annotations

from pos_guard.model import MONEY_OUT, Intent, IntentKind, Words
from pos_guard.policy.verdict import Reason

ABORTED = 0x6C
WRONG_CURRENCY = 0x6F
NOT_POSSIBLE = 0x83
PROTOCOL_ERROR = 0x9A
NOT_READY = 0xA0
NO_REVERSAL = 0xB5
WRONG_AMOUNT = 0xB7
TOO_MUCH = 0xC3

_CODES = {
    Reason.NOT_SIGNED_IN: NOT_POSSIBLE,
    Reason.NOT_PERMITTED: NOT_POSSIBLE,
    Reason.OVER_LIMIT: TOO_MUCH,
    Reason.AMOUNT: WRONG_AMOUNT,
    Reason.CURRENCY: WRONG_CURRENCY,
    Reason.PAYEE: NOT_READY,
    Reason.FROZEN: NOT_READY,
    Reason.UNRESOLVED: NOT_READY,
    Reason.GUARD: NOT_READY,
    Reason.MALFORMED: PROTOCOL_ERROR,
}
_UNDO = MONEY_OUT | {IntentKind.PREAUTH_VOID}
_NO_REFUND = frozenset({Reason.ORIGINAL, Reason.REMAINING, Reason.DUPLICATE})


def result_code(reason: Reason, intent: Intent | None = None) -> int:
    """The code of ``06 1E`` for a refusal, from the table of PA00P015."""
    if reason in _NO_REFUND and intent is not None and intent.kind in _UNDO:
        return NO_REVERSAL
    return _CODES.get(reason, ABORTED)


MALFORMED = Words(
    "收银机发来的支付请求格式有误，已拦截。请重试，仍不行请联系技术支持。",
    "The till's request to the terminal was malformed and was stopped. Try again, or call support.",
)
TOO_EARLY = Words(
    "上一笔还没结束，这条指令已拦截。请等终端结束后再试。",
    "The terminal is still busy with the last request. Wait until it is done, then try again.",
)
UNKNOWN_COMMAND = Words(
    "不认识的终端指令，已拦截。请联系技术支持。",
    "A terminal command that is not allowed was stopped. Call support if you need it.",
)
NO_RESERVATION = Words(
    "没有这个单号的预授权，已拦截。请核对小票号。",
    "No reservation with this receipt number is known. Check the number on the slip.",
)
NO_TERMINAL = Words(
    "刷卡终端未连接。请检查电源和线缆后重试。",
    "The card terminal is not connected. Check its power and cable, then try again.",
)
UNKNOWN_OUTCOME = Words(
    "终端没有回音，这笔款是否成功还不知道。不要重刷，请查看终端小票。",
    "The terminal fell silent: nobody knows yet whether this was paid. Do not charge again; "
    "look at the terminal's slip.",
)
UNASKED = Words(
    "终端报告了一笔收银机没有发起的款项。请核对终端小票并通知经理。",
    "The terminal reports a payment that the till did not ask for. Check its slip; tell the "
    "manager.",
)
FINDING_OUT = Words(
    "正在核实上一笔款，这笔没有发出。请稍等片刻再试。",
    "The last payment is still being checked, so this one was not sent. Wait a moment, then try "
    "again.",
)
NONSENSE = Words(
    "终端发来无法识别的数据，已断开重连。若反复出现，请检查线缆或更换终端。",
    "The terminal sent what nobody understands and was disconnected. If it happens again, check "
    "the cable or call support.",
)
RESOLVED_PAID = Words(
    "已查明：刚才那笔已经成功，不要重刷。",
    "Found out: the last payment went through. Do not charge again.",
)
RESOLVED_NOT_PAID = Words(
    "已查明：刚才那笔没有成功，可以重试。",
    "Found out: the last payment did not go through. You may try again.",
)
NOT_LOWERED = Words(
    "已查明：减少的金额没有传到终端，终端按原金额收款。请退还差额并通知经理。",
    "Found out: the lower amount never reached the terminal, which took the full amount. Refund "
    "the difference and tell the manager.",
)
TAKEN_BACK = Words(
    "这笔已批准又被撤销，未收到款。请核对终端小票并通知经理。",
    "The approved payment was taken back: it is not paid. Check the slip and tell the manager.",
)
DISAGREES = Words(
    "终端的结果与人工处理的记录不一致。请核对终端小票并通知经理。",
    "The terminal says something else than what was decided by hand. Check its slip; "
    "tell the manager.",
)
NO_REDUCTION = Words(
    "不能这样减少金额，这笔已撤销。请按正确金额重新收款。",
    "The amount cannot be lowered like this; the payment was taken back. Charge the right amount.",
)
NO_CHANGE = Words(
    "这笔付款已经完成，不能再更改。金额不对请退款。",
    "The payment is complete and cannot be changed any more. If it is wrong, refund it.",
)
NOT_APPROVED = Words(
    "没有获得批准，这笔没有发出。",
    "It was not approved: nothing was sent.",
)
TOO_LATE = Words(
    "等待批准超时，这笔没有发出。需要的话请重新发起。",
    "Nobody approved in time: nothing was sent. Start again if it is still wanted.",
)
