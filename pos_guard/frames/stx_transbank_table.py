"""Commands and fields of Transbank "POS Integrado".

Source: Transbank's developer documentation, "referencia/posintegrado", and the requests that
transbank-pos-sdk 1.0.1 makes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

SALE = "0200"
MULTICODE_SALE = "0270"
LAST_SALE = "0250"
DETAILS = "0260"
MULTICODE_DETAILS = "0290"
POLL = "0100"
NORMAL_MODE = "0300"
CLOSE = "0500"
REFUND = "1200"

SALE_REPLY = "0210"
MULTICODE_REPLY = "0271"
LAST_SALE_REPLY = "0260"
DETAIL = "0261"
CLOSE_REPLY = "0510"
REFUND_REPLY = "1210"
PROGRESS = "0900"

MONEY = frozenset({SALE, MULTICODE_SALE, REFUND})
UNANSWERED = frozenset({POLL, NORMAL_MODE})
"""The terminal says ACK to these and no more."""

REPLIES: Mapping[str, frozenset[str]] = {
    SALE: frozenset({SALE_REPLY}),
    # The documentation's table says 0210, its rule (plus ten) 0280.
    MULTICODE_SALE: frozenset({SALE_REPLY, MULTICODE_REPLY, "0280"}),
    REFUND: frozenset({REFUND_REPLY}),
}
"""What answers a money request."""

REQUEST_NAMES: Mapping[str, str] = {
    POLL: "poll",
    SALE: "sale",
    LAST_SALE: "last sale",
    DETAILS: "details",
    MULTICODE_SALE: "multicode sale",
    "0280": "multicode last sale",
    MULTICODE_DETAILS: "multicode details",
    NORMAL_MODE: "normal mode",
    CLOSE: "close",
    "0700": "totals",
    "0800": "load keys",
    REFUND: "refund",
}

REPLY_NAMES: Mapping[str, str] = {
    SALE_REPLY: "sale reply",
    LAST_SALE_REPLY: "last sale reply",
    DETAIL: "detail",
    MULTICODE_REPLY: "multicode sale reply",
    "0280": "multicode sale reply",
    CLOSE_REPLY: "close reply",
    "0710": "totals reply",
    "0810": "load keys reply",
    PROGRESS: "progress",
    REFUND_REPLY: "refund reply",
}

HARMLESS: Mapping[str, re.Pattern[str]] = {
    POLL: re.compile(r"0100\|?"),
    LAST_SALE: re.compile(r"0250\|?"),
    DETAILS: re.compile(r"0260\|[01]?\|"),
    "0280": re.compile(r"0280\|[01]\|?"),
    MULTICODE_DETAILS: re.compile(r"0290\|[01]?\|"),
    NORMAL_MODE: re.compile(r"0300\|?"),
    CLOSE: re.compile(r"0500\|\|"),
    "0700": re.compile(r"0700\|\|"),
    "0800": re.compile(r"0800\|?"),
}
"""Whole requests that move no money."""

Slot = tuple[str, re.Pattern[str]]
"""One field: its name and what it may hold."""

_AMOUNT: Slot = ("amount", re.compile(r"(?=0*[1-9])[0-9]{1,9}"))
_TICKET: Slot = ("ticket", re.compile(r"[ -{}~]{0,6}"))
_STATUS: Slot = ("status", re.compile(r"[01]?"))
_BLANK: Slot = ("blank", re.compile(r" ?"))
_COMMERCE: Slot = ("commerce", re.compile(r"[0-9]{0,12}"))
_OPERATION: Slot = ("operation", re.compile(r"[0-9]{1,6}"))
_END: Slot = ("end", re.compile(r""))

REQUESTS: Mapping[str, tuple[tuple[Slot, ...], ...]] = {
    # The documentation's own example of a frame is a sale with nothing but an amount.
    SALE: ((_AMOUNT, _TICKET, _BLANK, _BLANK, _STATUS, _END), (_AMOUNT, _END)),
    MULTICODE_SALE: ((_AMOUNT, _TICKET, _BLANK, _BLANK, _STATUS, _COMMERCE, _END),),
    REFUND: ((_OPERATION, _END),),
}
"""Money requests: the fields of each, the empty one behind the last separator included."""

SALE_FIELDS = (
    "response_code",
    "commerce",
    "terminal",
    "ticket",
    "authorisation",
    "amount",
    "shares",
    "share_amount",
    "last4",
    "operation",
    "card_type",
    "accounting_date",
    "account",
    "brand",
    "date",
    "time",
    "employee",
    "tip",
)
"""What answers a sale, in this order; a last sale has the same."""

_DETAIL_FIELDS = (*SALE_FIELDS[:6], *SALE_FIELDS[8:], "share_amount", "shares")
_ID_FIELDS = SALE_FIELDS[:3]

REPLY_FIELDS: Mapping[str, tuple[str, ...]] = {
    SALE_REPLY: SALE_FIELDS,
    MULTICODE_REPLY: (*SALE_FIELDS, "filler", "change", "provider"),
    "0280": (*SALE_FIELDS, "filler", "change", "provider"),
    LAST_SALE_REPLY: (*SALE_FIELDS, "voucher", "change", "provider"),
    DETAIL: _DETAIL_FIELDS,
    REFUND_REPLY: ("response_code", "commerce", "terminal", "authorisation", "operation"),
    "0510": _ID_FIELDS,
    "0810": _ID_FIELDS,
    "0710": ("response_code", "count", "total"),
    PROGRESS: ("response_code",),
}
