"""How simulated providers say what their book says: WeChat v3 and v2, Alipay, an aggregator."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from pos_guard.frames.decoded import Json
from pos_guard.frames.provider_profile import Op
from pos_guard.frames.provider_request import Meaning
from pos_guard.frames.provider_xml import build_xml
from pos_guard.money import format_amount
from pos_guard_simulator.provider_book import Order, RefundOrder, Said

_JSON = "application/json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, content type and body of a reply."""

    status: int
    body: bytes = b""
    type: str = _JSON


Voice = Callable[[Meaning | None, Said], Answer]
"""Says something in answer to a request; None: to one that was not understood."""


def wechat_v3(request: Meaning | None, said: Said) -> Answer:
    """WeChat Pay v3: JSON, errors as HTTP errors."""
    if said.error == "USERPAYING":
        return Answer(200, _json({"trade_state": "USERPAYING"}))
    if said.error is not None:
        told = {"code": said.error, "message": f"simulated: {said.error}"}
        return Answer(said.status, _json({**told}))
    if said.refund is not None:
        return Answer(200, _json(_v3_refund(said.refund)))
    if request is None or request.op in {Op.REVERSE, Op.CLOSE} or said.order is None:
        return Answer(204)
    return Answer(200, _json(_v3_order(said.order)))


def wechat_v2(request: Meaning | None, said: Said) -> Answer:
    """WeChat Pay v2: XML, errors within replies of status 200."""
    fields = {"return_code": "SUCCESS", "result_code": "SUCCESS"}
    if request is None:
        fields = {"return_code": "FAIL", "return_msg": f"simulated: {said.error}"}
    elif said.error is not None:
        code = _V2_CODES.get(said.error, said.error)
        fields |= {"result_code": "FAIL", "err_code": code, "err_code_des": "simulated"}
    elif said.refund is not None:
        fields |= _v2_refund(said.refund, "_0" if request.op is Op.REFUND_QUERY else "")
    elif request.op is Op.REVERSE:
        fields["recall"] = "N"
    elif said.order is not None:
        fields |= _v2_order(said.order, state=request.op is Op.QUERY)
    return Answer(200, build_xml(fields), "text/xml; charset=utf-8")


def alipay(request: Meaning | None, said: Said) -> Answer:
    """Alipay's gateway: one member named after the method."""
    rule = None if request is None else request.rule
    wrap = None if rule is None else rule.reply.wrap
    if request is None or wrap is None:
        inner = {"code": "40002", "msg": "Invalid Arguments", "sub_code": "isv.invalid-parameter"}
        return Answer(200, _json({"error_response": {**inner}}))
    body = _alipay_said(request, said)
    charset = request.charset
    return Answer(200, json.dumps({wrap: body}, ensure_ascii=False).encode(charset))


def aggregator(request: Meaning | None, said: Said) -> Answer:
    """The aggregator of the template profile."""
    if said.error is not None or request is None:
        code = _AGGREGATOR_CODES.get(said.error or "", said.error or "BAD_REQUEST")
        return Answer(200, _json({"code": code, "message": "simulated"}))
    data: dict[str, Json] = {}
    if said.refund is not None:
        data = {"refund_no": said.refund.number, "amount": said.refund.fen}
        data |= {"status": "DONE", "trade_no": said.refund.refund_id}
    elif said.order is not None:
        order = said.order
        status = _AGGREGATOR_STATES.get(order.state, order.state)
        data = {"order_no": order.number, "amount": order.total, "currency": order.currency}
        data |= {"status": status, "merchant_no": order.mchid, "trade_no": order.transaction_id}
    return Answer(200, _json({"code": "OK", "data": data}))


VOICES: dict[str, Voice] = {
    "wechat-v3": wechat_v3,
    "wechat-v2": wechat_v2,
    "alipay": alipay,
    "aggregator-example": aggregator,
}
"""By the name of the profile."""

_V2_CODES = {
    "SYSTEM_ERROR": "SYSTEMERROR",
    "MCH_NOT_EXISTS": "MCHID_NOT_EXIST",
    "ORDER_NOT_EXIST": "ORDERNOTEXIST",
    "RESOURCE_NOT_EXISTS": "REFUNDNOTEXIST",
    "NOT_ENOUGH": "NOTENOUGH",
    "INVALID_REQUEST": "INVALID_REQ_TOO_MUCH",
}

_ALIPAY_CODES = {
    "AUTH_CODE_INVALID": "ACQ.PAYMENT_AUTH_CODE_INVALID",
    "AUTHCODEEXPIRE": "ACQ.PAYMENT_AUTH_CODE_INVALID",
    "NOTENOUGH": "ACQ.BUYER_BALANCE_NOT_ENOUGH",
    "NOT_ENOUGH": "ACQ.SELLER_BALANCE_NOT_ENOUGH",
    "ORDERPAID": "ACQ.TRADE_HAS_SUCCESS",
    "ORDERCLOSED": "ACQ.TRADE_HAS_CLOSE",
    "ORDERREVERSED": "ACQ.TRADE_HAS_CLOSE",
    "OUT_TRADE_NO_USED": "ACQ.CONTEXT_INCONSISTENT",
    "ORDER_NOT_EXIST": "ACQ.TRADE_NOT_EXIST",
    "RESOURCE_NOT_EXISTS": "ACQ.TRADE_NOT_EXIST",
    "INVALID_REQUEST": "ACQ.REFUND_FEE_ERROR",
    "PARAM_ERROR": "ACQ.INVALID_PARAMETER",
    "MCH_NOT_EXISTS": "ACQ.PARTNER_ERROR",
}

_AGGREGATOR_CODES = {
    "USERPAYING": "PAYING",
    "AUTH_CODE_INVALID": "CODE_INVALID",
    "AUTHCODEEXPIRE": "CODE_EXPIRED",
    "NOTENOUGH": "NO_BALANCE",
    "NOT_ENOUGH": "NO_BALANCE",
    "SYSTEM_ERROR": "UNKNOWN",
    "ORDER_NOT_EXIST": "NOT_FOUND",
    "RESOURCE_NOT_EXISTS": "NOT_FOUND",
    "MCH_NOT_EXISTS": "FORBIDDEN",
}

_AGGREGATOR_STATES = {
    "SUCCESS": "PAID",
    "REFUND": "REFUNDED",
    "USERPAYING": "PAYING",
    "PAYERROR": "FAILED",
    "REVOKED": "CLOSED",
}


def _v3_order(order: Order) -> dict[str, Json]:
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


def _v3_refund(refund: RefundOrder) -> dict[str, Json]:
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


def _v2_order(order: Order, *, state: bool) -> dict[str, str]:
    fields = {"mch_id": order.mchid, "out_trade_no": order.number, "trade_type": "MICROPAY"}
    if state:
        fields["trade_state"] = order.state
    if order.state in {"SUCCESS", "REFUND"}:
        fields |= {"transaction_id": order.transaction_id, "total_fee": str(order.total)}
        fields |= {"fee_type": order.currency, "cash_fee": str(order.total)}
    return fields


def _v2_refund(refund: RefundOrder, suffix: str) -> dict[str, str]:
    order = refund.order
    fields = {"transaction_id": order.transaction_id, "out_trade_no": order.number}
    own = {
        "out_refund_no": refund.number,
        "refund_id": refund.refund_id,
        "refund_fee": str(refund.fen),
    }
    if suffix:
        own["refund_status"] = refund.state
        fields["refund_count"] = "1"
    return fields | {f"{name}{suffix}": value for name, value in own.items()}


def _alipay_said(request: Meaning, said: Said) -> dict[str, Json]:
    if said.error == "ORDERREVERSED" and request.op is Op.REVERSE:
        return {"code": "10000", "msg": "Success", "retry_flag": "N"}  # once more is no error
    if said.error == "USERPAYING":
        return {"code": "10003", "msg": "order success pay inprocess"}
    if said.error == "SYSTEM_ERROR":
        return {"code": "20000", "msg": "Service Unavailable", "sub_code": "aop.ACQ.SYSTEM_ERROR"}
    if said.error is not None:
        sub_code = _ALIPAY_CODES.get(said.error, said.error)
        return {"code": "40004", "msg": "Business Failed", "sub_code": sub_code, "sub_msg": "模拟"}
    done: dict[str, Json] = {"code": "10000", "msg": "Success"}
    if said.order is not None:
        done |= {"out_trade_no": said.order.number, "trade_no": said.order.transaction_id}
    if said.refund is not None:
        return done | _alipay_refund(request, said.refund)
    if request.op is Op.REVERSE:
        return done | {"retry_flag": "N", "action": "close"}
    if said.order is not None and request.op in {Op.SALE, Op.QUERY}:
        done |= _alipay_order(said.order)
    return done


def _alipay_order(order: Order) -> dict[str, Json]:
    whole = order.refunded >= order.total
    paid = order.state in {"SUCCESS", "REFUND"}
    states = {"USERPAYING": "WAIT_BUYER_PAY", "NOTPAY": "WAIT_BUYER_PAY"}
    state = "TRADE_SUCCESS" if paid and not whole else states.get(order.state, "TRADE_CLOSED")
    fields: dict[str, Json] = {
        "trade_status": state,
        "total_amount": format_amount(order.total, order.currency),
    }
    return fields | ({"send_pay_date": order.paid_at} if order.paid_at else {})


def _alipay_refund(request: Meaning, refund: RefundOrder) -> dict[str, Json]:
    currency = refund.order.currency
    if request.op is Op.REFUND_QUERY:
        return {
            "out_request_no": refund.number,
            "refund_amount": format_amount(refund.fen, currency),
            "refund_status": "REFUND_SUCCESS",
        }
    again, refund.told = refund.told, True
    total = format_amount(refund.order.refunded, currency)
    return {"fund_change": "N" if again else "Y", "refund_fee": total}


def _json(body: dict[str, Json]) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()
