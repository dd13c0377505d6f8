"""The simulated WeChat Pay's own book: orders, refunds, payment codes, and how it answers.

It follows the rules that the provider documents (付款码支付, 查询订单, 撤销, 关闭订单, 申请退款):
one use of a code, one order per number, the same refund number is the same refund, never more
back than was paid, at most fifty refunds of one order.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum

from pos_guard.clock import Clock
from pos_guard.frames import wechat
from pos_guard.frames.decoded import Json
from pos_guard.frames.wechat_reply import error_body

MAX_REFUNDS = 50
"""Partial refunds of one order (申请退款, note 2)."""

_CODE = re.compile(r"1[0-5][0-9]{16}")
_BEIJING = timezone(timedelta(hours=8))


class Script(StrEnum):
    """How one amount is answered."""

    APPROVE = "approve"
    DECLINE = "decline"
    USERPAYING = "userpaying"
    """The payer types a password: paid after ``Book.polls`` queries."""
    SILENT = "silent"
    """No answer, and nothing moved."""
    SILENT_MOVED = "silent-moved"
    """No answer, but the money moved."""
    SYSTEM_ERROR = "system-error"
    """An error, but the money moved."""


_MOVES = frozenset({Script.APPROVE, Script.SILENT_MOVED, Script.SYSTEM_ERROR})
_SILENT = frozenset({Script.SILENT, Script.SILENT_MOVED})


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and body of a reply."""

    status: int
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Move:
    """Money that really moved. ``what`` is paid, refunded or reversed; ``number`` whose it is."""

    what: str
    number: str
    fen: int


@dataclass(slots=True)
class Order:
    """One order, in one of the documented trade states."""

    number: str
    mchid: str
    total: int
    currency: str
    transaction_id: str
    state: str = "NOTPAY"
    polls: int = 0
    refunded: int = 0
    paid_at: str = ""


@dataclass(slots=True)
class RefundOrder:
    """One refund, in one of the documented states."""

    number: str
    order: Order
    fen: int
    refund_id: str
    state: str = "PROCESSING"


@dataclass(slots=True)
class Book:
    """Orders and money of the merchants that exist. ``None`` as an answer means silence.

    ``scripts`` and ``refund_scripts`` say by amount (fen) what happens instead of approval.
    """

    clock: Clock
    merchants: frozenset[str]
    scripts: dict[int, Script] = field(default_factory=dict[int, Script])
    refund_scripts: dict[int, Script] = field(default_factory=dict[int, Script])
    polls: int = 2
    moved: list[Move] = field(default_factory=list[Move])
    orders: dict[str, Order] = field(default_factory=dict[str, Order])
    refunds: dict[str, RefundOrder] = field(default_factory=dict[str, RefundOrder])
    used_codes: set[str] = field(default_factory=set[str])

    def answer(self, request: wechat.Request) -> Answer | None:
        """Carry out one request."""
        match request:
            case wechat.CodePay():
                return self._of_merchant(request.mchid, lambda: self._pay(request))
            case wechat.Refund():
                return self._of_merchant(request.mchid, lambda: self._refund(request))
            case wechat.Reverse():
                return self._of_merchant(request.mchid, lambda: self._reverse(request))
            case wechat.Close():
                return self._of_merchant(request.mchid, lambda: self._close(request))
            case wechat.QueryOrder():
                return self._query(request)
            case wechat.QueryRefund():
                refund = self.refunds.get(request.out_refund_no)
                return _error(404, "RESOURCE_NOT_EXISTS") if refund is None else _settled(refund)
            case wechat.OtherQuery():
                return _error(404, "RESOURCE_NOT_EXISTS")

    def _of_merchant(self, mchid: str | None, then: Callable[[], Answer | None]) -> Answer | None:
        # A refund without a signature names nobody: this provider then does not look.
        if mchid is not None and mchid not in self.merchants:
            return _error(400, "MCH_NOT_EXISTS")
        return then()

    def _pay(self, request: wechat.CodePay) -> Answer | None:
        problem = self._unpayable(request)
        if problem is not None:
            return _error(400, problem)
        script = self.scripts.get(request.total, Script.APPROVE)
        if script is Script.SILENT:
            return None
        self.used_codes.add(request.auth_code)
        order = self._open(request)
        if script is Script.DECLINE:
            order.state = "PAYERROR"
            return _error(403, "NOTENOUGH")
        if script is Script.USERPAYING:
            order.state, order.polls = "USERPAYING", self.polls
            return _json({"trade_state": "USERPAYING"})
        self._paid(order)
        return _after(script, _order_json(order))

    def _unpayable(self, request: wechat.CodePay) -> str | None:
        known = self.orders.get(request.out_trade_no)
        if known is not None:
            states = {"SUCCESS": "ORDERPAID", "CLOSED": "ORDERCLOSED", "REVOKED": "ORDERREVERSED"}
            return states.get(known.state, "OUT_TRADE_NO_USED")
        if _CODE.fullmatch(request.auth_code) is None:
            return "AUTH_CODE_INVALID"
        return "AUTHCODEEXPIRE" if request.auth_code in self.used_codes else None

    def _open(self, request: wechat.CodePay) -> Order:
        order = Order(
            number=request.out_trade_no,
            mchid=request.mchid,
            total=request.total,
            currency=request.currency,
            transaction_id=f"42000009{len(self.orders):020d}",
        )
        self.orders[order.number] = order
        return order

    def _paid(self, order: Order) -> None:
        order.state = "SUCCESS"
        order.paid_at = self._now()
        self.moved.append(Move("paid", order.number, order.total))

    def _query(self, request: wechat.QueryOrder) -> Answer:
        order = self._find(request.out_trade_no, request.transaction_id)
        if order is None:
            return _error(404, "ORDER_NOT_EXIST")
        if order.state == "USERPAYING":
            order.polls -= 1
            if order.polls <= 0:
                self._paid(order)
        return _json(_order_json(order))

    def _reverse(self, request: wechat.Reverse) -> Answer:
        order = self.orders.get(request.out_trade_no)
        if order is None:  # it never arrived; from now on its number is closed
            blank = wechat.CodePay(request.mchid, request.out_trade_no, 0, wechat.CURRENCY, "")
            order = self._open(blank)
        if order.state == "REVOKED":
            return _error(400, "ORDERREVERSED")
        if order.state in {"SUCCESS", "REFUND"}:
            self.moved.append(Move("reversed", order.number, order.total - order.refunded))
            order.refunded = order.total
        order.state = "REVOKED"
        return Answer(204)

    def _close(self, request: wechat.Close) -> Answer:
        order = self.orders.get(request.out_trade_no)
        if order is None:
            return _error(404, "ORDER_NOT_EXIST")
        if order.state in {"SUCCESS", "REFUND"}:
            return _error(400, "ORDERPAID")
        order.state = "CLOSED"
        return Answer(204)

    def _refund(self, request: wechat.Refund) -> Answer | None:
        order = self._find(request.out_trade_no, request.transaction_id)
        if order is None or order.state not in {"SUCCESS", "REFUND"}:
            return _error(404, "RESOURCE_NOT_EXISTS")
        known = self.refunds.get(request.out_refund_no)
        if known is not None:
            same = known.order is order and known.fen == request.refund
            return _json(_refund_json(known)) if same else _error(400, "PARAM_ERROR")
        if request.total != order.total or order.refunded + request.refund > order.total:
            return _error(400, "INVALID_REQUEST")
        if sum(refund.order is order for refund in self.refunds.values()) >= MAX_REFUNDS:
            return _error(400, "INVALID_REQUEST")
        return self._give_back(request, order)

    def _give_back(self, request: wechat.Refund, order: Order) -> Answer | None:
        script = self.refund_scripts.get(request.refund, Script.APPROVE)
        if script is Script.DECLINE:
            return _error(403, "NOT_ENOUGH")
        if script not in _MOVES:
            return None
        refund = RefundOrder(
            number=request.out_refund_no,
            order=order,
            fen=request.refund,
            refund_id=f"5030000{len(self.refunds):021d}",
        )
        self.refunds[refund.number] = refund
        order.refunded += refund.fen
        order.state = "REFUND"
        self.moved.append(Move("refunded", refund.number, refund.fen))
        return _after(script, _refund_json(refund))

    def _find(self, number: str | None, transaction_id: str | None) -> Order | None:
        if number is not None:
            return self.orders.get(number)
        orders = (one for one in self.orders.values() if one.transaction_id == transaction_id)
        return next(orders, None)

    def _now(self) -> str:
        seconds = self.clock.wall_us() // 1_000_000
        return datetime.fromtimestamp(seconds, UTC).astimezone(_BEIJING).isoformat()


def _after(script: Script, body: dict[str, Json]) -> Answer | None:
    if script in _SILENT:
        return None
    return _error(500, "SYSTEM_ERROR") if script is Script.SYSTEM_ERROR else _json(body)


def _settled(refund: RefundOrder) -> Answer:
    refund.state = "SUCCESS"  # whoever asks finds it done
    return _json(_refund_json(refund))


def _order_json(order: Order) -> dict[str, Json]:
    body: dict[str, Json] = {
        "mchid": order.mchid,
        "out_trade_no": order.number,
        "trade_type": "MICROPAY",
        "trade_state": order.state,
    }
    if order.state in {"SUCCESS", "REFUND"}:
        amount: dict[str, Json] = {"total": order.total, "payer_total": order.total}
        amount |= {"currency": order.currency, "payer_currency": order.currency}
        body |= {
            "transaction_id": order.transaction_id,
            "success_time": order.paid_at,
            "amount": amount,
        }
    return body


def _refund_json(refund: RefundOrder) -> dict[str, Json]:
    order = refund.order
    return {
        "refund_id": refund.refund_id,
        "out_refund_no": refund.number,
        "transaction_id": order.transaction_id,
        "out_trade_no": order.number,
        "channel": "ORIGINAL",
        "status": refund.state,
        "amount": {"total": order.total, "refund": refund.fen, "currency": order.currency},
    }


def _json(body: dict[str, Json]) -> Answer:
    return Answer(200, json.dumps(body, ensure_ascii=False).encode())


def _error(status: int, code: str) -> Answer:
    return Answer(status, error_body(code, f"simulated: {code}"))
