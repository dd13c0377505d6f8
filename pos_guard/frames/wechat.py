"""WeChat Pay v3, direct merchants: which HTTP requests mean money, and what they mean.

Paths and fields from the provider's documents: 付款码支付 (merchant/4012382150), 查询订单
(merchant/4013070356, 4013070354), 撤销 (code-payment-v3/direct/reverse), 关闭订单, 申请退款 and
查询退款 (apiv3/apis/chapter3_1_9, _10). The body is JSON: no bytes for ``construct`` to give a
meaning to; ``json_strict`` and the tables in ``wechat_fields`` take its place. Service providers
(``/v3/pay/partner``, ``sub_mchid``) are not read, so their requests are refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from pos_guard.errors import FrameError
from pos_guard.frames import wechat_fields as fields
from pos_guard.frames.decoded import Json
from pos_guard.frames.json_strict import parse_object
from pos_guard.model import Intent, IntentKind, Tender

CURRENCY = "CNY"
"""What the provider assumes where a payment names none (付款码支付, ``amount.currency``)."""


@dataclass(frozen=True, slots=True)
class CodePay:
    """Charge the payment code that the customer shows. ``total`` in fen; the code is a secret."""

    mchid: str
    out_trade_no: str
    total: int
    currency: str
    auth_code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Refund:
    """Give back ``refund`` of ``total`` fen; exactly one of the two order numbers is there.

    ``mchid`` is whose money it is: only the Authorization header says so, None without one.
    """

    mchid: str | None
    out_refund_no: str
    out_trade_no: str | None
    transaction_id: str | None
    refund: int
    total: int
    currency: str


@dataclass(frozen=True, slots=True)
class Reverse:
    """Undo an order whatever became of it: closes an unpaid one, refunds a paid one whole."""

    mchid: str
    out_trade_no: str


@dataclass(frozen=True, slots=True)
class Close:
    """Close an unpaid order; the provider refuses it for a paid one."""

    mchid: str
    out_trade_no: str


@dataclass(frozen=True, slots=True)
class QueryOrder:
    """Ask what became of an order; one of the two numbers is there."""

    out_trade_no: str | None = None
    transaction_id: str | None = None


@dataclass(frozen=True, slots=True)
class QueryRefund:
    """Ask what became of a refund."""

    out_refund_no: str


@dataclass(frozen=True, slots=True)
class OtherQuery:
    """Any other GET: it moves no money, and its answer is not read."""

    path: str


Request = CodePay | Refund | Reverse | Close | QueryOrder | QueryRefund | OtherQuery

_NUMBER = r"([0-9A-Za-z_\-*|@%]{1,192})"
_ORDER = re.compile(rf"/v3/pay/transactions/out-trade-no/{_NUMBER}(/reverse|/close)?")
_TRANSACTION = re.compile(rf"/v3/pay/transactions/id/{_NUMBER}")
_REFUND = re.compile(rf"/v3/refund/domestic/refunds/{_NUMBER}")

# Nothing that a server could read as another path: no empty, dotted or encoded segments.
_PLAIN_PATH = re.compile(r"(?:/(?!\.)[0-9A-Za-z_\-*|@.~]+)+")

_MCHID = re.compile(rb'(?<![0-9A-Za-z_])mchid="([0-9]{1,32})"')
_SCHEME = b"WECHATPAY2-"


def read(method: str, target: str, authorization: bytes | None, body: bytes) -> Request:
    """Say what one request means.

    ``target`` is the origin form as sent, with its query; ``authorization`` the whole header.

    :raises FrameError: whatever might move money and is not understood to its last field.
    """
    path, _, query = target.partition("?")
    if method == "GET":
        return _read_get(path)
    if method != "POST":
        raise FrameError("method", "only GET and POST are known")
    if query:
        raise FrameError("target", "a POST has a query")
    signer = _signer(authorization)
    order = _ORDER.fullmatch(path)
    if order is not None and order[2] is not None:
        number = _number("out_trade_no", order[1])
        return _UNDO[order[2]](number, parse_object(body), signer)
    if path not in _POSTS:
        raise FrameError("target", "this request is not known, and might move money")
    return _POSTS[path](parse_object(body), signer)


def intent_of(request: Request) -> Intent | None:
    """What a request means for the guard; None where it moves no money.

    A reversal has no number of its own: its reference is ``reverse:`` and the order's.
    ``payer_token`` is not filled: only the guard has the key.
    """
    match request:
        case CodePay():
            return Intent(
                kind=IntentKind.SALE,
                tender=Tender.WECHAT,
                amount=request.total,
                currency=request.currency,
                payee=request.mchid,
                reference=request.out_trade_no,
            )
        case Refund():
            return Intent(
                kind=IntentKind.REFUND,
                tender=Tender.WECHAT,
                amount=request.refund,
                currency=request.currency,
                original=request.out_trade_no or request.transaction_id,
                payee=request.mchid,
                reference=request.out_refund_no,
            )
        case Reverse():
            return Intent(
                kind=IntentKind.REVERSAL,
                tender=Tender.WECHAT,
                original=request.out_trade_no,
                payee=request.mchid,
                reference=reversal_reference(request.out_trade_no),
            )
        case Close() | QueryOrder() | QueryRefund() | OtherQuery():
            return None


def reversal_reference(out_trade_no: str) -> str:
    """The reference of the reversal of an order, apart from that of its sale."""
    return f"reverse:{out_trade_no}"


def _read_get(path: str) -> Request:
    order = _ORDER.fullmatch(path)
    if order is not None and order[2] is None:
        return QueryOrder(out_trade_no=_number("out_trade_no", order[1]))
    transaction = _TRANSACTION.fullmatch(path)
    if transaction is not None:
        return QueryOrder(transaction_id=_number("transaction_id", transaction[1]))
    refund = _REFUND.fullmatch(path)
    if refund is not None:
        return QueryRefund(_number("out_refund_no", refund[1]))
    if _PLAIN_PATH.fullmatch(path) is None or not path.startswith("/v3/"):
        raise FrameError("target", "not a plain path of this provider")
    return OtherQuery(path)


def _codepay(body: dict[str, Json], signer: str | None) -> CodePay:
    fields.check_shape(body, fields.CODEPAY)
    amount = fields.child(body, "amount")
    return CodePay(
        mchid=_merchant(body, signer),
        out_trade_no=fields.text(body, "out_trade_no"),
        total=fields.fen(amount, "total"),
        currency=fields.maybe_text(amount, "currency") or CURRENCY,
        auth_code=fields.text(fields.child(body, "payer"), "auth_code"),
    )


def _refund(body: dict[str, Json], signer: str | None) -> Refund:
    fields.check_shape(body, fields.REFUND)
    amount = fields.child(body, "amount")
    order = fields.maybe_text(body, "out_trade_no")
    transaction = fields.maybe_text(body, "transaction_id")
    if (order is None) is (transaction is None):
        raise FrameError("original", "exactly one of out_trade_no and transaction_id is wanted")
    return Refund(
        mchid=signer,
        out_refund_no=fields.text(body, "out_refund_no"),
        out_trade_no=order,
        transaction_id=transaction,
        refund=fields.fen(amount, "refund"),
        total=fields.fen(amount, "total"),
        currency=fields.text(amount, "currency"),
    )


def _reverse(number: str, body: dict[str, Json], signer: str | None) -> Reverse:
    fields.check_shape(body, fields.REVERSE)
    return Reverse(_merchant(body, signer), number)


def _close(number: str, body: dict[str, Json], signer: str | None) -> Close:
    fields.check_shape(body, fields.CLOSE)
    return Close(_merchant(body, signer), number)


def _merchant(body: dict[str, Json], signer: str | None) -> str:
    mchid = fields.text(body, "mchid")
    if signer not in {None, mchid}:
        raise FrameError("payee", "the body names another merchant than the signature")
    return mchid


def _number(name: str, part: str) -> str:
    """A number out of a path, where ``|``, ``*`` and ``@`` may stand percent-encoded."""
    try:
        decoded = unquote_to_bytes(part).decode("ascii")
    except UnicodeDecodeError as error:
        raise FrameError("format", f"{name} in the path is not ASCII") from error
    return fields.checked(name, decoded)


def _signer(authorization: bytes | None) -> str | None:
    """Whose signature it is: the merchant id in the Authorization header."""
    if authorization is None or not authorization.startswith(_SCHEME):
        return None
    found = _MCHID.findall(authorization)
    if len(found) != 1:
        raise FrameError("payee", "the Authorization header does not name one merchant")
    mchid: bytes = found[0]
    return mchid.decode()


_POSTS: dict[str, Callable[[dict[str, Json], str | None], Request]] = {
    "/v3/pay/transactions/codepay": _codepay,
    "/v3/refund/domestic/refunds": _refund,
}

_UNDO: dict[str, Callable[[str, dict[str, Json], str | None], Request]] = {
    "/reverse": _reverse,
    "/close": _close,
}
