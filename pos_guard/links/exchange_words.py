"""What a request and answer link says to the cashier; a no to the till is the dialect's."""

from __future__ import annotations

from pos_guard.links.zvt_words import (
    DISAGREES,
    MALFORMED,
    NO_TERMINAL,
    NOT_APPROVED,
    RESOLVED_NOT_PAID,
    RESOLVED_PAID,
    TAKEN_BACK,
    TOO_EARLY,
    TOO_LATE,
    UNKNOWN_COMMAND,
    UNKNOWN_OUTCOME,
)
from pos_guard.model import Words

__all__ = [
    "DISAGREES",
    "MALFORMED",
    "NOT_APPROVED",
    "NOT_TAKEN",
    "NOT_UNDONE",
    "NO_TERMINAL",
    "RESOLVED_NOT_PAID",
    "RESOLVED_PAID",
    "SENT_BEFORE",
    "TAKEN_BACK",
    "TOO_EARLY",
    "TOO_LATE",
    "UNDONE",
    "UNKNOWN_COMMAND",
    "UNKNOWN_OUTCOME",
]

UNDONE = Words(
    "刚才那笔已撤销，没有收款。需要的话请重新收款。",
    "The last payment was taken back: nothing was paid. Charge again if it is still wanted.",
)
NOT_TAKEN = Words(
    "终端没有接收这笔请求，款项没有变动。请检查终端后重试。",
    "The terminal did not take the request: nothing was moved. Check the terminal, then try again.",
)
NOT_UNDONE = Words(
    "撤销没有得到确认，不知道款项是否还在。不要重刷，请核对终端小票并通知经理。",
    "Taking the payment back was not confirmed. Do not charge again; check the terminal's slip "
    "and tell the manager.",
)
SENT_BEFORE = Words(
    "这个单号已经发送过，不能再发。请先查询上一笔的结果。",
    "A request under this number was sent already. Look at its result before you try again.",
)
