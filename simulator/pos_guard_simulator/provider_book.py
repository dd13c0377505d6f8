"""A simulated provider's own book: orders, refunds, payment codes, and what it answers.

It follows the rules that WeChat Pay documents (付款码支付, 查询订单, 撤销, 关闭订单, 申请退款), and
Alipay much alike:
one use of a code, one order per number, the same refund number is the same refund, never more
back than was paid, at most fifty refunds of one order.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum

from pos_guard.clock import Clock
from pos_guard.frames.provider_profile import Op
from pos_guard.frames.provider_request import Meaning
from pos_guard.model import Tender

MAX_REFUNDS = 50
"""Partial refunds of one order (申请退款, note 2)."""

_CODES = {
    Tender.WECHAT: re.compile(r"1[0-5][0-9]{16}"),
    Tender.ALIPAY: re.compile(r"(?:2[5-9]|30)[0-9]{14,22}"),
}
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
class Said:
    """What the provider has to say: an error by WeChat's name for it, or order and refund."""

    error: str | None = None
    status: int = 200
    order: Order | None = None
    refund: RefundOrder | None = None


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
    """One refund, in one of the documented states. ``told``: its success was reported once."""

    number: str
    order: Order
    fen: int
    refund_id: str
    state: str = "PROCESSING"
    told: bool = False


@dataclass(slots=True)
class Book:
    """Orders and money of the merchants that exist. ``None`` as an answer means silence.

    ``scripts`` and ``refund_scripts`` say by amount (fen) what happens instead of ``default``.
    """

    clock: Clock
    merchants: frozenset[str]
    tender: Tender = Tender.WECHAT
    scripts: dict[int, Script] = field(default_factory=dict[int, Script])
    refund_scripts: dict[int, Script] = field(default_factory=dict[int, Script])
    default: Script = Script.APPROVE
    polls: int = 2
    moved: list[Move] = field(default_factory=list[Move])
    orders: dict[str, Order] = field(default_factory=dict[str, Order])
    refunds: dict[str, RefundOrder] = field(default_factory=dict[str, RefundOrder])
    used_codes: set[str] = field(default_factory=set[str])

    def answer(self, request: Meaning) -> Said | None:
        """Carry out one request."""
        carry_out: dict[Op, Callable[[Meaning], Said | None]] = {
            Op.SALE: self._pay,
            Op.REFUND: self._refund,
            Op.REVERSE: self._reverse,
            Op.CLOSE: self._close,
            Op.QUERY: self._query,
            Op.REFUND_QUERY: self._query_refund,
        }
        if request.op not in carry_out:
            return _error(404, "RESOURCE_NOT_EXISTS")
        # A refund without a signature names nobody: this provider then does not look.
        if request.payee is not None and request.payee not in self.merchants:
            return _error(400, "MCH_NOT_EXISTS")
        return carry_out[request.op](request)

    def _pay(self, request: Meaning) -> Said | None:
        problem = self._unpayable(request)
        if problem is not None:
            return _error(400, problem)
        script = self.scripts.get(request.amount or 0, self.default)
        if script is Script.SILENT:
            return None
        self.used_codes.add(request.code or "")
        order = self._open(request)
        if script is Script.DECLINE:
            order.state = "PAYERROR"
            return _error(403, "NOTENOUGH")
        if script is Script.USERPAYING:
            order.state, order.polls = "USERPAYING", self.polls
            return Said("USERPAYING", order=order)
        self._paid(order)
        return _after(script, Said(order=order))

    def _unpayable(self, request: Meaning) -> str | None:
        known = self.orders.get(request.order or "")
        if known is not None:
            states = {"SUCCESS": "ORDERPAID", "CLOSED": "ORDERCLOSED", "REVOKED": "ORDERREVERSED"}
            return states.get(known.state, "OUT_TRADE_NO_USED")
        code = request.code or ""
        if _CODES[self.tender].fullmatch(code) is None:
            return "AUTH_CODE_INVALID"
        return "AUTHCODEEXPIRE" if code in self.used_codes else None

    def _open(self, request: Meaning) -> Order:
        order = Order(
            number=request.order or "",
            mchid=request.payee or "",
            total=request.amount or 0,
            currency=request.currency or "",
            transaction_id=f"42000009{len(self.orders):020d}",
        )
        self.orders[order.number] = order
        return order

    def _paid(self, order: Order) -> None:
        order.state = "SUCCESS"
        order.paid_at = self._now()
        self.moved.append(Move("paid", order.number, order.total))

    def _query(self, request: Meaning) -> Said:
        order = self._find(request)
        if order is None:
            return _error(404, "ORDER_NOT_EXIST")
        if order.state == "USERPAYING":
            order.polls -= 1
            if order.polls <= 0:
                self._paid(order)
        return Said(order=order)

    def _reverse(self, request: Meaning) -> Said:
        order = self._find(request)
        if order is None:  # it never arrived; from now on its number is closed
            order = self._open(request)
        if order.state == "REVOKED":
            return _error(400, "ORDERREVERSED")
        if order.state in {"SUCCESS", "REFUND"}:
            self.moved.append(Move("reversed", order.number, order.total - order.refunded))
            order.refunded = order.total
        order.state = "REVOKED"
        return Said(order=order)

    def _close(self, request: Meaning) -> Said:
        order = self.orders.get(request.order or "")
        if order is None:
            return _error(404, "ORDER_NOT_EXIST")
        if order.state in {"SUCCESS", "REFUND"}:
            return _error(400, "ORDERPAID")
        order.state = "CLOSED"
        return Said(order=order)

    def _refund(self, request: Meaning) -> Said | None:
        order = self._find(request)
        if order is None or order.state not in {"SUCCESS", "REFUND"}:
            return _error(404, "RESOURCE_NOT_EXISTS")
        known = self.refunds.get(request.refund_reference or "")
        if known is not None:
            same = known.order is order and known.fen == request.amount
            return Said(order=order, refund=known) if same else _error(400, "PARAM_ERROR")
        fen = request.amount or 0
        if request.total not in {None, order.total} or order.refunded + fen > order.total:
            return _error(400, "INVALID_REQUEST")
        if sum(refund.order is order for refund in self.refunds.values()) >= MAX_REFUNDS:
            return _error(400, "INVALID_REQUEST")
        return self._give_back(request, order)

    def _give_back(self, request: Meaning, order: Order) -> Said | None:
        fen = request.amount or 0
        script = self.refund_scripts.get(fen, self.default)
        if script is Script.DECLINE:
            return _error(403, "NOT_ENOUGH")
        if script not in _MOVES:
            return None
        refund = RefundOrder(
            number=request.refund_reference or "",
            order=order,
            fen=fen,
            refund_id=f"5030000{len(self.refunds):021d}",
        )
        self.refunds[refund.number] = refund
        order.refunded += refund.fen
        order.state = "REFUND"
        self.moved.append(Move("refunded", refund.number, refund.fen))
        return _after(script, Said(order=order, refund=refund))

    def _query_refund(self, request: Meaning) -> Said:
        refund = self.refunds.get(request.refund or "")
        return _error(404, "RESOURCE_NOT_EXISTS") if refund is None else _settled(refund)

    def _find(self, request: Meaning) -> Order | None:
        if request.order is not None:
            return self.orders.get(request.order)
        wanted = request.transaction
        return next((one for one in self.orders.values() if one.transaction_id == wanted), None)

    def _now(self) -> str:
        seconds = self.clock.wall_us() // 1_000_000
        return datetime.fromtimestamp(seconds, UTC).astimezone(_BEIJING).isoformat()


def _after(script: Script, said: Said) -> Said | None:
    if script in _SILENT:
        return None
    return _error(500, "SYSTEM_ERROR") if script is Script.SYSTEM_ERROR else said


def _settled(refund: RefundOrder) -> Said:
    refund.state = "SUCCESS"  # whoever asks finds it done
    return Said(order=refund.order, refund=refund)


def _error(status: int, code: str) -> Said:
    return Said(code, status)
